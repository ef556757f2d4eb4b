/** This cache, with its defaults and with each other policy. */

import { SecretCache, type SecretCacheOptions } from 'secretsmanager-cache';

import { clientOf, type Contender } from './contender.ts';

export const DEFAULT = 'SecretCache';
export const BY_FETCH = "SecretCache, revalidate: 'fetch'";
export const UNBATCHED = 'SecretCache, batch: false';

/** No peer bounds a wait; on a loaded machine the time it takes is to be measured, not whose patience ends first. */
const PATIENT = { attemptTimeoutMs: 60_000, staleWaitMs: 60_000, waitBudgetMs: 120_000 } as const;

export const ours: readonly Contender[] = [
  cacheWith(DEFAULT, {}),
  cacheWith(BY_FETCH, { revalidate: 'fetch' }),
  cacheWith(UNBATCHED, { batch: false }),
];

function cacheWith(name: string, options: SecretCacheOptions): Contender {
  return {
    name,
    role: 'ours',
    isForSecrets: true,
    ttl: 'any',
    open: (service, ttlMs, maxEntries) => {
      const client = clientOf(service);
      // Without jitter, so that all contenders' TTLs end together.
      const cache = new SecretCache({ client, ttlMs, ttlJitter: 0, maxEntries, ...PATIENT, ...options });
      return {
        get: (secretId) => cache.get(secretId),
        getStage: (secretId, versionStage) => cache.get(secretId, { versionStage }),
        close: async () => {
          await cache.close();
          client.destroy();
        },
      };
    },
  };
}
