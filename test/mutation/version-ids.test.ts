/** A version asked for by its id, alone or with a label: what it shares with the labels of its secret, and what not. */

import { describe, expect, test } from 'vitest';

import { eventsOf } from '../support/events.ts';
import * as errors from '../support/service-errors.ts';
import { setup, TTL_MS, type SetupOptions, type TestBed } from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };
const ONE_READ = { G: 1, D: 0, B: 0 };
const ONE_DESCRIBE = { G: 0, D: 1, B: 0 };

/** AWSCURRENT of a secret held, and the id of its version. */
async function holding(options: SetupOptions = {}): Promise<TestBed & { versionId: string }> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return { ...bed, versionId: bed.service.versionOf('a') };
}

describe('a version asked for by its id', () => {
  test('is not made due by a hint, which is about labels', async () => {
    const { cache, service, read } = setup();
    const versionId = service.versionOf('a');
    for (let nth = 0; nth < 2; nth += 1) await read('a', { versionId });
    service.newCounts();
    cache.notify({ secretId: 'a' });
    expect(await read('a', { versionId })).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('is said to be stale when it stands in, also if it was held for a label before', async () => {
    const { service, runtime, read, versionId } = await holding();
    await read('a', { versionId });
    const stale = eventsOf('stale-served');
    service.fail(errors.internalError);
    await runtime.advance(TTL_MS);
    for (let nth = 0; nth < 2; nth += 1) expect(await read('a', { versionId })).toBe('a v1');
    expect(stale).toEqual([{ secretId: 'a', versionId, ageMs: TTL_MS }]);
  });

  test.each([
    ['describe', ONE_DESCRIBE],
    ['fetch', ONE_READ],
  ] as const)('is fresh for another TTL after each check by %s', async (revalidate, oneCheck) => {
    const { service, runtime, read, versionId } = await holding({ revalidate });
    for (const counts of [NO_CALL, oneCheck, oneCheck]) {
      for (let nth = 0; nth < 3; nth += 1) expect(await read('a', { versionId })).toBe('a v1');
      expect(service.newCounts()).toEqual(counts);
      await runtime.advance(TTL_MS);
    }
  });

  test('is checked by the same describe as the labels of its secret', async () => {
    const { service, runtime, read, versionId } = await holding();
    await read('a', { versionId });
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    expect(await read('a', { versionId })).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('carries the labels that it has, and none that it hasn’t', async () => {
    const { cache, service, runtime } = setup();
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    service.put('a', 'a v3');
    expect((await runtime.run(cache.get('a', { versionId: v1 }))).versionStages).toEqual([]);
    const previous = service.versionOf('a', 'AWSPREVIOUS');
    const secret = await runtime.run(cache.get('a', { versionId: previous }));
    expect(secret.versionStages).toEqual(['AWSPREVIOUS']);
  });

  test('is not answered from what a label holds while a denial waits to be confirmed', async () => {
    const { cache, service, runtime, code, readCode, versionId } = await holding();
    service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    await runtime.advance(1_000);
    expect(await readCode('a', { versionId })).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(cache.peek('a')).toBeUndefined();
  });

  test('and not found any more is let go at once, and asked for again after the backoff', async () => {
    const { cache, service, runtime, read, readCode } = setup({ revalidate: 'fetch' });
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    service.put('a', 'a v3');
    await read('a', { versionId: v1 });
    await runtime.advance(TTL_MS);
    const gone = service.fail(() => errors.versionNotFound(v1), { secretId: 'a' });
    for (let nth = 0; nth < 2; nth += 1) {
      expect(await readCode('a', { versionId: v1 })).toBe('ERR_SECRET_NOT_FOUND');
      expect(cache.peek('a', { versionId: v1 })).toBeUndefined();
      await runtime.advance(30_000);
    }
    expect(gone.calls).toHaveLength(2);
  });
});

describe('a version asked for by its id and a label', () => {
  test('is answered from what the label holds, and is as old as that', async () => {
    const { service, runtime, read, versionId } = await holding();
    await runtime.advance(TTL_MS - 1);
    const ask = { versionStage: 'AWSCURRENT', versionId };
    expect(await read('a', ask)).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
    await runtime.advance(1);
    expect(await read('a', ask)).toBe('a v1');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('is checked by the same describe as the label, or the version alone', async () => {
    const { service, runtime, read, versionId } = await holding();
    const asks = [{}, { versionId }, { versionStage: 'AWSCURRENT', versionId }];
    for (const ask of asks) await read('a', ask);
    await runtime.advance(TTL_MS);
    for (const ask of asks) expect(await read('a', ask)).toBe('a v1');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('is not answered from memory once a describe shows the label elsewhere: the service says what that means', async () => {
    const { cache, service, runtime, read, readCode, versionId } = await holding();
    const ask = { versionStage: 'AWSCURRENT', versionId };
    await read('a', ask);
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v2');
    expect(await readCode('a', ask)).toBe('ERR_SECRET_INVALID_REQUEST');
    expect(service.calls.at(-1)?.input).toEqual({
      SecretId: 'a',
      VersionStage: 'AWSCURRENT',
      VersionId: versionId,
    });
    expect(cache.peek('a', { versionId })?.text()).toBe('a v1');
  });

  test.each(['AWSPREVIOUS', 'AWSCURRENT'])(
    'is no hit by the version alone: is it %s?',
    async (versionStage) => {
      const { cache, service, read, readCode } = setup();
      const v1 = service.versionOf('a');
      service.put('a', 'a v2');
      service.put('a', 'a v3');
      await read('a');
      await read('a', { versionId: v1 });
      service.newCounts();
      expect(cache.peek('a', { versionStage, versionId: v1 })).toBeUndefined();
      expect(await readCode('a', { versionStage, versionId: v1 })).toBe('ERR_SECRET_INVALID_REQUEST');
      expect(service.newCounts()).toEqual(ONE_READ);
    },
  );

  test('is not answered by a label that a refresh is reading', async () => {
    const { cache, service, runtime, versionId } = await holding();
    const hold = service.hold({ op: 'G', times: 1 });
    const refreshed = cache.refresh('a');
    await runtime.settle();
    const asked = cache.get('a', { versionStage: 'AWSCURRENT', versionId });
    await runtime.settle();
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    hold.lift();
    await runtime.run(Promise.all([refreshed, asked]));
  });
});
