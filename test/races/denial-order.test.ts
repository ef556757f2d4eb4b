/** Denials, suspicions and confirmations that overlap with answers to other requests. */

import { describe, expect, test } from 'vitest';

import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { setup, TTL_MS, type SetupOptions, type TestBed } from '../support/setup.ts';

const PREVIOUS = { versionStage: 'AWSPREVIOUS' };

/** AWSCURRENT (v2) and AWSPREVIOUS (v1) held, both due. */
async function twoLabels(options: SetupOptions = {}): Promise<TestBed> {
  const bed = setup(options);
  bed.service.put('a', 'a v2');
  expect(await bed.read('a')).toBe('a v2');
  expect(await bed.read('a', PREVIOUS)).toBe('a v1');
  await bed.runtime.advance(TTL_MS);
  return bed;
}

describe('confirmation', () => {
  test('a denial is confirmed only by a call that started at least a second after the first one', async () => {
    const { cache, service, runtime, read } = await twoLabels({ revalidate: 'fetch' });
    service.deny({ action: 'GetSecretValue' });
    service.delay(1_500, PREVIOUS);

    const previous = outcomeOf(cache.get('a', PREVIOUS));
    expect(await read('a')).toBe('a v2');
    await runtime.advance(1_500);

    expect(previous.value?.text()).toBe('a v1');
    expect(cache.peek('a')?.text()).toBe('a v2');
  });

  test('a read of another label that was under way before a confirmed denial brings nothing back', async () => {
    const { cache, service, runtime, readCode } = await twoLabels({ revalidate: 'fetch' });
    const hold = service.hold(PREVIOUS);
    const previous = outcomeOf(cache.get('a', PREVIOUS));
    await runtime.settle();
    service.deny({ action: 'GetSecretValue' });
    expect(await readCode('a')).toBe('fulfilled');
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(cache.peek('a', PREVIOUS)).toBeUndefined();

    hold.lift();
    await runtime.settle();

    expect(previous.state).toBe('fulfilled');
    expect(cache.peek('a', PREVIOUS)).toBeUndefined();
  });

  test('a read of the same label that was under way before a confirmed denial brings nothing back, not even in an outage', async () => {
    const { cache, service, runtime, read, code, readCode } = setup({ revalidate: 'fetch' });
    await read('a');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ times: 1 });
    const first = outcomeOf(cache.get('a'));
    await runtime.settle();
    const denial = service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    await runtime.advance(1_000);
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(cache.peek('a')).toBeUndefined();

    hold.lift();
    await runtime.settle();
    expect(first.state).toBe('fulfilled');
    denial.lift();
    service.fail(errors.internalError);
    expect(await readCode('a')).not.toBe('fulfilled');
  });

  test('a read of a label that was under way before it was found missing does not bring it back', async () => {
    const { cache, service, runtime, read, code } = setup({ revalidate: 'fetch' });
    const blue = { versionStage: 'blue' };
    service.put('a', 'a blue', { stages: ['blue'] });
    expect(await read('a', blue)).toBe('a blue');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ times: 1 });
    const first = outcomeOf(cache.get('a', blue));
    await runtime.settle();
    service.removeLabel('a', 'blue');
    const refreshed = cache.refresh('a', blue);
    expect(await code(refreshed)).toBe('ERR_SECRET_NOT_FOUND');
    expect(cache.peek('a', blue)).toBeUndefined();

    hold.lift();
    await runtime.settle();
    expect(first.value?.text()).toBe('a blue');
    expect(cache.peek('a', blue)).toBeUndefined();
  });
});

describe('suspicion', () => {
  test('a describe that was under way when a denial came does not put off the confirming call', async () => {
    const { cache, service, runtime, code, readCode } = await twoLabels();
    const hold = service.hold({ op: 'D' });
    const current = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.refresh('a', PREVIOUS))).toBe('ERR_SECRET_ACCESS_DENIED');
    hold.lift();
    await runtime.settle();
    expect(current.value?.text()).toBe('a v2');

    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
  });

  test('a read that left before the denied one, and lands after it, does not put off the confirming call', async () => {
    const { cache, service, runtime, code, readCode } = await twoLabels({ revalidate: 'fetch' });
    const hold = service.hold({ versionStage: 'AWSCURRENT', times: 1 });
    const current = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.get('a', PREVIOUS))).toBe('fulfilled');
    hold.lift();
    await runtime.settle();
    expect(current.value?.text()).toBe('a v2');

    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
  });

  test('a describe older than the last read is no witness against what that read returned', async () => {
    const { cache, service, runtime, read, readCode } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    service.scheduleDeletion('a');
    const hold = service.hold({ op: 'D' });
    const first = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.restore('a');
    cache.invalidate('a');
    expect(await read('a')).toBe('a v1');

    const outage = service.fail(errors.internalError);
    hold.lift();
    await runtime.settle();
    expect(first.state).not.toBe('pending');
    outage.lift();
    await runtime.advance(TTL_MS);

    // One denial is a suspicion, not yet a confirmation.
    service.deny({ action: 'GetSecretValue' });
    service.deny({ action: 'DescribeSecret' });
    expect(await readCode('a')).toBe('fulfilled');
  });
});

describe('backoff', () => {
  test('a failure remembered while a value stood in blocks calls for 10 s at most once nothing may stand in', async () => {
    const { cache, service, runtime, readCode } = setup({ staleIfErrorMs: 3_600_000 });
    await runtime.run(cache.get('a'));
    const outage = service.fail(errors.internalError);
    for (let atMs = 0; atMs < TTL_MS + 3_600_000; atMs += 5_000) {
      expect(await readCode('a')).toBe('fulfilled');
      await runtime.advance(5_000);
    }
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
    outage.lift();
    await runtime.advance(10_000);
    expect(await readCode('a')).toBe('fulfilled');
  });

  test('once the versions were dropped, the long backoff of an outage before it blocks no other label beyond 10 s', async () => {
    const { cache, service, runtime, readCode } = await twoLabels({ revalidate: 'fetch' });
    const outage = service.fail(errors.internalError, PREVIOUS);
    for (let atMs = 0; atMs < 1_200_000; atMs += 1_000) {
      expect(await readCode('a', PREVIOUS)).toBe('fulfilled');
      await runtime.advance(1_000);
    }
    const failed = outage.calls.length;
    while (outage.calls.length === failed) {
      expect(await readCode('a', PREVIOUS)).toBe('fulfilled');
      await runtime.advance(1_000);
    }
    outage.lift();
    const denial = service.deny({ action: 'GetSecretValue' });
    expect(await readCode('a')).toBe('fulfilled');
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
    denial.lift();
    expect(cache.peek('a', PREVIOUS)).toBeUndefined();
    await runtime.advance(30_000);
    expect(await readCode('a')).toBe('fulfilled');
    expect(await readCode('a', PREVIOUS)).toBe('fulfilled');
  });
});

describe('a read of the very version that a describe showed', () => {
  test('refused as an InvalidRequest that is no mismatch, it is the typed error of the service, not replica lag', async () => {
    const { cache, service, runtime, read, code } = setup();
    await read('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    const text =
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.";
    service.fail(() => errors.invalidRequest(text), { op: 'G' });
    expect(await code(cache.get('a'))).toBe('ERR_SECRET_INVALID_REQUEST');
    expect(cache.peek('a')?.text()).toBe('a v1');
  });
});
