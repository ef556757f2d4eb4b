/** Refreshes and labels against checks that were under way, and against each other. */

import { describe, expect, test } from 'vitest';

import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { LOOK_AGAIN_MS, setup, TTL_MS } from '../support/setup.ts';

describe('a get begun after refresh', () => {
  test('waits for the refresh although an older check meanwhile found its replica to lag', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'G' });
    const check = outcomeOf(cache.get('a'));
    await runtime.settle();
    const refreshed = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    expect(hold.held.length).toBe(2);
    hold.held[0]?.fail(errors.stageMismatch());
    await runtime.settle();
    expect(check.value?.text()).toBe('a v1');

    const later = outcomeOf(cache.get('a'));
    await runtime.settle();
    expect(later.state).toBe('pending');
    hold.lift();
    await runtime.settle();
    expect(refreshed.value?.text()).toBe('a v2');
    expect(later.value?.text()).toBe('a v2');
  });

  test('by another id of the secret is not answered from before it once a describe has begun to catch up', async () => {
    const { cache, service, runtime, read } = setup({ staleWhileRevalidateMs: 60_000 });
    const arn = service.arnOf('a');
    await read('a');
    await read(arn);
    service.put('a', 'a v2');
    expect((await runtime.run(cache.refresh('a'))).text()).toBe('a v2');

    const hold = service.hold({ op: 'G', secretId: arn });
    const first = outcomeOf(cache.get(arn));
    await runtime.settle();
    expect(hold.held.length).toBe(1);
    const second = outcomeOf(cache.get(arn));
    await runtime.settle();
    expect(second.value?.text()).not.toBe('a v1');
    hold.lift();
    await runtime.settle();
    expect([first.value?.text(), second.value?.text()]).toEqual(['a v2', 'a v2']);
  });
});

describe('the queue of refreshes', () => {
  test('a queued refresh whose callers left gives its turn up: never two in flight', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    const rejectedVersionId = service.versionOf('a');
    const hold = service.hold({ op: 'G' });
    const controller = new AbortController();
    const first = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    const left = outcomeOf(cache.refresh('a', { rejectedVersionId, signal: controller.signal }));
    await runtime.settle();
    controller.abort('left');
    const second = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    hold.held[0]?.release();
    await runtime.settle();
    expect(hold.held.length).toBe(1);
    await runtime.advance(1_100);
    const third = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    expect(hold.held.length).toBe(1);
    hold.lift();
    await runtime.settle();
    const states = [first, left, second, third].map(({ state }) => state);
    expect(states).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  test('close() leaves no timer of a forced refresh that was queued behind another', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    const rejectedVersionId = service.versionOf('a');
    service.hold({ op: 'G' });
    const first = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    const second = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    await runtime.run(cache.close());
    await runtime.settle();
    expect([codeOf(first), codeOf(second)]).toEqual(['ERR_CACHE_CLOSED', 'ERR_CACHE_CLOSED']);
    expect(runtime.pendingTimers()).toEqual([]);
  });
});

describe('labels', () => {
  test('a label shown elsewhere and then back where it is held has moved back: it is checked again within 5 s', async () => {
    const { service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    const v1 = service.versionOf('a');
    const lag = service.lag('a', 'G');
    service.put('a', 'a v2');
    expect(await read('a')).toBe('a v1');
    lag.lift();
    // The next describe is answered by a replica that lags.
    const old = (right: () => unknown): unknown => ({
      ...(right() as object),
      VersionIdsToStages: { [v1]: ['AWSCURRENT'] },
    });
    service.fail({ output: old }, { op: 'D', times: 1 });
    await runtime.advance(LOOK_AGAIN_MS);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(LOOK_AGAIN_MS);
    expect(await read('a')).toBe('a v2');
  });

  test('a description older than the read that showed a version without the label does not put it back', async () => {
    const { cache, service, runtime, read } = setup();
    const blue = { versionStage: 'blue' };
    service.moveLabel('a', 'blue', service.versionOf('a'));
    expect(await read('a', blue)).toBe('a v1');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D' });
    const check = outcomeOf(cache.get('a', blue));
    await runtime.settle();
    service.put('a', 'a v2', { stages: ['blue'] });
    expect((await runtime.run(cache.refresh('a'))).versionStages).toEqual(['AWSCURRENT']);
    hold.lift();
    await runtime.settle();
    expect(check.value?.text()).toBe('a v1');
    expect(await read('a', blue)).toBe('a v2');
  });
});

describe('what is held', () => {
  test('a version that is held answers a get by its id, although it could not be found before', async () => {
    const { cache, service, runtime, readCode } = setup();
    expect(await readCode('a')).toBe('fulfilled');
    const versionId = service.startRotation('a');
    expect(await readCode('a', { versionId })).toBe('ERR_SECRET_NOT_FOUND');
    service.putPendingValue('a', 'a v2');
    service.finishRotation('a');
    expect((await runtime.run(cache.refresh('a'))).versionId).toBe(versionId);
    service.newCounts();
    expect(await readCode('a', { versionId })).toBe('fulfilled');
    await runtime.advance(30_000);
    expect(await readCode('a', { versionId })).toBe('fulfilled');
    expect(service.newCounts().G).toBe(0);
  });

  test('peek finds a held version by its id, whoever asked for it', async () => {
    const { cache, service, read } = setup();
    await read('a');
    expect(cache.peek('a', { versionId: service.versionOf('a') })?.text()).toBe('a v1');
  });
});
