/** Forced refreshes: which of them make a call, which wait for their turn, and what a failure before the call does. */

import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import { ATTEMPT_MS, BUDGET_MS, setup, type SetupOptions, type TestBed } from '../support/setup.ts';

const ONE_READ = { G: 1, D: 0, B: 0 };

/** AWSCURRENT held, and the id of its version. */
async function holding(options: SetupOptions = {}): Promise<TestBed & { rejectedVersionId: string }> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return { ...bed, rejectedVersionId: bed.service.versionOf('a') };
}

describe('a forced refresh', () => {
  test('that is answered by another version than the one refused leaves that as fresh as it was', async () => {
    const { cache, service, runtime, read } = await holding();
    const refreshed = cache.refresh('a', { rejectedVersionId: 'of the last rotation' });
    expect((await runtime.run(refreshed)).text()).toBe('a v1');
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('that is queued behind another is answered by the new version that one brings, at once and without a call', async () => {
    const { cache, service, runtime, rejectedVersionId } = await holding();
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'G', times: 1 });
    const first = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    const second = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    hold.lift();
    await runtime.settle();
    expect([first.value?.text(), second.value?.text()]).toEqual(['a v2', 'a v2']);
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('after a plain one waits for no turn, and after a forced one until a second after the start of that', async () => {
    const { cache, service, runtime, rejectedVersionId } = await holding();
    await runtime.run(cache.refresh('a'));
    await runtime.advance(100);
    service.newCounts();
    service.delay(700, { op: 'G', times: 1 });
    await runtime.runFor(cache.refresh('a', { rejectedVersionId }), 700);
    expect(service.newCounts()).toEqual(ONE_READ);
    const next = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.advance(299);
    expect(next.state).toBe('pending');
    await runtime.advance(1);
    expect(next.value?.text()).toBe('a v1');
    expect(service.newCounts()).toEqual(ONE_READ);
    await runtime.advance(1_000);
    await runtime.run(cache.refresh('a', { rejectedVersionId }));
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('of a secret of which nothing is held is a read like any other', async () => {
    const { cache, service, runtime } = setup();
    const refreshed = cache.refresh('a', { rejectedVersionId: 'of another process' });
    expect((await runtime.run(refreshed)).text()).toBe('a v1');
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('that fails before it leaves the queue of calls fails as any other: a get that waited for it is served', async () => {
    const { cache, service, runtime, rejectedVersionId } = await holding({
      secrets: ['a', 'b', 'c'],
      maxConcurrency: 1,
      batch: false,
    });
    // One after the other they keep the only slot for longer than a call waits for its turn.
    service.fail({ hangs: 'until-aborted' });
    const blocking = ['b', 'c'].map((secretId) => outcomeOf(cache.get(secretId)));
    await runtime.settle();
    const refreshed = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.advance(1_000);
    const got = outcomeOf(cache.get('a'));
    await runtime.advance(BUDGET_MS - 1_000);
    expect(service.calls.filter(({ secretId }) => secretId === 'a')).toHaveLength(1);
    expect([codeOf(refreshed), got.value?.text()]).toEqual(['ERR_SECRET_TIMEOUT', 'a v1']);
    await runtime.advance(ATTEMPT_MS);
    expect(blocking.map(codeOf)).toEqual(['ERR_SECRET_TIMEOUT', 'ERR_SECRET_TIMEOUT']);
  });
});
