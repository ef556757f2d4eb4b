/** Who is in trouble: this cache with several options, and models of what others do. */

import { lineup } from '../fleet/lineup.ts';
import { ours, type CacheLibrary } from '../fleet/ours.ts';
import type { Policy } from '../fleet/reader.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** This cache by default comes first, and by `revalidate: 'fetch'` second. */
export function policiesInTrouble(library: CacheLibrary): readonly Policy[] {
  const { cache, fetching } = lineup(library);
  return [
    cache,
    fetching,
    ours(library, 'SecretCache, staleWhileRevalidateMs: 3_600_000', { staleWhileRevalidateMs: HOUR_MS }),
    ours(library, 'SecretCache, staleIfErrorMs: 600_000', { staleIfErrorMs: 10 * MINUTE_MS }),
    ...others(library),
  ];
}

export interface PoliciesAtLogin {
  readonly withSecret: Policy;
  readonly getAlone: Policy;
  readonly others: readonly Policy[];
}

export function policiesAtLogin(library: CacheLibrary): PoliciesAtLogin {
  const { cache } = lineup(library);
  return {
    withSecret: { ...cache, name: 'SecretCache, withSecret' },
    getAlone: withoutSecondTry(cache, 'SecretCache, get alone'),
    others: others(library),
  };
}

function others(library: CacheLibrary): readonly Policy[] {
  const { map, powertools5s, lru, middy, awsClients, awsClientsHour, noCache } = lineup(library);
  return [map, powertools5s, lru, middy, awsClients, awsClientsHour, noCache];
}

/** Clients that only `get`, and log in with what that gave them. */
function withoutSecondTry(policy: Policy, name: string): Policy {
  return {
    ...policy,
    name,
    open: (parts) => {
      const reader = policy.open(parts);
      return { get: (secretId) => reader.get(secretId) };
    },
  };
}
