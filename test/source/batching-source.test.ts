import { describe, expect, test, vi } from 'vitest';
import { Clock } from '../../src/clock.ts';
import { SecretCacheError, type SecretCacheErrorCode } from '../../src/errors.ts';
import { type BatchingDisabled, batching } from '../../src/source/batching-source.ts';
import type { SecretRef, SecretSource, SecretVersion, SourceCall } from '../../src/source/secret-source.ts';
import { arnOf, caller, HandDrivenRuntime, NEVER, settle, watchOutcome } from './support.ts';

const MINUTE_MS = 60_000;

function versionOf(name: string): SecretVersion {
  return {
    arn: arnOf(name),
    name,
    versionId: 'v1',
    versionStages: ['AWSCURRENT'],
    createdDate: undefined,
    value: name,
  };
}

function failure(code: SecretCacheErrorCode, secretId?: string): SecretCacheError {
  return new SecretCacheError(code, `failed with ${code}`, { secretId });
}

type Answer = SecretVersion | SecretCacheError | undefined;

/** An inner source that records what it is asked, and its answers in a test's hand. */
class Inner {
  readonly singles: { ref: SecretRef; call: SourceCall }[] = [];
  readonly batches: { ids: readonly string[]; call: SourceCall }[] = [];
  onLoad: (id: string) => SecretVersion | Promise<SecretVersion> = versionOf;
  onItem: (id: string) => Answer = versionOf;
  onBatch: () => void | Promise<void> = () => {};

  async load(ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    this.singles.push({ ref, call });
    call.onDispatch();
    return this.onLoad(ref.secretId);
  }

  async loadBatch(
    ids: readonly string[],
    call: SourceCall,
  ): Promise<Map<string, SecretVersion | SecretCacheError>> {
    this.batches.push({ ids, call });
    call.onDispatch();
    await this.onBatch();
    const answers = new Map<string, SecretVersion | SecretCacheError>();
    for (const id of ids) {
      const answer = this.onItem(id);
      if (answer !== undefined) answers.set(id, answer);
    }
    return answers;
  }

  get singleIds(): string[] {
    return this.singles.map(({ ref }) => ref.secretId);
  }

  get batchIds(): (readonly string[])[] {
    return this.batches.map(({ ids }) => ids);
  }
}

function setup({ windowMs = 0, maxSize = 20 } = {}) {
  const runtime = new HandDrivenRuntime();
  const inner = new Inner();
  const notices: BatchingDisabled[] = [];
  const onDisabled = (notice: BatchingDisabled): void => void notices.push(notice);
  const load = batching(inner, { windowMs, maxSize, runtime, clock: new Clock(runtime), onDisabled });
  const loadAll = async (ids: string[]) => {
    const outcomes = ids.map((secretId) => watchOutcome(load({ secretId }, caller())));
    await runtime.endTurn();
    return outcomes;
  };
  return { runtime, inner, notices, load, loadAll };
}

const times = (count: number, shape: object): object[] => Array.from({ length: count }, () => shape);
const idsUpTo = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);

describe('the window', () => {
  test('ends with the turn: loads that start some promises apart share one batch', async () => {
    const { runtime, inner, load } = setup();
    const loads: Promise<SecretVersion>[] = [];
    for (const secretId of idsUpTo(6)) {
      loads.push(load({ secretId }, caller()));
      await Promise.resolve();
    }
    expect(inner.batches).toHaveLength(0);
    await runtime.endTurn();
    expect((await Promise.all(loads)).map(({ value }) => value)).toEqual(idsUpTo(6));
    expect(inner.batchIds).toEqual([idsUpTo(6)]);
    expect(inner.singles).toHaveLength(0);
  });

  test('of a turn with one secret makes a single call', async () => {
    const { inner, loadAll } = setup();
    expect(await loadAll(['a', 'a', 'a'])).toMatchObject(
      times(3, { state: 'resolved', value: { name: 'a' } }),
    );
    expect([inner.singleIds, inner.batches]).toEqual([['a'], []]);
    expect(inner.singles[0]?.ref).toStrictEqual({ secretId: 'a', versionStage: 'AWSCURRENT' });
  });

  test('closes at once when it is full: 100 secrets make 5 calls', async () => {
    const { runtime, inner, load } = setup();
    const loads = idsUpTo(100).map((secretId) => load({ secretId }, caller()));
    expect(inner.batchIds.map((ids) => ids.length)).toEqual([20, 20, 20, 20, 20]);
    await runtime.endTurn();
    await Promise.all(loads);
    expect(inner.batches).toHaveLength(5);
  });

  test('counts distinct ids: one asked for again and again is listed once, and all get it', async () => {
    const { inner, loadAll } = setup({ maxSize: 3 });
    const outcomes = await loadAll(['a', 'a', 'a', 'a', 'b']);
    expect(outcomes.map(({ value }) => value?.name)).toEqual(['a', 'a', 'a', 'a', 'b']);
    expect(inner.batchIds).toEqual([['a', 'b']]);
  });

  test('of a length of time is a timer that keeps no process alive and is cleared when it isn’t needed', async () => {
    const { runtime, inner, load } = setup({ windowMs: 5, maxSize: 2 });
    void load({ secretId: 'a' }, caller());
    expect(runtime.timers).toMatchObject([{ delayMs: 5, isUnref: true, isCleared: false }]);
    void load({ secretId: 'b' }, caller());
    expect(runtime.timers).toMatchObject([{ isCleared: true }]);
    runtime.timers[0]?.run();
    void load({ secretId: 'c' }, caller());
    void load({ secretId: 'd' }, caller());
    runtime.timers[1]?.run();
    expect(inner.batchIds).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('takes names together and ARNs by their account, and never mixes them', async () => {
    const { inner, loadAll } = setup();
    const [own, foreign] = ['111111111111', '222222222222'];
    await loadAll(['a', arnOf('b', own), arnOf('c', foreign), 'd', arnOf('e', own), arnOf('f', foreign)]);
    expect(inner.batchIds).toEqual([
      ['a', 'd'],
      [arnOf('b', own), arnOf('e', own)],
      [arnOf('c', foreign), arnOf('f', foreign)],
    ]);
  });
});

describe('what passes straight through', () => {
  test.each([
    { versionStage: 'AWSPENDING' },
    { versionId: 'v1' },
    { versionId: 'v1', versionStage: 'AWSCURRENT' },
  ])('a load of %j, which a batch can’t express', async (selector) => {
    const { inner, load } = setup();
    const call = caller();
    const ref = { secretId: 'a', ...selector };
    await load(ref, call);
    expect(inner.singles).toStrictEqual([{ ref, call }]);
  });

  test('every load of a source without batches', async () => {
    const load = vi.fn<SecretSource['load']>(async ({ secretId }) => versionOf(secretId));
    const runtime = new HandDrivenRuntime();
    const options = { windowMs: 0, maxSize: 20, runtime, clock: new Clock(runtime), onDisabled: () => {} };
    const loadBatched = batching({ load }, options);
    const call = caller();
    const versions = await Promise.all(['a', 'b'].map((secretId) => loadBatched({ secretId }, call)));
    expect(versions.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(load.mock.calls).toStrictEqual([
      [{ secretId: 'a' }, call],
      [{ secretId: 'b' }, call],
    ]);
  });
});

describe('leaving', () => {
  test('a caller who leaves settles at once and isn’t sent for', async () => {
    const { runtime, inner, load } = setup();
    const leaver = caller();
    const left = watchOutcome(load({ secretId: 'gone' }, leaver));
    for (const secretId of ['a', 'b']) void load({ secretId }, caller());
    leaver.abort(new Error('enough'));
    await settle();
    expect(left).toMatchObject({ state: 'rejected', error: { name: 'SecretCacheError' } });
    await runtime.endTurn();
    expect(inner.batchIds).toEqual([['a', 'b']]);
  });

  test('an id stays as long as one of its callers does', async () => {
    const { inner, load, loadAll } = setup();
    const leaver = caller();
    const left = watchOutcome(load({ secretId: 'a' }, leaver));
    const staying = loadAll(['a', 'b']);
    leaver.abort();
    expect(await staying).toMatchObject([{ state: 'resolved' }, { state: 'resolved' }]);
    expect(left.state).toBe('rejected');
    expect(inner.batchIds).toEqual([['a', 'b']]);
  });

  test('when all have left before it is sent, no call is made', async () => {
    const { runtime, inner, load } = setup();
    const callers = [caller(), caller()];
    callers.forEach((call, index) => void load({ secretId: `s${index}` }, call).catch(() => {}));
    for (const call of callers) call.abort();
    await runtime.endTurn();
    expect([inner.batches, inner.singles]).toEqual([[], []]);
  });

  test('a batch on its way is given up when the last of its callers leaves, and nothing is asked again', async () => {
    const { runtime, inner, load, notices } = setup();
    inner.onBatch = () =>
      new Promise((_resolve, reject) => {
        inner.batches[0]?.call.signal.addEventListener('abort', () =>
          reject(failure('ERR_SECRET_ACCESS_DENIED')),
        );
      });
    const callers = [caller(), caller()];
    const outcomes = callers.map((call, index) => watchOutcome(load({ secretId: `s${index}` }, call)));
    await runtime.endTurn();
    callers[0]?.abort();
    await settle();
    expect(inner.batches[0]?.call.signal.aborted).toBe(false);
    expect(outcomes.map(({ state }) => state)).toEqual(['rejected', 'pending']);
    callers[1]?.abort();
    await settle();
    expect(inner.batches[0]?.call.signal.aborted).toBe(true);
    expect(outcomes.map(({ state }) => state)).toEqual(['rejected', 'rejected']);
    expect([inner.singles, notices]).toEqual([[], []]);
  });

  test('a batch that never settles still lets its callers go', async () => {
    const { runtime, inner, load } = setup();
    inner.onBatch = () => NEVER;
    const call = caller();
    const outcome = watchOutcome(load({ secretId: 'a' }, call));
    void load({ secretId: 'b' }, caller());
    await runtime.endTurn();
    call.abort();
    await settle();
    expect(outcome.state).toBe('rejected');
  });

  test('the callers of a batch are all told that it was sent, and again when a single call replaces it', async () => {
    const { runtime, inner, load } = setup();
    inner.onItem = (id) => (id === 'b' ? undefined : versionOf(id));
    const callers = [caller(), caller(), caller()];
    ['a', 'b', 'b'].forEach((secretId, index) => void load({ secretId }, callers[index] ?? caller()));
    await runtime.endTurn();
    expect(callers.map((call) => call.onDispatch.mock.calls.length)).toEqual([1, 2, 2]);
  });
});

describe('an answer by item', () => {
  test('of an error is that id’s alone, and each caller’s own', async () => {
    const { inner, loadAll } = setup();
    inner.onItem = (id) => (id === 'b' ? failure('ERR_SECRET_NOT_FOUND', id) : versionOf(id));
    const [a, b1, b2] = await loadAll(['a', 'b', 'b']);
    expect(a?.state).toBe('resolved');
    expect(b1?.error).toMatchObject({ code: 'ERR_SECRET_NOT_FOUND', secretId: 'b' });
    expect(b1?.error).not.toBe(b2?.error);
    expect(inner.singles).toHaveLength(0);
  });

  test.each([
    'ERR_SECRET_ACCESS_DENIED',
    'ERR_SECRET_THROTTLED',
    'ERR_SECRET_UNAVAILABLE',
    'ERR_SECRET_TIMEOUT',
    'ERR_SECRET_CREDENTIALS',
    'ERR_SECRET_MALFORMED_RESPONSE',
  ] as const)('of %s is asked once more, singly', async (code) => {
    const { inner, loadAll } = setup();
    inner.onItem = (id) => (id === 'b' ? failure(code, id) : versionOf(id));
    expect(await loadAll(['a', 'b', 'b'])).toMatchObject(times(3, { state: 'resolved' }));
    expect(inner.singleIds).toEqual(['b']);
  });

  test.each([
    'ERR_SECRET_NOT_FOUND',
    'ERR_SECRET_DELETED',
    'ERR_SECRET_DECRYPTION',
    'ERR_SECRET_INVALID_REQUEST',
  ] as const)('of %s is final', async (code) => {
    const { inner, loadAll } = setup();
    inner.onItem = (id) => failure(code, id);
    expect(await loadAll(['a', 'b'])).toMatchObject(times(2, { error: { code } }));
    expect(inner.singles).toHaveLength(0);
  });

  test('that is missing is asked for singly, once, whatever that answers', async () => {
    const { inner, loadAll } = setup();
    inner.onItem = () => undefined;
    inner.onLoad = (id) => Promise.reject(failure('ERR_SECRET_UNAVAILABLE', id));
    const outcomes = await loadAll(['a', 'b']);
    expect(outcomes).toMatchObject([{ error: { secretId: 'a' } }, { error: { secretId: 'b' } }]);
    expect(inner.singleIds).toEqual(['a', 'b']);
  });

  test('of something that is no error of ours still settles everyone', async () => {
    const { inner, loadAll } = setup();
    inner.loadBatch = () => Promise.resolve(undefined as never);
    expect(await loadAll(['a', 'b'])).toMatchObject(times(2, { error: { code: 'ERR_SECRET_UNAVAILABLE' } }));
    inner.loadBatch = () => {
      throw new Error('at once');
    };
    expect(await loadAll(['a', 'b'])).toMatchObject(times(2, { error: { code: 'ERR_SECRET_UNAVAILABLE' } }));
  });
});

const failing = (code: SecretCacheErrorCode) => {
  const bed = setup();
  bed.inner.onBatch = () => {
    throw failure(code);
  };
  return bed;
};

describe('a batch that fails as a whole', () => {
  test.each([
    ['ERR_SECRET_ACCESS_DENIED', 'denied', 0, 5 * MINUTE_MS],
    ['ERR_SECRET_THROTTLED', 'throttled', 0, MINUTE_MS / 2],
    ['ERR_SECRET_THROTTLED', 'throttled', 0.5, 0.75 * MINUTE_MS],
  ] as const)(
    'with %s succeeds singly, and batches rest (%s, random %d: %d ms)',
    async (code, reason, chance, forMs) => {
      const { runtime, inner, notices, loadAll } = failing(code);
      runtime.chance = chance;
      expect(await loadAll(['a', 'b', 'c'])).toMatchObject(times(3, { state: 'resolved' }));
      expect(inner.singleIds).toEqual(['a', 'b', 'c']);
      expect(notices).toEqual([{ reason, forMs }]);

      runtime.nowMs += forMs - 1;
      await loadAll(['d', 'e']);
      expect([inner.batches.length, inner.singles.length]).toEqual([1, 5]);
      runtime.nowMs += 1;
      await loadAll(['f', 'g']);
      expect([inner.batches.length, inner.singles.length]).toEqual([2, 7]);
      expect(notices).toHaveLength(2);
    },
  );

  test('with others in flight that fail alike switches off once', async () => {
    const { inner, notices, loadAll } = failing('ERR_SECRET_ACCESS_DENIED');
    await loadAll(idsUpTo(60));
    expect(inner.batches).toHaveLength(3);
    expect(inner.singles).toHaveLength(60);
    expect(notices).toHaveLength(1);
  });

  test('switches off its own group alone', async () => {
    const { inner, notices, loadAll } = setup();
    inner.onBatch = () => {
      if (inner.batches.at(-1)?.ids.includes('a')) throw failure('ERR_SECRET_ACCESS_DENIED');
    };
    await loadAll(['a', 'b']);
    await loadAll([arnOf('c'), arnOf('d'), 'e', 'f']);
    expect(inner.batchIds).toEqual([
      ['a', 'b'],
      [arnOf('c'), arnOf('d')],
    ]);
    expect(inner.singleIds).toEqual(['a', 'b', 'e', 'f']);
    expect(notices).toHaveLength(1);
  });

  test('leaves a window that is open by then to single calls', async () => {
    const { runtime, inner, load } = failing('ERR_SECRET_ACCESS_DENIED');
    const loads = idsUpTo(22).map((secretId) => load({ secretId }, caller()));
    await settle();
    await runtime.endTurn();
    await Promise.all(loads);
    expect([inner.batches.length, inner.singles.length]).toEqual([1, 22]);
  });

  test.each([
    'ERR_SECRET_INVALID_REQUEST',
    'ERR_SECRET_NOT_FOUND',
    'ERR_SECRET_DELETED',
    'ERR_SECRET_DECRYPTION',
  ] as const)('with %s succeeds singly, and the next batch is tried', async (code) => {
    const { inner, notices, loadAll } = failing(code);
    expect(await loadAll(['a', 'b'])).toMatchObject(times(2, { state: 'resolved' }));
    await loadAll(['c', 'd']);
    expect([inner.batches.length, inner.singles.length, notices.length]).toEqual([2, 4, 0]);
  });

  test.each([
    'ERR_SECRET_UNAVAILABLE',
    'ERR_SECRET_TIMEOUT',
    'ERR_SECRET_CREDENTIALS',
    'ERR_SECRET_MALFORMED_RESPONSE',
    'ERR_CACHE_CLOSED',
  ] as const)(
    'with %s fails its callers, each about its own secret, without a storm of single calls',
    async (code) => {
      const { inner, notices, loadAll } = failing(code);
      const outcomes = await loadAll(['a', 'b', 'b']);
      expect(outcomes).toMatchObject(['a', 'b', 'b'].map((secretId) => ({ error: { code, secretId } })));
      expect(new Set(outcomes.map(({ error }) => error)).size).toBe(3);
      expect(outcomes[0]?.error?.message).toBe(
        `Secret "a" was asked for in a batch that failed. failed with ${code}`,
      );
      expect([inner.singles, notices]).toEqual([[], []]);
    },
  );
});

test('many callers of one batch leave no listeners behind, and Node has nothing to warn of', async () => {
  const warnings = vi.fn<() => void>();
  process.on('warning', warnings);
  const { runtime, load } = setup();
  const callers = idsUpTo(19).map(() => caller());
  const added = callers.map(({ signal }) => vi.spyOn(signal, 'addEventListener'));
  const removed = callers.map(({ signal }) => vi.spyOn(signal, 'removeEventListener'));
  const loads = callers.map((call, index) => load({ secretId: `s${index}` }, call));
  await runtime.endTurn();
  await Promise.all(loads);
  process.off('warning', warnings);
  expect(warnings).not.toHaveBeenCalled();
  const count = (spies: typeof added | typeof removed): number[] => spies.map((spy) => spy.mock.calls.length);
  expect(count(removed)).toEqual(count(added));
});
