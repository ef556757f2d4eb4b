/** What a caller asks of one secret, a label or a version id or both, and what is known of it. */

import type { Pause } from './backoff.ts';
import { NEVER, type Instant } from './clock.ts';
import type { Departure, Flight } from './flight.ts';
import { Hint } from './hint.ts';
import type { Policy } from './policy.ts';
import type { RefreshQueue } from './refresh-queue.ts';
import type { Secret } from './secret.ts';
import type { HeldVersion } from './versions.ts';

/** How many versions a label pointed at are remembered. */
const FORMER_IDS = 4;
const NO_IDS: readonly string[] = [];

export class Ref {
  readonly versionStage: string | undefined;
  readonly versionId: string | undefined;
  /** Asked for by a caller, not merely learned from a label map. */
  asked = false;

  /** The version it is answered from. Lags behind `shownId` while the version shown can't be read yet. */
  held: HeldVersion | undefined;
  /** The version id a label was last shown to point at. */
  shownId: string | undefined;
  /** When `held` was last shown to be right: the start of the request that showed it. The TTL runs from here. */
  checkedAt: Instant = NEVER;
  /** This check's own TTL, in milliseconds. 0 makes it due. */
  ttlMs = 0;
  /** The number of the request that last showed anything of it. Results land in the order in which requests started. */
  sequence = 0;
  /** The number of the request that last showed `held` to be right. */
  heldSequence = 0;
  /** Answers to requests up to this number are too old for a get that begins now: a refresh came between. */
  floor = -1;

  /** The failures in a row, for the backoff. */
  failures = 0;
  pause: Pause | undefined;
  /** The one that gets may join. */
  flight: Flight<Secret> | undefined;
  refreshes: RefreshQueue | undefined;
  /** Whether it was said, since the last check that worked, that its value stands in, and that calls fail. */
  saidStale = false;
  saidFailure = false;
  #formerIds: readonly string[] = NO_IDS;
  #hint: Hint | undefined;

  constructor(versionStage: string | undefined, versionId: string | undefined) {
    this.versionStage = versionStage;
    this.versionId = versionId;
  }

  /** Whether it is a label's: not bound to one version. */
  get isLabel(): boolean {
    return this.versionId === undefined;
  }

  /** Whether a get must wait for a request that hasn't landed yet, however young the held value is. */
  get superseded(): boolean {
    return this.heldSequence <= this.floor;
  }

  /** Whether a push has told of something that no check has shown yet. */
  get isHinted(): boolean {
    return this.#hint?.isOpen === true;
  }

  /** A request showed that it points at a version that is held. Answers with the version it pointed at before, if another. */
  show(held: HeldVersion, departure: Departure, policy: Policy): string | undefined {
    const { sequence, at } = departure;
    if (sequence < this.sequence) return undefined;
    const { versionId } = held.secret;
    let ttlMs = policy.drawTtlMs();
    const before = this.held?.secret.versionId;
    if (before !== undefined && before !== versionId) {
      // A lagging replica shows a label where it was before: a move back counts, but is looked at again soon.
      if (this.#formerIds.includes(versionId)) ttlMs = Math.min(ttlMs, policy.drawSoonMs());
      this.#formerIds = [before, ...this.#formerIds.filter((id) => id !== before)].slice(0, FORMER_IDS);
    } else if (this.shownId !== undefined && this.shownId !== versionId) {
      ttlMs = Math.min(ttlMs, policy.drawSoonMs());
    }
    this.held = held;
    this.shownId = versionId;
    this.sequence = sequence;
    this.heldSequence = sequence;
    this.checkedAt = at;
    if (this.#hint !== undefined) ttlMs = this.#hint.ttlAfter(versionId, departure, ttlMs, policy);
    // An answer from before a refresh is worth keeping, but not worth serving without a check.
    this.ttlMs = this.superseded ? 0 : ttlMs;
    this.failures = 0;
    this.pause = undefined;
    this.saidStale = false;
    this.saidFailure = false;
    return before === versionId ? undefined : before;
  }

  /** A push says that it points, or soon will, at another version. `lastSequence`: of the requests sent so far. */
  expect(versionId: string | undefined, lastSequence: number, policy: Policy): void {
    if (versionId !== undefined && versionId === this.shownId) return;
    this.#hint ??= new Hint();
    const ttlMs = this.#hint.take(versionId, lastSequence, this.checkedAt, policy);
    if (versionId !== undefined && this.#formerIds.includes(versionId)) this.#hint.passed(versionId);
    this.ttlMs = Math.min(this.ttlMs, ttlMs);
  }

  /** A description shows that the label has left this version behind. */
  passed(versionId: string): void {
    this.#hint?.passed(versionId);
  }

  /** Starts with a version that is held already, shown then by another ref's request. */
  adopt(held: HeldVersion, checkedAt: Instant, ttlMs: number): void {
    this.held = held;
    this.checkedAt = checkedAt;
    this.ttlMs = this.superseded ? 0 : ttlMs;
    this.forgetFailures();
  }

  /**
   * A request showed that the label points at a version that isn't held, or no longer at the one that is (`undefined`):
   * that one may stand in, but is due.
   */
  point(versionId: string | undefined, { sequence }: Departure): void {
    if (sequence < this.sequence) return;
    this.shownId = versionId;
    this.sequence = sequence;
    this.ttlMs = 0;
  }

  /** A request showed that there is no such label or version. */
  vanish(sequence: number): void {
    if (sequence < this.sequence) return;
    this.drop();
    this.sequence = sequence;
  }

  /** Makes it due, and answers to requests already sent too old for gets from now on. */
  raiseFloor(lastSequence: number): void {
    this.floor = lastSequence;
    this.ttlMs = 0;
    this.pause = undefined;
  }

  /** Forgets what it was answered from. */
  drop(): void {
    this.held = undefined;
    this.shownId = undefined;
    this.checkedAt = NEVER;
    this.ttlMs = 0;
  }

  forgetFailures(): void {
    this.failures = 0;
    this.pause = undefined;
  }
}
