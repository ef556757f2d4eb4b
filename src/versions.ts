/** The versions of one secret that are held: immutable content, bounded in number, under the labels last shown. */

import type { Instant } from './clock.ts';
import { relabel, Secret } from './secret.ts';
import type { SecretVersion } from './source/secret-source.ts';

/** A version whose content is held. The content never changes; its labels do. */
export interface HeldVersion {
  /** The content under the labels it has now. */
  secret: Secret;
  /** Resolved with `secret`: a hit returns it as it is. */
  promise: Promise<Secret>;
  /** When a read last returned it: the only proof of the right to read it. */
  readAt: Instant;
}

/** Versions held beside those in use, the least recently shown going first. */
const SPARE_VERSIONS = 2;

const NONE: ReadonlySet<HeldVersion> = new Set();

export class Versions {
  /** In the order in which they were last shown. Grown by `concat`, which takes no room to spare: records are many. */
  #held: HeldVersion[] = [];

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  find(versionId: string | undefined): HeldVersion | undefined {
    return this.#held.find(({ secret }) => secret.versionId === versionId);
  }

  /** Holds what a read returned, or renews the right to what is held already. */
  hold(version: SecretVersion, readAt: Instant): HeldVersion {
    const known = this.find(version.versionId);
    if (known !== undefined) {
      // Answers may land in another order than they left in, and one from a cache below proves no right.
      const isProof = version.mayBeCached !== true && readAt.monotonicMs >= known.readAt.monotonicMs;
      if (isProof) known.readAt = readAt;
      return known;
    }
    const secret = new Secret(version);
    const held: HeldVersion = { secret, promise: Promise.resolve(secret), readAt };
    this.#held = this.#held.concat(held);
    return held;
  }

  /** Notes that a version was shown, which keeps it longest. */
  touch(version: HeldVersion): void {
    if (this.#held.at(-1) === version) return;
    this.#held = this.#held.filter((held) => held !== version).concat(version);
  }

  remove(version: HeldVersion): void {
    this.#held = this.#held.filter((held) => held !== version);
  }

  clear(): void {
    this.#held = [];
  }

  /** Lets go of what is neither in use nor among the spares, and tells what that was. */
  trim(isInUse: (version: HeldVersion) => boolean): ReadonlySet<HeldVersion> {
    if (this.#held.length <= SPARE_VERSIONS) return NONE;
    const spare = this.#held.filter((version) => !isInUse(version));
    const dropped = new Set(spare.slice(0, Math.max(0, spare.length - SPARE_VERSIONS)));
    if (dropped.size > 0) this.#held = this.#held.filter((version) => !dropped.has(version));
    return dropped;
  }

  /** Brings the labels up to date; a version whose labels stay stays the same object. */
  relabel(stagesOf: (versionId: string) => string[]): void {
    for (const version of this.#held) {
      const { versionId, versionStages } = version.secret;
      const stages = stagesOf(versionId);
      if (stages.length === versionStages.length && stages.every((stage) => versionStages.includes(stage)))
        continue;
      version.secret = relabel(version.secret, stages);
      version.promise = Promise.resolve(version.secret);
    }
  }
}
