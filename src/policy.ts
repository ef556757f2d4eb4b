/** What the options say about ages: which TTL a check draws, when to look again, what may still be served. */

import type { Clock, Instant } from './clock.ts';
import { freshnessAt, type Freshness } from './freshness.ts';
import type { Settings } from './options.ts';
import type { Ref } from './ref.ts';

export class Policy {
  readonly clock: Clock;
  readonly #settings: Settings;

  constructor(settings: Settings, clock: Clock) {
    this.#settings = settings;
    this.clock = clock;
  }

  /**
   * U(1 - jitter, 1) x `ttlMs`, drawn anew by each check so that processes started together drift apart; never longer. In
   * whole milliseconds, which V8 keeps in the ref itself: any other number would be an object of its own.
   */
  drawTtlMs(): number {
    const { ttlMs, ttlJitter, runtime } = this.#settings;
    return Math.min(ttlMs, Math.ceil(ttlMs * (1 - ttlJitter * runtime.random())));
  }

  /** 1 to 5 s: when something is on its way but not visible yet. */
  drawSoonMs(): number {
    return 1_000 + Math.floor(4_000 * this.#settings.runtime.random());
  }

  freshness(ref: Ref): Freshness {
    if (ref.held === undefined) return 'expired';
    return freshnessAt(this.clock.ageMs(ref.checkedAt), ref.ttlMs, this.#settings);
  }

  /** Whether what it holds may be served at all. */
  isServable(ref: Ref): boolean {
    return this.freshness(ref) !== 'expired';
  }

  /** How long no call is to be made for it yet, in milliseconds. */
  pausedForMs(ref: Ref): number {
    const { pause } = ref;
    if (pause === undefined) return 0;
    const delayMs = this.isServable(ref) ? pause.delayMs : pause.unservedDelayMs;
    return Math.max(0, delayMs - this.clock.ageMs(pause.since));
  }

  /** How long until a get would look again, in milliseconds; 0 when it would now. */
  dueInMs(ref: Ref): number {
    return Math.max(this.pausedForMs(ref), ref.ttlMs - this.clock.ageMs(ref.checkedAt));
  }

  /** Whether a version read then must be read again: nothing else proves the right to read it. */
  readIsDue(readAt: Instant): boolean {
    return this.clock.ageMs(readAt) >= this.#settings.servableMs;
  }
}
