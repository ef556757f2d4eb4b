/** The counters as equations: what each one counts, and that they add up at every moment. */

import { inspect } from 'node:util';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { SecretCache, SecretCacheError, type SecretCacheStats } from '../../src/index.ts';
import { listenTo } from '../support/events.ts';
import { ModelService } from '../support/model-service.ts';
import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { manyNames, setup, STALE_WAIT_MS, type TestBed, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const CANARY = 'hunter2-canary-91c2';
const ZERO: SecretCacheStats = {
  gets: 0,
  hits: 0,
  stale: 0,
  misses: 0,
  failures: 0,
  aborted: 0,
  pending: 0,
  loads: 0,
  batches: 0,
  describes: 0,
  searches: 0,
  rotations: 0,
  evictions: 0,
  entries: 0,
};
const MAY_SHRINK: ReadonlySet<string> = new Set(['pending', 'entries']);
const CHANNELS = [
  'load',
  'revalidate',
  'rotated',
  'stale-served',
  'suspect',
  'revoked',
  'batch-disabled',
  'describe-disabled',
  'failure',
  'evicted',
];

/** All counters, those named and zeros for the rest. */
function counters(expected: Partial<SecretCacheStats> = {}): SecretCacheStats {
  return { ...ZERO, ...expected };
}

function leftOver({ gets, hits, stale, misses, failures, aborted, pending }: SecretCacheStats): number {
  return gets - (hits + stale + misses + failures + aborted + pending);
}

describe('what each counter counts', () => {
  test('nothing yet', () => {
    expect(setup().cache.stats()).toEqual(counters());
  });

  test('hits: the answers from memory, those without options and those with', async () => {
    const { cache, runtime } = setup();
    await runtime.run(cache.get('a'));
    await runtime.run(cache.get('a'));
    await runtime.run(cache.get('a', { maxAgeMs: 1_000 }));
    await runtime.run(cache.getText('a'));
    expect(cache.stats()).toEqual(counters({ gets: 4, hits: 3, misses: 1, loads: 1, entries: 1 }));
  });

  test('misses: each get that a call answered, however many shared it, revalidations included', async () => {
    const { cache, runtime } = setup();
    await runtime.run(Promise.all(Array.from({ length: 1_000 }, () => cache.get('a'))));
    expect(cache.stats()).toEqual(counters({ gets: 1_000, misses: 1_000, loads: 1, entries: 1 }));
    await runtime.advance(TTL_MS);
    await runtime.run(Promise.all([cache.get('a'), cache.get('a')]));
    expect(cache.stats()).toEqual(
      counters({ gets: 1_002, misses: 1_002, loads: 1, describes: 1, entries: 1 }),
    );
  });

  test('stale: within stale-while-revalidate', async () => {
    const { cache, runtime } = setup({ staleWhileRevalidateMs: 60_000 });
    await runtime.run(cache.get('a'));
    await runtime.advance(TTL_MS);
    await runtime.run(cache.get('a'));
    expect(cache.stats()).toEqual(
      counters({ gets: 2, misses: 1, stale: 1, loads: 1, describes: 1, entries: 1 }),
    );
  });

  test('stale: a value that stands in for a failure, inside its backoff too', async () => {
    const { cache, service, runtime } = setup();
    await runtime.run(cache.get('a'));
    await runtime.advance(TTL_MS);
    service.fail(errors.internalError);
    await runtime.run(cache.get('a'));
    await runtime.run(cache.get('a'));
    expect(cache.stats()).toEqual(
      counters({ gets: 3, misses: 1, stale: 2, loads: 1, describes: 1, entries: 1 }),
    );
  });

  test('stale: a value that stands in for a call that takes too long, which is pending until then', async () => {
    const { cache, service, runtime } = setup();
    await runtime.run(cache.get('a'));
    await runtime.advance(TTL_MS);
    const hold = service.hold();
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    expect(cache.stats()).toEqual(
      counters({ gets: 2, misses: 1, pending: 1, loads: 1, describes: 1, entries: 1 }),
    );
    await runtime.advance(STALE_WAIT_MS);
    expect(get.state).toBe('fulfilled');
    expect(cache.stats()).toEqual(
      counters({ gets: 2, misses: 1, stale: 1, loads: 1, describes: 1, entries: 1 }),
    );
    hold.lift();
  });

  test('failures: the gets that reject with an error of the cache, remembered ones too', async () => {
    const { cache, readCode } = setup();
    expect(await readCode('missing')).toBe('ERR_SECRET_NOT_FOUND');
    expect(await readCode('missing')).toBe('ERR_SECRET_NOT_FOUND');
    expect(cache.stats()).toEqual(counters({ gets: 2, failures: 2, loads: 1 }));
  });

  test('aborted: the gets that their signal ended, before or while they waited', async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold();
    const controller = new AbortController();
    const gets = [
      outcomeOf(cache.get('a', { signal: controller.signal })),
      outcomeOf(cache.get('a', { signal: AbortSignal.abort() })),
    ];
    await runtime.settle();
    expect(cache.stats()).toEqual(counters({ gets: 2, aborted: 1, pending: 1, loads: 1 }));
    controller.abort();
    await runtime.settle();
    expect(gets.map(({ state }) => state)).toEqual(['rejected', 'rejected']);
    expect(cache.stats()).toEqual(counters({ gets: 2, aborted: 2, loads: 1 }));
    hold.lift();
  });

  test('aborted: also when the reason of the signal is itself an error of some cache', async () => {
    const { cache, code } = setup();
    const reason = new SecretCacheError('ERR_SECRET_TIMEOUT', 'of another cache');
    expect(await code(cache.get('a', { signal: AbortSignal.abort(reason) }))).toBe('ERR_SECRET_TIMEOUT');
    expect(cache.stats()).toEqual(counters({ gets: 1, aborted: 1 }));
  });

  test('failures: the gets that the end of the cache cut off; none after it is counted', async () => {
    const { cache, service, runtime, readCode } = setup();
    const hold = service.hold();
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    await cache.close();
    await runtime.settle();
    expect(get.state).toBe('rejected');
    expect(await readCode('a')).toBe('ERR_CACHE_CLOSED');
    expect(cache.stats()).toEqual(counters({ gets: 1, failures: 1, loads: 1 }));
    hold.lift();
  });

  test('no get: bad input, peek, refresh, notify, and a preload by filters', async () => {
    const { cache, runtime, code } = setup();
    await code(cache.get(''));
    await code(cache.get('a', { maxAgeMs: -1 }));
    cache.peek('a');
    cache.notify({ secretId: 'a' });
    expect(cache.stats()).toEqual(counters());
    await runtime.run(cache.refresh('a'));
    expect(cache.stats()).toEqual(counters({ loads: 1, entries: 1 }));
    await runtime.run(cache.preload({ filters: [{ key: 'name', values: ['a'] }] }));
    expect(cache.stats()).toEqual(counters({ loads: 1, searches: 1, entries: 1 }));
  });

  test('gets: those of getMany, of a preload by ids, of withSecret, of watch and of getSecretValue', async () => {
    const { cache, runtime } = setup({ secrets: ['a', 'b'] });
    await runtime.run(cache.getMany(['a', 'b']));
    expect(cache.stats()).toEqual(counters({ gets: 2, misses: 2, batches: 1, entries: 2 }));
    await runtime.run(cache.preload(['a', 'b']));
    await runtime.run(cache.withSecret('a', () => {}));
    await runtime.run(cache.getSecretValue({ SecretId: 'a' }));
    const watch = cache.watch('a')[Symbol.asyncIterator]();
    await runtime.run(watch.next());
    await watch.return?.();
    expect(cache.stats()).toEqual(counters({ gets: 7, misses: 2, hits: 5, batches: 1, entries: 2 }));
  });

  test('loads, batches and describes: the calls themselves', async () => {
    const names = manyNames(45);
    const { cache, service, runtime } = setup({ secrets: names });
    await runtime.run(cache.getMany(names));
    await runtime.advance(TTL_MS);
    service.put('s00', 's00 v2');
    await runtime.run(cache.getMany(names));
    const { G, D, B } = service.counts;
    expect(cache.stats()).toMatchObject({ loads: G, describes: D, batches: B, entries: 45 });
    expect({ G, D, B }).toEqual({ G: 1, D: 45, B: 3 });
  });

  test('rotations: each label that was seen to move, back as well; evictions: each secret pushed out', async () => {
    const { cache, service, runtime } = setup({ maxEntries: 1, secrets: ['a', 'b'] });
    const v1 = service.versionOf('a');
    await runtime.run(cache.get('a'));
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    expect(cache.stats()).toMatchObject({ rotations: 1, evictions: 0 });
    service.moveLabel('a', 'AWSCURRENT', v1);
    await runtime.run(cache.refresh('a'));
    expect(cache.stats()).toMatchObject({ rotations: 2, evictions: 0 });
    await runtime.run(cache.refresh('a'));
    await runtime.run(cache.get('b'));
    expect(cache.stats()).toMatchObject({ rotations: 2, evictions: 1, entries: 1 });
  });

  test('entries: the secrets held now, which `clear` and `invalidate` let go without counting evictions', async () => {
    const { cache, runtime } = setup({ secrets: ['a', 'b', 'c'] });
    await runtime.run(cache.getMany(['a', 'b', 'c']));
    cache.invalidate('a');
    expect(cache.stats()).toMatchObject({ entries: 2, evictions: 0 });
    cache.clear();
    expect(cache.stats()).toMatchObject({ entries: 0, evictions: 0 });
  });
});

describe('reading the counters', () => {
  test('makes no call, sets no timer and is no use in the order of eviction', async () => {
    const { cache, service, runtime } = setup({ maxEntries: 2, secrets: ['a', 'b', 'c'] });
    await runtime.run(cache.get('a'));
    await runtime.run(cache.get('b'));
    service.newCounts();
    const before = runtime.timersSet;
    cache.stats();
    await runtime.settle();
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
    expect(runtime.timersSet).toBe(before);
    await runtime.run(cache.get('c'));
    expect(cache.peek('a')).toBeUndefined();
  });

  test('gives the numbers of that moment, which change neither later nor by what is done to them', async () => {
    const { cache, runtime } = setup();
    const before = cache.stats();
    await runtime.run(cache.get('a'));
    expect(before).toEqual(ZERO);
    const mine = cache.stats() as { gets: number };
    mine.gets = 99;
    expect(cache.stats().gets).toBe(1);
  });

  test('each cache counts for itself', async () => {
    const first = setup();
    const second = setup({ world: first });
    await first.runtime.run(first.cache.get('a'));
    expect(second.cache.stats()).toEqual(counters());
  });

  test('shows nothing but numbers, and no value', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create(CANARY, CANARY);
    await runtime.run(cache.get(CANARY));
    const stats = cache.stats();
    expect(new Set(Object.values(stats).map((value) => typeof value))).toEqual(new Set(['number']));
    expect(inspect(stats) + JSON.stringify(stats)).not.toContain(CANARY);
  });
});

// A random run: whatever happens, the equation holds after each step and inside each event.

type Command = (world: World) => unknown;

interface World {
  readonly cache: SecretCache;
  readonly service: ModelService;
  readonly runtime: VirtualRuntime;
  readonly controllers: AbortController[];
  readonly faults: { lift(): void }[];
  readonly ends: (() => unknown)[];
}

const IDS = ['a', 'b', 'c', 'd'];
const id = fc.constantFrom(...IDS, 'missing');
const stage = fc.constantFrom(undefined, undefined, 'AWSPREVIOUS', 'AWSPENDING');

function quiet(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

const command: fc.Arbitrary<readonly [string, Command]> = fc.oneof(
  {
    weight: 6,
    arbitrary: id.map(
      (secretId) => [`get ${secretId}`, ({ cache }: World) => quiet(cache.get(secretId))] as const,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(id, stage, fc.constantFrom(undefined, 0, 500)).map(
      ([secretId, versionStage, maxAgeMs]) =>
        [
          `get ${secretId} ${versionStage} ${maxAgeMs}`,
          ({ cache, controllers }: World) => {
            const controller = new AbortController();
            controllers.push(controller);
            quiet(
              cache.get(secretId, {
                signal: controller.signal,
                ...(versionStage !== undefined && { versionStage }),
                ...(maxAgeMs !== undefined && { maxAgeMs }),
              }),
            );
          },
        ] as const,
    ),
  },
  fc.constant(['getMany', ({ cache }: World) => quiet(cache.getMany([...IDS, 'missing']))] as const),
  fc.constant(['abort', ({ controllers }: World) => controllers.shift()?.abort('left')] as const),
  fc.constant(['preload', ({ cache }: World) => quiet(cache.preload(IDS))] as const),
  id.map(
    (secretId) => [`refresh ${secretId}`, ({ cache }: World) => quiet(cache.refresh(secretId))] as const,
  ),
  id.map(
    (secretId) =>
      [
        `withSecret ${secretId}`,
        ({ cache }: World) =>
          quiet(
            cache.withSecret(secretId, () => Promise.reject(Object.assign(new Error(), { status: 401 }))),
          ),
      ] as const,
  ),
  id.map(
    (secretId) =>
      [
        `watch ${secretId}`,
        ({ cache, ends }: World) => {
          const watch = cache.watch(secretId)[Symbol.asyncIterator]();
          quiet(watch.next());
          quiet(watch.next());
          ends.push(() => watch.return?.());
        },
      ] as const,
  ),
  fc.constant(['end a watch', ({ ends }: World) => ends.shift()?.()] as const),
  id.map((secretId) => [`invalidate ${secretId}`, ({ cache }: World) => cache.invalidate(secretId)] as const),
  fc.constant(['clear', ({ cache }: World) => cache.clear()] as const),
  id.map((secretId) => [`notify ${secretId}`, ({ cache }: World) => cache.notify({ secretId })] as const),
  fc
    .constantFrom(...IDS)
    .map(
      (name) =>
        [`rotate ${name}`, ({ service }: World) => void service.put(name, `${name} ${CANARY}`)] as const,
    ),
  fc
    .constantFrom('internalError', 'throttled', 'secretNotFound', 'accessDenied')
    .map(
      (kind) =>
        [
          `fail ${kind}`,
          ({ service, faults }: World) =>
            faults.push(service.fail((): Error => errors[kind as 'throttled']())),
        ] as const,
    ),
  fc.constant(['slow', ({ service, faults }: World) => faults.push(service.delay(4_000))] as const),
  fc.constant(['recover', ({ faults }: World) => faults.shift()?.lift()] as const),
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 400, 1_000, 3_000, 10_000, 400_000)
      .map((ms) => [`advance ${ms}`, ({ runtime }: World) => runtime.advance(ms)] as const),
  },
  { weight: 2, arbitrary: fc.constant(['settle', ({ runtime }: World) => runtime.settle()] as const) },
);

describe('gets = hits + stale + misses + failures + aborted + pending', () => {
  test('at every step of a random run and inside every event, and at its end nothing is pending', async () => {
    const check = { now: (): void => {} };
    for (const name of CHANNELS) listenTo(name, () => check.now());
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 5, maxLength: 40 }),
        fc.record({
          maxEntries: fc.constantFrom(2, 10),
          staleWhileRevalidateMs: fc.constantFrom(0, 60_000),
          revalidate: fc.constantFrom('describe' as const, 'fetch' as const),
          batch: fc.boolean(),
        }),
        async (commands, options) => {
          const runtime = new VirtualRuntime();
          const service = new ModelService(runtime);
          for (const name of IDS) service.create(name, `${name} ${CANARY}`);
          const cache = new SecretCache({ ...options, ttlMs: 2_000, client: service, runtime });
          const world: World = { cache, service, runtime, controllers: [], faults: [], ends: [] };
          let before = cache.stats();
          // Collected, not thrown: inside an event an assertion would only reach Node's own report.
          const wrong: string[] = [];
          check.now = () => {
            const now = cache.stats();
            if (leftOver(now) !== 0) wrong.push(`does not add up: ${inspect(now)}`);
            if (now.entries > options.maxEntries) wrong.push(`holds ${now.entries} entries`);
            for (const [name, value] of Object.entries(now)) {
              const least = MAY_SHRINK.has(name) ? 0 : before[name as keyof SecretCacheStats];
              if (!Number.isInteger(value) || value < least) wrong.push(`${name}: ${least} -> ${value}`);
            }
            before = now;
          };
          for (const [, run] of commands) {
            await run(world);
            check.now();
            expect(wrong).toEqual([]);
          }
          await runtime.advance(20_000);
          await cache.close();
          await runtime.settle();
          check.now();
          expect(wrong).toEqual([]);
          const { G, D, B } = service.counts;
          const { pending, loads, describes, batches } = cache.stats();
          expect(pending).toBe(0);
          expect([loads >= G, describes >= D, batches >= B]).toEqual([true, true, true]);
          // A withSecret that the end of the cache finds between two reads is another matter, told elsewhere.
          await runtime.advance(10_000);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('in the middle of a turn as well, before any promise has settled', async () => {
    const { cache, service, runtime }: TestBed = setup({ secrets: manyNames(5) });
    service.latencyMs = 10;
    for (const name of [...manyNames(5), 'missing', 's00', 's01']) {
      quiet(cache.get(name));
      expect(leftOver(cache.stats())).toBe(0);
    }
    expect(cache.stats()).toMatchObject({ gets: 8, pending: 8 });
    await runtime.advance(10);
    expect(leftOver(cache.stats())).toBe(0);
    await runtime.advance(10);
    expect(cache.stats()).toMatchObject({ gets: 8, pending: 0, failures: 1, misses: 7 });
  });
});
