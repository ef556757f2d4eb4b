/** Hints from a push: what they make due, how long they are followed up, and that no number of them amplifies. */

import { describe, expect, test } from 'vitest';

import type { SecretCache, SecretChangeHint } from '../../src/index.ts';
import * as errors from '../support/service-errors.ts';
import { setup, type TestBed, TTL_MS } from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };
const ONE_DESCRIBE = { G: 0, D: 1, B: 0 };
const CURRENT = 'AWSCURRENT';
const PREVIOUS = { versionStage: 'AWSPREVIOUS' };

async function holding(options: Parameters<typeof setup>[0] = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return bed;
}

/** Gets once in 100 ms, as a busy server does, and counts the calls that takes. */
async function busy({ runtime, read, service }: TestBed, forMs: number): Promise<{ G: number; D: number }> {
  service.newCounts();
  for (let atMs = 0; atMs < forMs; atMs += 100) {
    await read('a');
    await runtime.advance(100);
  }
  return service.newCounts();
}

describe('a hint', () => {
  test('makes no call by itself and sets no timer; the next get looks, and the one after is a hit', async () => {
    const { cache, service, runtime, read } = await holding();
    const versionId = service.put('a', 'a v2');
    const before = runtime.timersSet;
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
    await runtime.settle();
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(runtime.timersSet).toBe(before);
    expect(cache.peek('a')?.text()).toBe('a v1');
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    await runtime.advance(TTL_MS - 1);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('of a version that is held already costs nothing', async () => {
    const { cache, service, read } = await holding();
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: service.versionOf('a') });
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('without a version makes the label due once', async () => {
    const bed = await holding();
    bed.cache.notify({ secretId: 'a', versionStage: CURRENT });
    expect(await busy(bed, 70_000)).toMatchObject({ G: 0, D: 1 });
  });

  test('without a label makes every label due, by one describe', async () => {
    const { cache, service, runtime, read } = await holding();
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    await read('a', PREVIOUS);
    service.put('a', 'a v3');
    service.newCounts();
    cache.notify({ secretId: 'a' });
    expect([await read('a'), await read('a', PREVIOUS)]).toEqual(['a v3', 'a v2']);
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
  });

  test('of AWSCURRENT makes AWSPREVIOUS due as well, and no other label', async () => {
    const { cache, service, runtime, read } = await holding();
    service.put('a', 'blue', { stages: ['BLUE'] });
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    await read('a', PREVIOUS);
    await read('a', { versionStage: 'BLUE' });
    const versionId = service.put('a', 'a v3');
    service.newCounts();
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
    expect(await read('a', { versionStage: 'BLUE' })).toBe('blue');
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(await read('a', PREVIOUS)).toBe('a v2');
    expect(service.newCounts().D).toBe(1);
  });

  test('of another label leaves AWSCURRENT alone', async () => {
    const { cache, service, read } = await holding();
    cache.notify({ secretId: 'a', versionStage: 'BLUE', versionId: 'v9' });
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('is followed by a value even if the service fails then: the held one stands in', async () => {
    const { cache, service, runtime, read } = await holding();
    const versionId = service.put('a', 'a v2');
    const outage = service.fail(errors.internalError);
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
    expect(await read('a')).toBe('a v1');
    outage.lift();
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v2');
  });

  test('by any id the secret is known by reaches it', async () => {
    for (const idOf of [
      (bed: TestBed) => bed.service.arnOf('a'),
      (bed: TestBed) => bed.service.arnOf('a').slice(0, -7),
      () => 'a',
    ]) {
      const bed = await holding();
      const { cache, service, runtime, read } = bed;
      await runtime.run(cache.get(service.arnOf('a')));
      const versionId = service.put('a', 'a v2');
      cache.notify({ secretId: idOf(bed), versionStage: CURRENT, versionId });
      expect([await read('a'), await read(service.arnOf('a'))]).toEqual(['a v2', 'a v2']);
    }
  });

  test('about another account’s secret of the same name changes nothing', async () => {
    const { cache, service, read } = await holding();
    const foreign = service.arnOf('a').replace('123456789012', '999999999999');
    cache.notify({ secretId: foreign, versionStage: CURRENT, versionId: 'v9' });
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('does not clear the second that lies between a denial and its confirmation', async () => {
    const { cache, service, runtime, read } = await holding({ revalidate: 'fetch' });
    service.deny({ action: 'GetSecretValue' });
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
    service.newCounts();
    for (let nth = 0; nth < 50; nth += 1) {
      cache.notify({ secretId: 'a' });
      await read('a');
    }
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('never makes a value last longer: what is due stays due', async () => {
    const { cache, service, runtime, read } = await holding({ ttlMs: 1_000 });
    cache.notify({ secretId: 'a' });
    await read('a');
    await runtime.advance(999);
    cache.notify({ secretId: 'a' });
    await runtime.advance(1);
    service.newCounts();
    await read('a');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });
});

describe('a hint about what is not held', () => {
  test('keeps nothing and makes no call, whatever its id', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf`;
    for (const secretId of ['x', arn, '__proto__', 'constructor']) {
      cache.notify({ secretId, versionStage: CURRENT, versionId: 'v2' });
    }
    await runtime.settle();
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(cache.stats()).toMatchObject({ entries: 0, gets: 0 });
  });

  test('a later first get is one plain load and takes its whole TTL', async () => {
    const bed = setup({ secrets: ['a'] });
    bed.cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: 'never' });
    expect(await busy(bed, 70_000)).toMatchObject({ G: 1, D: 0 });
  });

  test('ten thousand unknown ids push no held secret out', async () => {
    const { cache, service, read } = await holding({ maxEntries: 2 });
    for (let nth = 0; nth < 10_000; nth += 1) cache.notify({ secretId: `unknown-${nth}`, versionId: 'v2' });
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('is no use in the order of eviction', async () => {
    const { cache, runtime } = setup({ maxEntries: 2, secrets: ['a', 'b', 'c'] });
    await runtime.run(cache.get('a'));
    await runtime.run(cache.get('b'));
    cache.notify({ secretId: 'a' });
    await runtime.run(cache.get('c'));
    expect(['a', 'b', 'c'].filter((id) => cache.peek(id) !== undefined)).toEqual(['b', 'c']);
  });

  test('on a closed cache does nothing', async () => {
    const { cache, service, runtime } = await holding();
    await cache.close();
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: 'v2' });
    await runtime.settle();
    expect(service.newCounts()).toEqual(NO_CALL);
  });
});

describe('a hint that races with a check', () => {
  test('one that comes while a describe from before it is out is not forgotten', async () => {
    const { cache, service, runtime, read } = await holding();
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D', times: 1 });
    const before = cache.get('a');
    await runtime.settle();
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    hold.lift();
    expect((await runtime.run(before)).text()).toBe('a v1');
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v2');
  });

  test('one that comes while a load from before it is out is not forgotten', async () => {
    const { cache, service, runtime, read } = setup();
    const hold = service.hold({ op: 'G', times: 1 });
    const before = cache.get('a');
    await runtime.settle();
    service.put('a', 'a v2');
    cache.notify({ secretId: 'a' });
    hold.lift();
    expect((await runtime.run(before)).text()).toBe('a v1');
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v2');
  });

  test('one with a version, that comes meanwhile, is followed up until that version shows', async () => {
    const { cache, service, runtime, read } = await holding();
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D', times: 1 });
    const before = cache.get('a');
    await runtime.settle();
    const versionId = service.put('a', 'a v2');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
    hold.lift();
    expect((await runtime.run(before)).text()).toBe('a v1');
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v2');
  });
});

describe('a hint that comes before the replicas know', () => {
  test('is followed up every 1 to 5 s, and the old version is never taken for fresh meanwhile', async () => {
    const bed = await holding();
    const { cache, service, runtime, read } = bed;
    const lag = service.lag('a', 'G', 'D');
    const versionId = service.put('a', 'a v2');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
    expect(await busy(bed, 30_000)).toMatchObject({ G: 0 });
    const looks = service.calls.filter(({ op }) => op === 'D').map(({ atMs }) => atMs);
    const gaps = looks.slice(1).map((atMs, index) => atMs - (looks[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_100);
    lag.lift();
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v2');
    expect(await busy(bed, 60_000)).toMatchObject({ G: 0, D: 0 });
  });

  test('is followed up for a minute and not longer', async () => {
    const bed = await holding();
    bed.cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: 'never-seen' });
    const { D } = await busy(bed, 66_000);
    expect(D).toBeGreaterThanOrEqual(12);
    expect(D).toBeLessThanOrEqual(61);
    expect(await busy(bed, 60_000)).toMatchObject({ G: 0, D: 0 });
  });

  test('costs an idle cache nothing: no get, no look', async () => {
    const { cache, service, runtime } = await holding();
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: 'never-seen' });
    await runtime.advance(120_000);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('a version that the describe shows and no read returns yet is looked for too', async () => {
    const bed = await holding();
    const { cache, service, runtime, read } = bed;
    const lag = service.lag('a', 'G');
    const versionId = service.put('a', 'a v2');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
    for (let nth = 0; nth < 5; nth += 1) {
      expect(await read('a')).toBe('a v1');
      await runtime.advance(5_000);
    }
    lag.lift();
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v2');
  });

  test.each([[{ revalidate: 'fetch' as const }], [{ staleWhileRevalidateMs: 60_000 }]])(
    'is followed up under other policies as well: %j',
    async (options) => {
      const bed = await holding(options);
      const { cache, service, runtime, read } = bed;
      const lag = service.lag('a', 'G', 'D');
      const versionId = service.put('a', 'a v2');
      cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
      await busy(bed, 20_000);
      lag.lift();
      await runtime.advance(5_000);
      await read('a');
      await runtime.settle();
      expect(await read('a')).toBe('a v2');
    },
  );
});

describe('hints twice, late and out of order', () => {
  test('a duplicate after the version has shown costs nothing', async () => {
    const bed = await holding();
    const { cache, service } = bed;
    const hint = { secretId: 'a', versionStage: CURRENT, versionId: service.put('a', 'a v2') };
    cache.notify(hint);
    cache.notify(hint);
    expect(await busy(bed, 5_000)).toMatchObject({ G: 1, D: 1 });
    for (let nth = 0; nth < 10; nth += 1) cache.notify(hint);
    expect(await busy(bed, 65_000)).toMatchObject({ G: 0, D: 0 });
  });

  test('v3 and then v2, both before the next get, end at the truth with one extra call', async () => {
    const bed = await holding();
    const { cache, service, read } = bed;
    const v2 = service.put('a', 'a v2');
    const v3 = service.put('a', 'a v3');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v3 });
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v2 });
    expect(await read('a')).toBe('a v3');
    const { G, D } = await busy(bed, 66_000);
    expect(G + D).toBeLessThanOrEqual(1);
    expect(await read('a')).toBe('a v3');
  });

  test('v3 shown, and then the hint of v2, ends at the truth with one extra call', async () => {
    const bed = await holding();
    const { cache, service, read } = bed;
    const v2 = service.put('a', 'a v2');
    const v3 = service.put('a', 'a v3');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v3 });
    expect(await read('a')).toBe('a v3');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v2 });
    const { G, D } = await busy(bed, 66_000);
    expect(G + D).toBeLessThanOrEqual(1);
    expect(await read('a')).toBe('a v3');
  });

  test('a hint of a version that the label has left before is not waited for', async () => {
    const bed = await holding();
    const { cache, service, runtime, read } = bed;
    const v2 = service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    service.put('a', 'a v3');
    await runtime.run(cache.refresh('a'));
    await runtime.advance(120_000);
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v2 });
    const { G, D } = await busy(bed, 66_000);
    expect(G + D).toBeLessThanOrEqual(1);
    expect(await read('a')).toBe('a v3');
  });

  test('v2 and then v3, of which v2 shows first, are both followed', async () => {
    const bed = await holding();
    const { cache, service, runtime, read } = bed;
    const v2 = service.put('a', 'a v2');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v2 });
    const lag = service.lag('a', 'G', 'D');
    const v3 = service.put('a', 'a v3');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v3 });
    expect(await read('a')).toBe('a v2');
    // The replica that is read knows v2 for as long as this, and nothing of v3.
    await busy(bed, 20_000);
    lag.lift();
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v3');
  });

  test('a second rotation within the minute after the first is looked for just as long', async () => {
    const bed = await holding();
    const { cache, service, runtime, read } = bed;
    const v2 = service.put('a', 'a v2');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v2 });
    expect(await read('a')).toBe('a v2');
    await runtime.advance(30_000);
    const lag = service.lag('a', 'G', 'D');
    const v3 = service.put('a', 'a v3');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v3 });
    expect(await read('a')).toBe('a v2');
    await runtime.advance(2_000);
    lag.lift();
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v3');
  });

  test('a rollback that is told by a hint is followed at once', async () => {
    const bed = await holding();
    const { cache, service, runtime, read } = bed;
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    await runtime.advance(120_000);
    service.moveLabel('a', CURRENT, v1);
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: v1 });
    expect(await read('a')).toBe('a v1');
  });
});

describe('a flood of hints', () => {
  test.each<[string, (nth: number) => SecretChangeHint]>([
    ['of one secret', () => ({ secretId: 'a' })],
    ['of one version', () => ({ secretId: 'a', versionStage: CURRENT, versionId: 'never' })],
    ['of ever new versions', (nth) => ({ secretId: 'a', versionStage: CURRENT, versionId: `v${nth}` })],
    ['of ever new labels', (nth) => ({ secretId: 'a', versionStage: `L${nth}`, versionId: `v${nth}` })],
    ['of ever new ids', (nth) => ({ secretId: `a${nth}`, versionStage: CURRENT, versionId: `v${nth}` })],
  ])('%s, 10,000 a second, costs a busy server one call a second', async (_name, hintOf) => {
    for (const latencyMs of [0, 70]) {
      const bed = setup();
      const { cache, service, runtime } = bed;
      await bed.read('a');
      service.newCounts();
      service.latencyMs = latencyMs;
      let nth = 0;
      for (let atMs = 0; atMs < 5_000; atMs += 20) {
        for (let each = 0; each < 200; each += 1) cache.notify(hintOf((nth += 1)));
        cache.get('a').catch(() => {});
        await runtime.advance(20);
      }
      const { G, D } = service.newCounts();
      expect(G + D, `with a latency of ${latencyMs} ms`).toBeLessThanOrEqual(6);
      expect(cache.stats().entries).toBe(1);
      // What it leaves behind ends within the minute.
      service.latencyMs = 0;
      await runtime.advance(1_000);
      const after = await busy(bed, 66_000);
      expect(after.G + after.D).toBeLessThanOrEqual(61);
      expect(await busy(bed, 60_000)).toMatchObject({ G: 0, D: 0 });
    }
  });

  test('hides no real change: the version that is told last is looked for until it shows', async () => {
    const bed = await holding();
    const { cache, service, runtime, read } = bed;
    for (let nth = 0; nth < 1_000; nth += 1)
      cache.notify({ secretId: 'a', versionStage: CURRENT, versionId: `v${nth}` });
    const lag = service.lag('a', 'G', 'D');
    const versionId = service.put('a', 'a v2');
    cache.notify({ secretId: 'a', versionStage: CURRENT, versionId });
    await busy(bed, 20_000);
    lag.lift();
    await runtime.advance(5_000);
    expect(await read('a')).toBe('a v2');
    expect(await busy(bed, 60_000)).toMatchObject({ G: 0, D: 0 });
  });
});

function notify(cache: SecretCache, hint: unknown): void {
  cache.notify(hint as SecretChangeHint);
}

describe('a hint that is none', () => {
  test.each<[string, unknown, ErrorConstructor]>([
    ['undefined', undefined, TypeError],
    ['null', null, TypeError],
    ['a string', 'a', TypeError],
    ['an array', ['a'], TypeError],
    ['no id', {}, TypeError],
    ['an id that is no string', { secretId: 7 }, TypeError],
    ['a blank id', { secretId: ' ' }, RangeError],
    ['an id too long', { secretId: 'a'.repeat(2_049) }, RangeError],
    ['a stage that is no string', { secretId: 'a', versionStage: ['AWSCURRENT'] }, TypeError],
    ['a stage too long', { secretId: 'a', versionStage: 's'.repeat(257) }, RangeError],
    ['a version that is no string', { secretId: 'a', versionId: 1 }, TypeError],
    ['a version too long', { secretId: 'a', versionId: 'v'.repeat(65) }, RangeError],
    ['a member that would be a value', { secretId: 'a', secretString: 'injected' }, TypeError],
    ['a whole event', { 'detail-type': 'Secret Label Updated', secretId: 'a' }, TypeError],
  ])('throws at once and changes nothing: %s', async (_name, hint, expected) => {
    const { cache, service, read } = await holding();
    expect(() => notify(cache, hint)).toThrow(expected);
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('what it says is not quoted at length', async () => {
    const { cache } = await holding();
    const long = 'x'.repeat(100_000);
    expect(() => notify(cache, { secretId: 'a', versionId: long })).toThrow(/^.{1,300}$/);
  });
});
