/** What each environment variable does, what holds without any, and what one that is wrong says. */

import { describe, expect, test } from 'vitest';

import { cacheFrom } from '../../src/lambda/environment.ts';
import { manyNames, TTL_MS } from '../support/setup.ts';
import * as errors from '../support/service-errors.ts';

import { functionWith } from './function.ts';

const DAY_MS = 86_400_000;

describe('with nothing set', () => {
  test('a call that hangs is given up after 1.5 s, within the 3 s that Lambda gives a function', async () => {
    const { cache, service, timed } = functionWith();
    service.fail({ hangs: 'until-aborted' });
    expect(await timed(cache.get('a'))).toEqual({ tookMs: 1_500, code: 'ERR_SECRET_TIMEOUT' });
  });

  test('a get waits 2.5 s in all', async () => {
    const { cache, service, runtime, timed } = functionWith();
    // Each call is within its own bound; the read that follows the refused batch is not within the get's.
    service.deny({ action: 'BatchGetSecretValue' });
    service.delay(1_400);
    const both = Promise.all([cache.get('a'), cache.get('b')]);
    expect(await timed(both)).toEqual({ tookMs: 2_500, code: 'ERR_SECRET_TIMEOUT' });
    await runtime.advance(1_400);
  });

  test('everything else is as in a SecretCache: 5 minutes fresh, then one DescribeSecret', async () => {
    const { service, runtime, read } = functionWith();
    await read('a');
    await runtime.advance(TTL_MS - 1);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    await runtime.advance(1);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('variables of others are left alone', async () => {
    const others = {
      AWS_REGION: 'eu-central-1',
      SECRETS_MANAGER_TTL: 'x',
      SECRETSMANAGER: 'x',
      secretsmanager_cache_ttl_ms: 'x',
    };
    expect(await functionWith(others).read('a')).toBe('a v1');
  });
});

describe('what each variable sets', () => {
  test('TTL_MS: how long a secret is served with no call', async () => {
    const { service, runtime, read } = functionWith({ SECRETSMANAGER_CACHE_TTL_MS: '60000' });
    await read('a');
    await runtime.advance(59_999);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    await runtime.advance(1);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('TTL_JITTER: how much of the TTL is drawn by lot', async () => {
    const { service, runtime, read } = functionWith({ SECRETSMANAGER_CACHE_TTL_JITTER: '0.25' });
    runtime.fixRandom(0.999);
    await read('a');
    await runtime.advance(TTL_MS * 0.75);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    await runtime.advance(TTL_MS * 0.01);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('STALE_WHILE_REVALIDATE_MS: past its TTL it is answered at once, and checked behind that', async () => {
    const { service, runtime, read } = functionWith({
      SECRETSMANAGER_CACHE_STALE_WHILE_REVALIDATE_MS: '60000',
    });
    await read('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect([await read('a'), await read('a')]).toEqual(['a v1', 'a v2']);
  });

  test('STALE_IF_ERROR_MS: how long an outage is answered from memory', async () => {
    const { cache, service, runtime, read, timed } = functionWith({
      SECRETSMANAGER_CACHE_STALE_IF_ERROR_MS: '60000',
    });
    await read('a');
    service.fail(errors.internalError);
    await runtime.advance(TTL_MS + 59_999);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1);
    expect(await timed(cache.get('a'))).toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE' });
  });

  test('STALE_IF_ERROR_MS takes Infinity', async () => {
    const { service, runtime, read } = functionWith({ SECRETSMANAGER_CACHE_STALE_IF_ERROR_MS: 'Infinity' });
    await read('a');
    service.fail(errors.internalError);
    await runtime.advance(400 * DAY_MS);
    expect(await read('a')).toBe('a v1');
  });

  test('MAX_ENTRIES: how many secrets are held', async () => {
    const { cache, read } = functionWith({ SECRETSMANAGER_CACHE_MAX_ENTRIES: '2' }, ['a', 'b', 'c']);
    for (const secretId of ['a', 'b', 'c']) await read(secretId);
    expect(cache.stats()).toMatchObject({ entries: 2, evictions: 1 });
  });

  test('REVALIDATE: what a check calls', async () => {
    const { service, runtime, read } = functionWith({ SECRETSMANAGER_CACHE_REVALIDATE: 'fetch' });
    await read('a');
    await runtime.advance(TTL_MS);
    await read('a');
    expect(service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
  });

  test.each([
    ['false', { G: 3, D: 0, B: 0 }],
    ['true', { G: 0, D: 0, B: 1 }],
  ])('BATCH: whether misses are gathered (%s)', async (text, calls) => {
    const secrets = manyNames(3);
    const { cache, service, runtime } = functionWith({ SECRETSMANAGER_CACHE_BATCH: text }, secrets);
    await runtime.run(cache.getMany(secrets));
    expect(service.newCounts()).toEqual(calls);
  });

  test('MAX_CONCURRENCY: how many calls are out at once', async () => {
    const secrets = manyNames(5);
    const { cache, service, runtime } = functionWith(
      { SECRETSMANAGER_CACHE_BATCH: 'false', SECRETSMANAGER_CACHE_MAX_CONCURRENCY: '2' },
      secrets,
    );
    service.delay(10);
    await runtime.runFor(cache.getMany(secrets), 1_000);
    expect(service.mostOpen).toBe(2);
  });

  test('ATTEMPT_TIMEOUT_MS: when a call is given up', async () => {
    const { cache, service, timed } = functionWith({ SECRETSMANAGER_CACHE_ATTEMPT_TIMEOUT_MS: '700' });
    service.fail({ hangs: 'until-aborted' });
    expect(await timed(cache.get('a'))).toEqual({ tookMs: 700, code: 'ERR_SECRET_TIMEOUT' });
  });

  test('WAIT_BUDGET_MS: how long a get waits in all', async () => {
    const { cache, service, runtime, timed } = functionWith({ SECRETSMANAGER_CACHE_WAIT_BUDGET_MS: '700' });
    service.fail({ hangs: 'until-aborted' });
    expect(await timed(cache.get('a'))).toEqual({ tookMs: 700, code: 'ERR_SECRET_TIMEOUT' });
    await runtime.advance(1_500);
  });

  test('STALE_WAIT_MS: how long a check is waited for while a value is held, and nothing else', async () => {
    const { cache, service, runtime, read, timed } = functionWith(
      { SECRETSMANAGER_CACHE_STALE_WAIT_MS: '100' },
      ['a', 'b'],
    );
    await read('a');
    await runtime.advance(TTL_MS);
    service.delay(500);
    expect(await timed(cache.get('a'))).toEqual({ tookMs: 100, code: 'fulfilled' });
    expect(await timed(cache.get('b'))).toEqual({ tookMs: 500, code: 'fulfilled' });
  });
});

describe('a variable that is wrong', () => {
  const DURATION = 'a number of milliseconds >= 0';

  test.each([
    ['SECRETSMANAGER_CACHE_TTL_MS', '5m', TypeError, `${DURATION}, got "5m"`],
    ['SECRETSMANAGER_CACHE_TTL_MS', '-1', TypeError, `${DURATION}, got "-1"`],
    ['SECRETSMANAGER_CACHE_TTL_MS', '', TypeError, `${DURATION}, got ""`],
    ['SECRETSMANAGER_CACHE_TTL_MS', ' 5000', TypeError, `${DURATION}, got " 5000"`],
    ['SECRETSMANAGER_CACHE_TTL_MS', '300_000', TypeError, `${DURATION}, got "300_000"`],
    ['SECRETSMANAGER_CACHE_TTL_MS', '0x10', TypeError, `${DURATION}, got "0x10"`],
    ['SECRETSMANAGER_CACHE_TTL_JITTER', '1', RangeError, 'a number in [0, 1), got 1'],
    ['SECRETSMANAGER_CACHE_STALE_WHILE_REVALIDATE_MS', 'NaN', TypeError, `${DURATION}, got "NaN"`],
    ['SECRETSMANAGER_CACHE_STALE_IF_ERROR_MS', 'never', TypeError, `${DURATION}, got "never"`],
    ['SECRETSMANAGER_CACHE_MAX_ENTRIES', '0', RangeError, 'an integer from 1 to 16777216, got 0'],
    ['SECRETSMANAGER_CACHE_MAX_ENTRIES', '1.5', RangeError, 'an integer from 1 to 16777216, got 1.5'],
    ['SECRETSMANAGER_CACHE_REVALIDATE', 'Fetch', TypeError, "'describe' or 'fetch', got \"Fetch\""],
    ['SECRETSMANAGER_CACHE_BATCH', '0', TypeError, 'true or false, got "0"'],
    ['SECRETSMANAGER_CACHE_MAX_CONCURRENCY', '0', RangeError, 'an integer from 1 to 10000, got 0'],
    ['SECRETSMANAGER_CACHE_ATTEMPT_TIMEOUT_MS', '0', RangeError, 'a number of milliseconds > 0, got 0'],
    ['SECRETSMANAGER_CACHE_WAIT_BUDGET_MS', '0', RangeError, 'a number of milliseconds > 0, got 0'],
    ['SECRETSMANAGER_CACHE_STALE_WAIT_MS', '1s', TypeError, `${DURATION}, got "1s"`],
  ])('%s=%j is refused under its own name', (variable, text, kind, rule) => {
    const error = thrownBy(() => cacheFrom({ [variable]: text }));
    expect(error).toBeInstanceOf(kind);
    // The stack is what Lambda prints.
    expect(String((error as Error).stack)).toContain(`\`${variable}\` must be ${rule}`);
    expect(String((error as Error).stack).split('\n')[0]).toBe(
      `${kind.name}: \`${variable}\` must be ${rule}`,
    );
  });

  test('two that contradict each other are both named', () => {
    const environment = {
      SECRETSMANAGER_CACHE_STALE_WHILE_REVALIDATE_MS: '2000',
      SECRETSMANAGER_CACHE_STALE_IF_ERROR_MS: '1000',
    };
    expect(() => cacheFrom(environment)).toThrow(
      '`SECRETSMANAGER_CACHE_STALE_WHILE_REVALIDATE_MS` must be at most `SECRETSMANAGER_CACHE_STALE_IF_ERROR_MS` (1000), got 2000',
    );
  });

  test.each([
    'SECRETSMANAGER_CACHE_TTL',
    'SECRETSMANAGER_CACHE_CLIENT',
    'SECRETSMANAGER_CACHE_',
    'SECRETSMANAGER_CACHE_ttl_ms',
  ])('an unknown name is refused, with those there are: %s', (variable) => {
    const error = thrownBy(() => cacheFrom({ [variable]: '300000' }));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(`unknown environment variable: "${variable}"; known are `);
    expect(String(error)).toContain('SECRETSMANAGER_CACHE_TTL_MS, ');
  });

  test('a long value is not dumped', () => {
    const error = thrownBy(() => cacheFrom({ SECRETSMANAGER_CACHE_TTL_MS: 'hunter2'.repeat(100) }));
    expect(String(error)).toContain('got a string of 700 characters');
    expect(String(error)).not.toContain('hunter2');
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
