/** What a wait leaves behind, and what a caller gets at the end of one. */

import { setImmediate as turn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import {
  SecretCache,
  SecretCacheError,
  type SecretDescription,
  type SecretSource,
  type TimerHandle,
} from '../../src/index.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { BUDGET_MS, setup, STALE_WAIT_MS, TTL_MS } from '../support/setup.ts';
import { SteppedTime } from '../support/stepped-time.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const IDENTITY = { arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf', name: 'a' };
const VERSION_ID = '00000000-0000-4000-8000-000000000001';
const LABELS = ['AWSCURRENT'];

const load: SecretSource['load'] = () => {
  const version = { ...IDENTITY, versionId: VERSION_ID, versionStages: LABELS, createdDate: undefined };
  return Promise.resolve({ ...version, value: 'a v1' });
};

const DESCRIPTION: SecretDescription = {
  ...IDENTITY,
  deletedDate: undefined,
  versionIdsToStages: new Map([[VERSION_ID, LABELS]]),
};

test('a get that has waited in vain says for which secret', async () => {
  const { cache, service, runtime } = setup({ attemptTimeoutMs: 60_000 });
  service.fail({ hangs: 'until-aborted' });
  const outcomes = [outcomeOf(cache.get('a')), outcomeOf(cache.refresh('a'))];
  await runtime.advance(BUDGET_MS);
  for (const { error } of outcomes) {
    expect(error).toMatchObject({ code: 'ERR_SECRET_TIMEOUT', secretId: 'a' });
  }
  await cache.close();
});

test('what a runtime throws reaches the caller as it is, not as a failure of the secret, and the next get works', async () => {
  const fault = new Error('no entropy');
  let isBroken = true;
  const runtime = Object.assign(new VirtualRuntime(), {
    random: (): number => {
      if (isBroken) throw fault;
      return 0.5;
    },
  });
  const cache = new SecretCache({ source: { load }, runtime });
  const got = outcomeOf(cache.get('a'));
  await runtime.settle();
  expect(got.error).toBe(fault);
  expect(got.error).not.toBeInstanceOf(SecretCacheError);
  isBroken = false;
  expect((await runtime.run(cache.get('a'))).text()).toBe('a v1');
});

test('a runtime is never asked to clear a timer that it did not set', async () => {
  const set = new Set<TimerHandle>();
  const foreign: unknown[] = [];
  class Watched extends VirtualRuntime {
    override setTimeout(run: () => void, delayMs: number): TimerHandle {
      const timer = super.setTimeout(run, delayMs);
      set.add(timer);
      return timer;
    }
    override clearTimeout(timer: TimerHandle): void {
      if (!set.has(timer)) foreign.push(timer);
      super.clearTimeout(timer);
    }
  }
  const runtime = new Watched();
  const source = { load, describe: () => Promise.resolve(DESCRIPTION) };
  const cache = new SecretCache({ source, runtime, ttlJitter: 0 });
  await runtime.run(cache.get('a'));
  await runtime.advance(TTL_MS);
  await runtime.run(cache.get('a'));
  expect(cache.stats()).toMatchObject({ loads: 1, describes: 1 });
  expect(foreign).toEqual([]);
});

test('a get that has lost its stand-in is answered by a check that lands in the moment in which the wait for it is over', async () => {
  const statesBefore = new Set<string>();
  for (let turns = 0; turns < 60; turns += 1) {
    const time = new SteppedTime();
    const held: (() => void)[] = [];
    let calls = 0;
    const source: SecretSource = {
      load: async (ref, call) => {
        calls += 1;
        if (calls === 2) await new Promise<void>((resolve) => held.push(resolve));
        return load(ref, call);
      },
    };
    const cache = new SecretCache({ source, runtime: time, ttlJitter: 0 });
    await cache.get('a');
    time.step(TTL_MS);
    const got = outcomeOf(cache.get('a'));
    await turn();
    // Its check left before: it answers this get, but what it brings is not held.
    cache.invalidate('a');
    for (const answer of held) answer();
    for (let nth = 0; nth < turns; nth += 1) await Promise.resolve();
    statesBefore.add(got.state);
    time.step(STALE_WAIT_MS);
    await turn();
    expect(codeOf(got), `after ${turns} turns`).toBe('fulfilled');
    expect([calls, cache.peek('a')]).toEqual([2, undefined]);
    await cache.close();
  }
  expect(statesBefore).toEqual(new Set(['pending', 'fulfilled']));
});
