// The Lambda entry as a function has it: module state, environment variables, the SDK's own way to the endpoint.

import { AsyncLocalStorage } from 'node:async_hooks';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

import type { GetOptions, PreloadReport } from '../../src/index.ts';
import type * as Lambda from '../../src/lambda.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

let server: LocalSecretsManager;
/** Imported anew for each test, as each execution environment does. */
let lambda: typeof Lambda;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'prod/db', secretString: '{"username":"app","port":5432}' });
  server.createSecret({ name: 'prod/key', secretString: 'hunter2' });
  server.createSecret({ name: 'prod/cert', secretBinary: Uint8Array.of(1, 2, 3) });
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', server.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  vi.resetModules();
  lambda = await import('../../src/lambda.ts');
});

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await server.close();
});

/** As many calls as invocations of a warm environment make: none. */
async function expectNoCall(invoke: () => Promise<unknown>): Promise<void> {
  const before = server.count();
  for (let nth = 0; nth < 20; nth += 1) await invoke();
  expect(server.count()).toBe(before);
}

describe('a secret', () => {
  test('as text: one call, and then none', async () => {
    expect(await lambda.getSecret('prod/key')).toBe('hunter2');
    expect(server.count('GetSecretValue')).toBe(1);
    await expectNoCall(async () => expect(await lambda.getSecret('prod/key')).toBe('hunter2'));
  });

  test('as bytes: a copy each time', async () => {
    const bytes = await lambda.getSecretBytes('prod/cert');
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    bytes.fill(0);
    expect(await lambda.getSecretBytes('prod/cert')).toEqual(Uint8Array.of(1, 2, 3));
    expect(server.count()).toBe(1);
  });

  test('as JSON: parsed anew each time, typed by hand or by a schema', async () => {
    const schema = z.object({ username: z.string(), port: z.number() });
    const first = await lambda.getSecretJson<{ username: string }>('prod/db');
    first.username = 'changed';
    expect(await lambda.getSecretJson('prod/db')).toEqual({ username: 'app', port: 5432 });
    expect((await lambda.getSecretJson('prod/db', schema)).port).toBe(5432);
    expect(server.count()).toBe(1);
  });

  test('of another version: the options are those of SecretCache.get', async () => {
    server.putSecretValue('prod/key', { secretString: 'hunter3' });
    const previous = { versionStage: 'AWSPREVIOUS' };
    expect(await lambda.getSecret('prod/key', previous)).toBe('hunter2');
    expect(await lambda.getSecret('prod/key')).toBe('hunter3');
    server.putSecretValue('prod/db', { secretString: '{"username":"other","port":1}' });
    const schema = z.object({ username: z.string() });
    expect(await lambda.getSecretJson('prod/db', previous)).toMatchObject({ username: 'app' });
    expect(await lambda.getSecretJson('prod/db', schema, previous)).toEqual({ username: 'app' });
    server.putSecretValue('prod/cert', { secretBinary: Uint8Array.of(4) });
    expect(await lambda.getSecretBytes('prod/cert', previous)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('that is not there, not text, not JSON, or not as the schema wants it: a typed error', async () => {
    const codes = [
      [lambda.getSecret('missing'), 'ERR_SECRET_NOT_FOUND'],
      [lambda.getSecret('prod/cert'), 'ERR_SECRET_NOT_TEXT'],
      [lambda.getSecretBytes('prod/key'), 'ERR_SECRET_NOT_BINARY'],
      [lambda.getSecretJson('prod/key'), 'ERR_SECRET_NOT_JSON'],
      [lambda.getSecretJson('prod/db', z.object({ port: z.string() })), 'ERR_SECRET_SCHEMA'],
    ] as const;
    for (const [get, code] of codes) await expect(get).rejects.toMatchObject({ code });
  });

  test('asked for with bad input: a TypeError or RangeError, and no call', async () => {
    await expect(lambda.getSecret('')).rejects.toBeInstanceOf(RangeError);
    await expect(lambda.getSecret('prod/key', { stage: 'x' } as GetOptions)).rejects.toThrow(
      'unknown option',
    );
    // @ts-expect-error -- neither a schema nor the only options
    const mixed = lambda.getSecretJson('prod/db', { maxAgeMs: 1 }, { maxAgeMs: 1 });
    await expect(mixed).rejects.toThrow('`schema` must be a Standard Schema');
    await expect(lambda.preloadSecrets('prod/key')).rejects.toThrow(
      'must be an array, or another iterable, of ids',
    );
    expect(server.count()).toBe(0);
  });

  test("that a caller's own signal no longer waits for", async () => {
    server.hold('GetSecretValue');
    const reason = new Error('a second is left');
    const stop = new AbortController();
    const get = lambda.getSecret('prod/key', { signal: stop.signal });
    stop.abort(reason);
    await expect(get).rejects.toBe(reason);
  });
});

describe('preloadSecrets', () => {
  test('brings several secrets by one call, says which failed, and later gets make none', async () => {
    const report = await lambda.preloadSecrets(['prod/db', 'prod/key', 'prod/cert', 'missing']);
    expect(report.loaded).toEqual(['prod/db', 'prod/key', 'prod/cert']);
    expect([...report.failed].map(([id, { code }]) => [id, code])).toEqual([
      ['missing', 'ERR_SECRET_NOT_FOUND'],
    ]);
    expect(server.count()).toBe(1);
    await expectNoCall(() => lambda.getSecret('prod/key'));
  });

  test.each([
    { options: {}, waitedMs: 5_000, title: 'for 5 s unless told otherwise' },
    { options: { timeoutMs: undefined }, waitedMs: 5_000, title: 'for 5 s when told nothing' },
    { options: { timeoutMs: 800 }, waitedMs: 800, title: 'for as long as it is told' },
  ])('waits $title', async ({ options, waitedMs }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    // Else the call would be given up first.
    vi.stubEnv('SECRETSMANAGER_CACHE_ATTEMPT_TIMEOUT_MS', '60000');
    const gate = server.hold('GetSecretValue');
    let report: PreloadReport | undefined;
    const preload = lambda.preloadSecrets(['prod/key'], options).then((done) => {
      report = done;
    });
    await gate.arrived();
    await vi.advanceTimersByTimeAsync(waitedMs - 1);
    expect(report).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await preload;
    expect(report?.failed.get('prod/key')?.code).toBe('ERR_SECRET_TIMEOUT');
  });
});

describe('the cache behind', () => {
  test('is one for all functions, and open to what they do not do', async () => {
    await lambda.preloadSecrets(['prod/key']);
    await lambda.getSecret('prod/key');
    expect(lambda.secretCache()).toBe(lambda.secretCache());
    expect(lambda.secretCache().stats()).toMatchObject({ gets: 2, hits: 1, misses: 1 });
    lambda.secretCache().invalidate('prod/key');
    await lambda.getSecret('prod/key');
    expect(server.count()).toBe(2);
  });

  test('reads its variables at the first call, and a function that forgot one recovers when it is set', async () => {
    vi.stubEnv('SECRETSMANAGER_CACHE_TTL', '60000');
    const message = 'unknown environment variable: "SECRETSMANAGER_CACHE_TTL"';
    await expect(lambda.getSecret('prod/key')).rejects.toThrow(message);
    await expect(lambda.getSecretJson('prod/db')).rejects.toThrow(message);
    await expect(lambda.getSecretBytes('prod/cert')).rejects.toThrow(message);
    await expect(lambda.preloadSecrets(['prod/key'])).rejects.toThrow(message);
    expect(() => lambda.secretCache()).toThrow(message);
    expect(server.count()).toBe(0);
    vi.stubEnv('SECRETSMANAGER_CACHE_TTL', undefined);
    expect(await lambda.getSecret('prod/key')).toBe('hunter2');
  });
});

test('64 invocations at once on a cold cache: a call a secret, and each goes on in its own context', async () => {
  const gate = server.hold(['GetSecretValue', 'BatchGetSecretValue']);
  const context = new AsyncLocalStorage<number>();
  const invocations = Array.from({ length: 64 }, (_, nth) =>
    context.run(nth, async () => [await lambda.getSecret('prod/key'), context.getStore()]),
  );
  await gate.arrived();
  gate.release();
  expect(await Promise.all(invocations)).toEqual(Array.from({ length: 64 }, (_, nth) => ['hunter2', nth]));
  expect(server.count()).toBe(1);
});
