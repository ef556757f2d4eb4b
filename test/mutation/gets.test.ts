/** Gets that are no plain hit: what they count as, what may stand in for them, and how long each of their waits is. */

import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import {
  BUDGET_MS,
  setup,
  STALE_WAIT_MS,
  TTL_MS,
  type SetupOptions,
  type TestBed,
} from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };
const BLUE = { versionStage: 'blue' };

test('a get counts as aborted if and only if it rejects with the reason of its signal, whenever that aborts', async () => {
  const counted: string[] = [];
  for (let turns = 0; turns < 40; turns += 1) {
    const { cache, service, runtime } = setup();
    const hold = service.hold({ times: 1 });
    const controller = new AbortController();
    const got = outcomeOf(cache.get('a', { signal: controller.signal }));
    await runtime.settle();
    hold.held[0]?.fail(errors.internalError());
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    controller.abort('left');
    await runtime.settle();
    const { aborted, failures } = cache.stats();
    counted.push(`${codeOf(got)}: ${aborted} aborted, ${failures} failed`);
  }
  expect([...new Set(counted)]).toEqual([
    'left: 1 aborted, 0 failed',
    'ERR_SECRET_UNAVAILABLE: 0 aborted, 1 failed',
  ]);
});

test('a label of which nothing is held is asked for in the second between the denial of another and its confirmation', async () => {
  const { cache, service, read, code, readCode } = setup();
  await read('a');
  service.deny({ action: 'GetSecretValue' });
  expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
  service.newCounts();
  expect(await readCode('a', BLUE)).toBe('ERR_SECRET_ACCESS_DENIED');
  expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
});

describe('maxAgeMs', () => {
  test('never lengthens a TTL', async () => {
    const { service, runtime, read } = setup();
    await read('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect(await read('a', { maxAgeMs: 2 * TTL_MS })).toBe('a v2');
  });

  test('never lengthens H: inside a backoff, too, the error shows', async () => {
    const { service, runtime, read, readCode } = setup({ staleIfErrorMs: 1_000 });
    await read('a');
    const outage = service.fail(errors.internalError);
    await runtime.advance(TTL_MS + 1_000);
    for (let nth = 0; nth < 2; nth += 1) {
      expect(await readCode('a', { maxAgeMs: 10 * TTL_MS })).toBe('ERR_SECRET_UNAVAILABLE');
    }
    expect(outage.calls).toHaveLength(1);
  });
});

/** A due value is invalidated while a get waits for a check that hangs; `staleWaitMs` is over. */
async function losing(signal?: AbortSignal): Promise<TestBed & { got: ReturnType<typeof outcomeOf> }> {
  const bed = setup({ attemptTimeoutMs: 60_000 });
  const { cache, service, runtime, read } = bed;
  await read('a');
  await runtime.advance(TTL_MS);
  service.fail({ hangs: 'until-aborted' });
  const got = outcomeOf(cache.get('a', { signal }));
  await runtime.settle();
  cache.invalidate('a');
  await runtime.advance(STALE_WAIT_MS);
  expect(got.state).toBe('pending');
  return { ...bed, got };
}

describe('a get that loses the value that was to stand in for it, while its check hangs', () => {
  test('waits for its whole budget, and no longer', async () => {
    const { cache, runtime, got } = await losing();
    await runtime.advance(BUDGET_MS - STALE_WAIT_MS - 1);
    expect(got.state).toBe('pending');
    await runtime.advance(1);
    expect(codeOf(got)).toBe('ERR_SECRET_TIMEOUT');
    await cache.close();
  });

  test('can still be aborted', async () => {
    const controller = new AbortController();
    const { cache, runtime, got } = await losing(controller.signal);
    controller.abort('left');
    await runtime.settle();
    expect(got.error).toBe('left');
    await cache.close();
  });
});

/** A get waits for a forced refresh, 900 ms before the turn of that. */
async function joined({ signal, ...options }: SetupOptions & { signal?: AbortSignal } = {}): Promise<
  TestBed & { got: ReturnType<typeof outcomeOf> }
> {
  const bed = setup({ attemptTimeoutMs: 60_000, ...options });
  const { cache, service, runtime, read } = bed;
  await read('a');
  const rejectedVersionId = service.versionOf('a');
  await runtime.run(cache.refresh('a', { rejectedVersionId }));
  service.put('a', 'a v2');
  await runtime.advance(100);
  // A read from before the refusal brings another version, which is all that the forced refresh wants.
  const hold = service.hold({ op: 'G', times: 1 });
  const before = outcomeOf(cache.get('a', { maxAgeMs: 1 }));
  await runtime.settle();
  const refreshed = outcomeOf(cache.refresh('a', { rejectedVersionId }));
  await runtime.settle();
  const got = outcomeOf(cache.get('a', { signal }));
  await runtime.settle();
  expect(hold.held).toHaveLength(1);
  hold.lift();
  await runtime.settle();
  expect([before.state, refreshed.state, got.state]).toEqual(['fulfilled', 'pending', 'pending']);
  service.newCounts();
  return { ...bed, got };
}

describe('a get that joins a forced refresh which waits for its turn', () => {
  test('and needs a call of its own after all waits for that for what is left of its budget', async () => {
    const { cache, service, runtime, got } = await joined();
    service.fail({ hangs: 'until-aborted' });
    await runtime.advance(900);
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
    await runtime.advance(BUDGET_MS - 900 - 1);
    expect(got.state).toBe('pending');
    await runtime.advance(1);
    expect(codeOf(got)).toBe('fulfilled');
    await cache.close();
  });

  test('and needs a call of its own after all can still be aborted', async () => {
    const controller = new AbortController();
    const { service, runtime, got } = await joined({ signal: controller.signal });
    service.fail({ hangs: 'until-aborted' });
    await runtime.advance(900);
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
    controller.abort('left');
    await runtime.settle();
    expect(got.error).toBe('left');
    expect(service.calls.at(-1)?.outcome).toBe('aborted');
  });

  test('makes no call of its own when its budget is over before that turn: the held value stands in', async () => {
    const { service, runtime, got } = await joined({ waitBudgetMs: 500 });
    await runtime.advance(499);
    expect(got.state).toBe('pending');
    await runtime.advance(1);
    expect(codeOf(got)).toBe('fulfilled');
    await runtime.advance(1_000);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('makes no call of its own when the cache is closed', async () => {
    const { cache, service, runtime, got } = await joined();
    await cache.close();
    await runtime.advance(1_000);
    expect(codeOf(got)).toBe('ERR_CACHE_CLOSED');
    expect(service.newCounts()).toEqual(NO_CALL);
  });
});
