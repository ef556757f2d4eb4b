/** A credential that is refused: which version is tried next, what that costs, and when it is given up. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Secret, WithSecretOptions } from '../../src/index.ts';
import { codeOf, outcomeOf, type Outcome } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { BUDGET_MS, setup, type TestBed, TTL_MS } from '../support/setup.ts';

const DEADLINE_MS = 5_000;
const NO_CALL = { G: 0, D: 0, B: 0 };
const ONE_READ = { G: 1, D: 0, B: 0 };

/** What takes passwords: refuses all but those it is told to accept, and keeps the refusals. */
class Database {
  readonly accepted: Set<string>;
  readonly logins: string[] = [];
  readonly refusals: Error[] = [];

  constructor(...accepted: string[]) {
    this.accepted = new Set(accepted);
  }

  readonly login = async (secret: Secret): Promise<string> => {
    this.logins.push(secret.text());
    if (this.accepted.has(secret.text())) return `welcome, ${secret.text()}`;
    const refusal = Object.assign(new Error('password authentication failed'), { code: '28P01' });
    this.refusals.push(refusal);
    throw refusal;
  };
}

/** A service with an error of its own for a password that is over. */
function enter(secret: Secret): string {
  if (secret.text() === 'a v1') throw new Error('EXPIRED_PASSWORD');
  return secret.text();
}

function isExpired(error: unknown): boolean {
  return error instanceof Error && error.message === 'EXPIRED_PASSWORD';
}

async function holding(options: Parameters<typeof setup>[0] = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return bed;
}

/** When reads were sent, on the monotonic clock. */
function readsAtMs({ service }: TestBed): number[] {
  return service.calls.filter(({ op }) => op === 'G').map(({ atMs }) => atMs);
}

/** Rounded: instants of the wall clock have a precision of some hundred nanoseconds. */
function leastGapMs(instants: readonly number[]): number {
  return Math.min(...instants.slice(1).map((atMs, index) => Math.round(atMs - (instants[index] ?? 0))));
}

describe('a secret that is accepted', () => {
  test.each<[string, (secret: Secret) => unknown, unknown]>([
    ['a plain value', (secret) => secret.text().length, 4],
    ['a promise', (secret) => Promise.resolve(secret.text()), 'a v1'],
    // oxlint-disable-next-line unicorn/no-thenable -- what is under test
    ['a thenable', () => ({ then: (resolve: (value: string) => void) => resolve('then') }), 'then'],
    ['undefined', () => undefined, undefined],
    ['a promise of undefined', () => Promise.resolve(), undefined],
    ['null', () => null, null],
    ['false', () => false, false],
  ])('what `use` returns comes back: %s', async (_name, use, expected) => {
    const { cache, service, runtime } = await holding();
    const before = runtime.timersSet;
    expect(await runtime.run(cache.withSecret('a', use))).toBe(expected);
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(runtime.timersSet).toBe(before);
  });

  test('a cold one is read like by any get, under the options of a get', async () => {
    const { cache, service, runtime } = setup();
    service.put('a', 'a pending', { stages: ['AWSPENDING'] });
    const text = cache.withSecret('a', (secret) => secret.text(), { versionStage: 'AWSPENDING' });
    expect(await runtime.run(text)).toBe('a pending');
    expect(service.newCounts()).toEqual(ONE_READ);
    await runtime.advance(1_000);
    await runtime.run(cache.withSecret('a', () => {}, { versionStage: 'AWSPENDING', maxAgeMs: 1_000 }));
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test.each<[string, () => unknown]>([
    [
      'thrown',
      () => {
        throw new RangeError('not about the credential');
      },
    ],
    ['rejected', () => Promise.reject(new RangeError('not about the credential'))],
  ])('an error of `use` that is no refusal passes at once: %s', async (_name, use) => {
    const { cache, service, runtime } = await holding();
    const before = runtime.timersSet;
    await expect(runtime.run(cache.withSecret('a', use))).rejects.toThrow('not about the credential');
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(runtime.timersSet).toBe(before);
  });

  test('a secret that can’t be had rejects before `use` is run', async () => {
    const { cache, runtime, code } = setup();
    const database = new Database();
    expect(await code(cache.withSecret('missing', database.login))).toBe('ERR_SECRET_NOT_FOUND');
    expect(database.logins).toEqual([]);
    await runtime.settle();
  });

  test.each<[string, unknown, unknown, string]>([
    ['no `use`', undefined, undefined, 'TypeError'],
    ['a `use` that is no function', 'login', undefined, 'TypeError'],
    ['a deadline that is no number', () => {}, { deadlineMs: '5s' }, 'TypeError'],
    ['a negative deadline', () => {}, { deadlineMs: -1 }, 'RangeError'],
    ['a deadline that is NaN', () => {}, { deadlineMs: Number.NaN }, 'RangeError'],
    ['an unknown option', () => {}, { deadline: 5 }, 'TypeError'],
    ['an `isAuthError` that is no function', () => {}, { isAuthError: '28P01' }, 'TypeError'],
    ['no options', () => {}, null, 'TypeError'],
    ['a bad stage', () => {}, { versionStage: '' }, 'RangeError'],
  ])('bad input rejects without a call: %s', async (_name, use, options, expected) => {
    const { cache, service, code } = setup();
    const work = cache.withSecret('a', use as () => void, options as WithSecretOptions);
    expect(await code(work)).toBe(expected);
    expect(service.newCounts()).toEqual(NO_CALL);
  });
});

describe('a version that is refused', () => {
  test('while a newer one is held already, the newer one is used and no call is made', async () => {
    const bed = await holding();
    const { cache, service, runtime } = bed;
    const database = new Database('a v2');
    const slow = async (secret: Secret): Promise<string> => {
      if (secret.text() === 'a v1') await new Promise<void>((resolve) => runtime.later(resolve, 50));
      return database.login(secret);
    };
    const work = outcomeOf(cache.withSecret('a', slow));
    await runtime.settle();
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    service.newCounts();

    await runtime.advance(50);

    expect(work.value).toBe('welcome, a v2');
    expect(database.logins).toEqual(['a v1', 'a v2']);
    expect(await bed.read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('is followed by one read by the label, which starts after the refusal, and a second use', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    service.put('a', 'a v2');

    expect(await runtime.run(cache.withSecret('a', database.login))).toBe('welcome, a v2');

    expect(database.logins).toEqual(['a v1', 'a v2']);
    expect(service.newCounts()).toEqual(ONE_READ);
    expect(service.calls.at(-1)).toMatchObject({ versionStage: 'AWSCURRENT', versionId: undefined });
    expect(await runtime.run(cache.withSecret('a', database.login))).toBe('welcome, a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('is never answered by a check that began before the refusal', async () => {
    const { cache, service, runtime } = await holding({ revalidate: 'fetch' });
    const database = new Database('a v2');
    const hold = service.hold({ op: 'G', times: 1 });
    const older = outcomeOf(cache.get('a', { maxAgeMs: 0 }));
    await runtime.settle();
    service.put('a', 'a v2');

    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.settle();
    const after = outcomeOf(cache.get('a'));
    await runtime.settle();

    expect([work.value, after.value?.text()]).toEqual(['welcome, a v2', 'a v2']);
    expect(older.state).toBe('pending');
    hold.lift();
    await runtime.settle();
    expect(older.value?.text()).toBe('a v1');
    expect((await runtime.run(cache.get('a'))).text()).toBe('a v2');
  });

  test('a thousand concurrent callers share one read, and all go on with the new version', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    service.put('a', 'a v2');
    const all = Array.from({ length: 1_000 }, () => cache.withSecret('a', database.login));
    expect(new Set(await runtime.run(Promise.all(all)))).toEqual(new Set(['welcome, a v2']));
    expect(service.newCounts()).toEqual(ONE_READ);
    expect(database.logins).toHaveLength(2_000);
  });

  test('callers that are refused while that read is on its way share it too', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    service.put('a', 'a v2');
    service.latencyMs = 100;
    let nextInMs = 0;
    const slowly = async (secret: Secret): Promise<string> => {
      if (secret.text() === 'a v1') {
        nextInMs += 1;
        await new Promise<void>((resolve) => runtime.later(resolve, nextInMs));
      }
      return database.login(secret);
    };
    const works = Array.from({ length: 90 }, () => outcomeOf(cache.withSecret('a', slowly)));
    await runtime.advance(1_000);
    expect(new Set(works.map(({ value }) => value))).toEqual(new Set(['welcome, a v2']));
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('`use` runs at most twice, and the last refusal is rethrown, the very object', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    service.put('a', 'a v2');
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(DEADLINE_MS);
    expect(database.logins).toEqual(['a v1', 'a v2']);
    expect(work.error).toBe(database.refusals[1]);
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('another error of the second use passes at once', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    service.put('a', 'a v2');
    const broken = new Error('connection reset');
    const work = cache.withSecret('a', (secret) => {
      if (secret.text() === 'a v2') throw broken;
      return database.login(secret);
    });
    await expect(runtime.run(work)).rejects.toBe(broken);
  });

  test('one asked for by a label of its own is read again by that label', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('blue v2');
    service.put('a', 'blue v1', { stages: ['BLUE'] });
    await runtime.run(cache.get('a', { versionStage: 'BLUE' }));
    service.put('a', 'blue v2', { stages: ['BLUE'] });
    service.newCounts();
    const work = cache.withSecret('a', database.login, { versionStage: 'BLUE' });
    expect(await runtime.run(work)).toBe('welcome, blue v2');
    expect(service.newCounts()).toEqual(ONE_READ);
    expect(service.calls.at(-1)).toMatchObject({ versionStage: 'BLUE' });
  });

  test('one asked for by its id has no other to wait for: the refusal is rethrown at once', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    const versionId = service.versionOf('a');
    const work = outcomeOf(cache.withSecret('a', database.login, { versionId }));
    await runtime.settle();
    expect(work.error).toBe(database.refusals[0]);
    expect(database.logins).toHaveLength(1);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('what a refusal is, is the caller’s to say: by default a plain error is none', async () => {
    const { cache, service, runtime } = await holding();
    service.put('a', 'a v2');
    await expect(runtime.run(cache.withSecret('a', enter))).rejects.toThrow('EXPIRED_PASSWORD');
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(await runtime.run(cache.withSecret('a', enter, { isAuthError: isExpired }))).toBe('a v2');
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('a version that the label moved back to is used as well', async () => {
    const { cache, service, runtime } = await holding();
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    const database = new Database('a v1');
    service.moveLabel('a', 'AWSCURRENT', v1);
    service.newCounts();
    expect(await runtime.run(cache.withSecret('a', database.login))).toBe('welcome, a v1');
    expect(service.newCounts()).toEqual(ONE_READ);
  });
});

describe('a rotation whose label moves after the database was changed', () => {
  test('is waited out, with reads at least a second apart and no second use of the refused version', async () => {
    const bed = await holding();
    const { cache, service, runtime } = bed;
    const database = new Database('a v2');
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(2_500);
    expect(work.state).toBe('pending');
    expect(database.logins).toEqual(['a v1']);

    service.put('a', 'a v2');
    await runtime.advance(2_500);

    expect(work.value).toBe('welcome, a v2');
    expect(database.logins).toEqual(['a v1', 'a v2']);
    const reads = readsAtMs(bed).slice(1);
    expect(leastGapMs(reads)).toBeGreaterThanOrEqual(1_000);
    expect(reads.length).toBeGreaterThanOrEqual(2);
    expect(reads.length).toBeLessThanOrEqual(5);
  });

  test('a service that fails meanwhile is asked again until it answers', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    service.put('a', 'a v2');
    service.fail(errors.internalError, { op: 'G', times: 2 });
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(DEADLINE_MS);
    expect(work.value).toBe('welcome, a v2');
    expect(service.newCounts().G).toBe(3);
  });

  test('a version that some other check shows meanwhile ends the wait without a forced read', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(100);
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    service.newCounts();
    await runtime.advance(2_000);
    expect(work.value).toBe('welcome, a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });
});

describe('the deadline', () => {
  test('of a truly wrong secret brings the refusal itself, at a bounded cost, and nothing goes on after it', async () => {
    const bed = await holding();
    const { cache, service, runtime } = bed;
    const database = new Database();
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(DEADLINE_MS);
    expect(work.error).toBe(database.refusals[0]);
    expect(database.logins).toHaveLength(1);
    const reads = readsAtMs(bed).slice(1);
    expect(reads.length).toBeLessThanOrEqual(5);
    expect(leastGapMs(reads)).toBeGreaterThanOrEqual(1_000);
    expect(runtime.pendingTimers()).toEqual([]);
    service.newCounts();
    await runtime.advance(TTL_MS - 10_000);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('is counted from the first refusal and not from the call', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    const slowly = async (secret: Secret): Promise<string> => {
      if (secret.text() === 'a v1') await new Promise<void>((resolve) => runtime.later(resolve, 60_000));
      return database.login(secret);
    };
    const work = outcomeOf(cache.withSecret('a', slowly));
    await runtime.advance(60_000 + DEADLINE_MS - 2_100);
    service.put('a', 'a v2');
    await runtime.advance(2_100);
    expect(work.value).toBe('welcome, a v2');
  });

  test('never interrupts `use`', async () => {
    const { cache, service, runtime } = await holding();
    service.put('a', 'a v2');
    const database = new Database('a v2');
    const slowly = async (secret: Secret): Promise<string> => {
      if (secret.text() === 'a v2') await new Promise<void>((resolve) => runtime.later(resolve, 60_000));
      return database.login(secret);
    };
    const work = outcomeOf(cache.withSecret('a', slowly, { deadlineMs: 10 }));
    await runtime.advance(59_999);
    expect(work.state).toBe('pending');
    await runtime.advance(1);
    expect(work.value).toBe('welcome, a v2');
  });

  test('of 0 still takes another version that is held', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    const v1 = cache.peek('a');
    const use = async (secret: Secret): Promise<string> => {
      if (secret === v1) {
        service.put('a', 'a v2');
        await cache.refresh('a');
      }
      return database.login(secret);
    };
    expect(await runtime.run(cache.withSecret('a', use, { deadlineMs: 0 }))).toBe('welcome, a v2');
  });

  test('of 0 waits for nothing', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    const hold = service.hold({ op: 'G' });
    const work = outcomeOf(cache.withSecret('a', database.login, { deadlineMs: 0 }));
    await runtime.advance(1);
    expect(work.error).toBe(database.refusals[0]);
    await runtime.settle();
    hold.lift();
  });

  test('of Infinity waits for as long as the rotation takes', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    const work = outcomeOf(cache.withSecret('a', database.login, { deadlineMs: Infinity }));
    await runtime.advance(600_000);
    expect(work.state).toBe('pending');
    service.put('a', 'a v2');
    await runtime.advance(5_000);
    expect(work.value).toBe('welcome, a v2');
    expect(runtime.overflows).toBe(0);
    // Backed off, not merely a second apart.
    expect(service.newCounts().G).toBeLessThan(500);
  });

  test('comes in time although the service never answers', async () => {
    const { cache, service, runtime } = await holding({ attemptTimeoutMs: 60_000, waitBudgetMs: 60_000 });
    const database = new Database();
    service.fail({ hangs: 'for-ever' }, { op: 'G' });
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(DEADLINE_MS);
    expect(work.error).toBe(database.refusals[0]);
  });

  test('is in time by the wall clock too, after a suspension', async () => {
    const { cache, runtime } = await holding();
    const database = new Database();
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(100);
    runtime.freeze(60_000, { monotonic: false });
    await runtime.advance(2_500);
    expect(work.error).toBe(database.refusals[0]);
  });

  test('is followed by no forced call, even if the wait budget ended the wait for its turn', async () => {
    const bed = await holding({ waitBudgetMs: 300 });
    const { cache, service, runtime } = bed;
    const database = new Database();
    const work = outcomeOf(cache.withSecret('a', database.login, { deadlineMs: 800 }));
    await runtime.advance(800);
    expect(work.error).toBe(database.refusals[0]);
    expect(service.newCounts()).toEqual(ONE_READ);
    await runtime.advance(10_000);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('a forced read that is denied again and again ends in the refusal, not in the denial', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    service.deny({ action: 'GetSecretValue' });
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(DEADLINE_MS);
    expect(work.error).toBe(database.refusals[0]);
    expect(service.newCounts().G).toBeLessThanOrEqual(5);
  });
});

describe('a storm of refusals', () => {
  test('of a thousand callers on a truly wrong secret costs one forced read a second, and none past the deadlines', async () => {
    const bed = await holding();
    const { cache, service, runtime } = bed;
    const database = new Database();
    const works: Outcome<string>[] = [];
    for (let nth = 0; nth < 1_000; nth += 1) {
      works.push(outcomeOf(cache.withSecret('a', database.login)));
      if (nth % 50 === 49) await runtime.advance(500);
    }
    const lastBeganAtMs = runtime.monotonicNowMs();
    await runtime.advance(2 * DEADLINE_MS);

    expect(new Set(works.map(({ state }) => state))).toEqual(new Set(['rejected']));
    expect(new Set(works.map(({ error }) => error)).size).toBe(1_000);
    expect(works.every(({ error }) => database.refusals.includes(error as Error))).toBe(true);
    const reads = readsAtMs(bed).slice(1);
    expect(leastGapMs(reads)).toBeGreaterThanOrEqual(1_000);
    expect(reads.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...reads)).toBeLessThanOrEqual(lastBeganAtMs + 1_000 + DEADLINE_MS);
    expect(service.counts.D).toBeLessThanOrEqual(reads.length);
    service.newCounts();
    await runtime.advance(60_000);
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(runtime.pendingTimers()).toEqual([]);
  });

  test('of callers that give up after a moment, again and again, keeps the reads a second apart as well', async () => {
    const bed = await holding();
    const { cache, runtime } = bed;
    const database = new Database();
    const works: Outcome<string>[] = [];
    for (let nth = 0; nth < 200; nth += 1) {
      works.push(outcomeOf(cache.withSecret('a', database.login, { deadlineMs: 30 })));
      await runtime.advance(50);
    }
    await runtime.advance(2 * DEADLINE_MS);
    expect(new Set(works.map(({ state }) => state))).toEqual(new Set(['rejected']));
    expect(leastGapMs(readsAtMs(bed).slice(1))).toBeGreaterThanOrEqual(1_000);
  });

  test('a pool that asks for passwords by `refresh` has the same door: one read a second, none with another version held', async () => {
    const bed = await holding();
    const { cache, service, runtime } = bed;
    const rejectedVersionId = service.versionOf('a');
    const asked: Outcome<Secret>[] = [];
    for (let atMs = 0; atMs < 5_000; atMs += 10) {
      asked.push(outcomeOf(cache.refresh('a', { rejectedVersionId })));
      if (atMs === 2_500) service.put('a', 'a v2');
      await runtime.advance(10);
    }
    await runtime.advance(1_000);
    expect(new Set(asked.map(({ state }) => state))).toEqual(new Set(['fulfilled']));
    expect(asked.at(-1)?.value?.text()).toBe('a v2');
    const reads = readsAtMs(bed).slice(1);
    expect(reads).toHaveLength(4);
    expect(leastGapMs(reads)).toBeGreaterThanOrEqual(1_000);
  });

  test('another version that is held but past its last moment of use is not handed out: a read is made', async () => {
    const { cache, service, runtime } = await holding({ ttlMs: 1_000, staleIfErrorMs: 1_000 });
    const rejectedVersionId = service.versionOf('a');
    service.put('a', 'a v2');
    await runtime.run(cache.refresh('a'));
    service.put('a', 'a v3');
    service.newCounts();
    await runtime.advance(2_000);
    const secret = await runtime.run(cache.refresh('a', { rejectedVersionId }));
    expect(secret.text()).toBe('a v3');
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('refreshes stay one at a time when a forced one was left while it waited for its turn', async () => {
    const { cache, service, runtime } = await holding();
    const rejectedVersionId = service.versionOf('a');
    const hold = service.hold({ op: 'G' });
    const first = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    const leaving = new AbortController();
    const left = outcomeOf(cache.refresh('a', { rejectedVersionId, signal: leaving.signal }));
    await runtime.settle();
    leaving.abort('left');
    await runtime.settle();
    const third = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    hold.release();
    await runtime.advance(100);
    // Hurries the third, whose read is then kept back beyond the turn of the one that was left.
    const plain = outcomeOf(cache.refresh('a'));
    await runtime.advance(1_500);
    const fourth = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    expect([first.state, left.state]).toEqual(['fulfilled', 'rejected']);
    expect([third.state, plain.state, fourth.state]).toEqual(['pending', 'pending', 'pending']);
    expect(hold.held).toHaveLength(1);
    hold.lift();
    await runtime.settle();
    expect(fourth.state).toBe('fulfilled');
  });

  test('a get that begins after a refusal is answered by no call from before it, also from the queue', async () => {
    const { cache, service, runtime } = await holding({ revalidate: 'fetch' });
    const rejectedVersionId = service.versionOf('a');
    await runtime.run(cache.refresh('a', { rejectedVersionId }));
    await runtime.advance(100);
    const hold = service.hold({ op: 'G', times: 1, read: 'release' });
    const before = outcomeOf(cache.get('a', { maxAgeMs: 0 }));
    await runtime.settle();
    const refused = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    const after = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    service.newCounts();
    hold.lift();
    await runtime.advance(1_000);
    expect([before.value?.text(), refused.value?.text(), after.value?.text()]).toEqual([
      'a v2',
      'a v2',
      'a v2',
    ]);
    // The refused caller wants another version, whatever call brought it; the get wants a call of after the refusal.
    expect(service.newCounts().G + service.newCounts().D).toBe(1);
  });

  test('the reads stay a second apart although the secret is pushed out between them', async () => {
    const bed = await holding({ maxEntries: 1, secrets: ['a', 'b'] });
    const { cache, service, runtime } = bed;
    const rejectedVersionId = service.versionOf('a');
    const asked: Outcome<Secret>[] = [];
    for (let nth = 0; nth < 20; nth += 1) {
      const refresh = outcomeOf(cache.refresh('a', { rejectedVersionId }));
      await runtime.advance(100);
      await runtime.run(cache.get('b'));
      asked.push(refresh);
    }
    await runtime.advance(2_000);
    expect(new Set(asked.map(({ state }) => state))).toEqual(new Set(['fulfilled']));
    const reads = service.calls.filter(({ op, secretId }) => op === 'G' && secretId === 'a');
    expect(leastGapMs(reads.slice(1).map(({ atMs }) => atMs))).toBeGreaterThanOrEqual(1_000);
  });

  test('a forced refresh that was left while it was queued leaves no timer when its turn comes', async () => {
    const { cache, service, runtime } = await holding();
    const rejectedVersionId = service.versionOf('a');
    const hold = service.hold({ op: 'G' });
    const first = outcomeOf(cache.refresh('a', { rejectedVersionId }));
    await runtime.settle();
    const leaving = new AbortController();
    const left = outcomeOf(cache.refresh('a', { rejectedVersionId, signal: leaving.signal }));
    await runtime.settle();
    leaving.abort('left');
    await runtime.settle();
    hold.lift();
    await runtime.settle();
    expect([first.state, left.state]).toEqual(['fulfilled', 'rejected']);
    expect(runtime.pendingTimers()).toEqual([]);
  });
});

async function rotated(): Promise<TestBed> {
  const bed = await holding();
  bed.service.put('a', 'a v2');
  await bed.runtime.run(bed.cache.refresh('a'));
  bed.service.newCounts();
  return bed;
}

/** What happens in one tenth of a second of a random run. */
type Happening =
  | 'call'
  | 'impatient'
  | 'rotate'
  | 'roll back'
  | 'lock out'
  | 'let in'
  | 'break'
  | 'mend'
  | 'get';

describe('whatever happens', () => {
  test('each caller uses a version once, is done by its deadline, and forced reads stay a second apart', async () => {
    const happening = fc.constantFrom<Happening>(
      ...(['call', 'call', 'call', 'impatient', 'rotate', 'roll back', 'lock out', 'let in'] as const),
      ...(['break', 'mend', 'get'] as const),
    );
    const run = fc.array(fc.array(happening, { maxLength: 3 }), { minLength: 10, maxLength: 80 });
    const world = fc.record({ latencyMs: fc.constantFrom(0, 30, 250, 1_500), fallback: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(run, world, async (tenths, { latencyMs, fallback }) => {
        const { cache, service, runtime } = await holding({ endsIdle: false });
        service.latencyMs = latencyMs;
        const versions = [service.versionOf('a')];
        const accepted = new Set<string>();
        const faults: { lift(): void }[] = [];
        const wrong: string[] = [];
        let callers = 0;
        const call = async (deadlineMs: number): Promise<void> => {
          const tried: string[] = [];
          const refusals: Error[] = [];
          let refusedAtMs = Infinity;
          callers += 1;
          const use = (secret: Secret): string => {
            tried.push(secret.versionId);
            if (accepted.has(secret.versionId)) return secret.versionId;
            refusedAtMs = Math.min(refusedAtMs, runtime.monotonicNowMs());
            const refusal = Object.assign(new Error('refused'), { code: '28P01' });
            refusals.push(refusal);
            throw refusal;
          };
          try {
            await cache.withSecret('a', use, { deadlineMs, fallbackToPrevious: fallback });
            if (!accepted.has(tried.at(-1) ?? '')) wrong.push('succeeded without being let in');
          } catch (error) {
            if (error !== refusals.at(-1)) wrong.push(`rejected with ${String(error)}`);
          }
          const tookMs = runtime.monotonicNowMs() - refusedAtMs;
          if (tookMs > deadlineMs + 1) wrong.push(`took ${tookMs} ms of ${deadlineMs}`);
          if (new Set(tried).size < tried.length) wrong.push('used a version twice');
          if (tried.length > (fallback ? 3 : 2)) wrong.push(`used ${tried.length} versions`);
          callers -= 1;
        };
        const happen = (what: Happening): void => {
          if (what === 'call') void call(DEADLINE_MS);
          if (what === 'impatient') void call(300);
          if (what === 'rotate') versions.push(service.put('a', `a v${versions.length + 1}`));
          if (what === 'roll back')
            service.moveLabel('a', 'AWSCURRENT', versions.at(-2) ?? versions[0] ?? '');
          if (what === 'lock out') accepted.clear();
          if (what === 'let in') accepted.add(service.versionOf('a'));
          if (what === 'break') faults.push(service.fail(errors.internalError));
          if (what === 'mend') faults.shift()?.lift();
          if (what === 'get') cache.get('a').catch(() => {});
        };
        for (const tenth of tenths) {
          for (const what of tenth) happen(what);
          await runtime.advance(100);
        }
        await runtime.advance(BUDGET_MS + 2 * DEADLINE_MS);
        const forced = service.calls.slice(1).filter(
          // Pinned reads follow a describe, and are nobody's refusal.
          ({ op, versionStage, versionId }) =>
            op === 'G' && versionStage === 'AWSCURRENT' && versionId === undefined,
        );
        expect(wrong).toEqual([]);
        expect(callers).toBe(0);
        expect(leastGapMs(forced.map(({ atMs }) => atMs))).toBeGreaterThanOrEqual(1_000);
        expect(runtime.pendingTimers()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('falling back to AWSPREVIOUS', () => {
  test('is off unless asked for', async () => {
    const { cache, runtime } = await rotated();
    const database = new Database('a v1');
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.advance(DEADLINE_MS);
    expect(work.error).toBe(database.refusals[0]);
    expect(database.logins).toEqual(['a v2']);
  });

  test('takes the previous version once, when the database does not know the current one yet', async () => {
    const { cache, runtime } = await rotated();
    const database = new Database('a v1');
    const work = outcomeOf(cache.withSecret('a', database.login, { fallbackToPrevious: true }));
    await runtime.advance(DEADLINE_MS);
    expect(work.value).toBe('welcome, a v1');
    expect(database.logins).toEqual(['a v2', 'a v1']);
  });

  test('runs `use` three times at most, each time with another version, and rethrows the last refusal', async () => {
    const { cache, service, runtime } = await rotated();
    const database = new Database();
    service.put('a', 'a v3', { stages: [] });
    const work = outcomeOf(cache.withSecret('a', database.login, { fallbackToPrevious: true }));
    await runtime.settle();
    service.put('a', 'a v4');
    service.moveLabel('a', 'AWSPREVIOUS', service.put('a', 'a v5', { stages: [] }));
    await runtime.advance(2 * DEADLINE_MS);
    expect(database.logins).toEqual(['a v2', 'a v4', 'a v5']);
    expect(work.error).toBe(database.refusals[2]);
  });

  test('runs nothing twice with one version: not when the previous one was what was refused first', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    service.put('a', 'a v2');
    const work = outcomeOf(cache.withSecret('a', database.login, { fallbackToPrevious: true }));
    await runtime.advance(DEADLINE_MS);
    expect(database.logins).toEqual(['a v1', 'a v2']);
    expect(work.error).toBe(database.refusals[1]);
  });

  test('without a previous version the refusal is rethrown', async () => {
    const { cache, runtime } = await holding();
    const database = new Database();
    const work = outcomeOf(cache.withSecret('a', database.login, { fallbackToPrevious: true }));
    await runtime.advance(DEADLINE_MS);
    expect(work.error).toBe(database.refusals[0]);
  });

  test('another error of the previous version passes at once', async () => {
    const { cache, runtime } = await rotated();
    const database = new Database();
    const broken = new Error('connection reset');
    const use = (secret: Secret): unknown => {
      if (secret.text() === 'a v1') throw broken;
      return database.login(secret);
    };
    const work = outcomeOf(cache.withSecret('a', use, { fallbackToPrevious: true }));
    await runtime.advance(DEADLINE_MS);
    expect(work.error).toBe(broken);
  });

  test('begins within the deadline, not after it', async () => {
    const late: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const { cache, service, runtime } = await holding({ seed });
      service.put('a', 'a v2');
      await runtime.run(cache.refresh('a'));
      const database = new Database('a v1');
      const work = outcomeOf(cache.withSecret('a', database.login, { fallbackToPrevious: true }));
      await runtime.advance(DEADLINE_MS - 1);
      if (work.value !== 'welcome, a v1') late.push(seed);
      await runtime.advance(1);
    }
    expect(late).toEqual([]);
  });

  test('takes a previous version that is held also when the service does not answer', async () => {
    const { cache, service, runtime, read } = await rotated();
    expect(await read('a', { versionStage: 'AWSPREVIOUS' })).toBe('a v1');
    const database = new Database('a v1');
    service.fail({ hangs: 'until-aborted' });
    const work = outcomeOf(cache.withSecret('a', database.login, { fallbackToPrevious: true }));
    await runtime.advance(DEADLINE_MS);
    expect(work.value).toBe('welcome, a v1');
    await runtime.advance(BUDGET_MS);
  });

  test('is given up at the deadline too, when the service does not answer', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    service.fail({ hangs: 'for-ever' }, { op: ['G', 'D'] });
    const work = outcomeOf(cache.withSecret('a', database.login, { fallbackToPrevious: true }));
    await runtime.advance(DEADLINE_MS);
    expect(work.error).toBe(database.refusals[0]);
    await runtime.advance(BUDGET_MS);
  });
});

describe('an abort', () => {
  test('before the call rejects with its reason, and `use` never runs', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    const work = cache.withSecret('a', database.login, { signal: AbortSignal.abort('early') });
    await expect(runtime.run(work)).rejects.toBe('early');
    expect(database.logins).toEqual([]);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('while the secret is loaded rejects with its reason, and `use` never runs', async () => {
    const { cache, service, runtime } = setup();
    const database = new Database();
    const hold = service.hold();
    const controller = new AbortController();
    const work = outcomeOf(cache.withSecret('a', database.login, { signal: controller.signal }));
    await runtime.settle();
    controller.abort('now');
    await runtime.settle();
    expect(work.error).toBe('now');
    expect(database.logins).toEqual([]);
    hold.lift();
  });

  test('while `use` runs leaves it alone: its answer counts', async () => {
    const { cache, runtime } = await holding();
    const controller = new AbortController();
    const use = async (): Promise<string> => {
      controller.abort('now');
      return 'done';
    };
    expect(await runtime.run(cache.withSecret('a', use, { signal: controller.signal }))).toBe('done');
  });

  test('while `use` runs, and is refused, rejects with its reason and makes no call', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    const controller = new AbortController();
    const use = (secret: Secret): Promise<string> => {
      controller.abort('now');
      return database.login(secret);
    };
    for (const fallbackToPrevious of [false, true]) {
      const work = cache.withSecret('a', use, { signal: controller.signal, fallbackToPrevious });
      await expect(runtime.run(work)).rejects.toBe('now');
    }
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test.each([
    ['while the forced read is out', 0],
    ['between two reads', 100],
    ['while it waits for its turn', 900],
  ])('%s rejects at once with its reason and leaves no timer and no call', async (_name, atMs) => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    const hold = service.hold({ op: 'G', times: atMs === 0 ? 1 : 0 });
    const controller = new AbortController();
    const work = outcomeOf(cache.withSecret('a', database.login, { signal: controller.signal }));
    await runtime.advance(atMs);
    controller.abort('now');
    await runtime.settle();
    expect(work.error).toBe('now');
    expect(runtime.pendingTimers()).toEqual([]);
    service.newCounts();
    await runtime.advance(20_000);
    expect(service.newCounts()).toEqual(NO_CALL);
    hold.lift();
  });

  test('while the previous version is loaded rejects with its reason', async () => {
    const { cache, service, runtime } = setup();
    service.put('a', 'a v2');
    const database = new Database();
    const hold = service.hold({ versionStage: 'AWSPREVIOUS' });
    const controller = new AbortController();
    const work = outcomeOf(
      cache.withSecret('a', database.login, {
        signal: controller.signal,
        fallbackToPrevious: true,
        deadlineMs: 100,
      }),
    );
    await runtime.advance(10);
    expect(work.state).toBe('pending');
    controller.abort('now');
    await runtime.settle();
    expect(work.error).toBe('now');
    hold.lift();
  });

  test('while the second use runs leaves it alone: its answer counts', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    service.put('a', 'a v2');
    const controller = new AbortController();
    const use = (secret: Secret): Promise<string> => {
      if (secret.text() === 'a v2') controller.abort('now');
      return database.login(secret);
    };
    const work = cache.withSecret('a', use, { signal: controller.signal });
    expect(await runtime.run(work)).toBe('welcome, a v2');
  });

  test('of one caller leaves the others to go on', async () => {
    const { cache, service, runtime } = await holding();
    const database = new Database('a v2');
    service.put('a', 'a v2');
    const hold = service.hold({ op: 'G' });
    const controller = new AbortController();
    const leaving = outcomeOf(cache.withSecret('a', database.login, { signal: controller.signal }));
    const staying = outcomeOf(cache.withSecret('a', database.login));
    await runtime.settle();
    controller.abort('now');
    hold.lift();
    await runtime.settle();
    expect([leaving.error, staying.value]).toEqual(['now', 'welcome, a v2']);
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('by one signal that a hundred refused callers share ends them all, and Node warns of nothing', async () => {
    const { cache, runtime } = await holding();
    const database = new Database();
    const { signal, works, abort } = ((): {
      signal: AbortSignal;
      works: Outcome<string>[];
      abort: () => void;
    } => {
      const controller = new AbortController();
      return { signal: controller.signal, works: [], abort: () => controller.abort('now') };
    })();
    for (let nth = 0; nth < 100; nth += 1)
      works.push(outcomeOf(cache.withSecret('a', database.login, { signal })));
    await runtime.advance(100);
    abort();
    await runtime.settle();
    expect(new Set(works.map(({ error }) => error))).toEqual(new Set(['now']));
    expect(runtime.pendingTimers()).toEqual([]);
  });
});

describe('closing the cache', () => {
  test('before: a typed error, and `use` never runs', async () => {
    const { cache, code } = await holding();
    const database = new Database();
    await cache.close();
    expect(await code(cache.withSecret('a', database.login))).toBe('ERR_CACHE_CLOSED');
    expect(database.logins).toEqual([]);
  });

  test('while the secret is loaded: a typed error, and `use` never runs', async () => {
    const { cache, service, runtime } = setup();
    const database = new Database();
    const hold = service.hold();
    const work = outcomeOf(cache.withSecret('a', database.login));
    await runtime.settle();
    await cache.close();
    await runtime.settle();
    expect(codeOf(work)).toBe('ERR_CACHE_CLOSED');
    expect(database.logins).toEqual([]);
    hold.lift();
  });

  test('while `use` runs leaves it alone: its answer counts', async () => {
    const { cache, runtime } = await holding();
    const use = async (): Promise<string> => {
      await cache.close();
      return 'done';
    };
    expect(await runtime.run(cache.withSecret('a', use))).toBe('done');
  });

  test.each([
    ['while `use` runs and is refused', -1],
    ['while the forced read is out', 0],
    ['between two reads', 100],
    ['while a forced read waits for its turn', 900],
  ])('%s ends it at once, and no timer stays', async (_name, atMs) => {
    const { cache, service, runtime } = await holding();
    const database = new Database();
    const hold = service.hold({ op: 'G', times: atMs === 0 ? 1 : 0 });
    const work = outcomeOf(
      cache.withSecret('a', (secret) => {
        if (atMs < 0) void cache.close();
        return database.login(secret);
      }),
    );
    await runtime.advance(Math.max(atMs, 0));
    await cache.close();
    await runtime.settle();
    expect(work.state).toBe('rejected');
    expect(work.error === database.refusals[0] || codeOf(work) === 'ERR_CACHE_CLOSED').toBe(true);
    expect(runtime.pendingTimers()).toEqual([]);
    hold.lift();
  });

  test('while the previous version is loaded ends it at once, and no timer stays', async () => {
    const { cache, service, runtime } = setup();
    service.put('a', 'a v2');
    const database = new Database();
    const hold = service.hold({ versionStage: 'AWSPREVIOUS' });
    const options = { fallbackToPrevious: true };
    const work = outcomeOf(cache.withSecret('a', database.login, options));
    for (let atMs = 0; atMs < DEADLINE_MS && hold.held.length === 0; atMs += 10) await runtime.advance(10);
    expect(hold.held).toHaveLength(1);
    await cache.close();
    await runtime.settle();
    expect(work.state).toBe('rejected');
    expect(runtime.pendingTimers()).toEqual([]);
    hold.lift();
  });
});
