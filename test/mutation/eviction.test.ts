/** The order in which secrets are pushed out: that of the gets, and not that of the answers. */

import { expect, test } from 'vitest';

import { setup, TTL_MS } from '../support/setup.ts';

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
