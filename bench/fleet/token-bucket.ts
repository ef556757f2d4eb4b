/** A quota of calls a second, as a token bucket. */

export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs = 0;

  /**
   * `perSecond` > 0. `burstSeconds`: how many seconds' worth it holds when nobody has called for a while. AWS publishes
   * no burst, so a second's worth stands for it. Never less than one call, or it would admit none.
   */
  constructor(perSecond: number, burstSeconds = 1) {
    this.#perSecond = perSecond;
    this.#capacity = Math.max(1, perSecond * burstSeconds);
    this.#tokens = this.#capacity;
  }

  /** Whether one more call is within the quota. `nowMs` never goes back. */
  take(nowMs: number): boolean {
    const gained = ((nowMs - this.#filledAtMs) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    // So many small gains add up to a whole call but for their rounding.
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens -= 1;
    return true;
  }
}
