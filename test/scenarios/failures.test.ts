/** What each failure does: with a value held, with none, and for how long it is remembered. */

import { describe, expect, test } from 'vitest';

import { SecretCacheError } from '../../src/index.ts';
import { eventsOf } from '../support/events.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { manyNames, setup, type TestBed, TTL_MS } from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };

async function holding(options: Parameters<typeof setup>[0] = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return bed;
}

function without(name: string, output: Record<string, unknown>): unknown {
  return Object.fromEntries(Object.entries(output).filter(([key]) => key !== name));
}

const transient: [name: string, code: string, error: () => Error][] = [
  ['throttling', 'ERR_SECRET_THROTTLED', errors.throttled],
  ['an internal error', 'ERR_SECRET_UNAVAILABLE', errors.internalError],
  ['502', 'ERR_SECRET_UNAVAILABLE', () => errors.unavailable(502)],
  ['503', 'ERR_SECRET_UNAVAILABLE', () => errors.unavailable(503)],
  ['504', 'ERR_SECRET_UNAVAILABLE', () => errors.unavailable(504)],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EPIPE', 'ECONNRESET'].map(
    (code): [string, string, () => Error] => [code, 'ERR_SECRET_UNAVAILABLE', () => errors.network(code)],
  ),
  ['ETIMEDOUT', 'ERR_SECRET_TIMEOUT', () => errors.network('ETIMEDOUT')],
  ['a certificate that does not verify', 'ERR_SECRET_UNAVAILABLE', () => errors.network('CERT_HAS_EXPIRED')],
  [
    'a certificate of an unknown authority',
    'ERR_SECRET_UNAVAILABLE',
    () => errors.network('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
  ],
  ['an expired token', 'ERR_SECRET_CREDENTIALS', errors.expiredToken],
  ['an unrecognised client', 'ERR_SECRET_CREDENTIALS', errors.unrecognizedClient],
  ['a credential provider that fails', 'ERR_SECRET_CREDENTIALS', errors.noCredentials],
  [
    'an error code nobody knows',
    'ERR_SECRET_UNAVAILABLE',
    () => errors.unmodelled('SomethingNewException', 'new'),
  ],
  ['an HTML page', 'ERR_SECRET_MALFORMED_RESPONSE', () => errors.unreadableBody('<html>portal</html>')],
  ['a truncated body', 'ERR_SECRET_MALFORMED_RESPONSE', () => errors.unreadableBody('{"ARN":"arn:aws')],
];

describe('failures that may pass', () => {
  test.each(transient)(
    '%s: the held value is served and the service is left alone for a while',
    async (_name, _code, error) => {
      const { service, runtime, read } = await holding();
      await runtime.advance(TTL_MS);
      service.fail(error, { times: 1 });
      expect(await read('a')).toBe('a v1');
      expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
      expect([await read('a'), await read('a')]).toEqual(['a v1', 'a v1']);
      expect(service.newCounts()).toEqual(NO_CALL);
      await runtime.advance(1_000);
      expect(await read('a')).toBe('a v1');
      expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
      await runtime.advance(TTL_MS - 1);
      await read('a');
      expect(service.newCounts()).toEqual(NO_CALL);
    },
  );

  test.each(transient)(
    '%s: with nothing held it is a typed error, remembered without a call',
    async (_name, code, error) => {
      const { cache, service, runtime, read, readCode } = setup();
      service.fail(error, { times: 1 });
      expect(await readCode('a')).toBe(code);
      const again = outcomeOf(cache.get('a'));
      await runtime.settle();
      expect(codeOf(again)).toBe(code);
      expect(again.error).toBeInstanceOf(SecretCacheError);
      expect((again.error as SecretCacheError).message).toMatch(/\(Remembered: `refresh` asks at once\.\)$/);
      expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
      await runtime.advance(1_000);
      expect(await read('a')).toBe('a v1');
      expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    },
  );

  test.each(transient)(
    '%s: one failure costs one call, never a retry of ours',
    async (_name, _code, error) => {
      const { service, readCode } = setup();
      service.fail(error);
      await readCode('a');
      expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
    },
  );

  test('callers of one failed call each get an error object of their own, with the cause kept', async () => {
    const { cache, service, runtime } = setup();
    service.fail(errors.throttled);
    const gets = [outcomeOf(cache.get('a')), outcomeOf(cache.get('a'))];
    await runtime.settle();
    gets.push(outcomeOf(cache.get('a')));
    await runtime.settle();
    expect(new Set(gets.map(({ error }) => error)).size).toBe(3);
    for (const { error } of gets) {
      expect(error).toMatchObject({
        name: 'SecretCacheError',
        code: 'ERR_SECRET_THROTTLED',
        secretId: 'a',
        cause: { name: 'ThrottlingException' },
      });
    }
  });

  test('an unknown error code keeps its own name in the cause', async () => {
    const { cache, service, runtime } = setup();
    service.fail(() => errors.unmodelled('SomethingNewException', 'new'));
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    expect(get.error).toMatchObject({ cause: { name: 'SomethingNewException' } });
  });

  test('with nothing held a failure is remembered for 10 s at most', async () => {
    const { service, runtime, readCode } = setup();
    service.fail(errors.internalError);
    for (let atMs = 0; atMs < 600_000; atMs += 250) {
      expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
      await runtime.advance(250);
    }
    const at = service.calls.map(({ atMs }) => atMs);
    const gaps = at.slice(1).map((ms, nth) => ms - (at[nth] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_250);
    expect(Math.min(...gaps.slice(8))).toBeGreaterThanOrEqual(5_000);
    expect(gaps[0]).toBeLessThanOrEqual(1_000);
  });

  test('an outage of an hour shows in no get of a hundred hot secrets, and calls follow the backoff', async () => {
    const names = manyNames(100);
    const { cache, service, runtime } = setup({ secrets: names });
    await runtime.run(cache.getMany(names));
    await runtime.advance(TTL_MS);
    service.newCounts();
    service.fail(errors.unavailable);
    for (let atMs = 0; atMs < 3_600_000; atMs += 15_000) {
      const secrets = await runtime.run(cache.getMany(names));
      expect(secrets.size).toBe(100);
      await runtime.advance(15_000);
    }
    const { D, ...others } = service.newCounts();
    expect(others).toEqual({ G: 0, B: 0 });
    // 1 s doubling to 300 s at U(0.5, 1): at most 12 attempts before the cap, then one in 150 s at the most.
    expect(D / 100).toBeLessThanOrEqual(12 + 3_600 / 150);
    expect(D / 100).toBeGreaterThanOrEqual(12);
  });

  test('a partial outage: describes succeed, the new version cannot be read; the old one is served until H', async () => {
    const { service, runtime, read, code, cache } = await holding({ ttlMs: 1_000, staleIfErrorMs: 600_000 });
    service.put('a', 'a v2');
    service.fail(errors.internalError, { op: 'G' });
    await runtime.advance(1_000);
    for (let atMs = 1_000; atMs < 601_000; atMs += 1_000) {
      expect(await read('a')).toBe('a v1');
      await runtime.advance(1_000);
    }
    expect(await code(cache.get('a'), 5_000)).toBe('ERR_SECRET_UNAVAILABLE');
    // 600 s of backoff from 1 s to 300 s: some 11 to 14 attempts.
    expect(service.newCounts().G).toBeLessThanOrEqual(16);
  });
});

describe('a slow service', () => {
  test('a success slower than the stale wait is served stale first and kept when it comes', async () => {
    const { cache, service, runtime, read } = await holding({ revalidate: 'fetch' });
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    service.latencyMs = 2_000;
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(1_000);
    expect(get.value?.text()).toBe('a v1');
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });
});

describe('answers that are not answers', () => {
  const garbage: [name: string, output: (right: Record<string, unknown>) => unknown][] = [
    ['no output', () => undefined],
    ['an empty body', () => ({})],
    ['null', () => null],
    ['a string', () => '<html>'],
    ['neither value', (right) => without('SecretString', right)],
    ['both values', (right) => ({ ...right, SecretBinary: Uint8Array.of(1) })],
    ['no version id', (right) => without('VersionId', right)],
    ['no ARN', (right) => without('ARN', right)],
    [
      "another secret's ARN and name",
      (right) => ({ ...right, ARN: String(right['ARN']).replace('secret:a-', 'secret:b-'), Name: 'b' }),
    ],
  ];

  test.each(garbage)('%s is a malformed answer and is not kept', async (_name, output) => {
    const { cache, service, runtime, read, readCode } = setup({ secrets: ['a', 'b'] });
    service.fail({ output: (right) => output(right() as Record<string, unknown>) }, { op: 'G', times: 1 });
    expect(await readCode('a')).toBe('ERR_SECRET_MALFORMED_RESPONSE');
    expect([cache.peek('a'), cache.peek('b')]).toEqual([undefined, undefined]);
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
  });

  test.each(garbage)('%s instead of a revalidation leaves the held value served', async (_name, output) => {
    const { service, runtime, read } = await holding({ revalidate: 'fetch' });
    await runtime.advance(TTL_MS);
    service.fail({ output: (right) => output(right() as Record<string, unknown>) }, { op: 'G', times: 1 });
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
  });

  test.each([
    ['no output', () => undefined],
    ['an empty body', () => ({})],
  ])('%s instead of a describe leaves the held value served', async (_name, output) => {
    const { service, runtime, read } = await holding();
    await runtime.advance(TTL_MS);
    service.fail({ output }, { op: 'D', times: 1 });
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
    await runtime.advance(LOOK_MS);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  const LOOK_MS = 5_000;

  test.each(['<html>portal</html>', '{"SecretString":"hunter2'])(
    'no text of an unreadable body is passed on: %s',
    async (body) => {
      const { cache, service, runtime } = setup();
      service.fail(() => errors.unreadableBody(body));
      const get = outcomeOf(cache.get('a'));
      await runtime.settle();
      const error = get.error as Error;
      expect(error.message).not.toContain(body.slice(0, 8));
      expect(error.cause).toBeUndefined();
    },
  );
});

describe('denials', () => {
  const denials: [name: string, code: string, deny: (bed: TestBed) => { lift(): void }][] = [
    [
      'access denied',
      'ERR_SECRET_ACCESS_DENIED',
      ({ service }) => service.deny({ action: 'GetSecretValue' }),
    ],
    ['KMS access denied', 'ERR_SECRET_DECRYPTION', ({ service }) => service.denyKms('a')],
    ['a disabled key', 'ERR_SECRET_DECRYPTION', ({ service }) => service.denyKms('a', 'disabled')],
  ];

  test.each(denials)(
    '%s: a suspicion first, confirmed a second later, and then no outage brings the value back',
    async (_name, code, deny) => {
      const bed = await holding({ revalidate: 'fetch' });
      const { cache, service, runtime, read, readCode } = bed;
      await runtime.advance(TTL_MS);
      const denial = deny(bed);

      expect([await read('a'), await read('a')]).toEqual(['a v1', 'a v1']);
      expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
      await runtime.advance(999);
      expect(await read('a')).toBe('a v1');
      expect(service.newCounts()).toEqual(NO_CALL);
      await runtime.advance(1);
      expect(await readCode('a')).toBe(code);
      expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
      expect(cache.peek('a')).toBeUndefined();

      denial.lift();
      const outage = service.fail(errors.internalError);
      await runtime.advance(60_000);
      expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
      outage.lift();
      await runtime.advance(30_000);
      expect(await read('a')).toBe('a v1');
    },
  );

  test('a suspicion concerns every label: the next get of another, though fresh, is the one that confirms', async () => {
    const BLUE = { versionStage: 'BLUE' };
    const { cache, service, runtime, read, readCode } = await holding({ revalidate: 'fetch' });
    service.put('a', 'a blue', { stages: ['BLUE'] });
    await read('a', BLUE);
    await runtime.advance(TTL_MS);
    await read('a');
    service.deny({ action: 'GetSecretValue' });
    expect(await read('a', BLUE)).toBe('a blue');
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
    expect([cache.peek('a'), cache.peek('a', BLUE)]).toEqual([undefined, undefined]);
  });

  test('a denial that turns out a passing one clears the suspicion', async () => {
    const { service, runtime, read } = await holding({ revalidate: 'fetch' });
    await runtime.advance(TTL_MS);
    const denial = service.deny({ action: 'GetSecretValue' });
    expect(await read('a')).toBe('a v1');
    denial.lift();
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(TTL_MS);
    service.deny({ action: 'GetSecretValue' });
    expect(await read('a')).toBe('a v1');
  });

  test('the confirming call is waited for up to the wait budget; an outage meanwhile confirms nothing', async () => {
    const { cache, service, runtime, read, readCode } = await holding({ revalidate: 'fetch' });
    await runtime.advance(TTL_MS);
    service.deny({ action: 'GetSecretValue' });
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1_000);
    service.delay(2_500, { times: 1 });
    const confirming = outcomeOf(cache.get('a'));
    await runtime.advance(2_499);
    expect(confirming.state).toBe('pending');
    await runtime.advance(1);
    expect(codeOf(confirming)).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
  });

  test('a transient failure between suspicion and confirmation neither confirms nor clears', async () => {
    const { service, runtime, read, readCode } = await holding({ revalidate: 'fetch' });
    await runtime.advance(TTL_MS);
    service.deny({ action: 'GetSecretValue' });
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1_000);
    service.fail(errors.internalError, { times: 1 });
    expect(await read('a')).toBe('a v1');
    await runtime.advance(10_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
  });

  test.each(denials)(
    '%s with nothing held is a typed error, remembered for 30 s at most',
    async (_name, code, deny) => {
      const bed = setup();
      const { service, runtime, readCode } = bed;
      deny(bed);
      for (let atMs = 0; atMs < 600_000; atMs += 250) {
        expect(await readCode('a')).toBe(code);
        await runtime.advance(250);
      }
      const at = service.calls.map(({ atMs }) => atMs);
      const gaps = at.slice(1).map((ms, nth) => ms - (at[nth] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(30_250);
      expect(Math.min(...gaps.slice(8))).toBeGreaterThanOrEqual(15_000);
    },
  );

  test.each(denials.slice(1))('%s: the message says KMS', async (_name, _code, deny) => {
    const bed = setup();
    deny(bed);
    const get = outcomeOf(bed.cache.get('a'));
    await bed.runtime.settle();
    expect(String(get.error)).toMatch(/KMS/);
  });

  test('a secret that is not found, asked for a thousand times a second for a minute, costs at most 8 calls', async () => {
    const { cache, service, runtime } = setup();
    for (let atMs = 0; atMs < 60_000; atMs += 100) {
      const gets = Array.from({ length: 100 }, () => outcomeOf(cache.get('missing')));
      await runtime.settle();
      expect(new Set(gets.map((get) => codeOf(get)))).toEqual(new Set(['ERR_SECRET_NOT_FOUND']));
      await runtime.advance(100);
    }
    expect(service.counts.G).toBeLessThanOrEqual(8);
    expect(service.counts.G).toBeGreaterThanOrEqual(3);
  });

  test('a held secret that is gone is dropped after confirmation', async () => {
    const { cache, service, runtime, read, readCode } = await holding({ revalidate: 'fetch' });
    service.destroy('a');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_NOT_FOUND');
    service.fail(errors.internalError);
    await runtime.advance(60_000);
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
    expect(cache.peek('a')).toBeUndefined();
  });

  test('a revoked right to describe and to read takes the value away within the TTL and its confirmation', async () => {
    const { service, runtime, read, readCode } = await holding();
    service.deny({ action: 'GetSecretValue' });
    service.deny({ action: 'DescribeSecret' });
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
  });

  test.each(denials)(
    '%s on reads alone, which describes cannot see, bites within H, a TTL and its confirmation',
    async (_name, code, deny) => {
      const bed = await holding({ ttlMs: 60_000, staleIfErrorMs: 600_000 });
      const { service, runtime, readCode } = bed;
      deny(bed);
      const fromMs = runtime.monotonicNowMs();
      for (;;) {
        const got = await readCode('a');
        if (got === code) break;
        expect(got).toBe('fulfilled');
        await runtime.advance(1_000);
      }
      expect(runtime.monotonicNowMs() - fromMs).toBeLessThanOrEqual(660_000 + 60_000 + 2_000);
      expect(service.newCounts().G).toBe(2);
    },
  );
});

describe('requests at fault', () => {
  test.each([
    ['InvalidParameter', errors.invalidParameter],
    ['InvalidRequest', errors.invalidRequest],
    ['Validation', errors.validation],
  ])('%s is a typed error even with a value held, which stays; it is not retried', async (_name, error) => {
    const { cache, service, runtime, readCode } = await holding({ revalidate: 'fetch' });
    await runtime.advance(TTL_MS);
    service.fail(error, { times: 1 });
    expect(await readCode('a')).toBe('ERR_SECRET_INVALID_REQUEST');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    expect(cache.peek('a')?.text()).toBe('a v1');
  });

  test.each([
    ['InvalidParameter', errors.invalidParameter],
    ['Validation', errors.validation],
  ])('%s with nothing held is a typed error after one call', async (_name, error) => {
    const { service, readCode } = setup();
    service.fail(error, { times: 1 });
    expect(await readCode('a')).toBe('ERR_SECRET_INVALID_REQUEST');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('a stage and a version id that disagree are the error of the service, typed', async () => {
    const { service, readCode } = setup();
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    expect(await readCode('a', { versionStage: 'AWSCURRENT', versionId: v1 })).toBe(
      'ERR_SECRET_INVALID_REQUEST',
    );
  });
});

describe('describes that are refused', () => {
  test('a denied describe turns into a read for that record alone, is tried again after an hour, and is said once', async () => {
    const events = eventsOf('describe-disabled');
    const { cache, service, runtime } = setup({ secrets: ['a', 'b', 'c'] });
    const all = (): Promise<Map<string, unknown>> => runtime.run(cache.getMany(['a', 'b', 'c']));
    await all();
    service.deny({ action: 'DescribeSecret', secret: 'a' });
    service.deny({ action: 'DescribeSecret', secret: 'b' });
    service.newCounts();

    await runtime.advance(TTL_MS);
    await all();
    expect(service.newCounts()).toMatchObject({ D: 3 });
    const fromMs = runtime.monotonicNowMs();
    while (runtime.monotonicNowMs() - fromMs < 3_600_000 - TTL_MS) {
      await runtime.advance(TTL_MS);
      await all();
      const { G, D, B } = service.newCounts();
      expect([D, G + B > 0]).toEqual([1, true]);
    }
    await runtime.advance(TTL_MS);
    await all();
    expect(service.newCounts().D).toBe(3);
    expect(events).toHaveLength(1);
  });

  test('a secret that may not be described is still followed through a rotation, within its TTL', async () => {
    const { service, runtime, read } = await holding();
    service.deny({ action: 'DescribeSecret' });
    for (const nth of [2, 3]) {
      service.put('a', `a v${nth}`);
      await runtime.advance(TTL_MS);
      expect(await read('a')).toBe(`a v${nth}`);
    }
    expect(service.newCounts()).toEqual({ G: 2, D: 1, B: 0 });
  });

  test('forty-five secrets of which one denies the describe: the others are still revalidated by describe', async () => {
    const names = manyNames(45);
    const { cache, service, runtime } = setup({ secrets: names });
    await runtime.run(cache.getMany(names));
    service.deny({ action: 'DescribeSecret', secret: 's17' });
    service.newCounts();
    for (let nth = 0; nth < 3; nth += 1) {
      await runtime.advance(TTL_MS);
      const secrets = await runtime.run(cache.getMany(names));
      expect([...secrets.values()].map((secret) => secret.text())).toEqual(names.map((name) => `${name} v1`));
      expect(service.newCounts()).toEqual({ G: 1, D: nth === 0 ? 45 : 44, B: 0 });
    }
  });

  test('a throttled describe never becomes a read: the held value is served and the service left alone', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000 });
    service.fail(errors.throttled, { op: 'D' });
    await runtime.advance(1_000);
    for (let atMs = 0; atMs < 300_000; atMs += 500) {
      expect(await read('a')).toBe('a v1');
      await runtime.advance(500);
    }
    const { G, D, B } = service.newCounts();
    expect([G, B]).toEqual([0, 0]);
    expect(D).toBeLessThanOrEqual(12);
  });
});

describe('the one retry', () => {
  test('an expired signature is retried at once with a new one, exactly once', async () => {
    const { service, read } = setup();
    service.fail(errors.signatureExpired, { times: 1 });
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('a signature that goes on expiring is an error after two calls', async () => {
    const { service, readCode } = setup();
    service.fail(errors.signatureExpired);
    expect(await readCode('a')).toBe('ERR_SECRET_CREDENTIALS');
    expect(service.counts).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('a signature that is wrong for another reason is not retried', async () => {
    const { service, readCode } = setup();
    service.fail(() =>
      errors.unmodelled('InvalidSignatureException', 'The request signature we calculated does not match.'),
    );
    expect(await readCode('a')).toBe('ERR_SECRET_CREDENTIALS');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });
});
