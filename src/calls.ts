/** Calls to the source: numbered when they leave, cut at their deadline, sent once more when a freeze swallowed them. */

import { OwnSignal } from './abort.ts';
import type { Clock } from './clock.ts';
import { asOurs, SecretCacheError, subjectOf } from './errors.ts';
import { FREEZE_MS, type AnyFlight, type Departure } from './flight.ts';
import type { Runtime, TimerHandle } from './runtime.ts';
import { ownCall, type OwnCall } from './source/own-call.ts';

export interface CallsOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly attemptTimeoutMs: number;
  /** Bound on the time before a call is sent; nobody waits longer than this. */
  readonly waitBudgetMs: number;
  /** Whether the source always calls `onDispatch`: then a call that hasn't yet is still in a queue. */
  readonly announces: boolean;
}

/** An answer, and the request that brought it. */
export interface Answered<T> extends Brought<T> {
  /** The call itself, before any queue: what a cache below has kept is from no later than that. */
  readonly asked: Departure;
}

interface Brought<T> {
  readonly answer: T;
  readonly departure: Departure;
}

/** Thrown inside this file alone: the timer of an attempt fired too late to say anything about the service. */
class AttemptLost extends Error {}

export class Calls {
  readonly #options: CallsOptions;
  #lastSequence = 0;
  #floor = -1;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** The number of the last request that left. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /**
   * Marks every answer to a request already sent as too old to be kept, whatever id it was asked by: an alias that
   * isn't known as one yet may be in flight while its secret is invalidated.
   */
  raiseFloor(): void {
    this.#floor = this.#lastSequence;
  }

  /** Whether there has been an invalidation. */
  get isFloorRaised(): boolean {
    return this.#floor >= 0;
  }

  /** Whether the request left before the last invalidation. */
  isBelowFloor(departure: Departure): boolean {
    return departure.sequence <= this.#floor;
  }

  async make<T>(
    flight: AnyFlight,
    secretId: string | undefined,
    send: (call: OwnCall) => Promise<T>,
    fresh = false,
  ): Promise<Answered<T>> {
    const asked = this.depart();
    for (let isLast = false; ; isLast = true) {
      try {
        return { ...(await this.#attempt(flight, secretId, send, fresh)), asked };
      } catch (error) {
        if (!(error instanceof AttemptLost)) throw error;
        if (isLast) throw timedOut(secretId, this.#options.attemptTimeoutMs);
      }
    }
  }

  /** Numbers a request that leaves now. */
  depart(): Departure {
    this.#lastSequence += 1;
    return { sequence: this.#lastSequence, at: this.#options.clock.now() };
  }

  #attempt<T>(
    flight: AnyFlight,
    secretId: string | undefined,
    send: (call: OwnCall) => Promise<T>,
    fresh: boolean,
  ): Promise<Brought<T>> {
    const { runtime, clock, attemptTimeoutMs, waitBudgetMs, announces } = this.#options;
    return new Promise((resolve, reject) => {
      const signal = new OwnSignal();
      let ended = false;
      let timer: TimerHandle | undefined;
      let stopListening: (() => void) | undefined;
      const end = (settle: () => void): void => {
        if (ended) return;
        ended = true;
        if (timer !== undefined) runtime.clearTimeout(timer);
        stopListening?.();
        settle();
      };
      const cut = (error: Error): void => {
        end(() => reject(error));
        signal.abort(error);
      };
      const onAbandoned = (): void => cut(new SecretCacheError('ERR_CACHE_CLOSED', 'The call was given up.'));
      const startTimer = (delayMs: number): void => {
        if (timer !== undefined) runtime.clearTimeout(timer);
        const since = clock.now();
        timer = runtime.setTimeout(() => {
          cut(clock.ageMs(since) - delayMs > FREEZE_MS ? new AttemptLost() : timedOut(secretId, delayMs));
        }, delayMs);
        // Those who wait have timers of their own that keep the process alive.
        timer.unref();
      };
      // Counted from the call itself, until the source says when the request really left.
      let departure = this.depart();
      let isQueued = false;
      const leave = (): void => {
        isQueued = false;
        flight.departed(departure);
        startTimer(attemptTimeoutMs);
      };
      if (flight.signal.aborted) return onAbandoned();
      stopListening = flight.signal.listen(onAbandoned);
      const onQueued = (): void => {
        // From queue to queue, the time goes on.
        if (ended || isQueued) return;
        isQueued = true;
        flight.queued();
        startTimer(Math.max(waitBudgetMs, attemptTimeoutMs));
      };
      if (announces) onQueued();
      else leave();
      const onDispatch = (): void => {
        if (ended) return;
        departure = this.depart();
        leave();
      };
      invoke(() => send(ownCall(signal, { onDispatch, onQueued, fresh }))).then(
        (answer) => end(() => resolve({ answer, departure })),
        (error: unknown) => end(() => reject(asOurs(error, secretId))),
      );
    });
  }
}

/** Turns a synchronous throw into a rejection. */
async function invoke<T>(send: () => Promise<T>): Promise<T> {
  return send();
}

function timedOut(secretId: string | undefined, limitMs: number): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_TIMEOUT',
    `The call for ${subjectOf(secretId)} got no answer within ${limitMs} ms: see that AWS can be reached, or raise \`attemptTimeoutMs\`.`,
    { secretId },
  );
}
