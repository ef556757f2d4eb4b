/**
 * One secret as the cache knows it: versions, and refs that point at them.
 *
 * Versions are immutable content; labels move, and age. Every answer is committed ref by ref, each in the order in
 * which the requests started: a late answer never undoes a newer one, and a newer one may move a label back.
 */

import { NEVER, type Instant } from './clock.ts';
import type { SecretCacheEvents } from './events.ts';
import type { Departure, Flight } from './flight.ts';
import type { SecretIdentity } from './identity.ts';
import type { Policy } from './policy.ts';
import { Ref } from './ref.ts';
import type { SecretChangeHint } from './secret-event.ts';
import type { Secret } from './secret.ts';
import type { SecretDescription, SecretVersion } from './source/secret-source.ts';
import { Versions, type HeldVersion } from './versions.ts';

export const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** Most refs of one secret; the service allows 20 labels on it. */
const MAX_REFS = 40;

/** A description and the request that brought it. */
export interface Shown {
  readonly description: SecretDescription;
  readonly departure: Departure;
}

type Rotation = SecretCacheEvents['rotated'];
const NO_ROTATIONS: readonly Rotation[] = [];
const NO_REFS: readonly Ref[] = [];

/** A denial that waits for a second one. */
export interface Suspicion {
  readonly since: Instant;
  readonly sequence: number;
}

export class SecretRecord {
  /** The id as the caller wrote it. */
  readonly secretId: string;
  readonly current: Ref = new Ref(CURRENT, undefined);
  /** The first denial of what is held, until a later read succeeds. */
  suspect: Suspicion | undefined;
  /** When DescribeSecret was last denied. */
  describeDeniedAt: Instant | undefined;
  /** The DescribeSecret under way, shared by all refs that are being checked. */
  describing: Flight<Shown> | undefined;
  /** What the index of aliases has it under. */
  filedAs: SecretIdentity | undefined;
  /** How many flights are under way for it. */
  flights = 0;

  readonly #policy: Policy;
  readonly #versions = new Versions();
  /** Beside `current`; most secrets are asked for nothing else, and share one empty list. */
  #others: readonly Ref[] = NO_REFS;
  #identity: SecretIdentity | undefined;
  /** Labels that moved in commits not told of yet. */
  #rotations: readonly Rotation[] = NO_ROTATIONS;
  /** The number of the last request whose read was taken over. */
  #readSequence = 0;
  /** The number of the request whose denial was confirmed. */
  #deniedSequence = 0;

  constructor(secretId: string, policy: Policy) {
    this.secretId = secretId;
    this.#policy = policy;
    // A plain hit asks it past `ask`.
    this.current.asked = true;
  }

  /** The secret it was answered with. */
  get identity(): SecretIdentity | undefined {
    return this.#identity;
  }

  get #refs(): readonly Ref[] {
    return [this.current, ...this.#others];
  }

  get holds(): boolean {
    return !this.#versions.isEmpty;
  }

  /** Whether there is something worth remembering although nothing is held: a failure, or when calls were forced. */
  get remembers(): boolean {
    return this.#refs.some((ref) => ref.failures > 0 || ref.refreshes !== undefined);
  }

  find(versionStage: string | undefined, versionId: string | undefined): Ref | undefined {
    if (versionStage === CURRENT && versionId === undefined) return this.current;
    return this.#others.find((ref) => ref.versionStage === versionStage && ref.versionId === versionId);
  }

  /** The ref a caller asks for, made if it is new. */
  ask(versionStage: string | undefined, versionId: string | undefined): Ref {
    const ref = this.find(versionStage, versionId) ?? this.#add(new Ref(versionStage, versionId));
    if (ref.held === undefined) this.#seed(ref);
    ref.asked = true;
    return ref;
  }

  version(versionId: string): HeldVersion | undefined {
    return this.#versions.find(versionId);
  }

  /** What is held for something asked and may be served, made no ref of. */
  peek(versionStage: string | undefined, versionId: string | undefined): Secret | undefined {
    const ref = this.find(versionStage, versionId);
    if (ref?.held !== undefined) return this.#policy.isServable(ref) ? ref.held.secret : undefined;
    const held = versionStage === undefined ? this.#versions.find(versionId) : undefined;
    return held === undefined || this.#policy.readIsDue(held.readAt) ? undefined : held.secret;
  }

  /** Takes over what a read returned; whether it did. An answer from before a denial, or of an older secret, counts no more. */
  commitVersion(asked: Ref, answer: SecretVersion, departure: Departure): boolean {
    // The caller's own string where it is the same: else each secret would hold a copy.
    const name = answer.name === this.secretId ? this.secretId : answer.name;
    const version = { ...answer, name };
    if (departure.sequence <= this.#deniedSequence || !this.#identify(version, departure)) return false;
    const held = this.#versions.hold(version, departure.at);
    const isSeenWhole = version.mayBeCached !== true;
    const stages = new Set(isSeenWhole ? version.versionStages : []);
    if (asked.versionStage !== undefined) stages.add(asked.versionStage);
    for (const stage of stages) this.#show(this.#label(stage), held, departure);
    if (!asked.isLabel) this.#show(asked, held, departure);
    for (const ref of isSeenWhole ? this.#refs : []) {
      if (ref.isLabel && ref.shownId === version.versionId && !stages.has(ref.versionStage ?? ''))
        ref.point(undefined, departure);
    }
    this.#tidy();
    return true;
  }

  /** Takes over where a description says that labels point. What it can't settle stays as it was, and due. */
  commitDescription({ description, departure }: Shown): void {
    const holders = holdersByStage(description);
    for (const versionId of holders.get(PREVIOUS) ?? []) this.current.passed(versionId);
    for (const [stage, [versionId, ...rivals]] of holders) {
      if (versionId === undefined || rivals.length > 0) continue;
      const held = this.#versions.find(versionId);
      if (held === undefined) this.find(stage, undefined)?.point(versionId, departure);
      else this.#confirm(this.#label(stage), held, departure);
    }
    for (const ref of this.#refs) {
      if (ref.isLabel) {
        // A missing AWSCURRENT is on its way to another version; any other missing label is gone.
        if (ref.versionStage !== CURRENT && !holders.has(ref.versionStage ?? ''))
          ref.vanish(departure.sequence);
        continue;
      }
      const held = this.#versions.find(ref.versionId);
      const stages = description.versionIdsToStages.get(ref.versionId ?? '') ?? [];
      const isShown = ref.versionStage === undefined || stages.includes(ref.versionStage);
      if (held !== undefined && isShown) this.#confirm(ref, held, departure);
    }
    this.#tidy();
  }

  /** The labels that were seen to move since it was last asked. */
  takeRotations(): readonly Rotation[] {
    const rotations = this.#rotations;
    this.#rotations = NO_ROTATIONS;
    return rotations;
  }

  /** Takes a push: the label it names is due, and AWSPREVIOUS moves with AWSCURRENT; without a label, all are. */
  expect({ versionStage, versionId }: SecretChangeHint, lastSequence: number): void {
    for (const ref of this.#refs) {
      if (!ref.isLabel) continue;
      const isNamed = versionStage === undefined || ref.versionStage === versionStage;
      if (isNamed) ref.expect(versionId, lastSequence, this.#policy);
      else if (versionStage === CURRENT && ref.versionStage === PREVIOUS) {
        ref.expect(undefined, lastSequence, this.#policy);
      }
    }
  }

  /** Drops what a ref is answered from, and the version itself where nothing else points at it. */
  dropRef(ref: Ref, sequence: number): void {
    const { held } = ref;
    ref.vanish(sequence);
    if (held !== undefined && !this.#refs.some((other) => other.held === held)) this.#versions.remove(held);
    this.#tidy();
  }

  /** Marks the record suspect by a request's denial, unless it is already. */
  suspectFrom(sequence: number): boolean {
    if (this.suspect !== undefined) return false;
    this.suspect = { since: this.#policy.clock.now(), sequence };
    for (const ref of this.#refs) ref.ttlMs = 0;
    return true;
  }

  /** A description spoke against what is held, if no later read returned it: the read that follows decides at once. */
  witness({ sequence }: Departure): void {
    if (sequence > this.#readSequence) this.suspect = { since: NEVER, sequence };
  }

  /** Drops what a denial has taken the right to, and whatever a read that left before it may still bring. */
  revoke(sequence: number): void {
    this.dropVersions();
    this.#deniedSequence = Math.max(this.#deniedSequence, sequence);
  }

  /** Drops every version: none of them can be served again. Flights and failures stay. */
  dropVersions(): void {
    this.#versions.clear();
    this.suspect = undefined;
    for (const ref of this.#refs) ref.drop();
  }

  /** Lets go of the refs beyond their bound: first those that hold nothing, never one with a flight. */
  trim(): void {
    const excess = 1 + this.#others.length - MAX_REFS;
    if (excess <= 0) return;
    const leastUsefulFirst = this.#others
      .filter((ref) => ref.flight === undefined)
      .toSorted((a, b) => Number(a.held !== undefined) - Number(b.held !== undefined));
    const dropped = new Set(leastUsefulFirst.slice(0, excess));
    this.#others = this.#others.filter((ref) => !dropped.has(ref));
    this.#tidy();
  }

  /** Drops everything that is known. */
  clear(): void {
    this.dropVersions();
    this.#identity = undefined;
    this.describeDeniedAt = undefined;
    for (const ref of this.#refs) ref.forgetFailures();
  }

  /** Whether the answer counts. A secret deleted and made again under its name has a new ARN and takes the record over. */
  #identify({ arn, name, mayBeCached }: SecretVersion, { sequence, at }: Departure): boolean {
    if (this.#identity?.arn !== arn) {
      if (sequence < this.#readSequence) return false;
      if (this.#identity !== undefined) this.dropVersions();
      this.#identity = { arn, name };
    }
    this.#readSequence = Math.max(sequence, this.#readSequence);
    if (this.#isDoubtSettledBy(mayBeCached, { sequence, at })) this.suspect = undefined;
    return true;
  }

  /** A read that left after the denial settles it; what a cache below may have kept, only if it was asked for since. */
  #isDoubtSettledBy(mayBeCached: boolean | undefined, { sequence, at }: Departure): boolean {
    const { suspect } = this;
    if (suspect === undefined || sequence <= suspect.sequence) return false;
    const { clock } = this.#policy;
    return mayBeCached !== true || clock.ageMs(suspect.since) > clock.ageMs(at);
  }

  #show(ref: Ref, held: HeldVersion, departure: Departure): void {
    const fromVersionId = ref.show(held, departure, this.#policy);
    // What left before the denial says nothing about it.
    if (this.suspect !== undefined) ref.ttlMs = 0;
    this.#versions.touch(held);
    if (fromVersionId === undefined) return;
    const { versionId: toVersionId } = held.secret;
    const { secretId } = this;
    const versionStage = ref.versionStage ?? CURRENT;
    this.#rotations = [...this.#rotations, { secretId, versionStage, fromVersionId, toVersionId }];
  }

  /** A description showed that `ref` points at a held version; the right to read that one is another matter. */
  #confirm(ref: Ref, held: HeldVersion, departure: Departure): void {
    if (!this.#policy.readIsDue(held.readAt)) this.#show(ref, held, departure);
  }

  /** Content never changes, so a version held for a label answers a get by its id too. */
  #seed(ref: Ref): void {
    const held = this.#versions.find(ref.versionId);
    if (held === undefined) return;
    if (ref.versionStage === undefined) {
      ref.adopt(held, held.readAt, this.suspect === undefined ? this.#policy.drawTtlMs() : 0);
      return;
    }
    const label = this.find(ref.versionStage, undefined);
    if (label?.held === held) ref.adopt(held, label.checkedAt, label.superseded ? 0 : label.ttlMs);
  }

  #label(stage: string): Ref {
    return this.find(stage, undefined) ?? this.#add(new Ref(stage, undefined));
  }

  #add(ref: Ref): Ref {
    this.#others = [...this.#others, ref];
    return ref;
  }

  /** Bounds the versions, lets go of refs that mean nothing any more, and brings the labels up to date. */
  #tidy(): void {
    const dropped = this.#versions.trim((version) =>
      this.#refs.some(
        (ref) => ref.held === version && ref.isLabel && (ref.asked || ref.versionStage === PREVIOUS),
      ),
    );
    for (const ref of this.#refs) if (ref.held !== undefined && dropped.has(ref.held)) ref.drop();
    const others = this.#others.filter((ref) => ref.asked || ref.held !== undefined);
    this.#others = others.length === 0 ? NO_REFS : others;
    this.#versions.relabel((versionId) =>
      this.#refs
        .filter((ref) => ref.isLabel && ref.shownId === versionId)
        .map((ref) => ref.versionStage ?? CURRENT),
    );
    this.#policy.clock.forgetReading();
  }
}

/** A label that two versions claim for a moment has two holders: a read decides. */
export function holdersByStage({ versionIdsToStages }: SecretDescription): Map<string, string[]> {
  const holders = new Map<string, string[]>();
  for (const [versionId, stages] of versionIdsToStages) {
    for (const stage of new Set(stages)) holders.set(stage, [...(holders.get(stage) ?? []), versionId]);
  }
  return holders;
}
