/** Sources of the user's own: what they leave out, say late, or get wrong. */

import { describe, expect, test } from 'vitest';

import {
  awsSource,
  SecretCache,
  type SecretSource,
  type SecretVersion,
  type SourceCall,
} from '../../src/index.ts';
import { ModelService } from '../support/model-service.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { ATTEMPT_MS, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

function version(n: number): SecretVersion {
  return {
    arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf',
    name: 'a',
    versionId: `00000000-0000-4000-8000-00000000000${n}`,
    versionStages: ['AWSCURRENT'],
    createdDate: undefined,
    value: `a v${n}`,
  };
}

function bed(source: SecretSource): { cache: SecretCache; runtime: VirtualRuntime } {
  const runtime = new VirtualRuntime();
  return { runtime, cache: new SecretCache({ ttlJitter: 0, source, runtime }) };
}

describe('a call that never says when it left', () => {
  test('counts from the call itself, although an earlier call said it', async () => {
    const truth = { current: 1 };
    const late: (() => void)[] = [];
    let calls = 0;
    const { cache, runtime } = bed({
      load: (_ref, call) => {
        calls += 1;
        if (calls === 1) call.onDispatch();
        const answer = version(truth.current);
        if (calls !== 2) return Promise.resolve(answer);
        return new Promise((resolve) => {
          late.push(() => resolve(answer));
        });
      },
    });
    await runtime.run(cache.get('a'));
    cache.invalidate('a');
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    truth.current = 2;
    cache.invalidate('a');
    const after = outcomeOf(cache.get('a'));
    await runtime.settle();
    for (const answer of late) answer();
    await runtime.settle();
    expect(before.value?.text()).toBe('a v1');
    expect(after.value?.text()).toBe('a v2');
  });

  test('is cut at attemptTimeoutMs, although an earlier call said it', async () => {
    let calls = 0;
    const { cache, runtime } = bed({
      load: (_ref, call) => {
        calls += 1;
        if (calls > 1) return new Promise(() => {});
        call.onDispatch();
        return Promise.resolve(version(1));
      },
    });
    await runtime.run(cache.get('a'));
    cache.invalidate('a');
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(ATTEMPT_MS);
    expect(codeOf(get)).toBe('ERR_SECRET_TIMEOUT');
    await runtime.advance(ATTEMPT_MS);
  });
});

describe('an awsSource that is given as the source', () => {
  test.each([
    { asks: 'singly', batch: false },
    { asks: 'in batches', batch: true },
  ])('has a queue too, whose time is not the attempt’s: $asks', async ({ batch }) => {
    const runtime = new VirtualRuntime();
    const service = new ModelService(runtime);
    for (const name of ['a', 'b', 'c', 'd']) service.create(name, `${name} v1`);
    const source = awsSource({ client: service, maxConcurrency: 1 });
    const cache = new SecretCache({ source, runtime, batch, waitBudgetMs: 3 * ATTEMPT_MS });
    const holds = ['a', 'b'].map((secretId) => service.hold({ secretId }));
    const hanging = [];
    for (const secretId of ['a', 'b']) {
      hanging.push(outcomeOf(cache.get(secretId)));
      await runtime.settle();
    }
    const queued = ['c', 'd'].map((secretId) => outcomeOf(cache.get(secretId)));
    await runtime.advance(2 * ATTEMPT_MS);
    expect(hanging.map(codeOf)).toEqual(['ERR_SECRET_TIMEOUT', 'ERR_SECRET_TIMEOUT']);
    expect(queued.map(({ value }) => value?.text())).toEqual(['c v1', 'd v1']);
    for (const hold of holds) hold.lift();
  });

  test('has another for descriptions', async () => {
    const runtime = new VirtualRuntime();
    const service = new ModelService(runtime);
    const source = awsSource({ client: service, maxConcurrency: 1 });
    const waits = { waitBudgetMs: 3 * ATTEMPT_MS, staleWaitMs: 3 * ATTEMPT_MS };
    const cache = new SecretCache({ source, runtime, ttlJitter: 0, ...waits });
    for (const name of ['a', 'b', 'c']) {
      service.create(name, `${name} v1`);
      await runtime.run(cache.get(name));
    }
    await runtime.advance(TTL_MS);
    const holds = ['a', 'b'].map((secretId) => service.hold({ secretId }));
    const gets = ['a', 'b', 'c'].map((secretId) => outcomeOf(cache.get(secretId)));
    await runtime.advance(2 * ATTEMPT_MS);
    expect(gets.map(({ value }) => value?.text())).toEqual(['a v1', 'b v1', 'c v1']);
    // The checks of two were cut; the third one's was sent when its turn came.
    expect(cache.stats()).toMatchObject({ describes: 3, stale: 2 });
    for (const hold of holds) hold.lift();
  });
});

describe('the signal of a call', () => {
  test.each([
    { looks: 'at once', early: true },
    { looks: 'after the end', early: false },
  ])('tells a source that looks $looks why the call ended', async ({ early }) => {
    const signals: AbortSignal[] = [];
    const calls: SourceCall[] = [];
    const { cache, runtime } = bed({
      load: (_ref, call) => {
        calls.push(call);
        if (early) signals.push(call.signal);
        return new Promise(() => {});
      },
    });
    void outcomeOf(cache.get('a'));
    await runtime.advance(ATTEMPT_MS);
    const [signal] = early ? signals : calls.map((call) => call.signal);
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(signal).toBe(calls[0]?.signal);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ code: 'ERR_SECRET_TIMEOUT' });
  });

  test('goes with a copy of the call', async () => {
    const copies: SourceCall[] = [];
    const { cache, runtime } = bed({
      load: (_ref, call) => {
        copies.push({ ...call });
        return new Promise(() => {});
      },
    });
    const leaver = new AbortController();
    void outcomeOf(cache.get('a', { signal: leaver.signal }));
    await runtime.settle();
    expect(copies[0]?.signal.aborted).toBe(false);
    leaver.abort();
    expect(copies[0]?.signal.aborted).toBe(true);
  });
});

describe('garbage', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty object', {}],
  ])('a load that resolves with %s is covered by the held value, and backs off', async (_name, garbage) => {
    let calls = 0;
    const { cache, runtime } = bed({
      load: () => {
        calls += 1;
        return Promise.resolve(calls === 1 ? version(1) : (garbage as SecretVersion));
      },
    });
    await runtime.run(cache.get('a'));
    await runtime.advance(TTL_MS);
    expect((await runtime.run(cache.get('a'))).text()).toBe('a v1');
    expect((await runtime.run(cache.get('a'))).text()).toBe('a v1');
    expect(calls).toBe(2);
  });

  test('a batch that rejects with an error whose own fields throw fails its gets and nothing else', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const hostile = new Error('hostile');
    Object.defineProperty(hostile, 'name', {
      get: () => {
        throw new Error('trap');
      },
    });
    const { cache, runtime } = bed({
      load: () => Promise.resolve(version(1)),
      loadBatch: () => Promise.reject(hostile),
    });
    const gets = ['a', 'b'].map((id) => outcomeOf(cache.get(id)));
    await runtime.advance(ATTEMPT_MS);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
    expect(gets.map(codeOf)).toEqual(['ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_UNAVAILABLE']);
  });
});
