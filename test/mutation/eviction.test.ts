/** What is pushed out by what: secrets in the order of the gets and not of the answers, failures by failures alone. */

import { expect, test } from 'vitest';

import { manyNames, setup, TTL_MS } from '../support/setup.ts';

test('a check that lands behind stale-while-revalidate is no use of its secret', async () => {
  const { cache, service, runtime, read } = setup({
    secrets: ['a', 'b', 'c'],
    maxEntries: 2,
    staleWhileRevalidateMs: 60_000,
  });
  for (const secretId of ['a', 'b']) await read(secretId);
  await runtime.advance(TTL_MS);
  const hold = service.hold({ op: 'D', secretId: 'a' });
  for (const secretId of ['a', 'b']) await read(secretId);
  hold.lift();
  await runtime.settle();
  await read('c');
  expect(['a', 'b', 'c'].map((secretId) => cache.peek(secretId)?.text())).toEqual([
    undefined,
    'b v1',
    'c v1',
  ]);
});

test('secrets that were invalidated push out no failure that is remembered', async () => {
  const names = manyNames(3);
  const { cache, service, read, readCode } = setup({ secrets: names, maxEntries: 2 });
  expect(await readCode('missing')).toBe('ERR_SECRET_NOT_FOUND');
  for (const name of names) {
    await read(name);
    cache.invalidate(name);
  }
  service.newCounts();
  expect(await readCode('missing')).toBe('ERR_SECRET_NOT_FOUND');
  expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
});
