/** One secret held under several ids: what an invalidation by one of them reaches, and what stays behind of each. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import { SecretCache, type SecretSource } from '../../src/index.ts';
import { setup } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Identity {
  readonly arn: string;
  readonly name: string;
}

/** A cache over a source that has every secret, each under the identity that `identify` gives the id it is asked by. */
function bed(
  identify: (secretId: string) => Identity,
  maxEntries: number,
): {
  held: (secretIds: readonly string[]) => string[];
  cache: SecretCache;
  read: (secretId: string) => Promise<unknown>;
} {
  const runtime = new VirtualRuntime();
  const source: SecretSource = {
    load: ({ secretId }) =>
      Promise.resolve({
        ...identify(secretId),
        versionId: '00000000-0000-4000-8000-000000000001',
        versionStages: ['AWSCURRENT'],
        createdDate: undefined,
        value: 'value',
      }),
  };
  const cache = new SecretCache({ source, runtime, maxEntries });
  return {
    cache,
    held: (secretIds) => secretIds.filter((secretId) => cache.peek(secretId) !== undefined),
    read: (secretId) => runtime.run(cache.get(secretId)),
  };
}

const arnIn = (account: number): string =>
  `arn:aws:secretsmanager:us-east-1:${String(account).padStart(12, '0')}:secret:a-AbCdEf`;

describe('an invalidation', () => {
  const IDS = ['name', 'ARN', 'partial ARN'] as const;
  const cases = IDS.flatMap((by) => IDS.map((evicted) => [by, evicted] as const));

  test.each(cases)(
    'by the %s reaches the other ids of a secret whose entry by the %s was pushed out',
    async (by, evicted) => {
      const { cache, service, read } = setup({ maxEntries: 3, secrets: ['a', 'b'] });
      const arn = service.arnOf('a');
      const ids = { name: 'a', ARN: arn, 'partial ARN': arn.slice(0, -7) };
      const others = IDS.filter((id) => id !== evicted).map((id) => ids[id]);
      for (const secretId of [ids[evicted], ...others, 'b']) await read(secretId);
      const held = (): string[] =>
        [...Object.values(ids), 'b'].filter((secretId) => cache.peek(secretId) !== undefined);
      expect(new Set(held())).toEqual(new Set([...others, 'b']));
      cache.invalidate(ids[by]);
      expect(held()).toEqual(['b']);
    },
  );

  test('by a name reaches the secrets of that name in every account, when one of them was pushed out too', async () => {
    const arns = [1, 2, 3, 4].map(arnIn);
    const { cache, held, read } = bed((arn) => ({ arn, name: 'a' }), 3);
    for (const arn of arns) await read(arn);
    expect(held(arns)).toEqual(arns.slice(1));
    cache.invalidate('a');
    expect(held(arns)).toEqual([]);
  });

  test('reaches the ids that were answered with one ARN, whatever Name each was answered with', async () => {
    const ids = ['a', arnIn(1), arnIn(1).slice(0, -7)];
    for (const by of ids) {
      const { cache, held, read } = bed((secretId) => ({ arn: arnIn(1), name: secretId }), 3);
      for (const secretId of ids) await read(secretId);
      cache.invalidate(by);
      expect(held(ids), `by ${by}`).toEqual([]);
    }
  });

  test.each([
    ['account', arnIn(2).slice(0, -7)],
    ['Region', arnIn(1).slice(0, -7).replace('us-east-1', 'eu-west-1')],
  ])('by the partial ARN of another %s leaves the secret of that name alone', async (_what, by) => {
    const { cache, held, read } = bed((name) => ({ arn: arnIn(1), name }), 3);
    await read('a');
    cache.invalidate(by);
    expect(held(['a'])).toEqual(['a']);
  });

  test('by an ARN leaves the secret of that name in another account alone', async () => {
    const arns = [1, 2].map(arnIn);
    const { cache, held, read } = bed((arn) => ({ arn, name: 'a' }), 2);
    for (const arn of arns) await read(arn);
    cache.invalidate(arnIn(1));
    expect(held(arns)).toEqual([arnIn(2)]);
  });
});

test('neither the ARN nor the Name of a secret that was pushed out stays in memory', async () => {
  const BYTES = 500_000;
  const long = (text: string): string => Buffer.alloc(BYTES, text).toString('latin1');
  const { read } = bed(
    (id) => (id.startsWith('arn:') ? { arn: id, name: long(`${id} `) } : { arn: long(`${id} `), name: id }),
    1,
  );
  await read('first');
  collect();
  const beforeBytes = process.memoryUsage().heapUsed;
  for (let nth = 0; nth < 20; nth += 1) {
    await read(`name-${nth}`);
    await read(arnIn(nth));
  }
  collect();
  expect(process.memoryUsage().heapUsed - beforeBytes).toBeLessThan(5 * BYTES);
});
