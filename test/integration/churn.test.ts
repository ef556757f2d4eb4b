/** The heap under a churn of secrets: what eviction has let go of is given back. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { SecretCache, type SecretSource } from '../../src/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects until nothing changes any more: finalizers run in turns of their own. */
async function collectAll(): Promise<number> {
  for (let times = 0; times < 4; times += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

test('a churn of 100,000 secrets leaves the heap as large as its cap makes it', async () => {
  const source: SecretSource = {
    load: async ({ secretId }) => ({
      arn: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${secretId}-AbCdEf`,
      name: secretId,
      versionId: `version-of-${secretId}`,
      versionStages: ['AWSCURRENT'],
      createdDate: undefined,
      value: `value of ${secretId}`.padEnd(200, '.'),
    }),
  };
  const cache = new SecretCache({ source, maxEntries: 1_000 });
  const churn = async (from: number, to: number): Promise<number> => {
    for (let id = from; id < to; id += 100) {
      await cache.getMany(Array.from({ length: 100 }, (_, index) => `churn/${id + index}`));
    }
    return collectAll();
  };
  const before = await churn(0, 10_000);
  const after = await churn(10_000, 100_000);
  expect(cache.stats()).toMatchObject({ entries: 1_000, evictions: 99_000, pending: 0 });
  expect(Math.abs(after - before)).toBeLessThan(5 * 2 ** 20);
  await cache.close();
});
