/** What happened, for whoever listens on `node:diagnostics_channel`: ids, versions, durations; never a value. */

import { channel } from 'node:diagnostics_channel';

import type { SecretCacheErrorCode } from './errors.ts';

/** The channels, under `secretsmanager-cache:`, and what each message holds. One message an episode, not one a get. */
export interface SecretCacheEvents {
  /** A read returned a version. */
  load: {
    readonly secretId: string;
    readonly versionId: string;
    readonly versionStages: readonly string[];
    readonly durationMs: number;
  };
  /** A DescribeSecret showed where the labels of a held secret point. */
  revalidate: { readonly secretId: string; readonly durationMs: number };
  /** A label was seen to have moved to another version. */
  rotated: {
    readonly secretId: string;
    readonly versionStage: string;
    readonly fromVersionId: string;
    readonly toVersionId: string;
  };
  /** A value past its TTL stands in, for the first time since the last check that worked. */
  'stale-served': { readonly secretId: string; readonly versionId: string; readonly ageMs: number };
  /** The first denial of a held secret. */
  suspect: { readonly secretId: string; readonly code: SecretCacheErrorCode };
  /** The second: the held versions are dropped. */
  revoked: { readonly secretId: string; readonly code: SecretCacheErrorCode };
  /** Batching was switched off for a while: the batch action is denied, or throttled. */
  'batch-disabled': { readonly reason: 'denied' | 'throttled'; readonly forMs: number };
  /** DescribeSecret is denied: the secrets concerned are checked by GetSecretValue. Once a cache. */
  'describe-disabled': { readonly secretId: string };
  /** The first of a row of failed calls for one thing asked. */
  failure: { readonly secretId: string; readonly code: SecretCacheErrorCode };
  /** A secret was dropped to make room. */
  evicted: { readonly secretId: string };
}

/** Publishes to the subscribers, if there are any. One that throws changes nothing here: Node reports it by itself. */
export function publish<Name extends keyof SecretCacheEvents>(
  name: Name,
  message: SecretCacheEvents[Name],
): void {
  const target = channel(`secretsmanager-cache:${name}`);
  if (target.hasSubscribers) target.publish(message);
}
