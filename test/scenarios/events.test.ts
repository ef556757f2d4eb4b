/** What is said on `node:diagnostics_channel`: which message, once an episode, and never a value. */

import { inspect } from 'node:util';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { SecretCacheEvents } from '../../src/index.ts';
import { eventsOf, listenTo } from '../support/events.ts';
import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { manyNames, setup, type TestBed, TTL_MS } from '../support/setup.ts';

const CANARY = 'hunter2-canary-c0de';
const PREVIOUS = { versionStage: 'AWSPREVIOUS' };
const PENDING = { versionStage: 'AWSPENDING' };
const ANY = expect.any(Number) as number;

type Name = keyof SecretCacheEvents;

/** Every channel, so that a new one can't go untested. */
const NAMES = Object.keys({
  load: 0,
  revalidate: 0,
  rotated: 0,
  'stale-served': 0,
  suspect: 0,
  revoked: 0,
  'batch-disabled': 0,
  'describe-disabled': 0,
  failure: 0,
  evicted: 0,
} satisfies Record<Name, 0>) as Name[];

interface Said {
  readonly name: Name;
  readonly message: unknown;
}

/** Everything said from now on, in order, on all channels but those left out. */
function allSaid(...without: Name[]): Said[] {
  const said: Said[] = [];
  for (const name of NAMES) {
    if (!without.includes(name)) listenTo(name, (message) => said.push({ name, message }));
  }
  return said;
}

const namesOf = (said: readonly Said[]): Name[] => said.map(({ name }) => name);

async function holding(options: Parameters<typeof setup>[0] = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  return bed;
}

describe('load', () => {
  test('tells id, version, labels and duration of each read', async () => {
    const said = allSaid();
    const { cache, service, runtime } = setup();
    service.latencyMs = 120;
    await runtime.runFor(cache.get('a'), 120);
    expect(said).toEqual([
      {
        name: 'load',
        message: {
          secretId: 'a',
          versionId: service.versionOf('a'),
          versionStages: ['AWSCURRENT'],
          durationMs: 120,
        },
      },
    ]);
  });

  test('once a call, not once a get: hits and those who share it say nothing', async () => {
    const said = allSaid();
    const { cache, runtime } = setup();
    await runtime.run(Promise.all(Array.from({ length: 100 }, () => cache.get('a'))));
    await runtime.run(cache.get('a'));
    expect(namesOf(said)).toEqual(['load']);
  });

  test('for each secret of a batch', async () => {
    const names = manyNames(3);
    const loads = eventsOf('load');
    const { cache, runtime } = setup({ secrets: names });
    await runtime.run(cache.getMany(names));
    expect(loads).toMatchObject(names.map((secretId) => ({ secretId })));
  });

  test('for each secret that a preload by filters found', async () => {
    const loads = eventsOf('load');
    const { cache, runtime } = setup({ secrets: ['app/a', 'app/b'] });
    await runtime.run(cache.preload({ filters: [{ key: 'name', values: ['app/'] }] }));
    expect(loads).toMatchObject([{ secretId: 'app/a' }, { secretId: 'app/b' }]);
  });

  test('under the id as the caller wrote it', async () => {
    const loads = eventsOf('load');
    const { cache, service, runtime } = setup();
    await runtime.run(cache.get(service.arnOf('a')));
    expect(loads).toMatchObject([{ secretId: service.arnOf('a') }]);
  });
});

describe('revalidate', () => {
  test('tells id and duration of each describe, one for all the labels of a secret', async () => {
    const { cache, service, runtime, read } = await holding();
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    await read('a', PREVIOUS);
    await runtime.advance(TTL_MS);
    const said = allSaid();
    service.latencyMs = 70;
    await runtime.runFor(Promise.all([cache.get('a'), cache.get('a', PREVIOUS), cache.get('a')]), 70);
    expect(said).toEqual([{ name: 'revalidate', message: { secretId: 'a', durationMs: 70 } }]);
  });
});

describe('rotated', () => {
  test('tells once from which version a label moved to which, and back', async () => {
    const { cache, service, runtime } = await holding();
    const rotated = eventsOf('rotated');
    const v1 = service.versionOf('a');
    const v2 = service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    await runtime.run(Promise.all([cache.get('a'), cache.get('a')]));
    const there = { secretId: 'a', versionStage: 'AWSCURRENT', fromVersionId: v1, toVersionId: v2 };
    expect(rotated).toEqual([there]);
    await runtime.run(cache.refresh('a'));
    expect(rotated).toHaveLength(1);
    service.moveLabel('a', 'AWSCURRENT', v1);
    await runtime.run(cache.refresh('a'));
    expect(rotated[1]).toEqual({ ...there, fromVersionId: v2, toVersionId: v1 });
    expect(cache.stats().rotations).toBe(rotated.length);
  });

  test('for a first load, for a version asked for by its id, and for a label that is gone, nothing', async () => {
    const rotated = eventsOf('rotated');
    const { service, runtime, read, readCode } = await holding();
    await read('a', { versionId: service.versionOf('a') });
    service.put('a', 'pending', { stages: ['AWSPENDING'] });
    await read('a', PENDING);
    service.removeLabel('a', 'AWSPENDING');
    await runtime.advance(TTL_MS);
    await readCode('a', PENDING);
    expect(rotated).toEqual([]);
  });
});

describe('stale-served', () => {
  test('once an episode: at the first value that stands in, and not again until a check has worked', async () => {
    const { service, runtime, read } = await holding();
    const stale = eventsOf('stale-served');
    for (let episode = 1; episode <= 3; episode += 1) {
      const outage = service.fail(errors.internalError);
      await runtime.advance(TTL_MS);
      for (let nth = 0; nth < 100; nth += 1) {
        await read('a');
        await runtime.advance(10_000);
      }
      expect(stale).toHaveLength(episode);
      outage.lift();
      await runtime.advance(TTL_MS);
      await read('a');
    }
    expect(stale[0]).toEqual({ secretId: 'a', versionId: service.versionOf('a'), ageMs: TTL_MS });
  });

  test('for a value served while it is revalidated behind', async () => {
    const { runtime, read } = await holding({ staleWhileRevalidateMs: 60_000 });
    const stale = eventsOf('stale-served');
    await runtime.advance(TTL_MS + 5);
    await read('a');
    expect(stale).toMatchObject([{ secretId: 'a', ageMs: TTL_MS + 5 }]);
  });

  test('for a call that takes too long', async () => {
    const { cache, service, runtime } = await holding();
    const stale = eventsOf('stale-served');
    const hold = service.hold();
    await runtime.advance(TTL_MS);
    const gets = [cache.get('a'), cache.get('a')];
    await runtime.advance(1_000);
    await runtime.run(Promise.all(gets));
    expect(stale).toHaveLength(1);
    hold.lift();
  });
});

describe('failure', () => {
  test('once an outage, whatever number of gets and calls it lasts, and once for the next', async () => {
    const { service, runtime, read } = await holding();
    const failures = eventsOf('failure');
    for (let episode = 1; episode <= 2; episode += 1) {
      const outage = service.fail(errors.throttled);
      await runtime.advance(TTL_MS);
      for (let nth = 0; nth < 360; nth += 1) {
        await read('a');
        await runtime.advance(10_000);
      }
      outage.lift();
      await runtime.advance(TTL_MS);
      await read('a');
      expect(failures).toHaveLength(episode);
    }
    expect(failures[0]).toEqual({ secretId: 'a', code: 'ERR_SECRET_THROTTLED' });
    expect(service.counts.D).toBeGreaterThan(20);
  });

  test('once for a secret that is not there, however often it is asked for', async () => {
    const failures = eventsOf('failure');
    const { runtime, readCode } = setup();
    for (let nth = 0; nth < 60; nth += 1) {
      await readCode('missing');
      await runtime.advance(1_000);
    }
    expect(failures).toEqual([{ secretId: 'missing', code: 'ERR_SECRET_NOT_FOUND' }]);
  });

  test('once for a background revalidation that nobody waits for', async () => {
    const { service, runtime, read } = await holding({ staleWhileRevalidateMs: 60_000 });
    const failures = eventsOf('failure');
    service.fail(errors.internalError, { times: 1 });
    await runtime.advance(TTL_MS);
    await read('a');
    await runtime.settle();
    expect(failures).toEqual([{ secretId: 'a', code: 'ERR_SECRET_UNAVAILABLE' }]);
  });

  test('once for a denial, its confirmation included', async () => {
    const { service, runtime, readCode } = await holding({ revalidate: 'fetch' });
    const failures = eventsOf('failure');
    service.deny({ action: 'GetSecretValue' });
    await runtime.advance(TTL_MS);
    for (let nth = 0; nth < 10; nth += 1) {
      await readCode('a');
      await runtime.advance(1_000);
    }
    expect(failures).toEqual([{ secretId: 'a', code: 'ERR_SECRET_ACCESS_DENIED' }]);
  });

  test('once for refreshes that are denied one after the other', async () => {
    const { cache, service, code } = await holding();
    const failures = eventsOf('failure');
    service.deny({ action: 'GetSecretValue' });
    for (let nth = 0; nth < 5; nth += 1) {
      expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    }
    expect(failures).toHaveLength(1);
  });

  test('never for an abort, for the end of the cache, or for bad input', async () => {
    const said = allSaid();
    const { cache, service, runtime, readCode } = setup({ secrets: ['a', 'b'] });
    const hold = service.hold();
    const controller = new AbortController();
    const gets = [outcomeOf(cache.get('a', { signal: controller.signal })), outcomeOf(cache.get('b'))];
    await runtime.settle();
    controller.abort();
    await runtime.settle();
    await readCode(' ');
    await cache.close();
    await runtime.settle();
    expect(gets.map(({ state }) => state)).toEqual(['rejected', 'rejected']);
    expect(said).toEqual([]);
    hold.lift();
  });
});

describe('suspect and revoked', () => {
  test('once each: at the first denial, and at the one that confirms it', async () => {
    const { service, runtime, readCode } = await holding({ revalidate: 'fetch' });
    const said = allSaid('failure', 'stale-served');
    service.deny({ action: 'GetSecretValue' });
    await runtime.advance(TTL_MS);
    const code = 'ERR_SECRET_ACCESS_DENIED';
    const hammer = async (times: number, everyMs: number): Promise<void> => {
      for (let nth = 0; nth < times; nth += 1) {
        await readCode('a');
        await runtime.advance(everyMs);
      }
    };
    await hammer(10, 99);
    expect(said).toEqual([{ name: 'suspect', message: { secretId: 'a', code } }]);
    await hammer(10, 100);
    expect(said[1]).toEqual({ name: 'revoked', message: { secretId: 'a', code } });
    await hammer(20, 10_000);
    expect(namesOf(said)).toEqual(['suspect', 'revoked']);
  });

  test('a denial that turns out a passing one is no revocation, and the next is suspect anew', async () => {
    const { service, runtime, read } = await holding({ revalidate: 'fetch' });
    const said = allSaid('failure', 'stale-served', 'load');
    for (let episode = 0; episode < 2; episode += 1) {
      const denial = service.deny({ action: 'GetSecretValue' });
      await runtime.advance(TTL_MS);
      await read('a');
      denial.lift();
      await runtime.advance(1_000);
      await read('a');
    }
    expect(namesOf(said)).toEqual(['suspect', 'suspect']);
  });

  test('a denial of what is not held is neither', async () => {
    const { service, readCode } = setup();
    const said = allSaid('failure');
    service.deny({ action: 'GetSecretValue' });
    await readCode('a');
    expect(said).toEqual([]);
  });
});

describe('batch-disabled and describe-disabled', () => {
  test.each([
    ['denied', { min: 300_000, max: 300_000 }],
    ['throttled', { min: 30_000, max: 60_000 }],
  ] as const)(
    'batching that is %s is said once while it is off, and again the next time',
    async (reason, forMs) => {
      const names = manyNames(45);
      const said = eventsOf('batch-disabled') as SecretCacheEvents['batch-disabled'][];
      const { cache, service, runtime } = setup({ secrets: names });
      if (reason === 'denied') service.deny({ action: 'BatchGetSecretValue' });
      else service.fail(errors.throttled, { op: 'B' });
      await runtime.run(cache.getMany(names));
      cache.clear();
      await runtime.run(cache.getMany(names));
      expect(said).toEqual([{ reason, forMs: ANY }]);
      expect(said[0]?.forMs).toBeGreaterThanOrEqual(forMs.min);
      expect(said[0]?.forMs).toBeLessThanOrEqual(forMs.max);
      cache.clear();
      await runtime.advance(forMs.max);
      await runtime.run(cache.getMany(names));
      expect(said).toHaveLength(2);
    },
  );

  test('a denied describe is said once a cache, whatever number of secrets it concerns', async () => {
    const names = manyNames(5);
    const said = eventsOf('describe-disabled');
    const { cache, service, runtime } = setup({ secrets: names });
    await runtime.run(cache.getMany(names));
    service.deny({ action: 'DescribeSecret' });
    for (let window = 0; window < 15; window += 1) {
      await runtime.advance(TTL_MS);
      await runtime.run(cache.getMany(names));
    }
    expect(said).toEqual([{ secretId: 's00' }]);
    expect(service.counts.D).toBeGreaterThan(5);
  });

  test('a throttled describe is not a denied one', async () => {
    const said = eventsOf('describe-disabled');
    const { service, runtime, read } = await holding();
    service.fail(errors.throttled, { op: 'D' });
    await runtime.advance(TTL_MS);
    await read('a');
    expect(said).toEqual([]);
  });
});

describe('evicted', () => {
  test('tells each secret that was pushed out, and none that was let go', async () => {
    const said = eventsOf('evicted');
    const { cache, runtime } = setup({ maxEntries: 2, secrets: ['a', 'b', 'c'] });
    for (const name of ['a', 'b', 'c']) await runtime.run(cache.get(name));
    cache.invalidate('b');
    cache.clear();
    await cache.close();
    expect(said).toEqual([{ secretId: 'a' }]);
  });
});

/** All ten channels are heard in it: a rotation, an outage, a revocation, evictions, refused batches and describes. */
async function eventfulRun({ cache, service, runtime }: TestBed): Promise<string[]> {
  const results: string[] = [];
  const get = async (secretId: string, options = {}): Promise<void> => {
    const outcome = outcomeOf(cache.get(secretId, options));
    await runtime.advance(10);
    results.push(outcome.value?.text() ?? String(outcome.error));
  };
  service.deny({ action: 'BatchGetSecretValue' });
  await Promise.all([cache.get('a'), cache.get('b'), runtime.settle()]);
  await get('c');
  await get('a');
  service.put('a', `a ${CANARY} 2`);
  await runtime.advance(TTL_MS);
  await get('a');
  await get('a', PREVIOUS);
  const outage = service.fail(errors.internalError);
  await runtime.advance(TTL_MS);
  await get('a');
  outage.lift();
  service.fail({ error: () => errors.unreadableBody(`{"SecretString":"${CANARY}"`) }, { times: 1 });
  await get('missing');
  const noDescribe = service.deny({ action: 'DescribeSecret' });
  await runtime.advance(TTL_MS);
  await get('a');
  noDescribe.lift();
  service.deny({ action: 'GetSecretValue' });
  await runtime.advance(TTL_MS);
  for (let nth = 0; nth < 3; nth += 1) {
    await get('a');
    await runtime.advance(1_000);
  }
  return results;
}

function eventfulBed(): TestBed {
  const bed = setup({ secrets: [], maxEntries: 2 });
  for (const name of ['a', 'b', 'c']) bed.service.create(name, `${name} ${CANARY}`);
  return bed;
}

describe('on all channels', () => {
  test('no message holds a value, or anything but texts, numbers and lists of them', async () => {
    const said = allSaid();
    await eventfulRun(eventfulBed());
    expect(new Set(namesOf(said))).toEqual(new Set(NAMES));
    for (const { name, message } of said) {
      const shown =
        JSON.stringify(message) +
        inspect(message, { showHidden: true, depth: Infinity, getters: true, customInspect: false });
      expect(shown, name).not.toContain(CANARY);
      for (const member of Object.values(message as object).flat())
        expect(['string', 'number'], name).toContain(typeof member);
    }
  });

  test('the same run says the same', async () => {
    const said: Said[] = allSaid();
    await eventfulRun(eventfulBed());
    const first = JSON.stringify(said.splice(0));
    await eventfulRun(eventfulBed());
    expect(JSON.stringify(said)).toBe(first);
  });

  test('a subscriber that throws changes no result, no counter and no other subscriber’s messages', async () => {
    const quietBed = eventfulBed();
    const expected = await eventfulRun(quietBed);
    const uncaught = takeUncaught();
    const thrown = new Error('a subscriber at fault');
    for (const name of NAMES) {
      listenTo(name, () => {
        throw thrown;
      });
    }
    const said = allSaid();
    const bed = eventfulBed();

    const results = await eventfulRun(bed);

    expect(results).toEqual(expected);
    expect(bed.cache.stats()).toEqual(quietBed.cache.stats());
    expect(new Set(namesOf(said))).toEqual(new Set(NAMES));
    // Node reports each as it reports any subscriber's error.
    expect(uncaught()).toEqual(said.map(() => thrown));
  });

  test('a subscriber may use the cache: what it drops in the middle of a commit stays dropped', async () => {
    const { cache, service, runtime } = setup();
    service.put('a', 'a v2', { stages: ['AWSPENDING'] });
    await runtime.run(cache.get('a'));
    await runtime.run(cache.get('a', PENDING));
    listenTo('rotated', () => cache.invalidate('a'));
    const { versionId } = await runtime.run(cache.get('a', PENDING));
    service.moveLabel('a', 'AWSCURRENT', versionId);
    await runtime.run(cache.refresh('a'));
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.peek('a', PENDING)).toBeUndefined();
    service.newCounts();
    await runtime.run(cache.get('a', PENDING));
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test.each(NAMES)(
    'a subscriber of `%s` may get, peek, refresh, notify and clear, and everybody is answered',
    async (name) => {
      const bed = eventfulBed();
      const { cache, runtime } = bed;
      let depth = 0;
      listenTo(name, () => {
        if (depth > 3) return;
        depth += 1;
        cache.stats();
        cache.peek('a');
        cache.notify({ secretId: 'a' });
        cache.get('b').catch(() => {});
        cache.refresh('a').catch(() => {});
        cache.clear();
      });
      const results = await eventfulRun(bed);
      expect(results).not.toContain('undefined');
      await runtime.advance(10_000);
      expect(cache.stats().pending).toBe(0);
      expect(cache.stats().entries).toBeLessThanOrEqual(2);
    },
  );

  test('nobody listening, nothing is different', async () => {
    const silent = eventfulBed();
    const expected = await eventfulRun(silent);
    allSaid();
    const heard = eventfulBed();
    expect(await eventfulRun(heard)).toEqual(expected);
    expect(heard.service.counts).toEqual(silent.service.counts);
  });
});

/** Collects uncaught exceptions instead of the runner, until called or the test is over. */
function takeUncaught(): () => unknown[] {
  const seen: unknown[] = [];
  const others = process.listeners('uncaughtException');
  const restore = (): void => {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  };
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => void seen.push(error));
  onTestFinished(restore);
  return () => {
    restore();
    return seen;
  };
}
