/** A watched secret: what shows, when it is looked at, and that nothing stays behind. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import type { Secret, SecretCache, WatchOptions } from '../../src/index.ts';
import { codeOf, outcomeOf, type Outcome } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { setup, type TestBed, TTL_MS } from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };
const DONE = { done: true, value: undefined };

type Step = IteratorResult<Secret, undefined>;

/** Iterates to the end, collecting what shows. */
function follow(cache: SecretCache, secretId: string, options?: WatchOptions): Following {
  const texts: string[] = [];
  const end = outcomeOf(
    (async () => {
      for await (const secret of cache.watch(secretId, options)) texts.push(secret.text());
    })(),
  );
  return { texts, end };
}

interface Following {
  readonly texts: readonly string[];
  readonly end: Outcome<void>;
}

async function watching(options: Parameters<typeof setup>[0] = {}): Promise<TestBed & Following> {
  const bed = setup(options);
  const following = follow(bed.cache, 'a');
  await bed.runtime.settle();
  bed.service.newCounts();
  return { ...bed, ...following };
}

async function finish({ cache, runtime }: TestBed): Promise<void> {
  await cache.close();
  await runtime.settle();
  expect(runtime.pendingTimers()).toEqual([]);
}

describe('what a watch shows', () => {
  test('the version of now first, then each other one, at the pace of the TTL', async () => {
    const bed = await watching();
    const { service, runtime, texts } = bed;
    expect(texts).toEqual(['a v1']);
    for (const next of ['a v2', 'a v3']) {
      service.put('a', next);
      await runtime.advance(TTL_MS - 1);
      expect(texts.at(-1)).not.toBe(next);
      await runtime.advance(1);
      expect(texts.at(-1)).toBe(next);
    }
    expect(texts).toEqual(['a v1', 'a v2', 'a v3']);
    await finish(bed);
  });

  test('nothing while nothing changes, at one describe a TTL', async () => {
    const bed = await watching();
    await bed.runtime.advance(10 * TTL_MS);
    expect(bed.texts).toEqual(['a v1']);
    expect(bed.service.newCounts()).toEqual({ G: 0, D: 10, B: 0 });
    await finish(bed);
  });

  test('a version that the label moved back to', async () => {
    const bed = await watching();
    const { service, runtime, texts } = bed;
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    service.moveLabel('a', 'AWSCURRENT', v1);
    await runtime.advance(TTL_MS);
    expect(texts).toEqual(['a v1', 'a v2', 'a v1']);
    await runtime.advance(TTL_MS);
    expect(texts).toHaveLength(3);
    await finish(bed);
  });

  test('the latest only: who is slow to ask misses what came and went', async () => {
    const { cache, service, runtime } = setup();
    const watch = cache.watch('a')[Symbol.asyncIterator]();
    await runtime.run(watch.next());
    for (const text of ['a v2', 'a v3', 'a v4']) {
      service.put('a', text);
      await runtime.advance(TTL_MS);
      await runtime.run(cache.get('a'));
    }
    const { value } = await runtime.run(watch.next());
    expect((value as Secret).text()).toBe('a v4');
    await watch.return?.();
  });

  test('another label than AWSCURRENT, by name', async () => {
    const { cache, service, runtime } = setup();
    service.put('a', 'pending v1', { stages: ['AWSPENDING'] });
    const { texts } = follow(cache, 'a', { versionStage: 'AWSPENDING' });
    await runtime.settle();
    service.put('a', 'a v2');
    service.put('a', 'pending v2', { stages: ['AWSPENDING'] });
    await runtime.advance(TTL_MS);
    expect(texts).toEqual(['pending v1', 'pending v2']);
    await cache.close();
    await runtime.settle();
  });

  test('a held value without a call', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    service.newCounts();
    const watch = cache.watch('a')[Symbol.asyncIterator]();
    expect((await runtime.run(watch.next())).done).toBe(false);
    expect(service.newCounts()).toEqual(NO_CALL);
    await watch.return?.();
  });

  test('what another caller’s refresh brought, at its own next look', async () => {
    const bed = await watching();
    const { cache, service, runtime, texts } = bed;
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    service.newCounts();
    await runtime.advance(TTL_MS - 1);
    await runtime.advance(1);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('each version once, to concurrent next() calls in the order in which they were made', async () => {
    const { cache, service, runtime } = setup();
    const watch = cache.watch('a')[Symbol.asyncIterator]();
    const steps: Outcome<Step>[] = [];
    for (let nth = 0; nth < 4; nth += 1) steps.push(outcomeOf(watch.next()));
    await runtime.settle();
    expect(steps.map(({ state }) => state)).toEqual(['fulfilled', 'pending', 'pending', 'pending']);
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect(steps.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending', 'pending']);
    expect(runtime.pendingTimers()).toHaveLength(1);
    await watch.return?.();
    await runtime.settle();
    expect(steps.slice(0, 2).map(({ value }) => value?.value?.text())).toEqual(['a v1', 'a v2']);
    expect(steps.slice(2).map(({ value }) => value)).toEqual([DONE, DONE]);
  });
});

describe('when a watch looks', () => {
  test('the looks of a fleet are spread by the jitter of the TTL, and never later than it', async () => {
    const firstLooks: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const bed = await watching({ seed, ttlJitter: 0.5 });
      const startMs = bed.runtime.monotonicNowMs();
      await bed.runtime.advance(TTL_MS);
      firstLooks.push((bed.service.calls[1]?.atMs ?? Infinity) - startMs);
      await finish(bed);
    }
    expect(Math.min(...firstLooks)).toBeGreaterThanOrEqual(TTL_MS / 2);
    expect(Math.max(...firstLooks)).toBeLessThanOrEqual(TTL_MS);
    expect(Math.max(...firstLooks) - Math.min(...firstLooks)).toBeGreaterThan(TTL_MS / 4);
  });

  test.each([0, 1, 10, 999])(
    'with a TTL of %d ms it looks once a second and not more often',
    async (ttlMs) => {
      const bed = await watching({ ttlMs });
      const { runtime, service } = bed;
      const timersBefore = runtime.timersSet;
      await runtime.advance(60_000);
      const { G, D } = service.newCounts();
      expect(G + D).toBeLessThanOrEqual(60);
      expect(G + D).toBeGreaterThanOrEqual(30);
      expect(runtime.timersSet - timersBefore).toBeLessThan(400);
      await finish(bed);
    },
  );

  test('several watchers of a secret share each check', async () => {
    const bed = setup({ ttlJitter: 0.5 });
    const { cache, service, runtime } = bed;
    const all = Array.from({ length: 25 }, () => follow(cache, 'a'));
    await runtime.settle();
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    const { G, D } = service.newCounts();
    expect(G).toBe(1);
    expect(D).toBeLessThanOrEqual(2);
    expect(all.map(({ texts }) => texts)).toEqual(all.map(() => ['a v1', 'a v2']));
    await finish(bed);
  });

  test('gets of others postpone its looks: a check serves them all', async () => {
    const bed = await watching();
    const { cache, service, runtime } = bed;
    await runtime.advance(TTL_MS / 2);
    await runtime.run(cache.refresh('a'));
    service.newCounts();
    await runtime.advance(TTL_MS - 1);
    expect(service.newCounts()).toEqual(NO_CALL);
    await runtime.advance(1);
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
    await finish(bed);
  });

  test('an infinite TTL needs no timer that overflows', async () => {
    const bed = await watching({ ttlMs: Infinity });
    await bed.runtime.advance(60_000);
    expect(bed.runtime.overflows).toBe(0);
    expect(bed.service.newCounts()).toEqual(NO_CALL);
    await finish(bed);
  });

  test('with stale-while-revalidate the new version shows a second after its check', async () => {
    const bed = await watching({ staleWhileRevalidateMs: 60_000 });
    const { service, runtime, texts } = bed;
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS + 1_000);
    expect(texts).toEqual(['a v1', 'a v2']);
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    await finish(bed);
  });

  test('its timer keeps the process alive while somebody waits for the next version, and is gone while nobody does', async () => {
    const { cache, service, runtime } = setup();
    const watch = cache.watch('a')[Symbol.asyncIterator]();
    expect(runtime.pendingTimers()).toEqual([]);
    await runtime.run(watch.next());
    expect(runtime.pendingTimers()).toEqual([]);
    const second = outcomeOf(watch.next());
    await runtime.settle();
    expect(runtime.pendingTimers()).toMatchObject([{ ref: true }]);
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect(second.state).toBe('fulfilled');
    expect(runtime.pendingTimers()).toEqual([]);
    await watch.return?.();
  });
});

describe('a watch and failures', () => {
  test('the first value that can’t be had rejects, once, and ends it', async () => {
    const { cache, runtime } = setup();
    const watch = cache.watch('missing')[Symbol.asyncIterator]();
    const first = outcomeOf(watch.next());
    const second = outcomeOf(watch.next());
    await runtime.settle();
    expect(codeOf(first)).toBe('ERR_SECRET_NOT_FOUND');
    expect(second.value).toEqual(DONE);
    expect(await watch.next()).toEqual(DONE);
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test('a `for await` whose first value can’t be had throws', async () => {
    const { cache, runtime } = setup();
    const { texts, end } = follow(cache, 'missing');
    await runtime.settle();
    expect(codeOf(end)).toBe('ERR_SECRET_NOT_FOUND');
    expect(texts).toEqual([]);
  });

  test('an outage after the first value goes unheard and is survived, at the cost of the backoff', async () => {
    const bed = await watching();
    const { service, runtime, texts, end } = bed;
    const outage = service.fail(errors.internalError);
    await runtime.advance(3_600_000);
    expect(end.state).toBe('pending');
    const { G, D } = service.newCounts();
    expect(G + D).toBeLessThan(40);
    service.put('a', 'a v2');
    outage.lift();
    await runtime.advance(TTL_MS);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('an outage longer than H goes unheard as well, and ends in the new version', async () => {
    const bed = await watching({ ttlMs: 10_000, staleIfErrorMs: 20_000 });
    const { service, runtime, texts, end } = bed;
    const outage = service.fail(errors.internalError);
    await runtime.advance(120_000);
    expect(end.state).toBe('pending');
    service.put('a', 'a v2');
    outage.lift();
    await runtime.advance(12_000);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('a revoked secret shows nothing more until it is granted again', async () => {
    const bed = await watching({ revalidate: 'fetch' });
    const { service, runtime, texts, end } = bed;
    const denial = service.deny({ action: 'GetSecretValue' });
    await runtime.advance(TTL_MS + 60_000);
    expect([texts, end.state]).toEqual([['a v1'], 'pending']);
    service.put('a', 'a v2');
    denial.lift();
    await runtime.advance(31_000);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('an invalidated secret is looked at again', async () => {
    const bed = await watching();
    const { cache, service, runtime, texts } = bed;
    service.put('a', 'a v2');
    cache.invalidate('a');
    await runtime.advance(TTL_MS);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });
});

describe('the end of a watch', () => {
  type End = (bed: TestBed, watch: AsyncIterator<Secret, undefined>, abort: () => void) => unknown;
  const ends: [string, End][] = [
    ['an abort', (_bed, _watch, abort) => abort()],
    ['return()', (_bed, watch) => watch.return?.()],
    ['close()', ({ cache }) => cache.close()],
  ];

  test.each(ends)(
    'comes at once while the next version is waited for, by %s, and no timer stays',
    async (_name, end) => {
      const bed = setup();
      const controller = new AbortController();
      const watch = bed.cache.watch('a', { signal: controller.signal })[Symbol.asyncIterator]();
      await bed.runtime.run(watch.next());
      const waiting = [outcomeOf(watch.next()), outcomeOf(watch.next())];
      await bed.runtime.settle();
      await end(bed, watch, () => controller.abort());
      await bed.runtime.settle();
      expect(waiting.map(({ value }) => value)).toEqual([DONE, DONE]);
      expect(bed.runtime.pendingTimers()).toEqual([]);
      expect(await watch.next()).toEqual(DONE);
      bed.service.newCounts();
      await bed.runtime.advance(2 * TTL_MS);
      expect(bed.service.newCounts()).toEqual(NO_CALL);
    },
  );

  test.each(ends)('comes at once while its first value is loaded, by %s', async (_name, end) => {
    const bed = setup();
    const hold = bed.service.hold();
    const controller = new AbortController();
    const watch = bed.cache.watch('a', { signal: controller.signal })[Symbol.asyncIterator]();
    const first = outcomeOf(watch.next());
    await bed.runtime.settle();
    await end(bed, watch, () => controller.abort());
    await bed.runtime.settle();
    expect(first.value).toEqual(DONE);
    expect(bed.runtime.pendingTimers()).toEqual([]);
    expect(bed.service.calls.map(({ outcome }) => outcome)).toEqual(['aborted']);
    hold.lift();
  });

  test.each(ends)('comes at once while it looks again, by %s', async (_name, end) => {
    const bed = setup();
    const controller = new AbortController();
    const watch = bed.cache.watch('a', { signal: controller.signal })[Symbol.asyncIterator]();
    await bed.runtime.run(watch.next());
    const second = outcomeOf(watch.next());
    const hold = bed.service.hold();
    await bed.runtime.advance(TTL_MS);
    expect(bed.service.heldCalls).toBe(1);
    await end(bed, watch, () => controller.abort());
    await bed.runtime.settle();
    expect(second.value).toEqual(DONE);
    expect(bed.runtime.pendingTimers()).toEqual([]);
    hold.lift();
  });

  test.each(ends)('that comes before anything was asked for, by %s, makes no call', async (_name, end) => {
    const bed = setup();
    const controller = new AbortController();
    const watch = bed.cache.watch('a', { signal: controller.signal })[Symbol.asyncIterator]();
    await end(bed, watch, () => controller.abort());
    expect(await bed.runtime.run(watch.next())).toEqual(DONE);
    expect(bed.service.newCounts()).toEqual(NO_CALL);
  });

  test('a signal that is aborted already ends it before it begins', async () => {
    const { cache, service, runtime } = setup();
    const watch = cache.watch('a', { signal: AbortSignal.abort('early') });
    expect(await runtime.run(watch[Symbol.asyncIterator]().next())).toEqual(DONE);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('`break` in a `for await` leaves no timer, no call and no listener', async () => {
    const { cache, service, runtime } = setup();
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = { added: 0, removed: 0 };
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>): void => {
      listeners.added += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      listeners.removed += 1;
      remove(...args);
    };
    const seen = (async () => {
      for await (const secret of cache.watch('a', { signal })) return secret.text();
      return undefined;
    })();
    expect(await runtime.run(seen)).toBe('a v1');
    expect(runtime.pendingTimers()).toEqual([]);
    expect(listeners.removed).toBeGreaterThanOrEqual(listeners.added);
    service.newCounts();
    await runtime.advance(2 * TTL_MS);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('by a signal that a hundred watchers share ends them all, and Node warns of nothing', async () => {
    const { cache, runtime } = setup();
    const controller = new AbortController();
    const all = Array.from({ length: 100 }, () => follow(cache, 'a', { signal: controller.signal }));
    await runtime.settle();
    controller.abort();
    await runtime.settle();
    expect(new Set(all.map(({ end }) => end.state))).toEqual(new Set(['fulfilled']));
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test('of one watcher leaves the others of the same secret alone', async () => {
    const bed = await watching();
    const { cache, service, runtime, texts } = bed;
    const controller = new AbortController();
    const other = follow(cache, 'a', { signal: controller.signal });
    await runtime.settle();
    const hold = service.hold();
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    controller.abort();
    hold.lift();
    await runtime.settle();
    expect(other.end.state).toBe('fulfilled');
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('lets go of it: a cache that lives long keeps none of the watches that are over', async () => {
    const { cache, runtime } = setup();
    const controller = new AbortController();
    const watchOnce = async (): Promise<WeakRef<object>> => {
      const watch = cache.watch('a', { signal: controller.signal });
      for await (const secret of watch) if (secret.text() === 'a v1') break;
      return new WeakRef(watch);
    };
    const over: WeakRef<object>[] = [];
    for (let nth = 0; nth < 10; nth += 1) over.push(await runtime.run(watchOnce()));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await runtime.settle();
    collect();
    // The last one may still be in a register or on the stack.
    expect(over.filter((watch) => watch.deref() !== undefined).length).toBeLessThanOrEqual(1);
    expect(cache.peek('a')?.text()).toBe('a v1');
  });

  test('return() may be called twice, and for a watch that is over', async () => {
    const { cache, runtime } = setup();
    const watch = cache.watch('a')[Symbol.asyncIterator]();
    await runtime.run(watch.next());
    expect(await watch.return?.()).toEqual(DONE);
    expect(await watch.return?.()).toEqual(DONE);
  });
});

describe('a push', () => {
  test('wakes a watcher within 5 s, not at once, and not all of a fleet at the same moment', async () => {
    const looks: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const bed = await watching({ seed });
      const { cache, service, runtime, texts } = bed;
      const versionId = service.put('a', 'a v2');
      const startMs = runtime.monotonicNowMs();
      cache.notify({ secretId: 'a', versionStage: 'AWSCURRENT', versionId });
      await runtime.advance(999);
      expect(texts).toEqual(['a v1']);
      await runtime.advance(4_001);
      expect(texts).toEqual(['a v1', 'a v2']);
      looks.push((service.calls[1]?.atMs ?? Infinity) - startMs);
      expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
      await finish(bed);
    }
    expect(Math.max(...looks) - Math.min(...looks)).toBeGreaterThan(1_000);
  });

  test('by an ARN wakes who watches by the name', async () => {
    const bed = await watching();
    const { cache, service, runtime, texts } = bed;
    service.put('a', 'a v2');
    cache.notify({ secretId: service.arnOf('a') });
    await runtime.advance(5_000);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('of one secret wakes nobody who watches another', async () => {
    const { cache, service, runtime } = setup({ secrets: ['a', 'b'] });
    follow(cache, 'b');
    await runtime.settle();
    await runtime.run(cache.get('a'));
    service.newCounts();
    const { gets } = cache.stats();
    cache.notify({ secretId: 'a' });
    await runtime.advance(10_000);
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(cache.stats().gets).toBe(gets);
    await cache.close();
    await runtime.settle();
  });

  test('that comes before a replica knows of it is followed up every 1 to 5 s until the version shows', async () => {
    const bed = await watching();
    const { cache, service, runtime, texts } = bed;
    const lag = service.lag('a', 'G', 'D');
    const versionId = service.put('a', 'a v2');
    cache.notify({ secretId: 'a', versionStage: 'AWSCURRENT', versionId });
    await runtime.advance(30_000);
    const { D } = service.newCounts();
    expect(D).toBeGreaterThanOrEqual(5);
    expect(D).toBeLessThanOrEqual(30);
    expect(texts).toEqual(['a v1']);
    lag.lift();
    await runtime.advance(5_000);
    expect(texts).toEqual(['a v1', 'a v2']);
    service.newCounts();
    await runtime.advance(60_000);
    expect(service.newCounts()).toEqual(NO_CALL);
    await finish(bed);
  });

  test('in a flood costs a look a second at most and postpones none', async () => {
    const bed = await watching();
    const { cache, service, runtime, texts } = bed;
    service.put('a', 'a v2');
    for (let atMs = 0; atMs < 10_000; atMs += 10) {
      for (let nth = 0; nth < 100; nth += 1) cache.notify({ secretId: 'a' });
      await runtime.advance(10);
    }
    expect(texts).toEqual(['a v1', 'a v2']);
    const { G, D } = service.newCounts();
    expect(G).toBe(1);
    expect(D).toBeLessThanOrEqual(10);
    await finish(bed);
  });

  test('never makes a watcher look later than it would have anyway', async () => {
    const late: number[] = [];
    for (let seed = 1; seed <= 10; seed += 1) {
      const bed = await watching({ seed });
      const { cache, service, runtime, texts } = bed;
      service.put('a', 'a v2');
      await runtime.advance(TTL_MS - 500);
      cache.notify({ secretId: 'a' });
      await runtime.advance(500);
      if (texts.length < 2) late.push(seed);
      await finish(bed);
    }
    expect(late).toEqual([]);
  });

  test('wakes the watcher of a secret that was pushed out meanwhile', async () => {
    const bed = await watching({ maxEntries: 1, secrets: ['a', 'b'] });
    const { cache, service, runtime, texts } = bed;
    await runtime.run(cache.get('b'));
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    await runtime.advance(5_000);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('while the watcher is looking is not forgotten', async () => {
    const bed = await watching();
    const { cache, service, runtime, texts } = bed;
    const hold = service.hold({ op: 'D', times: 1 });
    await runtime.advance(TTL_MS);
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    hold.lift();
    await runtime.advance(5_000);
    expect(texts).toEqual(['a v1', 'a v2']);
    await finish(bed);
  });

  test('after the end of a watch wakes nobody', async () => {
    const { cache, service, runtime } = setup();
    const watch = cache.watch('a')[Symbol.asyncIterator]();
    await runtime.run(watch.next());
    await watch.return?.();
    service.newCounts();
    cache.notify({ secretId: 'a' });
    await runtime.advance(10_000);
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(runtime.pendingTimers()).toEqual([]);
  });
});

describe('what a watch is asked with', () => {
  test.each<[string, unknown, unknown, ErrorConstructor]>([
    ['no id', undefined, undefined, TypeError],
    ['a blank id', ' ', undefined, RangeError],
    ['an unknown option', 'a', { stage: 'AWSCURRENT' }, TypeError],
    ['a versionId, which never changes', 'a', { versionId: 'v1' }, TypeError],
    ['an empty stage', 'a', { versionStage: '' }, RangeError],
    ['a signal that is none', 'a', { signal: {} }, TypeError],
    ['options that are none', 'a', null, TypeError],
  ])('bad input throws at once: %s', (_name, secretId, options, expected) => {
    const { cache, service } = setup();
    expect(() => cache.watch(secretId as string, options as WatchOptions)).toThrow(expected);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('on a closed cache it throws a typed error', async () => {
    const { cache } = setup();
    await cache.close();
    expect(() => cache.watch('a')).toThrow(expect.objectContaining({ code: 'ERR_CACHE_CLOSED' }));
  });
});
