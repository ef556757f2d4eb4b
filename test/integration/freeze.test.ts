/**
 * A real process frozen and thawed over real sockets, as Lambda, a laptop's lid or a paused container does it.
 *
 *     child:  get ── call ──┐ stopped                    thawed: timers overdue, sockets dead, signature old
 *     parent:               └ arrives … answers, rotates, cuts …
 *
 * A timer that is over a second late says that the process stood still: such freezes last that much longer.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import type { SecretCacheOptions } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

import { Freezer } from './freezer.ts';
import { Relay } from './relay.ts';

const ATTEMPT_MS = 1_000;
/** Long enough for a timer of `ATTEMPT_MS` to be over a second late. */
const LATE_MS = ATTEMPT_MS + 1_200;
const SHORT_MS = 300;
const WAIT = { timeout: 10_000, interval: 5 };

const isLinux = process.platform === 'linux';
if (!isLinux) console.log('Not on Linux: freeze and thaw was SKIPPED.');

describe.skipIf(!isLinux)('a frozen process', () => {
  let server: LocalSecretsManager;
  let relay: Relay;
  let child: Freezer;
  /** A secret and a cache of its own for each test. */
  let secretId: string;
  let nth = 0;

  beforeAll(async () => {
    server = await LocalSecretsManager.start();
    relay = await Relay.start(server.endpoint);
    child = await Freezer.start(relay.endpoint);
  }, 30_000);

  afterAll(async () => {
    child.kill();
    relay.close();
    await server.close();
  });

  beforeEach(() => {
    server.reset();
    nth += 1;
    secretId = `prod/${nth}`;
    server.createSecret({ name: secretId, secretString: 'one' });
  });

  async function open(options: SecretCacheOptions, maxAttempts = 3): Promise<void> {
    await child.order({ kind: 'open', cache: secretId, options, maxAttempts });
  }

  function get(afterMs?: number): Promise<string | undefined> {
    return child.order({ kind: 'get', cache: secretId, secretId, ...(afterMs !== undefined && { afterMs }) });
  }

  function peek(): Promise<string | undefined> {
    return child.order({ kind: 'peek', cache: secretId, secretId });
  }

  const outcomes = (): string[] => server.calls.map(({ operation, outcome }) => `${operation} ${outcome}`);

  describe('in the middle of a call', () => {
    test('the answer that came meanwhile is used', async () => {
      await open({ attemptTimeoutMs: 30_000 });
      const gate = server.hold('GetSecretValue');
      const text = get();
      await gate.arrived();
      await child.freeze(SHORT_MS, () => gate.release());
      expect(await text).toBe('one');
      expect(outcomes()).toEqual(['GetSecretValue ok']);
    });

    test('an attempt whose timer fires late is made once more, and nobody hears of it', async () => {
      await open({ attemptTimeoutMs: ATTEMPT_MS, waitBudgetMs: 30_000 });
      const gate = server.hold('GetSecretValue');
      const text = get();
      await gate.arrived();
      await child.freeze(LATE_MS);
      await vi.waitFor(() => expect(server.count('GetSecretValue')).toBe(2), WAIT);
      gate.release();
      expect(await text).toBe('one');
      expect(outcomes()).toEqual(['GetSecretValue aborted', 'GetSecretValue ok']);
    });

    test('the time of the freeze does not count against the wait of the get', async () => {
      await open({ attemptTimeoutMs: ATTEMPT_MS, waitBudgetMs: ATTEMPT_MS + 100 });
      server.faults.inject({ kind: 'hang' }, { times: 1 });
      const text = get();
      await vi.waitFor(() => expect(server.count('GetSecretValue')).toBe(1), WAIT);
      await child.freeze(LATE_MS + 100);
      expect(await text).toBe('one');
      expect(server.count('GetSecretValue')).toBe(2);
    });

    test.each(['end', 'reset'] as const)('its connection is gone (%s): the get succeeds', async (how) => {
      await open({ attemptTimeoutMs: 30_000, waitBudgetMs: 30_000 });
      const gate = server.hold('GetSecretValue');
      const text = get();
      await gate.arrived();
      await child.freeze(SHORT_MS, () => relay.cut(how));
      await vi.waitFor(() => expect(server.count('GetSecretValue')).toBe(2), WAIT);
      gate.release();
      expect(await text).toBe('one');
    });

    test.each([
      { maxAttempts: 3, who: 'the SDK' },
      { maxAttempts: 1, who: 'the cache' },
    ])('the signature expired meanwhile: one more call, signed anew by $who', async ({ maxAttempts }) => {
      await open({ attemptTimeoutMs: 30_000 }, maxAttempts);
      server.faults.inject({ kind: 'signature-expired' }, { times: 1 });
      const gate = server.hold('GetSecretValue');
      const text = get();
      await gate.arrived();
      await child.freeze(SHORT_MS, () => gate.release());
      expect(await text).toBe('one');
      expect(outcomes()).toEqual(['GetSecretValue InvalidSignatureException', 'GetSecretValue ok']);
    });

    test('a revalidation behind a stale answer is frozen with the process: the next get goes on from there', async () => {
      const staleWhileRevalidateMs = 3_600_000;
      await open({ ttlMs: 1, staleWhileRevalidateMs, attemptTimeoutMs: ATTEMPT_MS });
      await get();
      server.putSecretValue(secretId, { secretString: 'two' });
      const gate = server.hold('DescribeSecret');
      // At once, from memory: a handler returns now, and its environment is frozen.
      expect(await get(20)).toBe('one');
      await gate.arrived();
      await child.freeze(LATE_MS);
      gate.release();
      await vi.waitFor(async () => expect(await get(20)).toBe('two'), WAIT);
      expect(server.count('GetSecretValue')).toBe(2);
    });
  });

  describe('between two calls', () => {
    test.each(['end', 'reset'] as const)(
      'its idle connections are cut (%s): the next get succeeds on a new one',
      async (how) => {
        await open({ ttlMs: 0 });
        expect(await get()).toBe('one');
        expect(relay.connections).toBeGreaterThan(0);
        // By a timer that is overdue at the thaw, so that the get may come before the news of the sockets.
        const text = get(SHORT_MS / 2);
        await peek(); // answered in order: the timer has been set
        await child.freeze(SHORT_MS, () => {
          relay.cut(how);
          server.putSecretValue(secretId, { secretString: 'two' });
        });
        expect(await text).toBe('two');
        expect(await get()).toBe('two');
      },
    );

    test('the first call after the thaw is told that its signature expired: the get succeeds', async () => {
      await open({ ttlMs: 0 }, 1);
      await get();
      await child.freeze(SHORT_MS, () => {
        server.resetCalls();
        server.faults.inject({ kind: 'signature-expired' }, { times: 1 });
      });
      expect(await get()).toBe('one');
      expect(outcomes()).toEqual(['DescribeSecret InvalidSignatureException', 'DescribeSecret ok']);
    });

    test('frozen past its TTL it checks before it serves', async () => {
      await open({ ttlMs: 1_000, staleWaitMs: 10_000 });
      await get();
      await child.freeze(1_200, () => server.putSecretValue(secretId, { secretString: 'two' }));
      expect(await get()).toBe('two');
      expect([server.count('DescribeSecret'), server.count('GetSecretValue')]).toEqual([1, 2]);
    });

    test('frozen past H it serves nothing old: a value that is read anew, or an error', async () => {
      await open({ ttlMs: 500, staleIfErrorMs: 500 });
      await get();
      await child.freeze(1_200, () =>
        server.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 }),
      );
      expect(await peek()).toBeUndefined();
      expect(await get()).toBe('ERR_SECRET_UNAVAILABLE');
      expect(server.count()).toBeGreaterThan(1);
      server.faults.clear();
      // As soon as the backoff lets it.
      await vi.waitFor(async () => expect(await get()).toBe('one'), WAIT);
    });

    test('frozen within its TTL it serves from memory', async () => {
      await open({ ttlMs: 3_600_000 });
      await get();
      await child.freeze(SHORT_MS, () => server.putSecretValue(secretId, { secretString: 'two' }));
      expect(await get()).toBe('one');
      expect(server.count()).toBe(1);
    });
  });

  // Last: it ends the child. No cache was closed.
  test('afterwards it ends by itself, with nothing unhandled', async () => {
    expect(await child.end()).toBe(0);
  });
});
