/**
 * What pushes said of a label: it is due, and the version they name is looked for until it shows.
 *
 * Pushes come twice, late, out of order and in floods, and before the replica that is read knows what they tell. So
 * they cause at most one check a second, a version that doesn't show is looked for every 1 to 5 s for at most a
 * minute, and one that is known to have been passed is not looked for.
 */

import { NEVER, type Clock, type Instant } from './clock.ts';
import type { Departure } from './flight.ts';
import type { Policy } from './policy.ts';

const CHECKS_APART_MS = 1_000;
const LOOK_FOR_MS = 60_000;
/** Versions looked for at once. */
const MAX_AWAITED = 4;

export class Hint {
  /** In the order in which they were told. */
  #awaited: readonly string[] = [];
  #awaitedSince: Instant = NEVER;
  /** When the last check left that a push caused. */
  #checkedAt: Instant = NEVER;
  /** A check numbered above this one serves the oldest push that no check has served. */
  #unserved: number | undefined;
  /** The last request that left before the newest push. */
  #newest = 0;

  /** Takes a push; answers with the TTL that makes the label due. */
  take(versionId: string | undefined, lastSequence: number, shownAt: Instant, { clock }: Policy): number {
    this.#unserved ??= lastSequence;
    this.#newest = lastSequence;
    if (versionId !== undefined && !this.#awaited.includes(versionId)) {
      this.#awaited = [...this.#awaited, versionId].slice(-MAX_AWAITED);
      this.#awaitedSince = clock.now();
    }
    return this.#dueTtlMs(shownAt, clock);
  }

  /** Whether a push is not served yet, or a version that one named is still looked for. */
  get isOpen(): boolean {
    return this.#unserved !== undefined || this.#awaited.length > 0;
  }

  /** The label has left this version behind: no need to look for it. */
  passed(versionId: string): void {
    this.#awaited = this.#awaited.filter((awaited) => awaited !== versionId);
  }

  /** The TTL of a check that showed `versionId`: short while a push is not served or its version not seen. */
  ttlAfter(versionId: string, { sequence, at }: Departure, ttlMs: number, policy: Policy): number {
    if (this.#unserved !== undefined && sequence > this.#unserved) {
      this.#checkedAt = at;
      this.#unserved = this.#newest >= sequence ? sequence : undefined;
    }
    // What was told before the version that shows was passed on the way to it.
    this.#awaited = this.#awaited.slice(this.#awaited.indexOf(versionId) + 1);
    if (policy.clock.ageMs(this.#awaitedSince) >= LOOK_FOR_MS) this.#awaited = [];
    if (this.#unserved !== undefined) return Math.min(ttlMs, this.#dueTtlMs(at, policy.clock));
    return this.#awaited.length > 0 ? Math.min(ttlMs, policy.drawSoonMs()) : ttlMs;
  }

  /** Due now, or a second after the last check that a push caused; counted from when the label was shown. */
  #dueTtlMs(shownAt: Instant, clock: Clock): number {
    const waitMs = CHECKS_APART_MS - clock.ageMs(this.#checkedAt);
    return waitMs <= 0 ? 0 : clock.ageMs(shownAt) + waitMs;
  }
}
