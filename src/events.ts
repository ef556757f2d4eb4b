/** What happened, for whoever listens on `node:diagnostics_channel`: ids, versions, durations; never a value. */

import { channel } from 'node:diagnostics_channel';

/** The channels, under `secretsmanager-cache:`, and what each message holds. One message an episode, not one a get. */
export interface SecretCacheEvents {
  /** Batching was switched off for a while: the batch action is denied, or throttled. */
  'batch-disabled': { readonly reason: 'denied' | 'throttled'; readonly forMs: number };
  /** DescribeSecret is denied: the secrets concerned are revalidated by GetSecretValue. Once a cache. */
  'describe-disabled': { readonly secretId: string };
}

/** Publishes to the subscribers, if there are any; one that throws changes nothing here (Node reports it by itself). */
export function publish<Name extends keyof SecretCacheEvents>(
  name: Name,
  message: SecretCacheEvents[Name],
): void {
  const target = channel(`secretsmanager-cache:${name}`);
  if (target.hasSubscribers) target.publish(message);
}
