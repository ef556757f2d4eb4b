/** Single calls: how often a freeze repeats one, what its timeout says, and what comes after its end. */

import { expect, test } from 'vitest';

import { SecretCache, type SourceCall } from '../../src/index.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { ATTEMPT_MS, setup, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

test('a call that a freeze swallowed is made once more, and not a third time; its error names the secret', async () => {
  const { cache, service, runtime } = setup({ waitBudgetMs: 60_000 });
  service.fail({ hangs: 'until-aborted' });
  const got = outcomeOf(cache.get('a'));
  await runtime.settle();
  const made: number[] = [];
  for (let times = 0; times < 2; times += 1) {
    runtime.freeze(ATTEMPT_MS + 2_000);
    await runtime.advance(1);
    made.push(service.calls.length);
  }
  expect(made).toEqual([2, 2]);
  expect(got.error).toMatchObject({ code: 'ERR_SECRET_TIMEOUT', secretId: 'a' });
});

test('a source that says that a request has left after the call was cut starts no timer', async () => {
  const runtime = new VirtualRuntime();
  const made: SourceCall[] = [];
  const source = {
    load: (_ref: unknown, call: SourceCall): Promise<never> => {
      made.push(call);
      return new Promise(() => {});
    },
  };
  const cache = new SecretCache({ source, runtime });
  const got = outcomeOf(cache.get('a'));
  await runtime.advance(ATTEMPT_MS);
  expect(codeOf(got)).toBe('ERR_SECRET_TIMEOUT');
  for (const call of made) call.onDispatch();
  expect(made).toHaveLength(1);
  expect(runtime.pendingTimers()).toEqual([]);
});

test('a caller that leaves between the describe and the read, at whatever moment, leaves no call behind', async () => {
  const reads: number[] = [];
  for (let turns = 0; turns < 40; turns += 1) {
    const { cache, service, runtime, read } = setup();
    await read('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    service.newCounts();
    const hold = service.hold();
    const controller = new AbortController();
    const got = outcomeOf(cache.get('a', { signal: controller.signal }));
    await runtime.settle();
    hold.held[0]?.release();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    controller.abort('left');
    await runtime.settle();
    expect(got.error).toBe('left');
    expect(service.calls.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
    reads.push(service.newCounts().G);
  }
  expect([...new Set(reads)]).toEqual([0, 1]);
});
