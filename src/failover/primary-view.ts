/**
 * What the primary has shown of each secret last, against replicas that lag.
 *
 * Versions have no order that an answer would tell, and labels move back too: whether a replica that puts a label elsewhere
 * is ahead of the primary or behind can't be seen. But what the primary showed has reached the replica `lagWindowMs` later.
 * Until then an answer that contradicts it counts as behind; after that, as news.
 */

import { LRUCache } from 'lru-cache';

import type { Clock, Instant } from '../clock.ts';
import { parseArn, type SecretIdentity } from '../identity.ts';
import type { SecretDescription, SecretVersion } from '../source/secret-source.ts';

/** Secrets remembered; beyond it the one not spoken of for longest is forgotten, and its replicas believed. */
const MAX_SECRETS = 10_000;
/** Labels remembered of one secret, those that are gone included; the service allows 20 at a time. */
const MAX_LABELS = 40;
const PENDING = 'AWSPENDING';

/** A request: its place in the order in which requests left, and when it did. */
export interface Showing {
  readonly sequence: number;
  readonly at: Instant;
}

/** Where the primary showed a label to point, by the last request that did. */
interface Pointer {
  /** `undefined` where it was and is no more. */
  readonly versionId: string | undefined;
  readonly shown: Showing;
}

interface Seen {
  readonly arn: string;
  shown: Showing;
  readonly labels: Map<string, Pointer>;
}

export class PrimaryView {
  readonly #clock: Clock;
  readonly #lagWindowMs: number;
  readonly #secrets = new LRUCache<string, Seen>({ max: MAX_SECRETS });

  constructor(clock: Clock, lagWindowMs: number) {
    this.#clock = clock;
    this.#lagWindowMs = lagWindowMs;
  }

  /** Takes down what a read by the primary shows. What an agent there may have kept says nothing of now. */
  noteVersion(version: SecretVersion, showing: Showing): void {
    if (version.mayBeCached === true) return;
    const { versionId, versionStages } = version;
    const seen = this.#seen(version, showing);
    if (seen === undefined) return;
    for (const label of versionStages) point(seen, label, versionId, showing);
    for (const [label, { versionId: holder, shown }] of seen.labels) {
      // It has moved on, and where to isn't known.
      const isElsewhere = holder === versionId && !versionStages.includes(label);
      if (isElsewhere && shown.sequence < showing.sequence) seen.labels.delete(label);
    }
  }

  /** Takes down what a description by the primary shows. */
  noteDescription(description: SecretDescription, showing: Showing): void {
    const seen = this.#seen(description, showing);
    if (seen === undefined) return;
    for (const [versionId, labels] of description.versionIdsToStages)
      for (const label of labels) point(seen, label, versionId, showing);
    for (const [label, { versionId, shown }] of seen.labels) {
      if (shown.sequence >= showing.sequence) continue;
      if (versionId === undefined && seen.labels.size > MAX_LABELS) seen.labels.delete(label);
      else point(seen, label, undefined, showing);
    }
  }

  /** Whether a read by a replica is behind what the primary showed. */
  isVersionBehind(version: SecretVersion): boolean {
    const { versionId, versionStages } = version;
    return this.#isBehind(version, (label, pointer) => {
      const isShown = versionStages.includes(label);
      // AWSPENDING comes with its version: once that is there without it, more of the rotation is known, not less.
      return isShown !== (pointer.versionId === versionId) && (isShown || label !== PENDING);
    });
  }

  /** Whether a description by a replica is behind what the primary showed. */
  isDescriptionBehind(description: SecretDescription): boolean {
    const { versionIdsToStages } = description;
    return this.#isBehind(description, (label, { versionId }) => {
      if (versionId === undefined) return [...versionIdsToStages.values()].some((all) => all.includes(label));
      const labels = versionIdsToStages.get(versionId);
      return labels === undefined || (!labels.includes(label) && label !== PENDING);
    });
  }

  #isBehind(identity: SecretIdentity, contradicts: (label: string, pointer: Pointer) => boolean): boolean {
    const seen = this.#secrets.get(keyOf(identity));
    if (seen === undefined) return false;
    if (seen.arn !== identity.arn) return this.#isRecent(seen.shown);
    for (const [label, pointer] of seen.labels)
      if (this.#isRecent(pointer.shown) && contradicts(label, pointer)) return true;
    return false;
  }

  #isRecent({ at }: Showing): boolean {
    return this.#clock.ageMs(at) < this.#lagWindowMs;
  }

  /** What is known of the secret; `undefined` if the showing is of one that has been replaced meanwhile. */
  #seen(identity: SecretIdentity, showing: Showing): Seen | undefined {
    const key = keyOf(identity);
    const known = this.#secrets.get(key);
    const isLater = known === undefined || known.shown.sequence <= showing.sequence;
    if (known?.arn === identity.arn) {
      if (isLater) known.shown = showing;
      return known;
    }
    if (!isLater) return undefined;
    const seen = { arn: identity.arn, shown: showing, labels: new Map<string, Pointer>() };
    this.#secrets.set(key, seen);
    return seen;
  }
}

/** Requests come back in any order: what left earlier says nothing against what left later. */
function point({ labels }: Seen, label: string, versionId: string | undefined, shown: Showing): void {
  const known = labels.get(label);
  if (known === undefined || known.shown.sequence <= shown.sequence) labels.set(label, { versionId, shown });
}

/** A secret deleted and made again keeps its account and name. */
function keyOf({ arn, name }: SecretIdentity): string {
  return `${parseArn(arn)?.account ?? ''} ${name}`;
}
