/** What callers may give, what they are told when it is wrong, and what they get back. */

import { inspect } from 'node:util';

import {
  InternalServiceError,
  ResourceNotFoundException,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';

import { SecretCache, SecretCacheError, type SecretCacheOptions } from '../../src/index.ts';
import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { setup } from '../support/setup.ts';

const long = 'x'.repeat(2_049);

describe('ids', () => {
  const bad: [name: string, id: unknown, kind: typeof TypeError | typeof RangeError][] = [
    ['empty', '', RangeError],
    ['blank', ' \t\n', RangeError],
    ['2,049 characters', long, RangeError],
    ['undefined', undefined, TypeError],
    ['null', null, TypeError],
    ['a number', 42, TypeError],
    ['an object', { secretId: 'a' }, TypeError],
    ['an array', ['a'], TypeError],
  ];

  test.each(bad)(
    '%s: every method rejects or throws without a call, and does not dump the value',
    async (_name, id, kind) => {
      const { cache, service, runtime } = setup();
      const secretId = id as string;
      const calls = [
        () => cache.get(secretId),
        () => cache.get(secretId, { versionStage: 'AWSCURRENT' }),
        () => cache.getText(secretId),
        () => cache.getJson(secretId),
        () => cache.getMany([secretId]),
        () => cache.preload([secretId]),
        () => cache.refresh(secretId),
        () => cache.getSecretValue({ SecretId: secretId }),
      ];
      for (const call of calls) {
        const outcome = outcomeOf<unknown>(call());
        await runtime.settle();
        expect(outcome.error).toBeInstanceOf(kind);
        expect(inspect(outcome.error).length).toBeLessThan(2_500);
        expect((outcome.error as Error).message.length).toBeLessThan(300);
      }
      expect(() => cache.invalidate(secretId)).toThrow(kind);
      expect(service.calls).toEqual([]);
    },
  );

  test('2,048 characters are allowed', async () => {
    const { cache, service, runtime } = setup();
    const get = outcomeOf(cache.get('x'.repeat(2_048)));
    await runtime.settle();
    expect(get.error).toMatchObject({ code: 'ERR_SECRET_NOT_FOUND' });
    expect(service.counts.G).toBe(1);
  });

  test('a string instead of a list of ids is not taken letter by letter', async () => {
    const { cache, service, runtime } = setup();
    for (const call of [() => cache.getMany('abc'), () => cache.preload('abc')]) {
      const outcome = outcomeOf<unknown>(call());
      await runtime.settle();
      expect(outcome.error).toBeInstanceOf(TypeError);
    }
    expect(service.calls).toEqual([]);
  });
});

describe('versions', () => {
  test.each([
    ['an empty stage', { versionStage: '' }, RangeError],
    ['a stage of 257 characters', { versionStage: 'x'.repeat(257) }, RangeError],
    ['a stage that is no string', { versionStage: 1 }, TypeError],
    ['an empty version id', { versionId: '' }, RangeError],
    ['a version id that is no string', { versionId: {} }, TypeError],
    ['an unknown option', { stage: 'AWSPREVIOUS' }, TypeError],
    ['a negative maxAgeMs', { maxAgeMs: -1 }, RangeError],
    ['a maxAgeMs that is no number', { maxAgeMs: '5' }, TypeError],
    ['a signal that is none', { signal: {} }, TypeError],
    ['options that are no object', 'AWSPREVIOUS', TypeError],
  ])('%s rejects without a call, held or not', async (_name, options, kind) => {
    const { cache, service, runtime, read } = setup();
    await read('a');
    for (const id of ['a', 'b']) {
      const outcome = outcomeOf(cache.get(id, options as object));
      await runtime.settle();
      expect(outcome.error).toBeInstanceOf(kind);
    }
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test("a stage and a version id that disagree are the service's error, typed", async () => {
    const { cache, service, runtime } = setup();
    const versionId = service.versionOf('a');
    service.put('a', 'a v2');
    const get = outcomeOf(cache.get('a', { versionId, versionStage: 'AWSCURRENT' }));
    await runtime.settle();
    expect(get.error).toBeInstanceOf(SecretCacheError);
    expect(get.error).toMatchObject({
      code: 'ERR_SECRET_INVALID_REQUEST',
      cause: { name: 'InvalidRequestException' },
    });
    expect(service.calls[0]?.input).toEqual({
      SecretId: 'a',
      VersionId: versionId,
      VersionStage: 'AWSCURRENT',
    });
  });

  test('a stage and a version id that agree are answered', async () => {
    const { service, read } = setup();
    expect(await read('a', { versionId: service.versionOf('a'), versionStage: 'AWSCURRENT' })).toBe('a v1');
  });
});

describe('options of the cache', () => {
  const client = { send: () => Promise.reject(new Error('not to be called')) };
  const durations = [
    'ttlMs',
    'staleWhileRevalidateMs',
    'staleIfErrorMs',
    'attemptTimeoutMs',
    'waitBudgetMs',
    'staleWaitMs',
  ];

  test.each(
    durations.flatMap((name) => [
      [name, Number.NaN, RangeError] as const,
      [name, -1, RangeError] as const,
      [name, '5m', TypeError] as const,
    ]),
  )('%s: %s throws, in one shape', (name, value, kind) => {
    const construct = (): SecretCache => new SecretCache({ client, [name]: value });
    expect(construct).toThrow(kind);
    expect(construct).toThrow(`\`${name}\` must be a number of milliseconds`);
    expect(construct).toThrow(`got ${typeof value === 'string' ? `"${value}"` : value}`);
  });

  test('the example of the shape', () => {
    expect(() => new SecretCache({ client, ttlMs: -1 })).toThrow(
      new RangeError('`ttlMs` must be a number of milliseconds >= 0, got -1'),
    );
  });

  test.each<[string, object]>([
    ['more than 20 ids in a batch', { batch: { maxSize: 21 } }],
    ['no id in a batch', { batch: { maxSize: 0 } }],
    ['a negative batch window', { batch: { windowMs: -1 } }],
    ['an unknown batch option', { batch: { size: 5 } }],
    ['a batch that is a number', { batch: 20 }],
    ['an unknown option', { ttl: 300 }],
    ['a TTL jitter of 1', { ttlJitter: 1 }],
    ['a negative TTL jitter', { ttlJitter: -0.1 }],
    ['no entries', { maxEntries: 0 }],
    ['half an entry', { maxEntries: 1.5 }],
    ['no concurrency', { maxConcurrency: 0 }],
    ['another way to revalidate', { revalidate: 'always' }],
    ['a wait budget of 0', { waitBudgetMs: 0 }],
    ['an attempt timeout of 0', { attemptTimeoutMs: 0 }],
    ['stale-while-revalidate beyond stale-if-error', { staleWhileRevalidateMs: 2, staleIfErrorMs: 1 }],
    ['a backoff cap below its base', { backoff: { baseMs: 10, capMs: 5 } }],
    ['a backoff that is NaN', { backoff: { baseMs: Number.NaN } }],
    ['an unknown backoff option', { backoff: { factor: 2 } }],
    ['two origins', { source: { load: () => Promise.reject(new Error()) } }],
    ['a client configuration beside a client', { clientConfig: {} }],
    ['a runtime that is no object', { runtime: 1 }],
    ['a runtime whose clock is a number', { runtime: { wallNowMs: 1 } }],
  ])('%s throws', (_name, options) => {
    expect(() => new SecretCache({ client, ...options })).toThrow(/`|unknown/);
  });

  test.each([[{}], [{ send: 1 }], [null], [1]])('a client without send throws at once: %j', (given) => {
    expect(() => new SecretCache({ client: given } as unknown as SecretCacheOptions)).toThrow(/`client`/);
  });

  test.each([[null], [1], ['ttlMs'], [[]]])('options that are no object throw: %j', (given) => {
    expect(() => new SecretCache(given as SecretCacheOptions)).toThrow(TypeError);
  });

  test('a client in the place of the options throws, and says where it goes', () => {
    expect(() => new SecretCache(client as SecretCacheOptions)).toThrow('pass a client as `{ client }`');
  });

  test('the options object is read once', async () => {
    const options = { ttlMs: 1_000 };
    const { runtime, service, read } = setup(options);
    options.ttlMs = 1;
    await read('a');
    await runtime.advance(999);
    await read('a');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('Infinity and 0 are durations', () => {
    const options = { ttlMs: Infinity, staleIfErrorMs: 0, staleWaitMs: 0, waitBudgetMs: Infinity };
    expect(() => new SecretCache({ client, ...options })).not.toThrow();
  });
});

describe('values', () => {
  test.each([
    ['12', 12],
    ['null', null],
    ['[1,"two"]', [1, 'two']],
    ['"text"', 'text'],
    ['true', true],
  ])('the JSON secret %s is returned as such, and as text it stays what it is', async (text, parsed) => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create('a', text);
    expect(await runtime.run(cache.getJson('a'))).toEqual(parsed);
    expect(await cache.getText('a')).toBe(text);
  });

  test('an empty text and no bytes are values', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create('text', '');
    service.create('binary', new Uint8Array());
    const secrets = await runtime.run(cache.getMany(['text', 'binary']));
    expect(secrets.get('text')?.text()).toBe('');
    expect(secrets.get('binary')?.bytes()).toHaveLength(0);
  });

  test('bytes() of a text secret is a typed error', async () => {
    const { cache, runtime } = setup();
    const secret = await runtime.run(cache.get('a'));
    expect(() => secret.bytes()).toThrow(expect.objectContaining({ code: 'ERR_SECRET_NOT_BINARY' }));
  });

  test('getMany answers in the order asked, each id once, and rejects with the first failure in that order', async () => {
    const { cache, runtime } = setup({ secrets: ['a', 'b'], batch: false });
    const secrets = await runtime.run(cache.getMany(['b', 'a', 'b']));
    expect([...secrets].map(([id, secret]) => [id, secret.text()])).toEqual([
      ['b', 'b v1'],
      ['a', 'a v1'],
    ]);
    const failing = outcomeOf(cache.getMany(['a', 'missing-1', 'missing-2']));
    await runtime.settle();
    expect(failing.error).toMatchObject({ code: 'ERR_SECRET_NOT_FOUND', secretId: 'missing-1' });
  });

  test('a schema that answers asynchronously is a TypeError', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create('a', '{}');
    const schema = {
      '~standard': { version: 1 as const, vendor: 'test', validate: async (value: unknown) => ({ value }) },
    };
    const get = outcomeOf(cache.getJson('a', schema));
    await runtime.settle();
    expect(get.error).toBeInstanceOf(TypeError);
  });
});

describe('peek', () => {
  test('shows any held value that may be served, calls nothing, and counts as no use', async () => {
    const { cache, service, runtime, read } = setup({
      ttlMs: 1_000,
      staleIfErrorMs: 10_000,
      maxEntries: 2,
      secrets: ['a', 'b', 'c'],
    });
    expect(cache.peek('a')).toBeUndefined();
    await read('a');
    await read('b');
    await runtime.advance(10_000);
    expect(cache.peek('a')?.text()).toBe('a v1');
    expect(cache.peek('a', { versionStage: 'AWSPREVIOUS' })).toBeUndefined();
    await read('c');
    expect(cache.peek('a')).toBeUndefined();
    await runtime.advance(11_000);
    expect(cache.peek('b')).toBeUndefined();
    await runtime.settle();
    expect(service.counts).toEqual({ G: 3, D: 0, B: 0 });
  });
});

describe('the drop-in call', () => {
  test('rejects with the exception of the SDK, same class, a copy for each caller', async () => {
    const { cache, service, runtime } = setup();
    const calls = [1, 2].map(() => outcomeOf(cache.getSecretValue({ SecretId: 'missing' })));
    await runtime.settle();
    for (const { error } of calls) {
      expect(error).toBeInstanceOf(ResourceNotFoundException);
      expect(error).toMatchObject({
        name: 'ResourceNotFoundException',
        message: "Secrets Manager can't find the specified secret.",
        $metadata: { httpStatusCode: 400 },
      });
    }
    expect(calls[0]?.error).not.toBe(calls[1]?.error);
    service.fail(errors.internalError);
    const internal = outcomeOf(cache.getSecretValue({ SecretId: 'a' }));
    await runtime.settle();
    expect(internal.error).toBeInstanceOf(InternalServiceError);
  });

  test('a code without a class comes as the base class under its name, from a batch too', async () => {
    const { cache, service, runtime } = setup({ secrets: ['a', 'b'] });
    service.deny({ action: 'GetSecretValue', secret: 'b' });
    const calls = ['a', 'b', 'missing'].map((SecretId) => outcomeOf(cache.getSecretValue({ SecretId })));
    await runtime.settle();
    expect(calls[0]?.value).toMatchObject({ SecretString: 'a v1' });
    expect(calls[1]?.error).toBeInstanceOf(SecretsManagerServiceException);
    expect(calls[1]?.error).toMatchObject({ name: 'AccessDeniedException' });
    expect(calls[2]?.error).toBeInstanceOf(ResourceNotFoundException);
  });

  test.each<[object, object, string]>([
    [
      { SecretId: 'a', versionStage: 'AWSPREVIOUS' },
      {},
      'unknown member of the input of getSecretValue: "versionStage"',
    ],
    [{ SecretId: 'a' }, { signal: AbortSignal.abort() }, 'unknown option of getSecretValue: "signal"'],
  ])('what it would ignore is refused: %j, %j', async (input, options, message) => {
    const { cache, service, runtime } = setup();
    const call = outcomeOf(cache.getSecretValue(input as { SecretId: string }, options));
    await runtime.settle();
    expect(call.error).toBeInstanceOf(TypeError);
    expect((call.error as Error).message).toContain(message);
    expect(service.calls).toEqual([]);
  });

  test("an aborted call rejects as the SDK's does", async () => {
    const { cache, service, runtime } = setup();
    const hold = service.hold();
    const controller = new AbortController();
    const call = outcomeOf(cache.getSecretValue({ SecretId: 'a' }, { abortSignal: controller.signal }));
    await runtime.settle();
    controller.abort();
    await runtime.settle();
    expect(call.error).toMatchObject({ name: 'AbortError' });
    hold.lift();
  });
});
