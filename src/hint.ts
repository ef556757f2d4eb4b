/**
 * What pushes said of a label: it is due, and the version they name is looked for until it shows.
 *
 * Pushes come twice, late, out of order and in floods, and before the replica that is read knows what they tell. So
 * a push makes the label due at most once a second, a version that doesn't show is looked for every 1 to 5 s for at
 * most a minute, and one that is known to have been passed is not looked for.
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
  /** Answers to requests up to this number left before the last push. */
  #floor = 0;

  /** Takes a push; answers with the TTL that makes the label due now, or a second after the push before it did. */
  take(versionId: string | undefined, lastSequence: number, checkedAt: Instant, { clock }: Policy): number {
    this.#floor = lastSequence;
    if (versionId !== undefined && !this.#awaited.includes(versionId)) {
      this.#awaited = [...this.#awaited, versionId].slice(-MAX_AWAITED);
      this.#awaitedSince = clock.now();
    }
    const sinceDueMs = clock.ageMs(this.#madeDueAt);
    if (sinceDueMs < DUE_APART_MS) return clock.ageMs(checkedAt) + DUE_APART_MS - sinceDueMs;
    this.#madeDueAt = clock.now();
    return 0;
  }

  /** The label has left this version behind: no need to look for it. */
  passed(versionId: string): void {
    this.#awaited = this.#awaited.filter((awaited) => awaited !== versionId);
  }

  /** The TTL of a check that showed `versionId`: short while another version is looked for. */
  ttlAfter(versionId: string, sequence: number, ttlMs: number, policy: Policy): number {
    // What was told before the version that shows was passed on the way to it.
    this.#awaited = this.#awaited.slice(this.#awaited.indexOf(versionId) + 1);
    if (policy.clock.ageMs(this.#awaitedSince) >= LOOK_FOR_MS) this.#awaited = [];
    const isSought = this.#awaited.length > 0;
    if (sequence <= this.#floor) return isSought ? 0 : Math.min(ttlMs, DUE_APART_MS);
    return isSought ? Math.min(ttlMs, policy.drawSoonMs()) : ttlMs;
  }
}
