/** Checks under which things change: what was held is dropped, expires or is shown elsewhere before the answer lands. */

import { describe, expect, test } from 'vitest';

import { SecretCacheError } from '../../src/index.ts';
import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { LOOK_AGAIN_MS, setup, TTL_MS, type SetupOptions, type TestBed } from '../support/setup.ts';

const BLUE = { versionStage: 'blue' };
const PREVIOUS = { versionStage: 'AWSPREVIOUS' };
const NO_CALL = { G: 0, D: 0, B: 0 };
const ONE_DESCRIBE = { G: 0, D: 1, B: 0 };
const DESCRIBE_AND_READ = { G: 1, D: 1, B: 0 };

/** AWSCURRENT held, and due. */
async function due(options: SetupOptions = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  await bed.runtime.advance(TTL_MS);
  bed.service.newCounts();
  return bed;
}

/** AWSCURRENT (v2), AWSPREVIOUS and blue (v1) held, and due. */
async function threeLabels(): Promise<TestBed> {
  const bed = setup();
  bed.service.moveLabel('a', 'blue', bed.service.versionOf('a'));
  bed.service.put('a', 'a v2');
  for (const ask of [{}, PREVIOUS, BLUE]) await bed.read('a', ask);
  await bed.runtime.advance(TTL_MS);
  bed.service.newCounts();
  return bed;
}

describe('a secret invalidated', () => {
  test('in the turn of a get that would have checked it costs one read, and no describe of what is gone', async () => {
    const { cache, service, runtime } = await due();
    const got = cache.get('a');
    cache.invalidate('a');
    expect((await runtime.run(got)).text()).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('after a refresh, while an older describe is out, leaves the caller of that a value', async () => {
    const { cache, service, runtime } = await due();
    const hold = service.hold({ op: 'D' });
    const got = outcomeOf(cache.get('a'));
    await runtime.settle();
    await runtime.run(cache.refresh('a'));
    cache.invalidate('a');
    hold.lift();
    await runtime.settle();
    expect(got.value?.text()).toBe('a v1');
  });

  test('while a describe is out learns nothing from that of where its labels were', async () => {
    const { cache, service, runtime, read } = await due();
    const hold = service.hold({ op: 'D' });
    const got = outcomeOf(cache.get('a'));
    await runtime.settle();
    cache.invalidate('a');
    const outage = service.fail(errors.internalError, { op: 'G' });
    hold.lift();
    await runtime.settle();
    expect(got.error).toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE' });
    outage.lift();
    service.put('a', 'a v2');
    await runtime.advance(10_000);
    expect(await read('a')).toBe('a v2');
    service.newCounts();
    // A move that a describe had shown would look like a lagging replica's.
    await runtime.advance(LOOK_AGAIN_MS);
    await read('a');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('before the version that a describe showed could be read gets what the label gives, and looks again soon', async () => {
    const { cache, service, runtime, read } = await due();
    const lag = service.lag('a', 'G');
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'D', times: 1 });
    const got = outcomeOf(cache.get('a'));
    await runtime.settle();
    cache.invalidate('a');
    hold.lift();
    await runtime.settle();
    expect(got.value?.text()).toBe('a v1');
    lag.lift();
    await runtime.advance(LOOK_AGAIN_MS);
    expect(await read('a')).toBe('a v2');
  });

  test('and found by its label after all, when the replica has caught up, is fresh for a TTL', async () => {
    const { cache, service, runtime, read } = await due();
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'D', times: 1 });
    const got = outcomeOf(cache.get('a'));
    await runtime.settle();
    cache.invalidate('a');
    service.fail(errors.stageMismatch, { op: 'G', times: 1 });
    hold.lift();
    await runtime.settle();
    expect(got.value?.text()).toBe('a v2');
    service.newCounts();
    await runtime.advance(TTL_MS - 1);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });
});

test('a value that expires while the check of it is out does not stand in for a version that lags', async () => {
  const { cache, service, runtime } = await due({ staleIfErrorMs: 1_000 });
  await runtime.advance(500);
  service.lag('a', 'G');
  service.put('a', 'a v2');
  const hold = service.hold({ op: 'D' });
  const got = outcomeOf(cache.get('a'));
  await runtime.advance(500);
  hold.lift();
  await runtime.settle();
  // Read anew, by the label, and not from before.
  expect(got.value?.text()).toBe('a v1');
  expect(service.newCounts()).toEqual({ G: 2, D: 1, B: 0 });
});

test('a read that lags puts off no check of what a later describe has shown meanwhile', async () => {
  const { cache, service, runtime, read } = await threeLabels();
  service.put('a', 'a v3');
  const hold = service.hold({ op: 'G', times: 1 });
  const got = outcomeOf(cache.get('a'));
  await runtime.settle();
  service.put('a', 'a v4');
  await runtime.advance(100);
  await read('a', { ...BLUE, maxAgeMs: 1 });
  hold.held[0]?.fail(errors.stageMismatch());
  await runtime.settle();
  expect(got.value?.text()).toBe('a v2');
  expect(await read('a')).toBe('a v4');
});

test('a describe that ends leaves a younger one its place: later checks share that', async () => {
  const { cache, service, runtime } = await threeLabels();
  const hold = service.hold({ op: 'D' });
  const outcomes = [outcomeOf(cache.get('a'))];
  await runtime.advance(500);
  outcomes.push(outcomeOf(cache.get('a', { ...PREVIOUS, maxAgeMs: 100 })));
  await runtime.settle();
  expect(hold.held).toHaveLength(2);
  hold.held[0]?.release();
  await runtime.settle();
  outcomes.push(outcomeOf(cache.get('a', { ...BLUE, maxAgeMs: 100 })));
  await runtime.settle();
  expect(service.newCounts()).toEqual({ G: 0, D: 2, B: 0 });
  hold.lift();
  await runtime.settle();
  expect(outcomes.map(({ value }) => value?.text())).toEqual(['a v2', 'a v1', 'a v1']);
});

describe('a describe that shows', () => {
  test('a mark for deletion makes no label fresh: the next get of another one asks again', async () => {
    const { service, runtime, read, readCode } = await threeLabels();
    service.scheduleDeletion('a');
    const outage = service.fail(errors.internalError, { op: 'G' });
    expect(await read('a')).toBe('a v2');
    outage.lift();
    await runtime.advance(1_000);
    expect(await readCode('a', PREVIOUS)).toBe('ERR_SECRET_DELETED');
  });

  test('that a label is gone costs no read and is remembered, and the error names the secret', async () => {
    const { cache, service, runtime, readCode } = await threeLabels();
    service.removeLabel('a', 'blue');
    const error: unknown = await runtime.run(cache.get('a', BLUE)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SecretCacheError);
    expect(error).toMatchObject({ code: 'ERR_SECRET_NOT_FOUND', secretId: 'a' });
    expect(await readCode('a', BLUE)).toBe('ERR_SECRET_NOT_FOUND');
    expect(service.newCounts()).toEqual(ONE_DESCRIBE);
  });

  test('that a label is gone leaves it to the service what a get by it and a version id means', async () => {
    const { service, runtime, read, readCode } = await threeLabels();
    const ask = { ...BLUE, versionId: service.versionOf('a', 'blue') };
    expect(await read('a', ask)).toBe('a v1');
    service.removeLabel('a', 'blue');
    await runtime.advance(TTL_MS);
    service.newCounts();
    expect(await readCode('a', ask)).toBe('ERR_SECRET_INVALID_REQUEST');
    expect(service.newCounts()).toEqual(DESCRIBE_AND_READ);
  });
});

test('a version asked for by its id is read again once its last read is older than H', async () => {
  const { service, runtime, read } = setup({ staleIfErrorMs: TTL_MS });
  const versionId = service.versionOf('a');
  for (const counts of [{ G: 1, D: 0, B: 0 }, ONE_DESCRIBE, DESCRIBE_AND_READ, ONE_DESCRIBE]) {
    expect(await read('a', { versionId })).toBe('a v1');
    expect(service.newCounts()).toEqual(counts);
    await runtime.advance(TTL_MS);
  }
});
