/** One call to one Region: given up when its time is over, when its caller leaves, or when its Region goes down before it left. */

import type { Clock } from '../clock.ts';
import { SecretCacheError } from '../errors.ts';
import { FREEZE_MS } from '../flight.ts';
import type { Runtime, TimerHandle } from '../runtime.ts';
import type { SourceCall } from '../source/secret-source.ts';
import type { Showing } from './primary-view.ts';
import type { Region } from './region.ts';

/** A call was given up on this side. */
export class GivenUp extends Error {
  /**
   * `over`: its time was. `left`: nobody waits for it. `lost`: the process was frozen meanwhile. `queued`: its Region went
   * down before it left. `unknown`: its caller alone knows.
   */
  readonly why: 'over' | 'left' | 'lost' | 'queued' | 'unknown';

  constructor(why: GivenUp['why']) {
    super(why);
    this.why = why;
  }
}

export interface AttemptParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** `undefined`: the caller's own limit alone. */
  readonly limitMs: number | undefined;
  /** Numbers a request that leaves now. */
  readonly nextSequence: () => number;
}

export class Attempt {
  /** The Region's side of the call. */
  readonly call: SourceCall;
  /** When the request left, and its number: the call's own until the source says more. */
  showing: Showing;

  readonly #region: Region;
  readonly #caller: SourceCall;
  readonly #parts: AttemptParts;
  readonly #controller = new AbortController();
  #timer: TimerHandle | undefined;
  #hasBegun = false;
  #reject: ((reason: GivenUp) => void) | undefined;

  /** The reason tells whether time was over, or nobody waits any more; of any other the caller alone knows what it means. */
  readonly #onCallerLeft = (): void => {
    const reason: unknown = this.#caller.signal.reason;
    const code = reason instanceof SecretCacheError ? reason.code : undefined;
    const why = code === 'ERR_SECRET_TIMEOUT' ? 'over' : code === 'ERR_CACHE_CLOSED' ? 'left' : 'unknown';
    this.#giveUp(why, reason);
  };

  constructor(region: Region, caller: SourceCall, parts: AttemptParts) {
    this.#region = region;
    this.#caller = caller;
    this.#parts = parts;
    this.showing = this.#depart();
    this.call = {
      signal: this.#controller.signal,
      fresh: caller.fresh,
      onDispatch: () => this.#leave(),
      onQueued: () => this.#queue(),
    };
    caller.signal.addEventListener('abort', this.#onCallerLeft);
  }

  /** Settles as `work` does, or rejects with `GivenUp` as soon as the call is given up. May be used for one part after another. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#caller.signal.aborted) return this.#onCallerLeft();
      if (!this.#region.announces) this.#startTimer();
      else if (!this.#hasBegun) this.#queue();
      this.#hasBegun = true;
      // What it throws rejects, as everything does in here.
      work().then(
        (answer) => {
          this.#stopTimer();
          resolve(answer);
        },
        (error: Error) => {
          this.#stopTimer();
          reject(error);
        },
      );
    });
  }

  /** Gives up what hasn't left yet: its Region has gone down, and others may answer. */
  abandon(): void {
    this.#giveUp('queued', new SecretCacheError('ERR_SECRET_UNAVAILABLE', 'The Region is down.'));
  }

  /** To be called when nothing more is awaited. */
  end(): void {
    this.#caller.signal.removeEventListener('abort', this.#onCallerLeft);
    this.#stopTimer();
    this.#reject = undefined;
    this.#region.queued.delete(this);
  }

  /** A queue on this side is no fault of the Region's: its time runs from when the request leaves. */
  #queue(): void {
    if (this.#reject === undefined) return;
    this.#stopTimer();
    if (this.#parts.limitMs !== undefined) this.#region.queued.add(this);
    this.#caller.onQueued?.();
  }

  #leave(): void {
    if (this.#reject === undefined) return;
    this.#region.announces = true;
    this.#region.queued.delete(this);
    this.showing = this.#depart();
    this.#startTimer();
    this.#caller.onDispatch();
  }

  #depart(): Showing {
    return { sequence: this.#parts.nextSequence(), at: this.#parts.clock.now() };
  }

  #startTimer(): void {
    const { runtime, clock, limitMs } = this.#parts;
    this.#stopTimer();
    if (limitMs === undefined) return;
    const since = clock.now();
    this.#timer = runtime.setTimeout(() => {
      // A timer that a freeze held up tells nothing of the Region.
      const isLost = clock.ageMs(since) - limitMs > FREEZE_MS;
      const error = new SecretCacheError('ERR_SECRET_TIMEOUT', `No answer within ${limitMs} ms.`);
      this.#giveUp(isLost ? 'lost' : 'over', error);
    }, limitMs);
    // Those who wait have timers of their own that keep the process alive.
    this.#timer.unref();
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#parts.runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #giveUp(why: GivenUp['why'], reason: unknown): void {
    this.#stopTimer();
    this.#reject?.(new GivenUp(why));
    this.#reject = undefined;
    this.#controller.abort(reason);
  }
}
