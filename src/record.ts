/**
 * One secret as the cache knows it: versions, and refs that point at them.
 *
 * Versions are immutable content; labels move, and age. Every answer is committed ref by ref, each in the order in
 * which the requests started: a late answer never undoes a newer one, and a newer one may move a label back.
 */

import type { Instant } from './clock.ts';
import { publish } from './events.ts';
import type { Departure, Flight } from './flight.ts';
import type { SecretIdentity } from './identity.ts';
import type { Policy } from './policy.ts';
import { Ref } from './ref.ts';
import type { Stats } from './stats.ts';
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

/** A denial that waits for a second one. */
export interface Suspicion {
  readonly since: Instant;
  readonly sequence: number;
}

export class SecretRecord {
  /** The id as the caller wrote it. */
  readonly secretId: string;
  readonly current: Ref = new Ref(CURRENT, undefined, true);
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
  readonly #stats: Stats;
  readonly #versions = new Versions();
  #refs: Ref[] = [this.current];
  #identity: SecretIdentity | undefined;
  #identitySequence = 0;

  constructor(secretId: string, policy: Policy, stats: Stats) {
    this.secretId = secretId;
    this.#policy = policy;
    this.#stats = stats;
  }

  /** The secret it was answered with. */
  get identity(): SecretIdentity | undefined {
    return this.#identity;
  }

  get holds(): boolean {
    return !this.#versions.isEmpty;
  }

  /** Whether there is a failure worth remembering although nothing is held. */
  get remembers(): boolean {
    return this.#refs.some((ref) => ref.failures > 0);
  }

  find(versionStage: string | undefined, versionId: string | undefined): Ref | undefined {
    return this.#refs.find((ref) => ref.versionStage === versionStage && ref.versionId === versionId);
  }

  /** The ref a caller asks for, made if it is new. */
  ask(versionStage: string | undefined, versionId: string | undefined): Ref {
    const known = this.find(versionStage, versionId);
    const ref = known ?? this.#add(new Ref(versionStage, versionId, true));
    if (known === undefined) this.#seed(ref);
    ref.asked = true;
    return ref;
  }

  version(versionId: string): HeldVersion | undefined {
    return this.#versions.find(versionId);
  }

  /** Takes over what a read returned. An older answer about another secret changes nothing. */
  commitVersion(asked: Ref, version: SecretVersion, departure: Departure): void {
    if (!this.#identify(version, departure)) return;
    const held = this.#versions.hold(version, departure.at);
    const stages = new Set(version.versionStages);
    if (asked.versionStage !== undefined) stages.add(asked.versionStage);
    for (const stage of stages) this.#show(this.#label(stage), held, departure);
    if (!asked.isLabel) this.#show(asked, held, departure);
    for (const ref of this.#refs) {
      if (ref.isLabel && ref.shownId === version.versionId && !stages.has(ref.versionStage ?? ''))
        ref.lose(departure);
    }
    this.#tidy();
  }

  /** Takes over where a description says that labels point. What it can't settle stays as it was, and due. */
  commitDescription({ description, departure }: Shown): void {
    const holders = holdersByStage(description);
    for (const [stage, [versionId, ...rivals]] of holders) {
      if (versionId === undefined || rivals.length > 0) continue;
      const held = this.#versions.find(versionId);
      if (held === undefined) this.find(stage, undefined)?.point(versionId, departure);
      else this.#confirm(this.#label(stage), held, departure);
    }
    for (const ref of this.#refs) {
      if (ref.isLabel) {
        // A missing AWSCURRENT is on its way to another version; any other missing label is gone.
        if (ref.versionStage !== CURRENT && !holders.has(ref.versionStage ?? '')) ref.vanish(departure);
        continue;
      }
      const held = this.#versions.find(ref.versionId);
      const stages = description.versionIdsToStages.get(ref.versionId ?? '') ?? [];
      const isShown = ref.versionStage === undefined || stages.includes(ref.versionStage);
      if (held !== undefined && isShown) this.#confirm(ref, held, departure);
    }
    this.#tidy();
  }

  /** Takes a push: the label it names is due, and AWSPREVIOUS moves with AWSCURRENT; without a label, all are. */
  expect(versionStage: string | undefined, versionId: string | undefined): void {
    for (const ref of this.#refs) {
      if (!ref.isLabel) continue;
      if (versionStage === undefined || ref.versionStage === versionStage)
        ref.expect(versionId, this.#policy);
      else if (versionStage === CURRENT && ref.versionStage === PREVIOUS) ref.expect(undefined, this.#policy);
    }
  }

  /** Makes every ref due: what is in doubt concerns them all. */
  expire(): void {
    for (const ref of this.#refs) ref.ttlMs = 0;
  }

  /** Drops what a ref is answered from, and the version itself where nothing else points at it. */
  dropRef(ref: Ref): void {
    const { held } = ref;
    ref.drop();
    if (held !== undefined && !this.#refs.some((other) => other.held === held)) this.#versions.remove(held);
    this.#tidy();
  }

  /** Drops every version: none of them can be served again. Flights and failures stay. */
  dropVersions(): void {
    this.#versions.clear();
    this.suspect = undefined;
    for (const ref of this.#refs) ref.drop();
  }

  /** Drops everything that is known. */
  clear(): void {
    this.dropVersions();
    this.#identity = undefined;
    this.describeDeniedAt = undefined;
    for (const ref of this.#refs) ref.forgetFailures();
  }

  /** Whether the answer counts. A secret deleted and made again under its name has a new ARN and takes the record over. */
  #identify({ arn, name }: SecretIdentity, { sequence }: Departure): boolean {
    if (this.#identity?.arn !== arn) {
      if (sequence < this.#identitySequence) return false;
      if (this.#identity !== undefined) this.dropVersions();
      this.#identity = { arn, name };
    }
    this.#identitySequence = Math.max(sequence, this.#identitySequence);
    if (this.suspect !== undefined && sequence > this.suspect.sequence) this.suspect = undefined;
    return true;
  }

  #show(ref: Ref, held: HeldVersion, departure: Departure): void {
    const fromVersionId = ref.show(held, departure, this.#policy);
    this.#versions.touch(held);
    if (fromVersionId === undefined) return;
    this.#stats.rotations += 1;
    const { secretId } = this;
    const { versionId: toVersionId } = held.secret;
    publish('rotated', { secretId, versionStage: ref.versionStage ?? CURRENT, fromVersionId, toVersionId });
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
    return this.find(stage, undefined) ?? this.#add(new Ref(stage, undefined, false));
  }

  #add(ref: Ref): Ref {
    if (this.#refs.length >= MAX_REFS) {
      const idle = this.#refs.slice(1).filter((other) => other.flight === undefined);
      const leastUseful = idle.find((other) => other.held === undefined) ?? idle[0];
      this.#refs = this.#refs.filter((other) => other !== leastUseful);
    }
    this.#refs.push(ref);
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
    // A slice takes no more room than its length, which counts with thousands of records.
    this.#refs = this.#refs.filter((ref) => ref.asked || ref.held !== undefined).slice();
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
