/** A source with a cache of its own: what must not be answered from there, and what such an answer doesn't prove. */

import { describe, expect, test } from 'vitest';

import { SecretCache, SecretCacheError, type SecretCacheOptions } from '../../src/index.ts';
import type { SecretRef, SecretSource, SecretVersion, SourceCall } from '../../src/source/secret-source.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { ATTEMPT_MS, BUDGET_MS, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf';

/** One secret `a`, and a cache that never expires between it and the caller, kept by what is asked for as the agent's is. */
class CachedBelow implements SecretSource {
  /** The version that each label is on, `1` for `v1`. */
  readonly labels = new Map([['AWSCURRENT', 1]]);
  isDenied = false;
  isDown = false;
  /** What calls wait for before they leave. */
  turn: Promise<void> | undefined;
  /** What calls that begin now wait for when they have left. */
  answered: Promise<void> | undefined;
  /** Whether each call was to be fresh. */
  calls: boolean[] = [];
  readonly #kept = new Map<string, SecretVersion>();

  async load(ref: SecretRef, { fresh = false, onDispatch }: SourceCall): Promise<SecretVersion> {
    this.calls.push(fresh);
    const { answered } = this;
    await this.turn;
    onDispatch();
    await answered;
    const key = JSON.stringify([ref.versionStage, ref.versionId]);
    const kept = fresh ? undefined : this.#kept.get(key);
    const version = kept ?? this.#read(ref);
    this.#kept.set(key, version);
    return { ...version, mayBeCached: !fresh };
  }

  /** Takes what was called so far. */
  takeCalls(): boolean[] {
    return this.calls.splice(0);
  }

  rotate(): void {
    const current = this.labels.get('AWSCURRENT') ?? 0;
    this.labels.set('AWSPREVIOUS', current).set('AWSCURRENT', current + 1);
  }

  #read({ versionStage, versionId }: SecretRef): SecretVersion {
    if (this.isDown) throw new SecretCacheError('ERR_SECRET_UNAVAILABLE', 'down');
    if (this.isDenied) throw new SecretCacheError('ERR_SECRET_ACCESS_DENIED', 'denied');
    const n =
      versionId === undefined ? this.labels.get(versionStage ?? 'AWSCURRENT') : Number(versionId.at(-1));
    return {
      arn: ARN,
      name: 'a',
      versionId: idOf(n ?? 0),
      versionStages: [...this.labels].filter(([, holder]) => holder === n).map(([label]) => label),
      createdDate: undefined,
      value: `v${n}`,
    };
  }
}

interface Bed {
  readonly source: CachedBelow;
  readonly cache: SecretCache;
  readonly runtime: VirtualRuntime;
  readonly read: (versionStage?: string) => Promise<string>;
  readonly code: () => Promise<string>;
}

function bed(options: Omit<SecretCacheOptions, 'source' | 'runtime'> = {}): Bed {
  const runtime = new VirtualRuntime();
  const source = new CachedBelow();
  const cache = new SecretCache({ ttlJitter: 0, ...options, source, runtime });
  const read = async (versionStage = 'AWSCURRENT'): Promise<string> =>
    (await runtime.run(cache.get('a', { versionStage }))).text();
  const code = async (): Promise<string> => {
    const outcome = outcomeOf(cache.get('a'));
    await runtime.settle();
    return codeOf(outcome);
  };
  return { source, cache, runtime, read, code };
}

function idOf(n: number): string {
  return `00000000-0000-4000-8000-00000000000${n}`;
}

describe('what may be answered from below', () => {
  test('a first get, a check past the TTL and a get of another label', async () => {
    const { source, runtime, read } = bed();
    await read();
    source.rotate();
    await runtime.advance(TTL_MS);
    expect(await read()).toBe('v1');
    expect(await read('AWSPREVIOUS')).toBe('v1');
    expect(source.calls).toEqual([false, false, false]);
  });

  test('a get after an eviction', async () => {
    const { source, cache, runtime, read } = bed({ maxEntries: 1 });
    await read();
    await runtime.run(cache.get(ARN));
    expect(await read()).toBe('v1');
    expect(source.calls).toEqual([false, false, false]);
  });
});

describe('what must be true now', () => {
  test('a refresh, and not the checks that follow it', async () => {
    const { source, cache, runtime, read } = bed();
    await read();
    source.rotate();
    expect((await runtime.run(cache.refresh('a'))).text()).toBe('v2');
    await runtime.advance(TTL_MS);
    expect(await read()).toBe('v2');
    expect(source.calls).toEqual([false, true, false]);
  });

  test('the get after a refresh that failed', async () => {
    const { source, cache, runtime, read, code } = bed();
    await read();
    source.rotate();
    source.isDown = true;
    await runtime.run(cache.refresh('a').catch(() => {}));
    source.isDown = false;
    await runtime.advance(1_000);
    expect(await code()).toBe('fulfilled');
    expect(await read()).toBe('v2');
    expect(source.calls).toEqual([false, true, true]);
  });

  test('what withSecret asks for after a refusal: the new password is found behind the old one', async () => {
    const { source, cache, runtime, read } = bed();
    await read();
    source.rotate();
    const login = cache.withSecret('a', (secret) => {
      if (secret.text() === 'v1') throw Object.assign(new Error('refused'), { code: '28P01' });
      return secret.text();
    });
    expect(await runtime.run(login)).toBe('v2');
    expect(source.calls).toEqual([false, true]);
  });

  test.each(['invalidate', 'clear'] as const)('the get after %s', async (how) => {
    const { source, cache, read } = bed();
    await read();
    source.rotate();
    if (how === 'invalidate') cache.invalidate('a');
    else cache.clear();
    expect(await read()).toBe('v2');
    expect(source.calls).toEqual([false, true]);
  });

  test('the get after an invalidation, although nothing was ever asked before it', async () => {
    const { source, cache, runtime } = bed();
    await source.load({ secretId: 'a', versionStage: 'AWSCURRENT' }, quiet());
    source.rotate();
    cache.invalidate('a');
    expect((await runtime.run(cache.get('a'))).text()).toBe('v2');
  });

  test('the get after a push, until the version that it names has shown', async () => {
    const { source, cache, runtime, read } = bed();
    await read();
    cache.notify({ secretId: 'a', versionStage: 'AWSCURRENT', versionId: idOf(2) });
    expect(await read()).toBe('v1');
    source.rotate();
    await runtime.advance(5_000);
    expect(await read()).toBe('v2');
    await runtime.advance(TTL_MS);
    await read();
    expect(source.calls).toEqual([false, true, true, false]);
  });
});

describe('a call that isn’t fresh, and leaves after', () => {
  test.each(['invalidate', 'clear'] as const)(
    '%s answers those who waited, and nobody later',
    async (how) => {
      const { source, cache, runtime, read } = bed();
      await source.load({ secretId: 'a', versionStage: 'AWSCURRENT' }, quiet());
      source.rotate();
      source.takeCalls();
      const { opened, open: leave } = gate();
      source.turn = opened;
      const before = outcomeOf(cache.get('a'));
      await runtime.settle();
      if (how === 'invalidate') cache.invalidate('a');
      else cache.clear();
      leave();
      await runtime.settle();
      expect(before.value?.text()).toBe('v1');
      expect(await read()).toBe('v2');
      expect(source.calls).toEqual([false, true]);
    },
  );

  test('a push doesn’t serve it', async () => {
    const { source, cache, runtime, read } = bed();
    await read();
    source.rotate();
    await runtime.advance(TTL_MS);
    const { opened, open: leave } = gate();
    source.turn = opened;
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    cache.notify({ secretId: 'a', versionStage: 'AWSCURRENT' });
    leave();
    await runtime.settle();
    expect(before.value?.text()).toBe('v1');
    await runtime.advance(1_000);
    expect(await read()).toBe('v2');
    expect(source.calls).toEqual([false, false, true]);
  });
});

describe('a revoked right', () => {
  test('is confirmed by a call that is fresh, and the value below doesn’t come back', async () => {
    const { source, cache, runtime, read, code } = bed();
    await read();
    source.isDenied = true;
    await runtime.run(cache.refresh('a').catch(() => {}));
    await runtime.advance(1_000);
    expect(await code()).toBe('ERR_SECRET_ACCESS_DENIED');
    await runtime.advance(30_000);
    expect(await code()).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(source.calls).toEqual([false, true, true, true]);
  });

  test('bites after ttlMs + staleIfErrorMs, although the cache below goes on answering', async () => {
    const { source, runtime, read, code } = bed({ staleIfErrorMs: 2 * TTL_MS });
    await read();
    source.isDenied = true;
    for (const check of [1, 2]) {
      await runtime.advance(TTL_MS);
      expect(await read(), `check ${check}`).toBe('v1');
    }
    await runtime.advance(TTL_MS);
    expect(await read()).toBe('v1');
    await runtime.advance(1_000);
    expect(await code()).toBe('ERR_SECRET_ACCESS_DENIED');
    await runtime.advance(30_000);
    expect(await code()).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(source.calls).toEqual([false, false, false, true, true, true]);
  });

  test('of one label is no less in doubt for what is kept below of another', async () => {
    const { source, cache, runtime, read } = bed();
    source.rotate();
    await read();
    await read('AWSPREVIOUS');
    source.isDenied = true;
    await runtime.run(cache.refresh('a').catch(() => {}));
    await runtime.advance(1_000);
    const previous = outcomeOf(cache.get('a', { versionStage: 'AWSPREVIOUS' }));
    await runtime.settle();
    expect(codeOf(previous)).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(cache.peek('a')).toBe(undefined);
  });
});

describe('a suspicion', () => {
  test('is not cleared by what was asked for below before it arose, and comes after', async () => {
    const { source, cache, runtime, read, code } = bed();
    source.labels.set('blue', 1);
    await read();
    await read('blue');
    await runtime.advance(TTL_MS);
    source.isDenied = true;
    const [denial, kept] = [gate(), gate()];
    source.answered = denial.opened;
    const refresh = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    source.answered = kept.opened;
    const blue = outcomeOf(cache.get('a', { versionStage: 'blue' }));
    await runtime.settle();
    source.answered = undefined;
    denial.open();
    await runtime.settle();
    kept.open();
    await runtime.settle();
    expect([codeOf(refresh), blue.value?.text()]).toEqual(['ERR_SECRET_ACCESS_DENIED', 'v1']);
    await runtime.advance(1_000);
    expect(await code()).toBe('ERR_SECRET_ACCESS_DENIED');
  });
});

describe('the labels of an answer from below', () => {
  test('an old answer about a version moves no label but the one asked for', async () => {
    const { source, cache, runtime, read } = bed();
    // Kept below while v1 was AWSCURRENT.
    await source.load({ secretId: 'a', versionId: idOf(1) }, quiet());
    source.rotate();
    expect(await read()).toBe('v2');
    expect((await runtime.run(cache.get('a', { versionId: idOf(1) }))).text()).toBe('v1');
    expect(await read()).toBe('v2');
  });

  test('a check of one label says nothing of another one’s age', async () => {
    const { source, runtime, read } = bed();
    source.labels.set('blue', 1);
    await read();
    await runtime.advance(TTL_MS / 2);
    await read('blue');
    source.takeCalls();
    await runtime.advance(TTL_MS / 2);
    await read();
    expect(source.calls).toEqual([false]);
  });

  test('two labels on one version are each checked once a TTL, and make each other due no sooner', async () => {
    const { source, runtime, read } = bed();
    source.labels.set('blue', 1);
    for (const window of [1, 2, 3]) {
      for (const label of ['AWSCURRENT', 'blue', 'AWSCURRENT', 'blue']) await read(label);
      expect(source.takeCalls(), `window ${window}`).toEqual([false, false]);
      await runtime.advance(TTL_MS);
    }
  });

  test('a fresh answer shows all of them', async () => {
    const { source, cache, runtime, read } = bed();
    await read();
    source.rotate();
    await runtime.run(cache.refresh('a'));
    source.takeCalls();
    expect(cache.peek('a')?.versionStages).toEqual(['AWSCURRENT']);
    expect(cache.peek('a', { versionId: idOf(1) })?.versionStages).toEqual([]);
  });
});

describe('a queue in a source', () => {
  test('counts in the wait budget and not in the attempt: the limit runs from when the request leaves', async () => {
    const calls: SourceCall[] = [];
    const runtime = new VirtualRuntime();
    const source: SecretSource = {
      load: (_ref, call) => {
        calls.push(call);
        call.onQueued?.();
        return new Promise(() => {});
      },
    };
    const cache = new SecretCache({ source, runtime, waitBudgetMs: 2 * BUDGET_MS });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    await runtime.advance(ATTEMPT_MS + 1);
    expect(get.state).toBe('pending');
    calls[0]?.onDispatch();
    await runtime.advance(ATTEMPT_MS - 1);
    expect(get.state).toBe('pending');
    await runtime.advance(1);
    expect(codeOf(get)).toBe('ERR_SECRET_TIMEOUT');
  });

  test('that a call comes back to stops the time of its attempt', async () => {
    const calls: SourceCall[] = [];
    const runtime = new VirtualRuntime();
    const source: SecretSource = {
      load: (_ref, call) => {
        calls.push(call);
        call.onQueued?.();
        call.onDispatch();
        call.onQueued?.();
        return new Promise(() => {});
      },
    };
    const cache = new SecretCache({ source, runtime, waitBudgetMs: 2 * BUDGET_MS });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    await runtime.advance(ATTEMPT_MS + 1);
    expect([get.state, calls[0]?.signal.aborted]).toEqual(['pending', false]);
    calls[0]?.onDispatch();
    await runtime.advance(ATTEMPT_MS);
    expect(codeOf(get)).toBe('ERR_SECRET_TIMEOUT');
  });

  test.each([
    { times: 'once', isSaidAgain: false },
    { times: 'again and again', isSaidAgain: true },
  ])('ends with the wait budget for a request that never leaves, said $times', async ({ isSaidAgain }) => {
    const runtime = new VirtualRuntime();
    let signal: AbortSignal | undefined;
    const source: SecretSource = {
      load: (_ref, call) => {
        ({ signal } = call);
        call.onQueued?.();
        if (isSaidAgain) runtime.setTimeout(() => call.onQueued?.(), BUDGET_MS - 1);
        return new Promise(() => {});
      },
    };
    const get = outcomeOf(new SecretCache({ source, runtime }).get('a'));
    await runtime.settle();
    await runtime.advance(BUDGET_MS);
    expect([codeOf(get), signal?.aborted]).toEqual(['ERR_SECRET_TIMEOUT', true]);
  });
});

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = ignore;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

function ignore(): void {}

function quiet(): SourceCall {
  return { signal: new AbortController().signal, onDispatch: () => {} };
}
