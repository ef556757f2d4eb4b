/** The end of a cache, and a fresh start of one. */

import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { BUDGET_MS, setup, TTL_MS } from '../support/setup.ts';

describe('close', () => {
  test('an idle cache that is closed owns no timer, and every later use is a typed error without a call', async () => {
    const { cache, service, runtime, read, code } = setup();
    await read('a');
    await runtime.run(cache.close());
    expect(runtime.pendingTimers()).toEqual([]);
    service.newCounts();
    const uses = [
      () => cache.get('a'),
      () => cache.get('a', { versionStage: 'AWSPREVIOUS' }),
      () => cache.getText('a'),
      () => cache.getJson('a'),
      () => cache.getMany(['a']),
      () => cache.refresh('a'),
      () => cache.getSecretValue({ SecretId: 'a' }),
    ];
    for (const use of uses) expect(await code(use())).toBe('ERR_CACHE_CLOSED');
    expect(cache.peek('a')).toBeUndefined();
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('waiters of a call in flight reject at once, the call is aborted, and nothing is stored', async () => {
    const { cache, service, runtime } = setup({ secrets: ['a', 'b', 'c'] });
    const hold = service.hold();
    const gets = ['a', 'b'].map((name) => outcomeOf(cache.get(name)));
    gets.push(outcomeOf(cache.refresh('c')));
    await runtime.settle();
    const closing = outcomeOf(cache.close());
    await runtime.settle();
    expect(gets.map((get) => codeOf(get))).toEqual(Array(3).fill('ERR_CACHE_CLOSED'));
    expect(closing.state).toBe('fulfilled');
    expect(new Set(service.calls.map(({ outcome }) => outcome))).toEqual(new Set(['aborted']));
    hold.lift();
    await runtime.settle();
    expect(cache.peek('a')).toBeUndefined();
  });

  test('an answer that comes although its call was aborted is stored nowhere', async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold({ deaf: true });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    await runtime.run(cache.close());
    hold.lift();
    await runtime.settle();
    expect(codeOf(get)).toBe('ERR_CACHE_CLOSED');
    expect(cache.peek('a')).toBeUndefined();
  });

  test('gets that wait for their turn, for a batch or for a free slot, reject too and are never sent', async () => {
    const { cache, service, runtime } = setup({
      maxConcurrency: 1,
      batch: { windowMs: 100 },
      secrets: ['a', 'b'],
    });
    const hold = service.hold();
    const queued = [
      cache.get('a', { versionStage: 'AWSPREVIOUS' }),
      cache.get('b', { versionStage: 'X' }),
      cache.get('a'),
    ].map((get) => outcomeOf(get));
    await runtime.settle();
    expect(service.calls).toHaveLength(1);
    await runtime.run(cache.close());
    await runtime.advance(200);
    expect(queued.map((get) => codeOf(get))).toEqual(Array(3).fill('ERR_CACHE_CLOSED'));
    expect(service.calls).toHaveLength(1);
    hold.lift();
  });

  test('refreshes that are queued or wait for their turn reject too, and leave no timer', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    const rejectedVersionId = service.versionOf('a');
    await runtime.run(cache.refresh('a', { rejectedVersionId }));
    const forced = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.advance(10);
    service.newCounts();
    await runtime.run(cache.close());
    expect(codeOf(forced)).toBe('ERR_CACHE_CLOSED');
    expect(runtime.pendingTimers()).toEqual([]);
    await runtime.advance(2_000);
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('a background revalidation ends with the cache, unheard', async () => {
    const { cache, service, runtime, read } = setup({ ttlMs: 1_000, staleWhileRevalidateMs: 60_000 });
    await read('a');
    await runtime.advance(1_000);
    service.fail({ hangs: 'for-ever' });
    await read('a');
    await runtime.settle();
    await runtime.run(cache.close());
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test('closing twice is closing once', async () => {
    const { cache, runtime, read, code } = setup();
    await read('a');
    const closings = [cache.close(), cache.close(), cache[Symbol.asyncDispose]()];
    await runtime.run(Promise.all(closings));
    expect(await code(cache.close())).toBe('fulfilled');
  });

  test('`await using` closes', async () => {
    const { cache, runtime, read, code } = setup();
    await read('a');
    {
      await using scoped = cache;
      expect(scoped.peek('a')?.text()).toBe('a v1');
    }
    await runtime.settle();
    expect(await code(cache.get('a'))).toBe('ERR_CACHE_CLOSED');
  });

  test('closing with a service that never answers takes no time', async () => {
    const { cache, service, runtime } = setup({ secrets: ['a', 'b'] });
    service.fail({ hangs: 'for-ever' });
    const gets = ['a', 'b'].map((name) => outcomeOf(cache.get(name)));
    await runtime.advance(100);
    await runtime.runFor(cache.close(), BUDGET_MS);
    expect(gets.map((get) => codeOf(get))).toEqual(['ERR_CACHE_CLOSED', 'ERR_CACHE_CLOSED']);
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test('a client that was given is never destroyed', async () => {
    const { cache, service, runtime, read } = setup();
    let destroyed = 0;
    Object.assign(service, { destroy: () => (destroyed += 1) });
    await read('a');
    await runtime.run(cache.close());
    expect(destroyed).toBe(0);
  });
});

describe('clear', () => {
  test('a cleared cache is usable and has forgotten values, failures, backoff and what was refused', async () => {
    const { cache, service, runtime, read, readCode } = setup({ secrets: ['a', 'b'] });
    await read('a');
    const outage = service.fail(errors.internalError, { secretId: 'b' });
    expect(await readCode('b')).toBe('ERR_SECRET_UNAVAILABLE');
    expect(await readCode('missing')).toBe('ERR_SECRET_NOT_FOUND');
    outage.lift();
    service.create('missing', 'found');

    cache.clear();

    expect(cache.peek('a')).toBeUndefined();
    service.newCounts();
    expect([await read('a'), await read('b'), await read('missing')]).toEqual(['a v1', 'b v1', 'found']);
    expect(service.newCounts()).toEqual({ G: 3, D: 0, B: 0 });
    await runtime.advance(TTL_MS - 1);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('the backoff of one label is forgotten although another has a call in flight', async () => {
    const { cache, service, runtime, read, readCode } = setup();
    service.put('a', 'a blue', { stages: ['BLUE'] });
    const hold = service.hold({ versionStage: 'AWSCURRENT', times: 1 });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.fail(errors.internalError, { versionStage: 'BLUE', times: 1 });
    expect(await readCode('a', { versionStage: 'BLUE' })).toBe('ERR_SECRET_UNAVAILABLE');
    cache.clear();
    expect(await read('a', { versionStage: 'BLUE' })).toBe('a blue');
    hold.lift();
    await runtime.settle();
    expect(get.value?.text()).toBe('a v1');
    expect(cache.peek('a')).toBeUndefined();
  });

  test('aliases are forgotten: after clear an id reaches others only once it is known again', async () => {
    const { cache, service, read } = setup();
    const arn = service.arnOf('a');
    await read('a');
    await read(arn);
    cache.clear();
    expect([cache.peek('a'), cache.peek(arn)]).toEqual([undefined, undefined]);
    expect([await read('a'), await read(arn)]).toEqual(['a v1', 'a v1']);
    cache.invalidate(arn);
    expect(cache.peek('a')).toBeUndefined();
  });
});
