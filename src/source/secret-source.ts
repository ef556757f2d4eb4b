/** The seam: where secrets come from. Above it are records, freshness and flights; below it, one call at a time. */

import type { SecretCacheError } from '../errors.ts';

/** One version of a secret as the service returned it, value and all. */
export interface SecretVersion {
  readonly arn: string;
  readonly name: string;
  readonly versionId: string;
  /** The staging labels on this version when it was read. */
  readonly versionStages: readonly string[];
  readonly createdDate: Date | undefined;
  /** Text, or bytes for a binary secret. */
  readonly value: string | Uint8Array;
  /**
   * Whether the source may have answered from a cache of its own, older than the call. Such an answer shows where the
   * label asked for points, but neither the other labels nor that the value may still be read. Default false.
   */
  readonly mayBeCached?: boolean | undefined;
}

/** What a DescribeSecret shows: everything but values. */
export interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  /** When the secret was scheduled for deletion; `undefined` while it is alive. */
  readonly deletedDate: Date | undefined;
  /** The versions that have a label, and their labels. */
  readonly versionIdsToStages: ReadonlyMap<string, readonly string[]>;
}

/** What is asked for: AWSCURRENT unless a label or a version id is given. */
export interface SecretRef {
  /** A name, an ARN, or an ARN without its random suffix. */
  readonly secretId: string;
  readonly versionStage?: string | undefined;
  readonly versionId?: string | undefined;
}

/** The caller's side of one call to a source. */
export interface SourceCall {
  /** Aborted when nobody waits any more or the deadline has passed: the call must then settle. */
  readonly signal: AbortSignal;
  /**
   * To be called when the request really leaves, so that time in a queue doesn't count as age. Called again
   * when another request answers instead; never called: counted from the call itself.
   */
  onDispatch(): void;
  /**
   * To be called while the request waits in a queue of the source's own: until `onDispatch` that counts in the cache's
   * `waitBudgetMs`, and not in its `attemptTimeoutMs`.
   */
  onQueued?(): void;
  /**
   * Whether an answer from a cache below this seam won't do: the call follows a refresh, a refused credential, an
   * invalidation, a denial or a push. Default false.
   */
  readonly fresh?: boolean | undefined;
}

/** A condition on secrets, in BatchGetSecretValue's terms (API reference, `Filter`). A value may start with `!` to negate it. */
export interface Filter {
  readonly key:
    | 'description'
    | 'name'
    | 'tag-key'
    | 'tag-value'
    | 'primary-region'
    | 'owning-service'
    | 'all';
  /** 1 to 10 values, each at most 512 characters. */
  readonly values: readonly string[];
}

/** A place to read secrets from. Every method rejects with a `SecretCacheError`; anything else counts as a transient failure. */
export interface SecretSource {
  load(ref: SecretRef, call: SourceCall): Promise<SecretVersion>;
  /** The AWSCURRENT versions of up to 20 ids. An id absent from the answer is asked for singly. */
  loadBatch?(
    secretIds: readonly string[],
    call: SourceCall,
  ): Promise<ReadonlyMap<string, SecretVersion | SecretCacheError>>;
  /** Which version each label points at. Without it, held versions are revalidated by `load`. */
  describe?(secretId: string, call: SourceCall): Promise<SecretDescription>;
  /** Every secret that matches all filters, page by page. */
  search?(filters: readonly Filter[], call: SourceCall): AsyncIterable<SecretVersion | SecretCacheError>;
  close?(): Promise<void>;
}
