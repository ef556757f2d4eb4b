/**
 * Work in flight that many callers share, and leave one by one.
 *
 * A flight that all its waiters have left by abort is aborted, and nobody may join it later. One left because a wait
 * was over goes on: what it brings is still worth committing.
 */

import { onAbort, OwnSignal, type Signal } from './abort.ts';
import type { Clock, Instant } from './clock.ts';
import type { Runtime, TimerHandle } from './runtime.ts';

/** A request's place in the order in which requests left, and when it left. */
export interface Departure {
  readonly sequence: number;
  readonly at: Instant;
}

export type Outcome<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'over' };

export interface WaitOptions {
  /** How long this caller waits, in milliseconds; unlimited when left out. */
  readonly limitMs?: number | undefined;
  readonly signal?: Signal | undefined;
  /** Leave as by abort when the wait is over. Default false: the flight goes on. */
  readonly abandonWhenOver?: boolean;
}

/** A timer that fires this late was held up by a frozen or suspended process, not by a slow answer. */
export const FREEZE_MS = 1_000;

export class Flight<T> {
  /** When its first request left; `undefined` while none has: anybody may still join. */
  firstDeparture: Departure | undefined;
  /** When the request it is waiting for left; `undefined` while that one waits for its turn. */
  lastDeparture: Departure | undefined;

  /** Aborted when everybody has left, or on `fail`. */
  readonly signal: OwnSignal = new OwnSignal();
  /** The least age bound of those who joined: what it brings must be no older. */
  maxAgeMs: number = Infinity;

  readonly #waiters = new Set<(outcome: Outcome<T>) => void>();
  readonly #riders: AnyFlight[] = [];
  #outcome: Outcome<T> | undefined;
  #keep: boolean;

  /** `keep`: go on although nobody waits (background work). */
  constructor({ keep = false }: { keep?: boolean } = {}) {
    this.#keep = keep;
  }

  get landed(): boolean {
    return this.#outcome !== undefined;
  }

  /** Starts the work in a microtask of its own: all gets of one turn join before anything is sent. */
  async run(work: () => Promise<T>, onEnd: () => void): Promise<void> {
    let outcome: Outcome<T>;
    try {
      await Promise.resolve();
      outcome = { kind: 'value', value: await work() };
    } catch (error) {
      outcome = { kind: 'failed', error };
    }
    onEnd();
    this.#land(outcome);
  }

  /** Ends the flight for all its waiters, and its work. */
  fail(error: unknown): void {
    this.#land({ kind: 'failed', error });
    this.signal.abort(error);
  }

  departed(departure: Departure): void {
    this.firstDeparture ??= departure;
    this.lastDeparture = departure;
    for (const rider of this.#riders) rider.departed(departure);
  }

  /** Its next request waits for its turn. */
  queued(): void {
    this.lastDeparture = undefined;
  }

  /** Lets the departures of this flight count as those of `rider`, which waits for it. */
  carry(rider: AnyFlight): void {
    this.#riders.push(rider);
    if (this.lastDeparture !== undefined) rider.departed(this.lastDeparture);
  }

  /** Waits for the flight. Rejects with the signal's reason when that aborts; every other end is an outcome. */
  wait(
    runtime: Runtime,
    clock: Clock,
    { limitMs, signal, abandonWhenOver = false }: WaitOptions,
  ): Promise<Outcome<T>> {
    return new Promise((resolve, reject) => {
      let timer: TimerHandle | undefined;
      let stopListening: (() => void) | undefined;
      const leave = (): void => {
        this.#waiters.delete(finish);
        if (timer !== undefined) runtime.clearTimeout(timer);
        stopListening?.();
      };
      const finish = (outcome: Outcome<T>): void => {
        leave();
        resolve(outcome);
      };
      const abandon = (): void => {
        leave();
        this.#abortIfLeft();
        reject(signal?.reason as Error);
      };
      const startTimer = (delayMs: number, mayExtend: boolean): void => {
        const since = clock.now();
        timer = runtime.setTimeout(() => {
          // Frozen while it waited: the time was not the service's, so the wait starts over, once.
          if (mayExtend && clock.ageMs(since) - delayMs > FREEZE_MS) return startTimer(delayMs, false);
          if (!abandonWhenOver) this.#keep = true;
          finish({ kind: 'over' });
          this.#abortIfLeft();
        }, delayMs);
      };
      if (signal?.aborted === true) return abandon();
      if (this.#outcome !== undefined) return resolve(this.#outcome);
      this.#waiters.add(finish);
      if (limitMs !== undefined) startTimer(limitMs, true);
      stopListening = signal && onAbort(signal, abandon);
    });
  }

  #abortIfLeft(): void {
    if (this.#waiters.size === 0 && !this.#keep) this.signal.abort(new Error('Nobody waits any more.'));
  }

  #land(outcome: Outcome<T>): void {
    this.#outcome ??= outcome;
    for (const finish of this.#waiters) finish(this.#outcome);
  }
}

/** A flight, whatever it brings. */
export type AnyFlight = Omit<Flight<unknown>, 'run' | 'wait'>;
