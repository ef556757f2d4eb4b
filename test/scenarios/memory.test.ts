/** What is held and for how long: caps, eviction, sizes. The heap itself is measured elsewhere. */

import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import { BUDGET_MS, manyNames, setup } from '../support/setup.ts';

describe('the cap on secrets', () => {
  test('a secret that is read all the time survives a scan of ten thousand others', async () => {
    const names = manyNames(10_000);
    const { cache, service, runtime, read } = setup({ maxEntries: 1_000, secrets: ['hot', ...names] });
    await read('hot');
    for (let from = 0; from < names.length; from += 500) {
      await runtime.run(cache.getMany(names.slice(from, from + 500)));
      expect(await read('hot')).toBe('hot v1');
    }
    expect(service.calls.filter(({ ids }) => ids.includes('hot'))).toHaveLength(1);
    expect(names.filter((name) => cache.peek(name) !== undefined)).toHaveLength(999);
  });

  test('the least recently used secret goes first, and peek is no use', async () => {
    const { cache, read } = setup({ maxEntries: 2, secrets: ['a', 'b', 'c'] });
    await read('a');
    await read('b');
    await read('a');
    expect(cache.peek('b')?.text()).toBe('b v1');
    await read('c');
    expect(['a', 'b', 'c'].map((name) => cache.peek(name)?.text())).toEqual(['a v1', undefined, 'c v1']);
  });

  test('three concurrent misses all resolve although only two secrets may be held', async () => {
    const names = ['a', 'b', 'c'];
    const { cache, service, runtime } = setup({ maxEntries: 2, secrets: names, batch: false });
    const hold = service.hold();
    const gets = names.map((name) => outcomeOf(cache.get(name)));
    await runtime.settle();
    hold.lift();
    await runtime.settle();
    expect(gets.map((get) => get.value?.text())).toEqual(['a v1', 'b v1', 'c v1']);
    expect(names.filter((name) => cache.peek(name) !== undefined)).toHaveLength(2);
    expect(service.counts).toEqual({ G: 3, D: 0, B: 0 });
  });

  test('with room for one secret, concurrent gets of one still share a call while others come and go', async () => {
    const { cache, service, runtime } = setup({ maxEntries: 1, secrets: ['a', 'b', 'c'], batch: false });
    const hold = service.hold({ secretId: 'a' });
    const gets = [outcomeOf(cache.get('a'))];
    await runtime.run(cache.getMany(['b', 'c']));
    gets.push(outcomeOf(cache.get('a')));
    await runtime.settle();
    hold.lift();
    await runtime.settle();
    expect(gets.map((get) => get.value?.text())).toEqual(['a v1', 'a v1']);
    expect(service.calls.filter(({ secretId }) => secretId === 'a')).toHaveLength(1);
  });

  test.each(['invalidated', 'revoked'] as const)(
    'a secret that was %s takes no room from the others',
    async (how) => {
      const { cache, service, runtime, read } = setup({
        maxEntries: 2,
        secrets: ['a', 'b', 'c'],
        revalidate: 'fetch',
      });
      await read('b');
      await read('a');
      if (how === 'invalidated') {
        cache.invalidate('a');
      } else {
        service.deny({ action: 'GetSecretValue', secret: 'a' });
        await runtime.run(Promise.allSettled([cache.refresh('a')]));
        await runtime.advance(1_000);
        await runtime.run(Promise.allSettled([cache.get('a')]));
      }
      expect(cache.peek('a')).toBeUndefined();
      await read('c');
      expect(['b', 'c'].map((name) => cache.peek(name)?.text())).toEqual(['b v1', 'c v1']);
    },
  );

  test('failures remembered for ids that do not exist push no held secret out', async () => {
    const { cache, runtime, read } = setup({ maxEntries: 10, secrets: ['a'] });
    await read('a');
    await runtime.run(Promise.allSettled(manyNames(1_000, 'missing').map((name) => cache.get(name))));
    expect(cache.peek('a')?.text()).toBe('a v1');
  });
});

describe('values of the largest size', () => {
  test('65,536 bytes of UTF-8 and as many of binary come back exactly', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    const text = '🔑'.repeat(65_536 / 4);
    const bytes = Uint8Array.from({ length: 65_536 }, (_, at) => at % 256);
    service.create('text', text);
    service.create('binary', bytes);
    const secrets = await runtime.run(cache.getMany(['text', 'binary']));
    expect(secrets.get('text')?.text()).toBe(text);
    expect(Buffer.from(secrets.get('binary')?.bytes() ?? []).equals(bytes)).toBe(true);
  });
});

describe('a service that never settles', () => {
  test('ten thousand waiters are all released within the wait budget, and no timer stays', async () => {
    const { cache, service, runtime, read } = setup({ batch: false });
    const hang = service.fail({ hangs: 'for-ever' });
    const gets = Array.from({ length: 10_000 }, (_, nth) => outcomeOf(cache.get(`hung-${nth % 500}`)));
    await runtime.advance(BUDGET_MS);
    expect(new Set(gets.map((get) => codeOf(get)))).toEqual(new Set(['ERR_SECRET_TIMEOUT']));
    hang.lift();
    await runtime.advance(600_000);
    expect(runtime.pendingTimers()).toEqual([]);
    expect(await read('a')).toBe('a v1');
  });
});
