/** The policies that are compared: this cache with several options, and models of what others do. */

import { ours, type CacheLibrary } from './ours.ts';
import { describingCache, expiringMap, fetchingLru, noCache, refreshedSet } from './peers.ts';
import type { Policy } from './reader.ts';

export const TTL_MS = 300_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Those with a TTL in their name have that; `noCache` has none, and all others the one that is compared at. */
export type Lineup = Readonly<
  Record<
    | 'cache'
    | 'unbatched'
    | 'fetching'
    | 'staleMinute'
    | 'unjittered'
    | 'cacheHour'
    | 'map'
    | 'powertools5s'
    | 'lru'
    | 'middy'
    | 'awsClients'
    | 'awsClientsHour'
    | 'noCache',
    Policy
  >
>;

export function lineup(library: CacheLibrary, ttlMs: number = TTL_MS): Lineup {
  return {
    cache: ours(library, 'SecretCache', { ttlMs }),
    unbatched: ours(library, 'SecretCache, batch: false', { ttlMs, batch: false }),
    fetching: ours(library, "SecretCache, revalidate: 'fetch'", { ttlMs, revalidate: 'fetch' }),
    staleMinute: ours(library, 'SecretCache, staleWhileRevalidateMs: 60_000', {
      ttlMs,
      staleWhileRevalidateMs: MINUTE_MS,
    }),
    unjittered: ours(library, 'SecretCache, ttlJitter: 0', { ttlMs, ttlJitter: 0 }),
    cacheHour: ours(library, 'SecretCache, ttlMs: 3_600_000', { ttlMs: HOUR_MS }),
    map: expiringMap('a Map with a TTL', 'control', ttlMs),
    powertools5s: expiringMap("Powertools' policy, 5 s", 'peer', 5_000),
    lru: fetchingLru('lru-cache fetch()', ttlMs),
    middy: refreshedSet("middy's policy", ttlMs),
    awsClients: describingCache("AWS clients' policy", ttlMs),
    awsClientsHour: describingCache("AWS clients' policy, 1 h", HOUR_MS),
    noCache,
  };
}

/** What a reader of a table has to know of the names in it. */
export const NAMES_NOTE: string =
  "A Map with a TTL is what Powertools' policy with `maxAge` comes to as well, and aws-secrets-manager-cache's; " +
  "Powertools' own default is 5 s. AWS's clients, for other languages, have an hour by default.";
