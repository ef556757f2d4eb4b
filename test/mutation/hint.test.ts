/** Pushes that come while a check is out: which of them that check serves, and when the next one may follow. */

import { describe, expect, test } from 'vitest';

import { setup, TTL_MS } from '../support/setup.ts';

describe('a hint that names no version', () => {
  test('and comes while a describe from before it is out makes the label due as soon as that has landed', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D', times: 1 });
    const before = cache.get('a');
    await runtime.settle();
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    hold.lift();
    expect((await runtime.run(before)).text()).toBe('a v1');
    expect(await read('a')).toBe('a v2');
  });

  test('and comes while the describe that an earlier one caused is out is looked at a second after that', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    cache.notify({ secretId: 'a' });
    const hold = service.hold({ op: 'D', times: 1 });
    const before = cache.get('a');
    await runtime.settle();
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    hold.lift();
    expect((await runtime.run(before)).text()).toBe('a v1');
    await runtime.advance(999);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1);
    expect(await read('a')).toBe('a v2');
  });
});

describe('a hint', () => {
  test('of a version that no check has shown by then is given up at the minute', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    cache.notify({ secretId: 'a', versionStage: 'AWSCURRENT', versionId: 'never-seen' });
    await runtime.advance(60_000);
    service.newCounts();
    await read('a');
    await runtime.advance(5_000);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('of a version that the label left two moves ago is not looked for', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    const versionId = service.versionOf('a');
    for (const value of ['a v2', 'a v3']) {
      service.put('a', value);
      await runtime.run(cache.refresh('a'));
    }
    cache.notify({ secretId: 'a', versionStage: 'AWSCURRENT', versionId });
    service.newCounts();
    await read('a');
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v3');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('is answered within stale-while-revalidate like a TTL that is over: at once, with a look behind', async () => {
    const { cache, service, runtime, read } = setup({ staleWhileRevalidateMs: 60_000 });
    await read('a');
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    expect(await read('a')).toBe('a v1');
    await runtime.settle();
    expect(await read('a')).toBe('a v2');
  });

  test('never lengthens stale-while-revalidate: it is counted from when the label was shown', async () => {
    const { cache, service, runtime, read } = setup({ staleWhileRevalidateMs: 60_000 });
    await read('a');
    cache.notify({ secretId: 'a' });
    await read('a');
    await runtime.advance(1_000);
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    await runtime.advance(59_500);
    expect(await read('a')).toBe('a v2');
  });
});
