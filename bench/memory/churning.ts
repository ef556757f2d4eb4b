/** The heap of a cache through which far more secrets pass than it may hold, in a fresh process with `--expose-gc`. */

import { setImmediate as turn } from 'node:timers/promises';

import { SecretCache, SecretCacheError, type SecretSource, type SecretVersion } from 'secretsmanager-cache';

import { answerParent } from '../child.ts';

export interface Churn {
  readonly maxEntries: number;
  readonly secrets: number;
  /** How many times the heap is looked at. */
  readonly looks: number;
}

/** Secrets passed through by then, and bytes of heap. */
export type Look = readonly [secrets: number, bytes: number];

const AT_ONCE = 500;

answerParent(async ({ maxEntries, secrets, looks }: Churn): Promise<Look[]> => {
  const cache = new SecretCache({ source: rotatingSource(), maxEntries, ttlMs: 0, ttlJitter: 0 });
  const seen: Look[] = [];
  for (let done = 0; done < secrets; done += AT_ONCE) {
    await churn(cache, done);
    if ((done / AT_ONCE + 1) % (secrets / AT_ONCE / looks) === 0)
      seen.push([done + AT_ONCE, await heapBytes()]);
  }
  await cache.close();
  return seen;
});

/** Secrets that are new, one in five of them missing; one in ten is invalidated, and one old secret rotates each time. */
async function churn(cache: SecretCache, from: number): Promise<void> {
  const names = Array.from({ length: AT_ONCE }, (_, nth) => `prod/service-${from + nth}`);
  await Promise.allSettled(names.map((name) => cache.get(name)));
  for (const name of names.filter((_, nth) => nth % 10 === 0)) cache.invalidate(name);
  for (let nth = 0; nth < 20; nth += 1) await cache.get('prod/rotating');
}

/** Every read of a secret finds another version: it was rotated since. */
function rotatingSource(): SecretSource {
  let reads = 0;
  const read = (secretId: string): SecretVersion => {
    reads += 1;
    const versionId = `00000000-0000-4000-8000-${String(reads).padStart(12, '0')}`;
    const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${secretId}-AbCdEf`;
    const value = `value ${reads} of ${secretId}`;
    return { arn, name: secretId, versionId, versionStages: ['AWSCURRENT'], createdDate: undefined, value };
  };
  return {
    load: async ({ secretId }) => {
      if (secretId.endsWith('3') || secretId.endsWith('7')) {
        throw new SecretCacheError('ERR_SECRET_NOT_FOUND', 'There is no such secret.', { secretId });
      }
      return read(secretId);
    },
  };
}

async function heapBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('needs --expose-gc');
  for (let nth = 0; nth < 3; nth += 1) {
    gc();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}
