/** Many callers at once: who shares a call, who must not, and what a late answer may still change. */

import { describe, expect, test } from 'vitest';

import { listenTo } from '../support/events.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { ATTEMPT_MS, BUDGET_MS, manyNames, setup, TTL_MS } from '../support/setup.ts';

describe('sharing one call', () => {
  test('a thousand gets of a cold secret in one turn make one call and get equal values', async () => {
    const { cache, service, runtime } = setup();

    const gets = Array.from({ length: 1_000 }, () => cache.get('a'));
    const secrets = await runtime.run(Promise.all(gets));

    expect(new Set(secrets.map((secret) => secret.text()))).toEqual(new Set(['a v1']));
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a thousand gets spread over the time of one call make one call', async () => {
    const { cache, service, runtime } = setup();
    service.latencyMs = 100;

    const gets = [];
    for (let at = 0; at < 100; at += 10) {
      for (let nth = 0; nth < 100; nth += 1) gets.push(cache.get('a'));
      await runtime.advance(10);
    }
    await runtime.run(Promise.all(gets));

    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('gets of two labels of one secret each get their own version', async () => {
    const { cache, service, runtime } = setup();
    service.put('a', 'a pending', { stages: ['AWSPENDING'] });

    const [current, pending] = await runtime.run(
      Promise.all([cache.get('a'), cache.get('a', { versionStage: 'AWSPENDING' })]),
    );

    expect([current.text(), pending.text()]).toEqual(['a v1', 'a pending']);
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('ten thousand gets within stale-while-revalidate wait for nothing and start one revalidation', async () => {
    const { cache, service, runtime, read } = setup({ ttlMs: 1_000, staleWhileRevalidateMs: 500 });
    await read('a');
    await runtime.advance(1_000);
    const hold = service.hold({ op: 'D' });

    const secrets = await runtime.run(Promise.all(Array.from({ length: 10_000 }, () => cache.get('a'))));

    expect(new Set(secrets.map((secret) => secret.text()))).toEqual(new Set(['a v1']));
    expect(hold.held).toHaveLength(1);
    expect(service.counts).toEqual({ G: 1, D: 1, B: 0 });
    hold.release();
  });

  test('sixteen describes that never answer delay no cold load of another secret', async () => {
    const names = manyNames(16);
    const { cache, service, runtime, read } = setup({ maxConcurrency: 16, secrets: [...names, 'cold'] });
    await runtime.run(cache.getMany(names));
    await runtime.advance(TTL_MS);
    service.fail({ hangs: 'for-ever' }, { op: 'D' });

    const revalidations = names.map((name) => outcomeOf(cache.get(name)));
    await runtime.settle();

    expect(service.counts.D).toBe(8);
    expect(await read('cold')).toBe('cold v1');
    await runtime.advance(4 * ATTEMPT_MS);
    expect(new Set(revalidations.map((get) => get.value?.versionStages[0]))).toEqual(new Set(['AWSCURRENT']));
  });
});

describe('leaving a call', () => {
  test("a caller's abort rejects that caller at once with its own reason, and nobody else", async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold();
    const controller = new AbortController();
    const leaver = outcomeOf(cache.get('a', { signal: controller.signal }));
    const stayer = outcomeOf(cache.get('a'));
    await runtime.settle();

    const reason = new Error('the request was cancelled');
    controller.abort(reason);
    await runtime.settlePromises(1);

    expect(leaver.error).toBe(reason);
    expect(stayer.state).toBe('pending');
    hold.lift();
    await runtime.settle();
    expect(stayer.value?.text()).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a call that all have left by abort is aborted, and a later get never joins it', async () => {
    const { cache, service, runtime, read } = setup();
    const hold = service.hold({ times: 1 });
    const controllers = [new AbortController(), new AbortController()];
    const leavers = controllers.map(({ signal }) => outcomeOf(cache.get('a', { signal })));
    await runtime.settle();

    for (const controller of controllers) controller.abort('left');
    await runtime.settle();

    expect(leavers.map((get) => get.error)).toEqual(['left', 'left']);
    expect(service.calls[0]?.outcome).toBe('aborted');
    expect(hold.held).toEqual([]);
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('a get in the very turn of the last abort starts its own call', async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold({ times: 1, deaf: true });
    const controller = new AbortController();
    const leaver = outcomeOf(cache.get('a', { signal: controller.signal }));
    await runtime.settle();

    controller.abort();
    const later = outcomeOf(cache.get('a'));
    await runtime.settle();

    expect(leaver.state).toBe('rejected');
    expect(later.value?.text()).toBe('a v1');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
    hold.lift();
  });

  test('a call that one left because its wait was over goes on although the last one left by abort', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    service.delay(2_000, { op: 'D' });
    const patient = outcomeOf(cache.get('a'));
    await runtime.advance(500);
    const controller = new AbortController();
    const leaver = outcomeOf(cache.get('a', { signal: controller.signal }));
    await runtime.advance(600);
    expect(patient.value?.text()).toBe('a v1');
    controller.abort('left');
    await runtime.advance(900);

    expect(leaver.error).toBe('left');
    expect(service.calls.at(-1)?.outcome).toBe('ok');
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 1, B: 0 });
  });

  test('fifty gets may share one signal: it ends them all, and Node sees no leak in its listeners', async () => {
    const names = manyNames(50);
    const { cache, service, runtime } = setup({ secrets: names });
    const hold = service.hold();
    const controller = new AbortController();
    const many = outcomeOf(cache.getMany(names, { signal: controller.signal }));
    await runtime.settle();
    controller.abort('left');
    await runtime.settle();
    expect(many.error).toBe('left');
    expect(new Set(service.calls.map(({ outcome }) => outcome))).toEqual(new Set(['aborted']));
    hold.lift();
  });

  test('a signal aborted after its get was answered changes nothing', async () => {
    const { cache, service, runtime, read } = setup();
    const controller = new AbortController();
    await runtime.run(cache.get('a', { signal: controller.signal }));
    controller.abort();
    await runtime.settle();
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a signal that was aborted beforehand rejects even a hit, with its reason and without a call', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');

    const get = outcomeOf(cache.get('a', { signal: AbortSignal.abort('no longer needed') }));
    const miss = outcomeOf(cache.get('b', { signal: AbortSignal.abort('neither') }));
    await runtime.settle();

    expect([get.error, miss.error]).toEqual(['no longer needed', 'neither']);
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });
});

describe('calls that fail or never answer', () => {
  test('a client that throws synchronously rejects the get, and the next one after the backoff calls again', async () => {
    const { service, runtime, read, readCode } = setup();
    service.fail({ throwsAtOnce: () => errors.network('ECONNREFUSED') }, { times: 1 });

    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
    expect(service.counts.G).toBe(1);
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
    expect(service.counts.G).toBe(2);
  });

  test('when the service never answers, every waiter is told so within the wait budget', async () => {
    const { cache, service, runtime, read } = setup();
    service.fail({ hangs: 'for-ever' }, { times: 1 });
    const gets = [outcomeOf(cache.get('a')), outcomeOf(cache.get('a'))];
    await runtime.advance(BUDGET_MS / 2);
    gets.push(outcomeOf(cache.get('a')));

    await runtime.advance(BUDGET_MS / 2);

    expect(gets.map((get) => codeOf(get))).toEqual(Array(3).fill('ERR_SECRET_TIMEOUT'));
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('a wait budget shorter than an attempt ends the wait, and the call still commits', async () => {
    const { cache, service, runtime, read } = setup({ waitBudgetMs: 500 });
    service.delay(2_000, { times: 1 });
    const get = outcomeOf(cache.get('a'));

    await runtime.advance(499);
    expect(get.state).toBe('pending');
    await runtime.advance(1);
    expect(codeOf(get)).toBe('ERR_SECRET_TIMEOUT');
    await runtime.advance(1_500);
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('an answer that comes after its deadline changes nothing that a newer call committed', async () => {
    const { cache, service, runtime, read } = setup();
    const hold = service.hold({ times: 1, deaf: true });
    const late = outcomeOf(cache.get('a'));
    await runtime.advance(BUDGET_MS);
    expect(codeOf(late)).toBe('ERR_SECRET_TIMEOUT');
    service.put('a', 'a v2');
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v2');

    hold.lift();
    await runtime.settle();

    expect(await read('a')).toBe('a v2');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });
});

describe('what a call that began earlier may not do', () => {
  test('a get begun after invalidate is answered by a call of its own', async () => {
    const { cache, service, runtime, read } = setup();
    const hold = service.hold({ times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');

    cache.invalidate('a');
    expect(await read('a')).toBe('a v2');
    hold.lift();
    await runtime.settle();

    expect(before.value?.text()).toBe('a v1');
    expect(await read('a')).toBe('a v2');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('an old call that ends leaves the newer one its place: later gets still join that', async () => {
    const { cache, service, runtime } = setup();
    const old = service.hold({ times: 1 });
    const newer = service.hold({ times: 1 });
    const gets = [outcomeOf(cache.get('a'))];
    await runtime.settle();
    cache.invalidate('a');
    gets.push(outcomeOf(cache.get('a')));
    await runtime.settle();
    old.lift();
    await runtime.settle();

    gets.push(outcomeOf(cache.get('a')));
    await runtime.settle();
    newer.lift();
    await runtime.settle();

    expect(gets.map((get) => get.state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test.each(['invalidate', 'clear'] as const)(
    'an old call that fails after %s starts no backoff',
    async (how) => {
      const { cache, service, runtime, read } = setup();
      const hold = service.hold({ times: 1 });
      const before = outcomeOf(cache.get('a'));
      await runtime.settle();
      if (how === 'invalidate') cache.invalidate('a');
      else cache.clear();
      hold.held[0]?.fail(errors.internalError());
      await runtime.settle();

      expect(codeOf(before)).toBe('ERR_SECRET_UNAVAILABLE');
      expect(await read('a')).toBe('a v1');
      expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
      hold.lift();
    },
  );

  test('an old check that fails after a refresh takes nothing from what the refresh brought', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D', times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    hold.held[0]?.fail(errors.internalError());
    await runtime.settle();
    service.newCounts();

    expect(before.state).toBe('fulfilled');
    expect(await read('a')).toBe('a v2');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
    hold.lift();
  });

  test('a secret invalidated while its load is in flight is not kept', async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold({ times: 1 });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();

    cache.invalidate('a');
    hold.lift();
    await runtime.settle();

    expect(get.value?.text()).toBe('a v1');
    expect(cache.peek('a')).toBeUndefined();
  });

  test.each([
    ['refresh', undefined],
    ['an auth failure that was reported', 'rejected'],
  ])('a get begun after %s is answered by a call started after it', async (_name, reported) => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    const v1 = service.versionOf('a');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    const second = service.hold({ op: 'G', times: 1 });

    const options = reported === undefined ? {} : { rejectedVersionId: v1 };
    const refreshed = outcomeOf(cache.refresh('a', options));
    const after = outcomeOf(cache.get('a'));
    await runtime.settle();
    hold.lift();
    await runtime.settle();
    expect(after.state).toBe('pending');
    second.lift();
    await runtime.settle();

    expect(refreshed.value?.text()).toBe('a v2');
    expect(after.value?.text()).toBe('a v2');
    expect(before.state).toBe('fulfilled');
    expect(service.counts).toEqual({ G: 2, D: 1, B: 0 });
  });

  test('a get begun after a refresh by another id of the secret joins no call from before it', async () => {
    const { cache, service, runtime, read } = setup();
    const arn = service.arnOf('a');
    await read('a');
    await read(arn);
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D', times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    await runtime.run(cache.refresh(arn));

    expect(await read('a')).toBe('a v2');
    hold.lift();
    await runtime.settle();
    expect(before.state).toBe('fulfilled');
    expect(await read('a')).toBe('a v2');
  });

  test('a get begun while an auth failure waits for its turn joins no call from before the failure', async () => {
    const { cache, service, runtime, read } = setup({ ttlMs: 100 });
    await read('a');
    const rejectedVersionId = service.versionOf('a');
    await runtime.run(cache.refresh('a', { rejectedVersionId }));
    await runtime.advance(100);
    const hold = service.hold({ op: 'D', times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    const reported = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    const after = outcomeOf(cache.get('a'));
    await runtime.settle();
    hold.lift();
    await runtime.advance(1_000);

    expect(after.value?.text()).toBe('a v2');
    expect(reported.value?.text()).toBe('a v2');
    expect(before.state).toBe('fulfilled');
  });

  test('a refresh on an empty cache never joins the load that was on its way', async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold({ times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');

    const refreshed = await runtime.run(cache.refresh('a'));
    hold.lift();
    await runtime.settle();

    expect(refreshed.text()).toBe('a v2');
    expect(before.value?.text()).toBe('a v1');
    expect(cache.peek('a')?.text()).toBe('a v2');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('an "unchanged" from before a refresh leaves the refreshed value and its age alone', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D' });
    const waiting = outcomeOf(cache.get('a'));
    await runtime.advance(100);
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));

    hold.lift();
    await runtime.settle();

    expect(waiting.state).toBe('fulfilled');
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 2, D: 1, B: 0 });
    await runtime.advance(TTL_MS - 1);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
    await runtime.advance(1);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('a get begun while a refresh is out waits for it although the held value is fresh', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    service.put('a', 'a v2');
    const hold = service.hold();
    const refreshed = outcomeOf(cache.refresh('a'));
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();

    expect(get.state).toBe('pending');
    hold.lift();
    await runtime.settle();
    expect([refreshed.value?.text(), get.value?.text()]).toEqual(['a v2', 'a v2']);
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test.each([0, 60_000])(
    'a get begun after a refresh waits for it however slow it is (stale-while-revalidate: %d ms)',
    async (staleWhileRevalidateMs) => {
      const { cache, service, runtime, read } = setup({ staleWhileRevalidateMs });
      await read('a');
      service.put('a', 'a v2');
      service.delay(2_500);
      const refreshed = outcomeOf(cache.refresh('a'));
      const get = outcomeOf(cache.get('a'));
      await runtime.advance(2_499);
      expect(get.state).toBe('pending');
      await runtime.advance(1);
      expect([refreshed.value?.text(), get.value?.text()]).toEqual(['a v2', 'a v2']);
    },
  );

  test('when a refresh gets no answer, it rejects, and the gets that waited for it are served the held value', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    service.fail({ hangs: 'until-aborted' });
    const refreshed = outcomeOf(cache.refresh('a'));
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(ATTEMPT_MS);
    expect(codeOf(refreshed)).toBe('ERR_SECRET_TIMEOUT');
    await runtime.advance(BUDGET_MS - ATTEMPT_MS);
    expect(get.value?.text()).toBe('a v1');
  });

  test('an old load that lands while a refresh is out does not answer the gets that began after the refresh', async () => {
    const { cache, service, runtime } = setup();
    const load = service.hold({ times: 1 });
    const refresh = service.hold({ times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    const refreshed = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    load.lift();
    await runtime.settle();
    expect(before.value?.text()).toBe('a v1');

    const after = outcomeOf(cache.get('a'));
    await runtime.settle();
    expect(after.state).toBe('pending');
    refresh.lift();
    await runtime.settle();
    expect([refreshed.value?.text(), after.value?.text()]).toEqual(['a v2', 'a v2']);
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('an old read of a secret that was deleted and made again since does not take the new one away', async () => {
    const { cache, service, runtime, read } = setup();
    const hold = service.hold({ times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.destroy('a');
    service.create('a', 'a of another life');
    await runtime.run(cache.refresh('a'));
    hold.lift();
    await runtime.settle();

    expect(before.value?.text()).toBe('a v1');
    expect(await read('a')).toBe('a of another life');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('an older describe of a version that is not held leaves the refreshed one fresh', async () => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'D' });
    const waiting = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v3');
    await runtime.run(cache.refresh('a'));
    hold.lift();
    await runtime.settle();
    expect(service.newCounts()).toEqual({ G: 2, D: 1, B: 0 });

    expect(await read('a')).toBe('a v3');
    expect(waiting.value?.text()).toBe('a v3');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('an older describe that does not know a label yet leaves the refreshed one alone', async () => {
    const { cache, service, runtime, read } = setup();
    const BLUE = { versionStage: 'BLUE' };
    service.put('a', 'a blue', { stages: ['BLUE'] });
    await read('a', BLUE);
    await read('a');
    await runtime.advance(TTL_MS);
    service.removeLabel('a', 'BLUE');
    const hold = service.hold({ op: 'D' });
    const waiting = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a navy', { stages: ['BLUE'] });
    await runtime.run(cache.refresh('a', BLUE));
    hold.lift();
    await runtime.settle();
    service.newCounts();

    expect(await read('a', BLUE)).toBe('a navy');
    expect(waiting.value?.text()).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('an older read that shows a version without a label it has by now leaves that label alone', async () => {
    const { cache, service, runtime, read } = setup();
    const BLUE = { versionStage: 'BLUE' };
    await read('a');
    const hold = service.hold({ times: 1 });
    const refreshed = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    service.moveLabel('a', 'BLUE', service.versionOf('a'));
    expect(await read('a', BLUE)).toBe('a v1');
    hold.lift();
    await runtime.settle();
    service.newCounts();

    expect(refreshed.value?.text()).toBe('a v1');
    expect((await runtime.run(cache.get('a', BLUE))).versionStages).toContain('BLUE');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('clear() in the middle of fifty loads lets none of them fill the cache again', async () => {
    const names = manyNames(50);
    const { cache, service, runtime } = setup({ batch: false, secrets: names });
    const hold = service.hold({ times: 50 });
    const before = names.map((name) => outcomeOf(cache.get(name)));
    await runtime.settle();

    cache.clear();
    hold.lift();
    await runtime.settle();

    expect(before.every((get) => get.state === 'fulfilled')).toBe(true);
    expect(names.filter((name) => cache.peek(name) !== undefined)).toEqual([]);
    await runtime.run(cache.getMany(names));
    expect(service.counts).toEqual({ G: 100, D: 0, B: 0 });
  });

  test('gets begun after clear() wait for calls of their own although the old ones are still out', async () => {
    const { cache, service, runtime, read } = setup();
    const hold = service.hold({ times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');

    cache.clear();
    expect(await read('a')).toBe('a v2');
    hold.lift();
    await runtime.settle();
    expect(before.value?.text()).toBe('a v1');
    expect(cache.peek('a')?.text()).toBe('a v2');
  });
});

describe('aliases', () => {
  test.each(['name', 'ARN', 'partial ARN'] as const)(
    'the ids of one secret, asked together, are all right, and invalidate by its %s reaches them all',
    async (by) => {
      const { cache, service, runtime } = setup();
      const arn = service.arnOf('a');
      const ids = { name: 'a', ARN: arn, 'partial ARN': arn.slice(0, -7) };
      const readAll = async (): Promise<string[]> => {
        const secrets = await runtime.run(Promise.all(Object.values(ids).map((id) => cache.get(id))));
        return secrets.map((secret) => secret.text());
      };
      expect(await readAll()).toEqual(['a v1', 'a v1', 'a v1']);
      service.put('a', 'a v2');

      cache.invalidate(ids[by]);

      expect(Object.values(ids).map((id) => cache.peek(id))).toEqual([undefined, undefined, undefined]);
      expect(await readAll()).toEqual(['a v2', 'a v2', 'a v2']);
    },
  );

  test.each(['ARN', 'partial ARN'] as const)(
    'a secret held under its name alone is invalidated by its %s',
    async (by) => {
      const { cache, service, read } = setup();
      const arn = service.arnOf('a');
      await read('a');
      cache.invalidate(by === 'ARN' ? arn : arn.slice(0, -7));
      expect(cache.peek('a')).toBeUndefined();
      service.put('a', 'a v2');
      expect(await read('a')).toBe('a v2');
    },
  );

  test('an id that only looks like part of another is no alias of it', async () => {
    const { cache, service, read } = setup({ secrets: ['app/db', 'app/db-abcdef', 'db'] });
    const names = ['app/db', 'app/db-abcdef', 'db'];
    for (const name of names) await read(name);
    cache.invalidate('app/db');
    expect(names.map((name) => cache.peek(name)?.text())).toEqual([undefined, 'app/db-abcdef v1', 'db v1']);
    cache.invalidate(service.arnOf('db'));
    expect(cache.peek('app/db-abcdef')?.text()).toBe('app/db-abcdef v1');
  });

  test('a load by an id not yet known as an alias is not kept when its secret is invalidated meanwhile', async () => {
    const { cache, service, runtime, read } = setup();
    const arn = service.arnOf('a');
    const hold = service.hold({ secretId: arn });
    const byArn = outcomeOf(cache.get(arn));
    await runtime.settle();
    service.put('a', 'a v2');

    cache.invalidate('a');
    hold.lift();
    await runtime.settle();

    expect(byArn.value?.text()).toBe('a v1');
    expect(cache.peek(arn)).toBeUndefined();
    expect(await read(arn)).toBe('a v2');
  });

  test('a refresh by one id makes the known other ids of the secret look again', async () => {
    const { cache, service, runtime, read } = setup();
    const arn = service.arnOf('a');
    expect([await read('a'), await read(arn)]).toEqual(['a v1', 'a v1']);
    service.put('a', 'a v2');

    await runtime.run(cache.refresh(arn));

    expect([await read('a'), await read(arn)]).toEqual(['a v2', 'a v2']);
  });
});

describe('eviction in flight', () => {
  test('a refresh that outlives its entry neither exceeds the cap nor pushes another secret out', async () => {
    const { cache, service, runtime, read } = setup({ maxEntries: 2, secrets: ['a', 'b', 'c'] });
    await read('a');
    const hold = service.hold({ op: 'G', secretId: 'a' });
    const refreshed = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    await read('b');
    await read('c');

    service.put('a', 'a v2');
    hold.lift();
    await runtime.settle();

    expect(refreshed.value?.text()).toBe('a v1');
    expect(['a', 'b', 'c'].filter((name) => cache.peek(name) !== undefined).length).toBeLessThanOrEqual(2);
  });

  test('a refresh whose entry was evicted and invalidated brings nothing back', async () => {
    const { cache, service, runtime, read } = setup({ maxEntries: 2, secrets: ['a', 'b', 'c'] });
    await read('a');
    const hold = service.hold({ op: 'G', secretId: 'a' });
    const refreshed = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    await read('b');
    await read('c');

    cache.invalidate('a');
    hold.lift();
    await runtime.settle();

    expect(refreshed.state).toBe('fulfilled');
    expect(cache.peek('a')).toBeUndefined();
  });
});

describe('waiting for a slot', () => {
  test('no more calls are open at once than allowed, describes half of them, and the rest follow', async () => {
    const names = manyNames(30);
    const { cache, service, runtime } = setup({
      secrets: names,
      batch: false,
      maxConcurrency: 5,
      ttlMs: 60_000,
    });
    service.latencyMs = 100;
    await runtime.runFor(cache.getMany(names), 600);
    expect([service.mostOpen, service.newCounts().G]).toEqual([5, 30]);
    await runtime.advance(60_000);
    service.mostOpen = 0;
    await runtime.runFor(cache.getMany(names), 1_000);
    expect([service.mostOpen, service.newCounts().D]).toEqual([3, 30]);
  });

  test('a call whose caller left while it was queued is never sent', async () => {
    const { cache, service, runtime, read } = setup({ secrets: ['a', 'b'], maxConcurrency: 1 });
    const hold = service.hold({ times: 1 });
    const first = outcomeOf(cache.get('a'));
    await runtime.settle();
    const controller = new AbortController();
    const queued = outcomeOf(cache.get('b', { signal: controller.signal }));
    await runtime.settle();
    controller.abort('left');
    await runtime.settle();
    expect(queued.error).toBe('left');
    hold.lift();
    await runtime.settle();
    expect(first.state).toBe('fulfilled');
    expect(service.calls.map(({ secretId }) => secretId)).toEqual(['a']);
    expect(await read('b')).toBe('b v1');
  });

  test('time in the queue counts neither as the age of the answer nor against its attempt', async () => {
    const { cache, service, runtime, read } = setup({
      secrets: ['a', 'b'],
      maxConcurrency: 1,
      ttlMs: 60_000,
    });
    service.delay(2_500, { secretId: 'a' });
    service.delay(2_000, { secretId: 'b', times: 1 });
    const first = outcomeOf(cache.get('a'));
    await runtime.settle();
    const second = outcomeOf(cache.get('b'));
    await runtime.advance(4_500);
    expect([first.value?.text(), second.value?.text()]).toEqual(['a v1', 'b v1']);
    service.newCounts();
    await runtime.advance(60_000 - 2_001);
    await read('b');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
    await runtime.advance(1);
    await read('b');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('a call that never settles gives its slot up at its deadline', async () => {
    const { cache, service, runtime, read } = setup({ secrets: ['a', 'b'], maxConcurrency: 1 });
    service.fail({ hangs: 'for-ever' }, { secretId: 'a' });
    const hung = outcomeOf(cache.get('a'));
    await runtime.advance(ATTEMPT_MS);
    expect(codeOf(hung)).toBe('ERR_SECRET_TIMEOUT');
    expect(await read('b')).toBe('b v1');
  });
});

describe('background work', () => {
  test('a revalidation that fails while nobody waits for it goes unheard, and the value is still served', async () => {
    const { service, runtime, read } = setup({ ttlMs: 1_000, staleWhileRevalidateMs: 5_000 });
    await read('a');
    await runtime.advance(1_000);
    service.fail(errors.internalError, { op: 'D', times: 1 });

    expect(await read('a')).toBe('a v1');
    await runtime.settle();
    expect(await read('a')).toBe('a v1');

    expect(service.counts).toEqual({ G: 1, D: 1, B: 0 });
  });

  test('a listener that throws changes no result and keeps no other listener from hearing', async () => {
    const { cache, service, runtime } = setup({ secrets: ['a', 'b'] });
    const thrown = new Error('a listener at fault');
    const uncaught = takeUncaught();
    const heard: unknown[] = [];
    listenTo('batch-disabled', () => {
      throw thrown;
    });
    listenTo('batch-disabled', (message) => heard.push(message));
    service.deny({ action: 'BatchGetSecretValue' });

    const secrets = await runtime.run(cache.getMany(['a', 'b']));

    expect([...secrets.values()].map((secret) => secret.text())).toEqual(['a v1', 'b v1']);
    expect(heard).toHaveLength(1);
    // Node reports it as it reports any listener's error: the cache neither hides it nor stumbles over it.
    expect(uncaught()).toEqual([thrown]);
  });
});

/** Collects uncaught exceptions instead of the runner, until called. */
function takeUncaught(): () => unknown[] {
  const seen: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => void seen.push(error));
  return () => {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
    return seen;
  };
}
