/**
 * What calls have told of a Region: reads go to it, or leave it alone for a while.
 *
 *       a call fails             the pause is over: one call        it is answered
 *     up ──────────> down ───────────────────────────────> probe ───────────────────> returning ───────> up
 *                     ^   for base x 2^n, jittered           │         for a drawn part of the outage
 *                     └────────────── it fails ──────────────┘
 *
 * Nothing here has a timer: what time has passed is asked when the next call looks for its Region.
 */

import { backoffMs, type BackoffOptions } from '../backoff.ts';
import { NEVER, type Clock, type Instant } from '../clock.ts';
import type { Runtime } from '../runtime.ts';

export type RegionState = 'up' | 'down' | 'returning';

/** One call's leave to ask a Region. */
export interface Pass {
  /** The failures counted when it was given: what the call tells of older ones is old. */
  readonly episode: number;
  readonly isProbe: boolean;
}

export interface HealthOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
  readonly switchBackMs: number;
  /** How long a Region may leave calls unanswered. */
  readonly regionTimeoutMs: number;
}

export class Health {
  readonly #options: HealthOptions;
  #state: RegionState = 'up';
  /** When the state began, and how long it lasts unless it is up. */
  #since: Instant = NEVER;
  #delayMs = 0;
  #downSince: Instant = NEVER;
  /** Failures counted since it was last up for as long as the cap of the backoff. */
  #failures = 0;
  #episode = 0;
  #isProbed = false;
  /** How long callers that gave up have waited since it last answered, overlaps counted once; and until when. */
  #silentMs = 0;
  #silentUntil: Instant = NEVER;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get state(): RegionState {
    if (this.#state === 'returning' && this.#isOver()) {
      this.#state = 'up';
      this.#since = this.#options.clock.now();
    }
    return this.#state;
  }

  /** A pass for an ordinary call; `undefined` while the Region is to be left alone. */
  admit(): Pass | undefined {
    if (this.state === 'up') return this.pass();
    if (this.#state === 'returning' || this.#isProbed || !this.#isOver()) return undefined;
    this.#isProbed = true;
    return { episode: this.#episode, isProbe: true };
  }

  /** A pass for a call that no other Region could answer. */
  pass(): Pass {
    return { episode: this.#episode, isProbe: false };
  }

  /** It answered, be it with an error of the request's own. */
  answered({ episode, isProbe }: Pass): void {
    if (isProbe) this.#isProbed = false;
    this.#silentMs = 0;
    if (this.#state !== 'down' || episode !== this.#episode) return;
    const { runtime, clock, switchBackMs } = this.#options;
    this.#state = 'returning';
    this.#delayMs = runtime.random() * Math.min(clock.ageMs(this.#downSince), switchBackMs);
    this.#since = clock.now();
  }

  /** It failed, or gave no answer in time. */
  failed({ episode, isProbe }: Pass): void {
    if (isProbe) this.#isProbed = false;
    // Calls that left together fail together: the first of them counts.
    if (episode !== this.#episode) return;
    // A call that had nowhere else to go says nothing new of a Region that is down.
    if (this.#state === 'down' && !isProbe) return;
    const { runtime, clock, backoff } = this.#options;
    if (this.#state !== 'down') this.#downSince = clock.now();
    // A Region that comes and goes is left alone for longer each time.
    if (this.#state === 'up' && clock.ageMs(this.#since) >= backoff.capMs) this.#failures = 0;
    this.#state = 'down';
    this.#delayMs = backoffMs(this.#failures, backoff, runtime.random());
    this.#since = clock.now();
    this.#failures += 1;
    this.#episode += 1;
  }

  /**
   * The caller gave the call up, which says nothing by itself. But callers with less patience than `regionTimeoutMs`
   * would never find out: a Region that has left them waiting for that long in all, and answered nobody, has failed.
   */
  left(pass: Pass, askedAt: Instant): void {
    const { clock, regionTimeoutMs } = this.#options;
    this.#silentMs += Math.min(clock.ageMs(askedAt), clock.ageMs(this.#silentUntil));
    this.#silentUntil = clock.now();
    if (this.#silentMs >= regionTimeoutMs) this.failed(pass);
    else this.spared(pass);
  }

  /** The call came to nothing for a reason that isn't the Region's. */
  spared({ isProbe }: Pass): void {
    if (isProbe) this.#isProbed = false;
  }

  #isOver(): boolean {
    return this.#options.clock.ageMs(this.#since) >= this.#delayMs;
  }
}
