/**
 * How old something is, by two clocks at once.
 *
 * Wall clocks step; monotonic clocks may stand still while a VM is frozen or suspended. Age is the larger of the
 * two and never below zero: an error costs one extra check, never unbounded staleness.
 */

import type { Runtime } from './runtime.ts';

/** A moment on both clocks, in milliseconds. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Before anything: whatever happened then is infinitely old. */
export const NEVER: Instant = { wallMs: -Infinity, monotonicMs: -Infinity };

/** How many hits may reuse one reading of the monotonic clock inside one wall millisecond. */
const REUSE_LIMIT = 64;

export class Clock {
  readonly #runtime: Runtime;
  #hits = 0;
  #wallMs = Number.NaN;
  #monotonicMs = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  now(): Instant {
    return { wallMs: this.#runtime.wallNowMs(), monotonicMs: this.#runtime.monotonicNowMs() };
  }

  ageMs(since: Instant): number {
    return Math.max(
      this.#runtime.monotonicNowMs() - since.monotonicMs,
      this.#runtime.wallNowMs() - since.wallMs,
      0,
    );
  }

  /**
   * Whether less than `limitMs` has passed, for a hit. The wall clock is read each time; the monotonic reading serves
   * up to 64 hits of the same wall millisecond, which halves the cost of a hit and stays exact for a stalled
   * monotonic clock and a wall step forward.
   */
  isWithin(since: Instant, limitMs: number): boolean {
    const wallMs = this.#runtime.wallNowMs();
    if (wallMs !== this.#wallMs || this.#hits >= REUSE_LIMIT) {
      this.#wallMs = wallMs;
      this.#monotonicMs = this.#runtime.monotonicNowMs();
      this.#hits = 0;
    }
    this.#hits += 1;
    // An age below zero counts as zero, and nothing is within a limit of zero.
    return limitMs > 0 && wallMs - since.wallMs < limitMs && this.#monotonicMs - since.monotonicMs < limitMs;
  }

  /** To be called at each commit: a reading from before it must not age what it brought. */
  forgetReading(): void {
    this.#wallMs = Number.NaN;
  }
}
