/** How a held value ages: fresh, stale, fallback, expired; and what a refresh asked for by hand does. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { LOOK_AGAIN_MS, manyNames, setup, STALE_WAIT_MS, type TestBed, TTL_MS } from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };
const ONE_DESCRIBE = { G: 0, D: 1, B: 0 };

/** A bed that holds `a` since this very instant, its calls counted as seen. */
async function holding(options: Parameters<typeof setup>[0] = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return bed;
}

describe('fresh', () => {
  test('up to its TTL a secret is answered without a call, a timer or any other I/O', async () => {
    const { cache, service, runtime, read } = await holding();
    const { timersSet, immediatesSet } = runtime;

    await runtime.advance(TTL_MS - 1);
    expect(await read('a')).toBe('a v1');

    expect(cache.get('a')).toBe(cache.get('a'));
    expect(service.newCounts()).toEqual(NO_CALL);
    expect([runtime.timersSet, runtime.immediatesSet]).toEqual([timersSet, immediatesSet]);
  });

  test('an idle hour makes no call and owns no timer', async () => {
    const { service, runtime } = await holding({ staleWhileRevalidateMs: 60_000 });
    await runtime.settle();
    expect(runtime.pendingTimers()).toEqual([]);
    await runtime.advance(3_600_000);
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test('a TTL of 0 checks on every get, and concurrent gets share the check', async () => {
    const { cache, service, runtime, read } = await holding({ ttlMs: 0 });
    await runtime.run(Promise.all([cache.get('a'), cache.get('a'), cache.get('a')]));
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    await read('a');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('a hit may be asked to be younger than the TTL', async () => {
    const { service, runtime, read } = await holding();
    await runtime.advance(1_000);
    expect(await read('a', { maxAgeMs: 1_001 })).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
    service.put('a', 'a v2');
    expect(await read('a', { maxAgeMs: 1_000 })).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
  });

  test('a value too old for maxAgeMs is not served by stale-while-revalidate', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000, staleWhileRevalidateMs: 10_000 });
    await runtime.advance(1_500);
    service.put('a', 'a v2');
    expect(await read('a', { maxAgeMs: 100 })).toBe('a v2');
  });

  test('a get with maxAgeMs joins a call that is younger than that or not sent yet, and no other', async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold();
    const gets = [outcomeOf(cache.get('a')), outcomeOf(cache.get('a', { maxAgeMs: 0 }))];
    await runtime.advance(500);
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    gets.push(outcomeOf(cache.get('a', { maxAgeMs: 501 })));
    await runtime.settle();
    expect(service.newCounts()).toEqual(NO_CALL);
    gets.push(outcomeOf(cache.get('a', { maxAgeMs: 500 })));
    await runtime.settle();
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    hold.lift();
    await runtime.settle();
    expect(gets.map((get) => get.value?.text())).toEqual(Array(4).fill('a v1'));
  });

  test('jitter only shortens the TTL, by up to its ratio, and each check draws anew', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000, ttlJitter: 0.5 });
    const lengths: number[] = [];
    let sinceMs = runtime.monotonicNowMs();
    while (lengths.length < 40) {
      await runtime.advance(10);
      await read('a');
      if (service.newCounts().D === 0) continue;
      lengths.push(runtime.monotonicNowMs() - sinceMs);
      sinceMs = runtime.monotonicNowMs();
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_000);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(500);
    expect(new Set(lengths).size).toBeGreaterThan(10);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeGreaterThan(300);
  });
});

describe('revalidation', () => {
  test('an unchanged secret costs one describe and no read, keeps its identity, and is as old as that describe', async () => {
    const { cache, service, runtime, read } = await holding();
    const before = await runtime.run(cache.get('a'));
    await runtime.advance(TTL_MS);
    service.delay(400, { op: 'D', times: 1 });

    expect(await runtime.runFor(cache.get('a'), 400)).toBe(before);
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    await runtime.advance(TTL_MS - 401);
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
    await runtime.advance(1);
    await read('a');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('a changed secret costs one describe and one read of the very version it showed', async () => {
    const { service, runtime, read } = await holding();
    const versionId = service.put('a', 'a v2');
    await runtime.advance(TTL_MS);

    expect(await read('a')).toBe('a v2');

    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    expect(service.calls.at(-1)?.input).toEqual({
      SecretId: 'a',
      VersionId: versionId,
      VersionStage: 'AWSCURRENT',
    });
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('one describe revalidates every held label of a secret', async () => {
    const { service, runtime, read } = await holding();
    service.put('a', 'a pending', { stages: ['AWSPENDING'] });
    await read('a', { versionStage: 'AWSPENDING' });
    service.newCounts();
    await runtime.advance(TTL_MS);

    expect(await read('a')).toBe('a v1');
    expect(await read('a', { versionStage: 'AWSPENDING' })).toBe('a pending');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('the right to read is proven again by a read once the last one is older than H', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000, staleIfErrorMs: 9_000 });
    const readsAtMs: number[] = [];
    for (let atMs = 1_000; atMs <= 12_000; atMs += 1_000) {
      await runtime.advance(1_000);
      expect(await read('a')).toBe('a v1');
      if (service.newCounts().G > 0) readsAtMs.push(atMs);
    }
    expect(readsAtMs).toEqual([10_000]);
  });

  test('a read that is due to prove that right, and fails, is tried again after a backoff and not a TTL later', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 60_000, staleIfErrorMs: 60_000 });
    await runtime.advance(60_000);
    await read('a');
    service.newCounts();
    const outage = service.fail(errors.internalError, { op: 'G' });
    await runtime.advance(60_000);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    outage.lift();
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
  });

  test("with revalidate: 'fetch' every check is a read", async () => {
    const { service, runtime, read } = await holding({ revalidate: 'fetch' });
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('within stale-while-revalidate the held value answers at once and one revalidation runs behind it', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000, staleWhileRevalidateMs: 500 });
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'D' });
    await runtime.advance(1_000);
    expect([await read('a'), await read('a')]).toEqual(['a v1', 'a v1']);
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    hold.lift();
    await runtime.settle();
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('after stale-while-revalidate a get waits for the revalidation', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000, staleWhileRevalidateMs: 500 });
    service.put('a', 'a v2');
    await runtime.advance(1_500);
    expect(await read('a')).toBe('a v2');
  });

  test('a get waits for a revalidation that is in time', async () => {
    const { cache, service, runtime } = await holding();
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    service.delay(400);
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(799);
    expect(get.state).toBe('pending');
    await runtime.advance(1);
    expect(get.value?.text()).toBe('a v2');
  });

  test('a get waits for a slow revalidation no longer than staleWaitMs, and its result is kept', async () => {
    const { cache, service, runtime, read } = await holding();
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    service.delay(2_000, { op: 'D' });
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(STALE_WAIT_MS - 1);
    expect(get.state).toBe('pending');
    await runtime.advance(1);
    expect(get.value?.text()).toBe('a v1');
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
  });

  test('revalidation slower than the TTL still makes progress, one call at a time', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 100, staleWhileRevalidateMs: 10_000 });
    service.latencyMs = 300;
    service.mostOpen = 0;
    for (let round = 1; round <= 5; round += 1) {
      service.put('a', `a round ${round}`);
      for (let atMs = 0; atMs < 1_500; atMs += 50) {
        await read('a');
        await runtime.advance(50);
      }
      expect(await read('a')).toBe(`a round ${round}`);
    }
    expect(service.mostOpen).toBe(1);
    await runtime.advance(1_000);
  });

  test('a describe that names a version without a value yet keeps what is held until the value can be read', async () => {
    const { service, runtime, read } = setup({ ttlMs: 60_000 });
    service.put('a', 'a old pending', { stages: ['AWSPENDING'] });
    await read('a', { versionStage: 'AWSPENDING' });
    await runtime.advance(60_000);
    service.startRotation('a');

    expect(await read('a', { versionStage: 'AWSPENDING' })).toBe('a old pending');
    expect(await read('a')).toBe('a v1');
    service.putPendingValue('a', 'a new pending');
    await runtime.advance(LOOK_AGAIN_MS);
    expect(await read('a', { versionStage: 'AWSPENDING' })).toBe('a new pending');
  });

  test('a label that is missing from the describe but for AWSCURRENT is gone at once', async () => {
    const { service, runtime, read, readCode } = setup();
    service.put('a', 'a blue', { stages: ['BLUE'] });
    await read('a', { versionStage: 'BLUE' });
    service.removeLabel('a', 'BLUE');
    await runtime.advance(TTL_MS);
    expect(await readCode('a', { versionStage: 'BLUE' })).toBe('ERR_SECRET_NOT_FOUND');
    expect(await read('a')).toBe('a v1');
  });

  test('AWSCURRENT missing from the describe is a passing state: the value stays and is looked at again soon', async () => {
    const { service, runtime, read } = await holding();
    await runtime.advance(TTL_MS);
    service.fail(
      { output: (right) => ({ ...(right() as object), VersionIdsToStages: {} }) },
      { op: 'D', times: 1 },
    );
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    await runtime.advance(999);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
    await runtime.advance(LOOK_AGAIN_MS - 999);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    await runtime.advance(TTL_MS - 1);
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('when two versions claim a label, a read by the label decides', async () => {
    const { service, runtime, read } = await holding();
    const v1 = service.versionOf('a');
    const v2 = service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    const both = { [v1]: ['AWSCURRENT'], [v2]: ['AWSCURRENT'] };
    service.fail(
      { output: (right) => ({ ...(right() as object), VersionIdsToStages: both }) },
      { op: 'D', times: 1 },
    );
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    expect(service.calls.at(-1)?.input).toEqual({ SecretId: 'a', VersionStage: 'AWSCURRENT' });
  });

  test('a version asked for by its id is sent without a stage, and ages by the TTL', async () => {
    const { service, runtime, read } = setup();
    const versionId = service.versionOf('a');
    expect(await read('a', { versionId })).toBe('a v1');
    expect(service.calls[0]?.input).toEqual({ SecretId: 'a', VersionId: versionId });
    service.put('a', 'a v2');
    service.put('a', 'a v3');
    await runtime.advance(TTL_MS);
    expect(await read('a', { versionId })).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 1, B: 0 });
  });
});

describe('the end of a held value', () => {
  test('before H a failing service is covered by the held value; from H on the error shows', async () => {
    const { cache, service, runtime, read, code } = await holding({ ttlMs: 1_000, staleIfErrorMs: 10_000 });
    service.fail(errors.internalError);
    await runtime.advance(10_999);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1);
    const get = outcomeOf(cache.get('a'));
    await code(cache.get('a'), 5_000);
    expect(codeOf(get)).toBe('ERR_SECRET_UNAVAILABLE');
    expect(get.error).toMatchObject({ cause: { name: 'InternalServiceError' } });
    expect(cache.peek('a')).toBeUndefined();
  });

  test('H is counted from the nominal TTL although jitter made the TTL shorter', async () => {
    const bed = setup({ ttlMs: 1_000, ttlJitter: 0.9, staleIfErrorMs: 10_000 });
    const { service, runtime, read, readCode } = bed;
    await read('a');
    service.fail(errors.internalError);
    await runtime.advance(10_999);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(10_000);
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
  });

  test('with nothing allowed beyond the TTL, an expired value is loaded anew, or is an error', async () => {
    const { service, runtime, read, readCode } = await holding({ ttlMs: 1_000, staleIfErrorMs: 0 });
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    await runtime.advance(1_000);
    service.fail(errors.internalError);
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
  });

  test('past H a get waits for a new value', async () => {
    const { cache, service, runtime } = await holding({ ttlMs: 1_000, staleIfErrorMs: 10_000 });
    await runtime.advance(11_000);
    service.put('a', 'a v2');
    service.latencyMs = 2_000;
    expect((await runtime.runFor(cache.get('a'), 2_000)).text()).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });
});

describe('failing revalidations', () => {
  test('attempts follow the exponential backoff and no call is made between them', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000 });
    service.fail(errors.internalError);
    await runtime.advance(1_000);
    const fromMs = runtime.monotonicNowMs();
    const stepMs = 250;
    while (runtime.monotonicNowMs() < fromMs + 1_800_000) {
      expect(await read('a')).toBe('a v1');
      await runtime.advance(stepMs);
    }
    expect(service.newCounts()).toMatchObject({ G: 0, B: 0 });
    const at = service.calls.filter(({ op }) => op === 'D').map(({ atMs }) => atMs);
    expect(at[0]).toBe(fromMs);
    for (const [nth, gapMs] of at.slice(1).map((ms, nth) => [nth, ms - (at[nth] ?? 0)] as const)) {
      const ceilingMs = Math.min(300_000, 1_000 * 2 ** nth);
      expect(gapMs).toBeGreaterThanOrEqual(ceilingMs / 2);
      expect(gapMs).toBeLessThanOrEqual(ceilingMs + stepMs);
    }
    expect(at.length).toBeGreaterThanOrEqual(12);
  });

  test('the backoff is drawn from U(0.5, 1)', async () => {
    const gaps: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const { service, runtime, read } = await holding({ ttlMs: 1_000, seed });
      service.fail(errors.internalError);
      await runtime.advance(1_000);
      while (service.counts.D < 2) {
        await read('a');
        await runtime.advance(10);
      }
      const [first, second] = service.calls.filter(({ op }) => op === 'D');
      gaps.push((second?.atMs ?? 0) - (first?.atMs ?? 0));
    }
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_010);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(250);
  });

  test('inside a backoff even a get that wants a younger value is answered from the held one, without a call', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000 });
    await runtime.advance(1_000);
    service.fail(errors.internalError, { times: 1 });
    await read('a');
    service.newCounts();
    expect(await read('a', { maxAgeMs: 0 })).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('the backoff of one label holds up no other', async () => {
    const { service, runtime, read, readCode } = setup();
    service.put('a', 'a blue', { stages: ['BLUE'] });
    service.fail(errors.internalError, { versionStage: 'AWSCURRENT', times: 1 });
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
    expect(await read('a', { versionStage: 'BLUE' })).toBe('a blue');
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
  });

  test('the first success starts the backoff over', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000 });
    const outage = service.fail(errors.internalError);
    await runtime.advance(1_000);
    for (let atMs = 0; atMs < 60_000; atMs += 500) {
      await read('a');
      await runtime.advance(500);
    }
    outage.lift();
    await runtime.advance(120_000);
    await read('a');
    await runtime.advance(1_000);
    service.newCounts();
    service.fail(errors.internalError, { times: 1 });
    await read('a');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
    await runtime.advance(1_000);
    await read('a');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });
});

describe('refresh', () => {
  test('a refresh is one read by the stage, whatever the age of what is held', async () => {
    const { cache, service, runtime, read } = await holding();
    service.put('a', 'a v2');
    expect((await runtime.run(cache.refresh('a'))).text()).toBe('a v2');
    expect(service.calls.at(-1)?.input).toEqual({ SecretId: 'a', VersionStage: 'AWSCURRENT' });
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a refresh that fails rejects, and later gets go on being served', async () => {
    const { cache, service, runtime, read, code } = await holding();
    service.fail(errors.internalError);
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_UNAVAILABLE');
    expect(await read('a')).toBe('a v1');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
  });

  test('a refresh ignores the backoff of earlier failures', async () => {
    const { cache, service, runtime, code } = setup();
    service.fail(errors.internalError, { times: 1 });
    expect(await code(cache.get('a'))).toBe('ERR_SECRET_UNAVAILABLE');
    expect((await runtime.run(cache.refresh('a'))).text()).toBe('a v1');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('refreshes that arrive while one is out share the next one, which starts as soon as the first ends', async () => {
    const { cache, service, runtime } = await holding();
    const hold = service.hold();
    const first = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    const queued = [outcomeOf(cache.refresh('a')), outcomeOf(cache.refresh('a'))];
    await runtime.settle();
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });

    hold.release();
    await runtime.settle();
    expect(first.value?.text()).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    hold.lift();
    await runtime.settle();
    expect(queued.map((refresh) => refresh.value?.text())).toEqual(['a v2', 'a v2']);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('a thousand refreshes at once make at most two calls', async () => {
    const { cache, service, runtime } = await holding();
    service.latencyMs = 50;
    const refreshes = Array.from({ length: 1_000 }, () => cache.refresh('a'));
    const secrets = await runtime.runFor(Promise.all(refreshes), 200);
    expect(new Set(secrets.map((secret) => secret.text()))).toEqual(new Set(['a v1']));
    expect(service.newCounts().G).toBeLessThanOrEqual(2);
  });

  test('a refresh that is told which version was refused makes no call when another one is held', async () => {
    const { cache, service, runtime } = await holding();
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    expect((await runtime.run(cache.refresh('a', { rejectedVersionId: v1 }))).text()).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    expect((await runtime.run(cache.refresh('a', { rejectedVersionId: v1 }))).text()).toBe('a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('forced refreshes of one label start at least a second apart and share their turn', async () => {
    const { cache, service, runtime } = await holding();
    const rejectedVersionId = service.versionOf('a');
    await runtime.run(cache.refresh('a', { rejectedVersionId }));
    const early = [1, 2, 3].map(() => outcomeOf(cache.refresh('a', { rejectedVersionId })));
    await runtime.advance(999);
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    expect(early.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
    await runtime.advance(1);
    expect(early.map(({ value }) => value?.text())).toEqual(['a v1', 'a v1', 'a v1']);
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a queued refresh that everybody has left is never sent', async () => {
    const { cache, service, runtime } = await holding();
    const hold = service.hold();
    const first = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    const controller = new AbortController();
    const queued = outcomeOf(cache.refresh('a', { signal: controller.signal }));
    await runtime.settle();
    controller.abort('left');
    await runtime.settle();
    expect(queued.error).toBe('left');
    hold.lift();
    await runtime.settle();
    expect(first.state).toBe('fulfilled');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a forced refresh that everybody has left before its turn makes no call and leaves no timer', async () => {
    const { cache, service, runtime, read } = await holding();
    const rejectedVersionId = service.versionOf('a');
    await runtime.run(cache.refresh('a', { rejectedVersionId }));
    const controller = new AbortController();
    const early = outcomeOf(cache.refresh('a', { rejectedVersionId, signal: controller.signal }));
    await runtime.advance(100);
    controller.abort('left');
    await runtime.settle();
    expect(early.error).toBe('left');
    expect(runtime.pendingTimers()).toEqual([]);
    await runtime.advance(2_000);
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    expect(await read('a')).toBe('a v1');
  });

  test('a refresh that is denied rejects, and the denial counts as the first of two', async () => {
    const { cache, service, runtime, readCode, code } = await holding();
    service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(cache.peek('a')).toBeUndefined();
    expect(service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('other labels of the secret have refreshes of their own', async () => {
    const { cache, service, runtime, read } = await holding();
    service.put('a', 'a pending', { stages: ['AWSPENDING'] });
    const refreshed = await runtime.run(cache.refresh('a', { versionStage: 'AWSPENDING' }));
    expect(refreshed.text()).toBe('a pending');
    expect(await read('a')).toBe('a v1');
  });
});

describe('revalidation by describe or by fetch', () => {
  const ttlMs = 1_000;
  /** A failure for want of a version is remembered no longer. */
  const longestPauseMs = 30_000;
  const names = manyNames(2);
  const stages = ['AWSCURRENT', 'AWSPREVIOUS', 'BLUE'];
  const name = fc.constantFrom(...names);
  const get = fc.record({
    kind: fc.constant('get' as const),
    name,
    versionStage: fc.constantFrom(...stages),
  });
  const put = fc.record({
    kind: fc.constant('put' as const),
    name,
    stages: fc.constantFrom(['AWSCURRENT'], ['BLUE'], ['AWSCURRENT', 'BLUE'], []),
  });
  const rollBack = fc.record({ kind: fc.constant('roll back' as const), name });
  const ms = fc.constantFrom(10, 500, 999, 1_000, 5_000, 60_000);
  const advance = fc.record({ kind: fc.constant('advance' as const), ms });
  type Step =
    | { kind: 'get'; name: string; versionStage: string }
    | { kind: 'put'; name: string; stages: readonly string[] }
    | { kind: 'roll back'; name: string }
    | { kind: 'advance'; ms: number };

  /** Runs the steps and returns the answers that weren't true at any time within the last TTL. */
  async function wrongAnswers(bed: TestBed, steps: readonly Step[]): Promise<unknown[]> {
    const wrong: unknown[] = [];
    const { service, runtime, cache } = bed;
    const history = new Map<string, { fromMs: number; text: string | undefined }[]>();
    const record = (): void => {
      for (const each of names) {
        for (const stage of stages) {
          const key = JSON.stringify([each, stage]);
          const past = history.get(key) ?? [];
          history.set(key, [
            ...past,
            { fromMs: runtime.monotonicNowMs(), text: service.textOf(each, stage) },
          ]);
        }
      }
    };
    const truths = (key: string, withinMs: number): (string | undefined)[] => {
      const past = history.get(key) ?? [];
      const sinceMs = runtime.monotonicNowMs() - withinMs;
      return past.filter((_, at) => (past[at + 1]?.fromMs ?? Infinity) >= sinceMs).map(({ text }) => text);
    };
    record();
    for (const [nth, step] of steps.entries()) {
      if (step.kind === 'get') {
        const { versionStage } = step;
        const answer = outcomeOf(cache.get(step.name, { versionStage }));
        await runtime.settle();
        const key = JSON.stringify([step.name, versionStage]);
        const isRight =
          answer.state === 'fulfilled'
            ? truths(key, ttlMs).includes(answer.value?.text())
            : codeOf(answer) === 'ERR_SECRET_NOT_FOUND' && truths(key, longestPauseMs).includes(undefined);
        if (!isRight) wrong.push([nth, step, answer.value?.text() ?? codeOf(answer)]);
      } else if (step.kind === 'advance') {
        await runtime.advance(step.ms);
      } else if (step.kind === 'put') {
        service.put(step.name, `${step.name} v${nth + 2}`, { stages: step.stages });
      } else if (service.textOf(step.name, 'AWSPREVIOUS') !== undefined) {
        service.moveLabel(step.name, 'AWSCURRENT', service.versionOf(step.name, 'AWSPREVIOUS'));
      }
      record();
    }
    return wrong;
  }

  test.each(['describe', 'fetch'] as const)(
    "with revalidate: '%s' every answer was the truth at most one TTL ago",
    async (revalidate) => {
      const steps = fc.array(fc.oneof(get, get, put, rollBack, advance), { maxLength: 15 });
      await fc.assert(
        fc.asyncProperty(steps, async (each) => {
          expect(await wrongAnswers(setup({ secrets: names, ttlMs, revalidate }), each)).toEqual([]);
        }),
        { numRuns: 100 },
      );
    },
  );
});
