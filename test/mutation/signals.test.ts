/** Signals: those of callers, that several share and that abort at any moment, and those that a source is called with. */

import { describe, expect, test } from 'vitest';

import { SecretCache, type SecretSource, type SecretVersion, type SourceCall } from '../../src/index.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { ATTEMPT_MS, setup, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

test('a signal that two gets share still ends the second when the first has been answered', async () => {
  const { cache, service, runtime } = setup({ secrets: ['a', 'b'], batch: false });
  const hold = service.hold({ secretId: 'b' });
  const controller = new AbortController();
  const { signal } = controller;
  const outcomes = ['a', 'b'].map((secretId) => outcomeOf(cache.get(secretId, { signal })));
  await runtime.settle();
  expect(outcomes.map(codeOf)).toEqual(['fulfilled', 'pending']);
  controller.abort('left');
  await runtime.settle();
  expect(outcomes.map(codeOf)).toEqual(['fulfilled', 'left']);
  hold.lift();
});

test('a get whose signal aborts while it goes on from a forced refresh to a call of its own rejects at once', async () => {
  const ended = new Set<string>();
  for (let turns = 0; turns < 60; turns += 1) {
    const { cache, service, runtime, read } = setup({ attemptTimeoutMs: 60_000 });
    await read('a');
    const rejectedVersionId = service.versionOf('a');
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'G', times: 1 });
    const before = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    const forced = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    const controller = new AbortController();
    const got = outcomeOf(cache.get('a', { signal: controller.signal }));
    await runtime.settle();
    service.fail({ hangs: 'until-aborted' });
    // The forced refresh finds the version that the one before it brings: the get needs a call of its own.
    hold.lift();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    controller.abort('left');
    await runtime.settle();
    expect([before, forced, got].map(codeOf), `after ${turns} turns`).toEqual([
      'fulfilled',
      'fulfilled',
      'left',
    ]);
    ended.add(service.calls.at(-1)?.outcome ?? '');
  }
  expect(ended).toEqual(new Set(['ok', 'aborted']));
});

const IDENTITY = { arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf', name: 'a' };
const LABELS = ['AWSCURRENT'];

function version(n: number): SecretVersion {
  return { ...IDENTITY, versionId: `v${n}`, versionStages: LABELS, createdDate: undefined, value: `a v${n}` };
}

describe('the signal that a source is called with', () => {
  test.each([
    ['a load', ['a']],
    ['a batch', ['a', 'b']],
  ])('says why %s was ended', async (_what, secretIds) => {
    const signals: AbortSignal[] = [];
    const hang = (_asked: unknown, { signal }: SourceCall): Promise<never> => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const runtime = new VirtualRuntime();
    const cache = new SecretCache({ source: { load: hang, loadBatch: hang }, runtime });
    const outcomes = secretIds.map((secretId) => outcomeOf(cache.get(secretId)));
    await runtime.advance(ATTEMPT_MS);
    expect(outcomes.map(codeOf)).toEqual(secretIds.map(() => 'ERR_SECRET_TIMEOUT'));
    expect(signals.map(({ reason }) => Reflect.get(reason, 'code'))).toEqual(['ERR_SECRET_TIMEOUT']);
  });

  test('aborts when the caller leaves, although a batch that did not know its secret came before', async () => {
    const signals: AbortSignal[] = [];
    const runtime = new VirtualRuntime();
    const source: SecretSource = {
      loadBatch: () => Promise.resolve(new Map()),
      load: (_ref, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    };
    const cache = new SecretCache({ source, runtime });
    const controller = new AbortController();
    const { signal } = controller;
    const outcomes = ['a', 'b'].map((secretId) => outcomeOf(cache.get(secretId, { signal })));
    await runtime.settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    controller.abort('left');
    await runtime.settle();
    expect(outcomes.map(codeOf)).toEqual(['left', 'left']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test('never aborts once the call is over, although the get goes on to another one and is left then', async () => {
    const signals: AbortSignal[] = [];
    const source: SecretSource = {
      load: (_ref, { signal }) => {
        signals.push(signal);
        return signals.length === 1 ? Promise.resolve(version(1)) : new Promise(() => {});
      },
      describe: (_secretId, { signal }) => {
        signals.push(signal);
        const versionIdsToStages = new Map([['v2', LABELS]]);
        return Promise.resolve({ ...IDENTITY, deletedDate: undefined, versionIdsToStages });
      },
    };
    const runtime = new VirtualRuntime();
    const cache = new SecretCache({ source, runtime, ttlJitter: 0 });
    await runtime.run(cache.get('a'));
    await runtime.advance(TTL_MS);
    const controller = new AbortController();
    const got = outcomeOf(cache.get('a', { signal: controller.signal }));
    await runtime.settle();
    controller.abort('left');
    await runtime.settle();
    expect(got.error).toBe('left');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, true]);
  });
});
