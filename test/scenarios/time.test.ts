/** Clocks that step, processes that freeze, timers that are late: what a value's age is then, and what becomes of calls. */

import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, test } from 'vitest';

import { ModelService } from '../support/model-service.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { ATTEMPT_MS, BUDGET_MS, setup, type TestBed, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };
const ONE_DESCRIBE = { G: 0, D: 1, B: 0 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function holding(options: Parameters<typeof setup>[0] = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return bed;
}

describe('clocks that step', () => {
  test('a wall clock set forward a day costs one check and no error', async () => {
    const { service, runtime, read } = await holding();
    runtime.stepWall(DAY_MS);
    expect([await read('a'), await read('a')]).toEqual(['a v1', 'a v1']);
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    await runtime.advance(TTL_MS - 1);
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('a wall clock set back a day lets the value expire on time', async () => {
    const { service, runtime, read } = await holding();
    runtime.stepWall(-DAY_MS);
    await runtime.advance(TTL_MS - 1);
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
    await runtime.advance(1);
    await read('a');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('a monotonic clock that stood still for an hour lets the value age by the wall clock', async () => {
    const { service, runtime, read } = await holding();
    runtime.freeze(HOUR_MS, { monotonic: false });
    await read('a');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test.each([
    [TTL_MS, 0, 1],
    [0, TTL_MS, 1],
    [-DAY_MS, TTL_MS, 1],
    [-DAY_MS, 0, 0],
    [TTL_MS - 1, TTL_MS - 1, 0],
    [TTL_MS, TTL_MS - 1, 1],
  ])(
    'with the wall clock at %d and the monotonic one at +%d ms the larger counts: %d checks',
    async (wall, monotonic, checks) => {
      const { service, runtime, read } = await holding();
      runtime.stepWall(wall - monotonic);
      runtime.freeze(monotonic);
      expect(await read('a')).toBe('a v1');
      expect(service.newCounts()).toEqual({ G: 0, D: checks, B: 0 });
    },
  );

  test('a wall clock that steps between two hits of one instant is noticed at once', async () => {
    const { service, runtime, cache } = await holding();
    await cache.get('a');
    runtime.stepWall(TTL_MS);
    await runtime.run(cache.get('a'));
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('a stalled wall clock cannot hide the monotonic one for more than 64 hits', async () => {
    const { service, runtime, cache } = await holding();
    await cache.get('a');
    runtime.freeze(TTL_MS);
    runtime.stepWall(-TTL_MS);
    for (let nth = 0; nth < 65; nth += 1) await runtime.run(cache.get('a'));
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test("daylight saving and the process's time zone have no effect", async () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'America/New_York';
    try {
      // An hour is skipped there a minute later.
      const runtime = new VirtualRuntime({ wallStartMs: Date.UTC(2026, 2, 8, 6, 59) });
      const service = new ModelService(runtime);
      service.create('a', 'a v1');
      const { read } = setup({ world: { service, runtime } });
      await read('a');
      await runtime.advance(TTL_MS - 1);
      await read('a');
      expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
      await runtime.advance(1);
      await read('a');
      expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

describe('a frozen process', () => {
  test('after a freeze longer than H the old value is not served without a new read', async () => {
    const { service, runtime, read } = await holding();
    service.put('a', 'a v2');
    runtime.freeze(TTL_MS + DAY_MS);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('after such a freeze a failing service is an error, never the old value', async () => {
    const { service, runtime, readCode } = await holding();
    service.fail(errors.internalError);
    runtime.freeze(TTL_MS + DAY_MS);
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
  });

  test('a get that is handled before the overdue timers is answered right', async () => {
    const { cache, service, runtime } = await holding({ ttlMs: 1_000, staleIfErrorMs: 10_000 });
    await runtime.advance(1_000);
    service.fail({ hangs: 'until-aborted' }, { op: 'D', times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    runtime.freeze(60_000);

    const after = outcomeOf(cache.get('a'));
    await runtime.advance(0);

    expect(after.value?.text()).toBe('a v2');
    await runtime.advance(BUDGET_MS);
    expect(before.value?.text()).toBe('a v2');
  });

  test.each([true, false])(
    'a call lost to a freeze of six minutes is made once more and succeeds (monotonic clock goes on: %s)',
    async (monotonic) => {
      const { cache, service, runtime } = setup();
      service.fail({ hangs: 'until-aborted' }, { times: 1 });
      const get = outcomeOf(cache.get('a'));
      await runtime.advance(100);
      runtime.freeze(360_000, { monotonic });
      await runtime.advance(ATTEMPT_MS);
      expect(get.value?.text()).toBe('a v1');
      expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
    },
  );

  test('a request signed before the freeze and refused after it is signed anew and succeeds', async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold({ times: 1 });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    runtime.freeze(360_000);
    hold.held[0]?.fail(errors.signatureExpired());
    await runtime.settle();
    expect(get.value?.text()).toBe('a v1');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
    await runtime.advance(0);
    hold.lift();
  });

  test('an attempt that is lost to a freeze is retried once only', async () => {
    const { cache, service, runtime } = setup();
    service.fail({ hangs: 'until-aborted' });
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(100);
    runtime.freeze(360_000);
    await runtime.advance(0);
    expect(service.counts.G).toBe(2);
    expect(get.state).toBe('pending');
    await runtime.advance(BUDGET_MS);
    expect(codeOf(get)).toBe('ERR_SECRET_TIMEOUT');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('an attempt that times out without a freeze is not retried', async () => {
    const { cache, service, runtime } = setup();
    service.fail({ hangs: 'until-aborted' });
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(BUDGET_MS);
    expect(codeOf(get)).toBe('ERR_SECRET_TIMEOUT');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a background revalidation that a freeze cut in two commits once, whichever answer comes first', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000, staleWhileRevalidateMs: HOUR_MS });
    await runtime.advance(1_000);
    const hold = service.hold({ op: 'D', times: 1, deaf: true });
    expect(await read('a')).toBe('a v1');
    await runtime.settle();
    service.put('a', 'a v2');
    runtime.freeze(600_000);

    expect(await read('a')).toBe('a v1');
    await runtime.advance(0);
    expect(await read('a')).toBe('a v2');
    hold.lift();
    await runtime.settle();
    expect(await read('a')).toBe('a v2');
    const { G, D } = service.newCounts();
    // The call that was cut in two, the one of the next get, and perhaps the lost one made again.
    expect([G, D >= 2 && D <= 3]).toEqual([1, true]);
  });

  test('a preload of the init phase that nobody awaited does not hold up a get twenty minutes later', async () => {
    const { cache, service, runtime, read } = setup();
    service.fail({ hangs: 'until-aborted' }, { times: 1 });
    const preload = outcomeOf(cache.preload(['a']));
    await runtime.settle();
    runtime.freeze(1_200_000);
    const get = outcomeOf(cache.get('a'));
    // No overdue timer has run yet: the get itself sees that the old call is not worth waiting for.
    await runtime.settle();
    expect(get.value?.text()).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
    await runtime.advance(BUDGET_MS * 2);
    expect(preload.state).toBe('fulfilled');
    expect(await read('a')).toBe('a v1');
  });

  test('a preload against a service that never answers gives up within its budget', async () => {
    const { cache, service, runtime } = setup({ secrets: ['a', 'b', 'c'] });
    service.fail({ hangs: 'for-ever' });
    const preload = outcomeOf(cache.preload(['a', 'b', 'c']));
    await runtime.advance(BUDGET_MS);
    expect(preload.value?.loaded).toEqual([]);
    expect([...(preload.value?.failed.values() ?? [])].map(({ code }) => code)).toEqual(
      Array(3).fill('ERR_SECRET_TIMEOUT'),
    );
  });
});

describe('timers', () => {
  test('a timer that somebody awaits keeps the process alive; background work does not', async () => {
    const { cache, service, runtime, read } = await holding({ ttlMs: 1_000, staleWhileRevalidateMs: 60_000 });
    const hold = service.hold();
    const load = outcomeOf(cache.get('b'));
    await runtime.settle();
    expect(runtime.pendingTimers().some(({ ref }) => ref)).toBe(true);
    hold.release();
    await runtime.settle();
    expect(load.state).toBe('rejected');

    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
    await runtime.settle();
    expect(hold.held).toHaveLength(1);
    expect(runtime.pendingTimers().filter(({ ref }) => ref)).toEqual([]);
    hold.lift();
  });

  test('once the caller has its stale value, the revalidation that goes on holds no process up', async () => {
    const { cache, service, runtime } = await holding();
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D' });
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(1_000);
    expect(get.state).toBe('fulfilled');
    expect(hold.held).toHaveLength(1);
    expect(runtime.pendingTimers().filter(({ ref }) => ref)).toEqual([]);
    hold.lift();
  });

  test('a get that settled leaves no timer behind', async () => {
    const { runtime } = await holding();
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test.each([30 * DAY_MS, 400 * DAY_MS, Infinity])('durations of %d ms overflow no timer', async (ms) => {
    const { cache, service, runtime } = setup({
      ttlMs: ms,
      staleIfErrorMs: ms,
      staleWhileRevalidateMs: ms,
      waitBudgetMs: ms,
      staleWaitMs: ms,
      attemptTimeoutMs: ms,
      backoff: { baseMs: 1_000, capMs: ms },
    });
    service.latencyMs = 60_000;
    expect((await runtime.runFor(cache.get('a'), 60_000)).text()).toBe('a v1');
    await runtime.advance(29 * DAY_MS);
    expect((await runtime.runFor(cache.get('a'), 60_000)).text()).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
    expect(runtime.overflows).toBe(0);
  });

  test('a TTL of 1 ms makes no busy loop, and concurrent gets still share', async () => {
    const { cache, service, runtime } = await holding({ ttlMs: 1 });
    for (let nth = 0; nth < 10; nth += 1) {
      await runtime.advance(1);
      await runtime.run(Promise.all(Array.from({ length: 100 }, () => cache.get('a'))));
      expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    }
    await runtime.advance(1_000);
    expect(service.newCounts()).toEqual(NO_CALL);
  });
});

describe('invocations side by side', () => {
  test('sixty-four on a cold cache make one call, and each resumes in its own context', async () => {
    const { cache, service, runtime } = setup();
    const context = new AsyncLocalStorage<number>();
    service.latencyMs = 50;
    const invocations = Array.from({ length: 64 }, (_, nth) =>
      context.run(nth, async () => {
        const text = await cache.getText('a');
        return [text, context.getStore()];
      }),
    );
    const results = await runtime.runFor(Promise.all(invocations), 50);
    expect(results).toEqual(Array.from({ length: 64 }, (_, nth) => ['a v1', nth]));
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test("an invocation that was given up on leaves a call that ends by the cache's own timeout", async () => {
    const { cache, service, runtime } = setup();
    service.fail({ hangs: 'until-aborted' });
    const abandoned = outcomeOf(cache.get('a'));
    await runtime.advance(ATTEMPT_MS);
    expect(
      service.calls.map(({ outcome, answeredAtMs, atMs }) => [outcome, (answeredAtMs ?? 0) - atMs]),
    ).toEqual([['aborted', ATTEMPT_MS]]);
    expect(codeOf(abandoned)).toBe('ERR_SECRET_TIMEOUT');
  });
});
