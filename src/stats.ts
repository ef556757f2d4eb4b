/** Counters, as equations: what doesn't add up is a bug here. */

import type { SecretSource } from './source/secret-source.ts';

/**
 * `gets = hits + stale + misses + failures + aborted + pending`, at every moment. All but `pending` and `entries` only
 * grow.
 */
export interface SecretCacheStats {
  /** Gets with good input on an open cache; those of `getMany`, `preload` by ids, `withSecret` and `watch` count too. */
  readonly gets: number;
  /** Answered from memory by a fresh value. */
  readonly hits: number;
  /** Answered from memory by a value past its TTL: a call goes on behind, failed, took too long, or waits for its backoff. */
  readonly stale: number;
  /** Answered by a call that was waited for, revalidations included. */
  readonly misses: number;
  /** Rejected with a `SecretCacheError`. */
  readonly failures: number;
  /** Left by their own signal. */
  readonly aborted: number;
  /** Waiting now. */
  readonly pending: number;
  /** Calls to the source: `load` (GetSecretValue), `loadBatch`, `describe`, and `search`, which may take several requests. */
  readonly loads: number;
  readonly batches: number;
  readonly describes: number;
  readonly searches: number;
  /** Labels seen to have moved to another version. */
  readonly rotations: number;
  /** Secrets dropped to make room for others. */
  readonly evictions: number;
  /** Secrets held now. */
  readonly entries: number;
}

/** What is counted as it happens; the rest of `SecretCacheStats` is read off. */
export type Stats = { -readonly [Name in Exclude<keyof SecretCacheStats, 'pending' | 'entries'>]: number };

export function newStats(): Stats {
  return {
    gets: 0,
    hits: 0,
    stale: 0,
    misses: 0,
    failures: 0,
    aborted: 0,
    loads: 0,
    batches: 0,
    describes: 0,
    searches: 0,
    rotations: 0,
    evictions: 0,
  };
}

/** The source, its calls counted. */
export function counted(source: SecretSource, stats: Stats): SecretSource {
  const count =
    <Args extends unknown[], Result>(name: keyof Stats, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      stats[name] += 1;
      return call(...args);
    };
  return {
    load: count('loads', source.load.bind(source)),
    ...(source.loadBatch && { loadBatch: count('batches', source.loadBatch.bind(source)) }),
    ...(source.describe && { describe: count('describes', source.describe.bind(source)) }),
    ...(source.search && { search: count('searches', source.search.bind(source)) }),
    ...(source.close && { close: source.close.bind(source) }),
  };
}
