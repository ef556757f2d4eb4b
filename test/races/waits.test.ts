/** How long callers wait, whom they join, and what is sent or kept for nobody. */

import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import { ATTEMPT_MS, setup, TTL_MS } from '../support/setup.ts';

describe('a get that loses the value that was to stand in for it', () => {
  test('by eviction: goes on waiting within its budget', async () => {
    const { cache, service, runtime, read } = setup({ secrets: ['a', 'b'], maxEntries: 1 });
    await read('a');
    await runtime.advance(TTL_MS);
    service.delay(2_000, { op: 'D', secretId: 'a' });
    const waiting = outcomeOf(cache.get('a'));
    await runtime.settle();
    await read('b');
    await runtime.advance(2_000);
    expect([codeOf(waiting), waiting.value?.text()]).toEqual(['fulfilled', 'a v1']);
  });

  test('by its age: goes on waiting within its budget', async () => {
    const { cache, service, runtime, read } = setup({ staleIfErrorMs: 10_000 });
    await read('a');
    await runtime.advance(TTL_MS + 9_500);
    service.delay(2_000, { op: 'D' });
    const waiting = outcomeOf(cache.get('a'));
    await runtime.advance(2_000);
    expect([codeOf(waiting), waiting.value?.text()]).toEqual(['fulfilled', 'a v1']);
  });

  test('by invalidate: goes on waiting within its budget', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    service.delay(2_000, { op: 'D' });
    const waiting = outcomeOf(cache.get('a'));
    await runtime.settle();
    cache.invalidate('a');
    await runtime.advance(2_000);
    expect([codeOf(waiting), waiting.value?.text()]).toEqual(['fulfilled', 'a v1']);
  });
});

describe('joining', () => {
  test('a get that asks for a younger answer is never answered by a describe older than that', async () => {
    const { cache, service, runtime, read } = setup();
    const previous = { versionStage: 'AWSPREVIOUS' };
    service.put('a', 'a v2');
    await read('a');
    await read('a', previous);
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D', times: 1 });
    const outcomes = [outcomeOf(cache.get('a'))];
    await runtime.advance(500);
    // In one turn: the second joins the flight of the first before that has sent anything.
    outcomes.push(outcomeOf(cache.get('a', previous)));
    outcomes.push(outcomeOf(cache.get('a', { ...previous, maxAgeMs: 100 })));
    await runtime.settle();
    expect(service.counts.D).toBe(2);
    hold.lift();
    await runtime.settle();
    expect(outcomes.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  test('a flight whose second request waits for a slot is still joined, however long ago its first left', async () => {
    const { cache, service, runtime, read } = setup({
      secrets: ['a', 'x', 'y', 'z'],
      maxConcurrency: 2,
      batch: false,
    });
    await read('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    const describes = service.hold({ op: 'D' });
    const hangs = ['x', 'y', 'z'].map((secretId) => service.fail({ hangs: 'for-ever' }, { secretId }));
    const first = outcomeOf(cache.get('a'));
    await runtime.settle();
    const others = ['x', 'y', 'z'].map((name) => outcomeOf(cache.get(name)));
    await runtime.advance(1_000);
    describes.lift();
    // The describe is answered; the read of v2 stands behind x, y and z in the queue.
    await runtime.advance(2_500);
    service.newCounts();
    const second = outcomeOf(cache.get('a'));
    await runtime.advance(4 * ATTEMPT_MS);
    expect(service.newCounts().D).toBe(0);
    expect([first.state, second.state]).toEqual(['fulfilled', 'fulfilled']);
    expect(others.map(codeOf)).toEqual(others.map(() => 'ERR_SECRET_TIMEOUT'));
    for (const hang of hangs) hang.lift();
  });
});

describe('what nobody waits for', () => {
  test('a get of a due value that is aborted in its own turn sends nothing', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    service.newCounts();
    const controller = new AbortController();
    const left = outcomeOf(cache.get('a', { signal: controller.signal }));
    controller.abort('left');
    await runtime.settle();
    expect(left.error).toBe('left');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('close() leaves no timer of an open batch window', async () => {
    const { cache, runtime } = setup({ batch: { windowMs: 60_000 } });
    const waiting = outcomeOf(cache.get('a'));
    await runtime.settle();
    await runtime.run(cache.close());
    expect(codeOf(waiting)).toBe('ERR_CACHE_CLOSED');
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test('a batch window that all its members have left owns no timer', async () => {
    const { cache, runtime } = setup({ batch: { windowMs: 60_000 } });
    const controller = new AbortController();
    const left = outcomeOf(cache.get('a', { signal: controller.signal }));
    await runtime.settle();
    controller.abort('left');
    await runtime.settle();
    expect(left.error).toBe('left');
    expect(runtime.pendingTimers()).toEqual([]);
    await runtime.advance(60_000);
  });
});

describe('a preload by filters', () => {
  test('bounds each of its calls by attemptTimeoutMs', async () => {
    const { cache, service, runtime } = setup();
    service.fail({ hangs: 'for-ever' }, { op: 'B' });
    const filters = [{ key: 'name' as const, values: ['a'] }];
    const loaded = outcomeOf(cache.preload({ filters }, { timeoutMs: 600_000 }));
    await runtime.advance(2 * ATTEMPT_MS);
    expect(codeOf(loaded)).toBe('ERR_SECRET_TIMEOUT');
    await runtime.advance(600_000);
  });
});
