/** What the garbage collector gets back of secrets that were pushed out: no call that is over, and no record, keeps it. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { SecretCache, SecretCacheError, type SecretSource } from '../../src/index.ts';
import { manyNames } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects until nothing changes any more: finalizers run in turns of their own. */
async function collectAll(): Promise<void> {
  for (let times = 0; times < 4; times += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('the values and the failures of all secrets but the last can be collected where there is room for one', async () => {
  const collected = new Set<string>();
  const registry = new FinalizationRegistry<string>((name) => collected.add(name));
  const runtime = new VirtualRuntime();
  const source: SecretSource = {
    load({ secretId }) {
      if (secretId.startsWith('missing')) {
        const cause = new Error('no such secret');
        registry.register(cause, secretId);
        return Promise.reject(new SecretCacheError('ERR_SECRET_NOT_FOUND', 'missing', { secretId, cause }));
      }
      const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${secretId}-AbCdEf`;
      const versionId = '00000000-0000-4000-8000-000000000001';
      const version = { arn, name: secretId, versionId, versionStages: ['AWSCURRENT'], value: 'value' };
      return Promise.resolve({ ...version, createdDate: undefined });
    },
  };
  const cache = new SecretCache({ source, runtime, maxEntries: 1 });
  const [held, missing] = [manyNames(6, 'held-'), manyNames(6, 'missing-')];
  for (const secretId of held) registry.register(await runtime.run(cache.get(secretId)), secretId);
  for (const secretId of missing) await runtime.run(cache.get(secretId)).catch(() => {});
  await collectAll();
  expect([...collected].toSorted()).toEqual([...held.slice(0, -1), ...missing.slice(0, -1)]);
  expect(cache.stats()).toMatchObject({ misses: 6, failures: 6, entries: 1 });
});
