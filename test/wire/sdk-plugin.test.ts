/** The plugin on real clients: what code that knows nothing of it is answered, compared with what the SDK answers it. */

import { inspect } from 'node:util';

import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ResourceNotFoundException,
  SecretsManager,
  type SecretsManagerClient,
  type GetSecretValueCommandInput,
  type GetSecretValueCommandOutput,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { SecretCache, SecretCacheError, type SecretCacheOptions } from '../../src/index.ts';
import { secretCachePlugin } from '../../src/sdk-plugin.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

let server: LocalSecretsManager;
const caches: SecretCache[] = [];

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'prod/db', secretString: 'hunter2' });
  server.createSecret({ name: 'prod/cert', secretBinary: Uint8Array.of(1, 2, 3) });
});

afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await server.close();
});

/** The obvious line: the cache's client is the one that carries the plugin. */
function cached(
  options: SecretCacheOptions = {},
  config: SecretsManagerClientConfig = {},
): SecretsManagerClient {
  const client = server.client(config);
  const cache = new SecretCache({ client, ...options });
  caches.push(cache);
  client.middlewareStack.use(secretCachePlugin(cache));
  return client;
}

function get(
  client: SecretsManagerClient,
  input: GetSecretValueCommandInput,
): Promise<GetSecretValueCommandOutput> {
  return client.send(new GetSecretValueCommand(input));
}

function fault(code: string, status: number): void {
  server.faults.inject({ kind: 'error', code, status, message: 'as told' });
}

function counts(): { G: number; B: number; D: number } {
  return {
    G: server.count('GetSecretValue'),
    B: server.count('BatchGetSecretValue'),
    D: server.count('DescribeSecret'),
  };
}

describe('answers', () => {
  test.each([
    ['text', { SecretId: 'prod/db' }],
    ['binary', { SecretId: 'prod/cert' }],
    ['by stage', { SecretId: 'prod/db', VersionStage: 'AWSCURRENT' }],
  ])('%s: the SDK’s output field by field, but for the metadata of a request', async (_name, input) => {
    const expected = await get(server.client(), input);
    const client = cached();
    for (let again = 1; again <= 2; again += 1) {
      const { $metadata, ...output } = await get(client, input);
      const { $metadata: theirs, ...fields } = expected;
      expect(output).toEqual(fields);
      expect($metadata).toEqual({ httpStatusCode: theirs.httpStatusCode });
    }
    expect(counts().G).toBe(2);
  });

  test('the aggregated client, by promise and by callback', async () => {
    const { endpoint, region } = server;
    const client = new SecretsManager({
      endpoint,
      region,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const cache = new SecretCache({ client });
    caches.push(cache);
    client.middlewareStack.use(secretCachePlugin(cache));
    expect((await client.getSecretValue({ SecretId: 'prod/db' })).SecretString).toBe('hunter2');
    const output = await new Promise<unknown>((resolve, reject) => {
      client.getSecretValue({ SecretId: 'prod/db' }, (error: Error | null, data) =>
        error === null ? resolve(data) : reject(error),
      );
    });
    expect(output).toMatchObject({ SecretString: 'hunter2' });
    expect(counts().G).toBe(1);
    client.destroy();
  });

  test('an output is its receiver’s to change', async () => {
    const client = cached();
    const text = await get(client, { SecretId: 'prod/db' });
    const binary = await get(client, { SecretId: 'prod/cert' });
    text.SecretString = 'changed';
    text.VersionStages?.push('MINE');
    text.CreatedDate?.setFullYear(1970);
    text.$metadata.requestId = 'mine';
    binary.SecretBinary?.fill(0);
    expect(await get(client, { SecretId: 'prod/db' })).toMatchObject({
      SecretString: 'hunter2',
      VersionStages: ['AWSCURRENT'],
      $metadata: { httpStatusCode: 200 },
    });
    const again = await get(client, { SecretId: 'prod/db' });
    expect(again.CreatedDate?.getFullYear()).not.toBe(1970);
    expect(again.$metadata).toEqual({ httpStatusCode: 200 });
    expect((await get(client, { SecretId: 'prod/cert' })).SecretBinary).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('members that the SDK ignores are ignored: the answer is kept', async () => {
    const client = cached();
    const input: object = { SecretId: 'prod/db', versionStage: 'AWSPREVIOUS' };
    for (let nth = 0; nth < 2; nth += 1) await get(client, input as GetSecretValueCommandInput);
    expect(counts()).toEqual({ G: 1, B: 0, D: 0 });
  });

  test('1,000 concurrent sends are one call', async () => {
    const client = cached();
    const outputs = await Promise.all(
      Array.from({ length: 1_000 }, () => get(client, { SecretId: 'prod/db' })),
    );
    expect(new Set(outputs.map(({ SecretString }) => SecretString))).toEqual(new Set(['hunter2']));
    expect(counts()).toEqual({ G: 1, B: 0, D: 0 });
  });

  test('distinct secrets of one turn are one batch, through the client that the plugin is on', async () => {
    const client = cached();
    const [db, cert] = await Promise.all([
      get(client, { SecretId: 'prod/db' }),
      get(client, { SecretId: 'prod/cert' }),
    ]);
    expect([db.SecretString, cert.SecretBinary]).toEqual(['hunter2', Uint8Array.of(1, 2, 3)]);
    expect(counts()).toEqual({ G: 0, B: 1, D: 0 });
  });

  test('a client that caches its handlers answers each command by its own input', async () => {
    const client = cached({ batch: false }, { cacheMiddleware: true });
    for (const SecretId of ['prod/db', 'prod/cert', 'prod/db']) {
      expect((await get(client, { SecretId })).Name).toBe(SecretId);
    }
    expect(counts().G).toBe(2);
  });

  test('a cache with another client is asked, and the client’s own network is not', async () => {
    const cache = new SecretCache({ client: server.client() });
    caches.push(cache);
    const client = server.client({ endpoint: 'http://127.0.0.1:1' });
    client.middlewareStack.use(secretCachePlugin(cache));
    expect((await get(client, { SecretId: 'prod/db' })).SecretString).toBe('hunter2');
  });
});

describe('errors', () => {
  type Case = [name: string, input: GetSecretValueCommandInput, prepare: () => void];
  const cases: Case[] = [
    ['not found', { SecretId: 'nope' }, () => {}],
    ['no such stage', { SecretId: 'prod/db', VersionStage: 'AWSPREVIOUS' }, () => {}],
    ['no such version', { SecretId: 'prod/db', VersionId: 'x'.repeat(36) }, () => {}],
    ['deleted', { SecretId: 'prod/db' }, () => server.deleteSecret('prod/db')],
    ['denied', { SecretId: 'prod/db' }, () => server.policy.denyAction('GetSecretValue')],
    ['a server fault', { SecretId: 'prod/db' }, () => fault('InternalServiceError', 500)],
    ['a code of no class', { SecretId: 'prod/db' }, () => fault('BrandNewException', 400)],
    [
      'expired credentials',
      { SecretId: 'prod/db' },
      () => void server.faults.inject({ kind: 'expired-token' }),
    ],
    // What the cache refuses, the service refuses in its own way.
    ['an empty id', { SecretId: '' }, () => {}],
    ['a blank id', { SecretId: ' ' }, () => {}],
    ['no id', { SecretId: undefined }, () => {}],
    ['an id too long', { SecretId: 'x'.repeat(2_049) }, () => {}],
    ['an empty stage', { SecretId: 'prod/db', VersionStage: '' }, () => {}],
    ['a version id too long', { SecretId: 'prod/db', VersionId: 'x'.repeat(65) }, () => {}],
    [
      'another Region’s ARN',
      { SecretId: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf' },
      () => {},
    ],
  ];
  test.each(cases)('%s: the SDK’s exception, class and fields', async (_name, input, prepare) => {
    prepare();
    const plain = server.client();
    const theirs = await failureOf(get(plain, input));
    const client = cached();
    // The first and a remembered one.
    for (let again = 1; again <= 2; again += 1) {
      const ours = await failureOf(get(client, input));
      expect(fieldsOf(ours)).toEqual(fieldsOf(theirs));
      expect(Object.getPrototypeOf(ours)).toBe(Object.getPrototypeOf(theirs));
      expect((ours as { $metadata?: object }).$metadata).toBeTypeOf('object');
    }
  });

  test('code that catches by class and by name goes on working; each caller gets an error of its own', async () => {
    const client = cached();
    const [one, two] = await Promise.all([
      failureOf(get(client, { SecretId: 'nope' })),
      failureOf(get(client, { SecretId: 'nope' })),
    ]);
    expect(one).toBeInstanceOf(ResourceNotFoundException);
    expect(one).not.toBe(two);
    expect((one as ResourceNotFoundException).$metadata).not.toBe(
      (two as ResourceNotFoundException).$metadata,
    );
  });

  test('throttled: the same, after as many attempts', async () => {
    fault('ThrottlingException', 400);
    // The SDK waits a second before it tries again.
    const config = { maxAttempts: 1 };
    const theirs = await failureOf(get(server.client(config), { SecretId: 'prod/db' }));
    const ours = await failureOf(get(cached({}, config), { SecretId: 'prod/db' }));
    expect(fieldsOf(ours)).toEqual(fieldsOf(theirs));
    expect(fieldsOf(ours)).toMatchObject({ name: 'ThrottlingException', metadata: { attempts: 1 } });
  });

  test('a refused connection keeps its code', async () => {
    const config = { endpoint: 'http://127.0.0.1:1', maxAttempts: 1 };
    const theirs = await failureOf(get(server.client(config), { SecretId: 'prod/db' }));
    const ours = await failureOf(get(cached({}, config), { SecretId: 'prod/db' }));
    expect(Reflect.get(ours as object, 'code')).toBe('ECONNREFUSED');
    expect(fieldsOf(ours)).toEqual(fieldsOf(theirs));
  });

  test('what has no class in the SDK is a SecretCacheError: a malformed answer, our own timeout, a closed cache', async () => {
    server.faults.inject({ kind: 'empty-object' }, { times: 1 });
    const client = cached();
    expect(await failureOf(get(client, { SecretId: 'prod/db' }))).toMatchObject({
      code: 'ERR_SECRET_MALFORMED_RESPONSE',
    });
    const gate = server.hold('GetSecretValue');
    const impatient = cached({ attemptTimeoutMs: 20, waitBudgetMs: 10 });
    const late = await failureOf(get(impatient, { SecretId: 'prod/db' }));
    expect(late).toBeInstanceOf(SecretCacheError);
    expect(late).toMatchObject({ code: 'ERR_SECRET_TIMEOUT' });
    gate.release();
    await Promise.all(caches.map((cache) => cache.close()));
    expect(await failureOf(get(client, { SecretId: 'prod/db' }))).toMatchObject({ code: 'ERR_CACHE_CLOSED' });
  });

  test('taken off again, the client is as it was', async () => {
    const client = cached();
    await get(client, { SecretId: 'prod/db' });
    await caches[0]?.close();
    expect(client.middlewareStack.remove('secretsmanager-cache')).toBe(true);
    expect((await get(client, { SecretId: 'prod/db' })).$metadata.requestId).toBeTypeOf('string');
  });
});

describe('a caller’s abort', () => {
  test('rejects that caller alone, as the SDK would', async () => {
    const reason = new Error('enough');
    const gate = server.hold('GetSecretValue');
    const abort = async (client: SecretsManagerClient): Promise<unknown> => {
      const controller = new AbortController();
      const { signal: abortSignal } = controller;
      const send = client.send(new GetSecretValueCommand({ SecretId: 'prod/db' }), { abortSignal });
      await gate.arrived();
      controller.abort(reason);
      return failureOf(send);
    };
    const { name, message } = (await abort(server.client())) as Error;
    const client = cached();
    const other = get(client, { SecretId: 'prod/db' });
    expect(await abort(client)).toMatchObject({ name, message, cause: reason });
    gate.release();
    expect((await other).SecretString).toBe('hunter2');
  });

  test('before the send rejects even what is held', async () => {
    const client = cached();
    await get(client, { SecretId: 'prod/db' });
    const send = client.send(new GetSecretValueCommand({ SecretId: 'prod/db' }), {
      abortSignal: AbortSignal.abort(),
    });
    expect(await failureOf(send)).toMatchObject({ name: 'AbortError' });
  });
});

describe('beside other things on the client', () => {
  test('other commands pass untouched', async () => {
    const client = cached();
    await get(client, { SecretId: 'prod/db' });
    for (let again = 1; again <= 2; again += 1) {
      await client.send(new DescribeSecretCommand({ SecretId: 'prod/db' }));
      await client.send(new ListSecretsCommand({}));
      const { SecretValues } = await client.send(
        new BatchGetSecretValueCommand({ SecretIdList: ['prod/db'] }),
      );
      expect(SecretValues).toHaveLength(1);
    }
    await get(client, { SecretId: 'prod/db' });
    expect({ ...counts(), L: server.count('ListSecrets') }).toEqual({ G: 1, D: 2, B: 2, L: 2 });
  });

  test('other middlewares see what is sent, once, and nothing of what is answered from memory', async () => {
    const seen: unknown[] = [];
    const client = server.client();
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          seen.push(commandName);
          return next(args);
        },
      { step: 'initialize', name: 'tracer' },
    );
    const cache = new SecretCache({ client });
    caches.push(cache);
    client.middlewareStack.use(secretCachePlugin(cache));
    for (let again = 1; again <= 3; again += 1) await get(client, { SecretId: 'prod/db' });
    expect(seen).toEqual(['GetSecretValueCommand']);
  });

  test('a middleware outside that copies every command does not make the cache wait for itself', async () => {
    const client = server.client();
    client.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input } }), {
      step: 'initialize',
      priority: 'high',
      name: 'copier',
    });
    const cache = new SecretCache({ client });
    caches.push(cache);
    client.middlewareStack.use(secretCachePlugin(cache));
    const [db] = await Promise.all([
      get(client, { SecretId: 'prod/db' }),
      get(client, { SecretId: 'prod/cert' }),
    ]);
    expect(db.SecretString).toBe('hunter2');
    expect((await get(client, { SecretId: 'prod/db', VersionStage: 'AWSCURRENT' })).SecretString).toBe(
      'hunter2',
    );
    await cache.refresh('prod/db');
    expect(counts()).toEqual({ G: 1, B: 1, D: 0 });
  });

  test('the SDK’s logger logs no value and no answer from memory', async () => {
    const lines: string[] = [];
    const log = (...parts: unknown[]): void => void lines.push(inspect(parts, { depth: Infinity }));
    const client = cached({}, { logger: { trace: log, debug: log, info: log, warn: log, error: log } });
    for (let again = 1; again <= 3; again += 1) await get(client, { SecretId: 'prod/db' });
    const logged = lines.join('\n');
    expect(logged.match(/GetSecretValueCommand/g)).toHaveLength(1);
    expect(logged).not.toContain('hunter2');
  });

  test('of two caches on a client the latest answers', async () => {
    const client = cached();
    await get(client, { SecretId: 'prod/db' });
    await caches[0]?.close();
    const cache = new SecretCache({ client });
    caches.push(cache);
    client.middlewareStack.use(secretCachePlugin(cache));
    expect((await get(client, { SecretId: 'prod/db' })).SecretString).toBe('hunter2');
    expect(cache.stats().gets).toBe(1);
  });

  test('the commands of another copy of this package are recognised', async () => {
    vi.resetModules();
    const other = await import('../../src/index.ts');
    expect(other.SecretCache).not.toBe(SecretCache);
    const client = server.client();
    const cache = new other.SecretCache({ client });
    caches.push(cache);
    client.middlewareStack.use(secretCachePlugin(cache));
    expect((await get(client, { SecretId: 'prod/db' })).SecretString).toBe('hunter2');
    expect(await failureOf(get(client, { SecretId: 'nope' }))).toBeInstanceOf(ResourceNotFoundException);
    // Its own error class, too: input that it refuses goes to the service.
    expect(await failureOf(get(client, { SecretId: '' }))).toMatchObject({ $fault: 'client' });
  });

  test('what is no cache is refused where it is written', () => {
    for (const bad of [undefined, null, {}, server.client()]) {
      expect(() => secretCachePlugin(bad as never)).toThrow('`cache` must be a SecretCache, got ');
    }
  });
});

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it was answered'),
    (error: unknown) => error,
  );
}

/** What a caller can read of an error, but for the id of the request. */
function fieldsOf(error: unknown): Record<string, unknown> {
  const { $metadata, ...fields } = error as Error & { $metadata?: Record<string, unknown> };
  const { requestId: _requestId, totalRetryDelay: _delay, ...metadata } = $metadata ?? {};
  return { ...fields, name: (error as Error).name, message: (error as Error).message, metadata };
}
