/** Work that is shared and left: what is given up with its last caller, what goes on, and who may join late. */

import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import { BUDGET_MS, setup, TTL_MS, type SetupOptions, type TestBed } from '../support/setup.ts';

const PREVIOUS = { versionStage: 'AWSPREVIOUS' };

/** AWSCURRENT (v2) and AWSPREVIOUS (v1) held, and due. */
async function due(options: SetupOptions = {}): Promise<TestBed> {
  const bed = setup(options);
  bed.service.put('a', 'a v2');
  for (const ask of [{}, PREVIOUS]) await bed.read('a', ask);
  await bed.runtime.advance(TTL_MS);
  bed.service.newCounts();
  return bed;
}

describe('a describe', () => {
  test('that all its callers have left by abort is aborted', async () => {
    const { cache, service, runtime } = await due();
    const hold = service.hold({ op: 'D' });
    const { signal, abort } = abortable();
    const leavers = [{}, PREVIOUS].map((ask) => outcomeOf(cache.get('a', { ...ask, signal })));
    await runtime.settle();
    abort();
    await runtime.settle();
    expect(leavers.map(({ error }) => error)).toEqual(['left', 'left']);
    expect(service.calls.at(-1)).toMatchObject({ op: 'D', outcome: 'aborted' });
    expect(hold.held).toEqual([]);
  });

  test('that one of two labels has left by abort goes on for the other', async () => {
    const { cache, service, runtime } = await due();
    const hold = service.hold({ op: 'D' });
    const { signal, abort } = abortable();
    const leaver = outcomeOf(cache.get('a', { signal }));
    const stayer = outcomeOf(cache.get('a', PREVIOUS));
    await runtime.settle();
    abort();
    await runtime.settle();
    hold.lift();
    await runtime.settle();
    expect([leaver.error, stayer.value?.text()]).toEqual(['left', 'a v1']);
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('that a second label joined when it had left answers no get of that label from after an invalidation', async () => {
    const { cache, service, runtime, read } = await due();
    const hold = service.hold({ op: 'D' });
    const outcomes = [outcomeOf(cache.get('a'))];
    await runtime.settle();
    outcomes.push(outcomeOf(cache.get('a', PREVIOUS)));
    await runtime.settle();
    service.put('a', 'a v3');
    cache.invalidate('a');
    expect(await read('a', PREVIOUS)).toBe('a v2');
    hold.lift();
    await runtime.settle();
    expect(outcomes.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
  });
});

test('a revalidation behind stale-while-revalidate goes on when the only one who waited for it has left by abort', async () => {
  const { cache, service, runtime, read } = await due({ staleWhileRevalidateMs: 60_000 });
  service.put('a', 'a v3');
  const hold = service.hold({ op: 'D' });
  expect(await read('a')).toBe('a v2');
  const { signal, abort } = abortable();
  const leaver = outcomeOf(cache.get('a', { signal, maxAgeMs: 1 }));
  await runtime.settle();
  abort();
  hold.lift();
  await runtime.settle();
  expect(leaver.error).toBe('left');
  expect(cache.peek('a')?.text()).toBe('a v3');
});

describe('a wait', () => {
  test('in which the process was frozen starts over once, and not a second time', async () => {
    const { cache, service, runtime } = setup({ attemptTimeoutMs: 60_000 });
    const hold = service.hold();
    const got = outcomeOf(cache.get('a'));
    await runtime.settle();
    const states: string[] = [];
    for (let times = 0; times < 2; times += 1) {
      runtime.freeze(BUDGET_MS + 2_000);
      await runtime.advance(1);
      states.push(codeOf(got));
    }
    expect(states).toEqual(['pending', 'ERR_SECRET_TIMEOUT']);
    hold.lift();
    await runtime.settle();
  });

  test('for a forced turn that is over before that comes gives the turn up: no call is made', async () => {
    const { cache, service, runtime, read, code } = setup({ waitBudgetMs: 500 });
    await read('a');
    const rejectedVersionId = service.versionOf('a');
    await runtime.run(cache.refresh('a', { rejectedVersionId }));
    service.newCounts();
    expect(await code(cache.refresh('a', { rejectedVersionId }), 500)).toBe('ERR_SECRET_TIMEOUT');
    await runtime.advance(1_000);
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort('left') };
}
