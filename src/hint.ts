/**
 * What pushes said of a label: it is due, and a version is looked for until it shows.
 *
 * Pushes come twice, late, out of order and in floods, and before the replica that is read knows what they tell. So a
 * push makes the label due at most once a second, and a version that doesn't show is looked for every 1 to 5 s, for at
 * most a minute. One that an earlier push overtook is not waited for.
 */

import { NEVER, type Instant } from './clock.ts';
import type { Policy } from './policy.ts';

const DUE_APART_MS = 1_000;
const LOOK_FOR_MS = 60_000;
/** Versions looked for at once. */
const MAX_AWAITED = 4;

export class Hint {
  /** In the order in which they were told. */
  #awaited: readonly string[] = [];
  #awaitedSince: Instant = NEVER;
  #madeDueAt: Instant = NEVER;
  #arrivedAt: Instant = NEVER;

  /** Takes a push; answers with the TTL that makes the label due now, or a second after the push before it did. */
  take(versionId: string | undefined, checkedAt: Instant, { clock }: Policy): number {
    const hasJustArrived = clock.ageMs(this.#arrivedAt) < LOOK_FOR_MS;
    if (versionId !== undefined && !hasJustArrived && !this.#awaited.includes(versionId)) {
      this.#awaited = [...this.#awaited, versionId].slice(-MAX_AWAITED);
      this.#awaitedSince = clock.now();
    }
    const sinceDueMs = clock.ageMs(this.#madeDueAt);
    if (sinceDueMs < DUE_APART_MS) return clock.ageMs(checkedAt) + DUE_APART_MS - sinceDueMs;
    this.#madeDueAt = clock.now();
    return 0;
  }

  /** The TTL of a check that showed `versionId`: short while another version is looked for. */
  ttlAfter(versionId: string, ttlMs: number, policy: Policy): number {
    const { clock } = policy;
    const place = this.#awaited.indexOf(versionId);
    const isSought = this.#awaited.length > 0 && clock.ageMs(this.#awaitedSince) < LOOK_FOR_MS;
    if (!isSought) {
      this.#awaited = [];
      return ttlMs;
    }
    if (place < 0) return Math.min(ttlMs, policy.drawSoonMs());
    // What was told after it may be older or newer than it: one more look tells.
    const isLast = place === this.#awaited.length - 1;
    this.#awaited = [];
    this.#arrivedAt = clock.now();
    return isLast ? ttlMs : Math.min(ttlMs, policy.drawSoonMs());
  }

  /** Whether nothing of it matters any more. */
  isOver({ clock }: Policy): boolean {
    return (
      this.#awaited.length === 0 &&
      clock.ageMs(this.#arrivedAt) >= LOOK_FOR_MS &&
      clock.ageMs(this.#madeDueAt) >= DUE_APART_MS
    );
  }
}
