/** Secrets in the context of a middy handler: what is there, when it is asked for, and how a request fails without it. */

import { inspect } from 'node:util';

import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

import { Secret, SecretCache } from '../../src/index.ts';
import { secret, secretsMiddleware } from '../../src/middy.ts';
import { codeOf, outcomeOf, type Outcome } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { ATTEMPT_MS, manyNames, setup, type SetupOptions, type TestBed } from '../support/setup.ts';

import { majors, type Middy } from './majors.ts';

const DB = '{"user":"app","password":"p","port":"5432"}';

afterEach(() => {
  vi.useRealTimers();
});

interface Db {
  user: string;
  password: string;
}

type Invoke = (event: unknown, context: object) => unknown;

/** One invocation, as Lambda makes it. */
function invoke(handler: unknown, context: object = {}): Outcome<unknown> {
  return outcomeOf(Promise.resolve((handler as Invoke)({}, context)));
}

/** A handler that gives back what two middlewares have put into its context. */
function two(middy: Middy, { cache }: TestBed, second: string): unknown {
  return middy()
    .use(secretsMiddleware({ cache, secrets: { db: secret<Db>('db') } }))
    .use(secretsMiddleware({ cache, secrets: { [second]: secret('key').text() } }))
    .handler((_event, context) => Promise.resolve({ ...context.secrets }));
}

function setupDb(options: SetupOptions = {}): TestBed {
  const bed = setup({ secrets: ['key'], ...options });
  bed.service.create('db', DB);
  bed.service.create('cert', Uint8Array.of(1, 2, 3));
  return bed;
}

describe.each(majors)('$name', ({ middy }) => {
  describe('what is in the context', () => {
    test('each secret in the form it was asked for, in one batch', async () => {
      const { cache, service, runtime } = setupDb();
      const handler = middy()
        .use(
          secretsMiddleware({
            cache,
            secrets: {
              db: secret<Db>('db'),
              checked: secret('db').json(z.object({ port: z.string().transform(Number) })),
              key: secret('key').text(),
              cert: secret('cert').bytes(),
              whole: secret('key').whole(),
            },
          }),
        )
        .handler((_event, context) => Promise.resolve(context.secrets));
      const invocation = invoke(handler);
      await runtime.settle();
      const { whole, ...others } = invocation.value as Record<string, unknown>;
      expect(others).toEqual({
        db: { user: 'app', password: 'p', port: '5432' },
        checked: { port: 5432 },
        key: 'key v1',
        cert: Uint8Array.of(1, 2, 3),
      });
      expect(whole).toBeInstanceOf(Secret);
      expect((whole as Secret).versionStages).toEqual(['AWSCURRENT']);
      expect(service.counts).toEqual({ G: 0, D: 0, B: 1 });
    });

    test('another label, and a version by its id', async () => {
      const { cache, service, runtime } = setupDb();
      const first = service.versionOf('key');
      service.put('key', 'key v2');
      const handler = middy()
        .use(
          secretsMiddleware({
            cache,
            secrets: {
              now: secret('key').text(),
              before: secret('key', { versionStage: 'AWSPREVIOUS' }).text(),
              pinned: secret('key', { versionId: first }).text(),
            },
          }),
        )
        .handler((_event, context) => Promise.resolve({ ...context.secrets }));
      // The preload asks for those very versions.
      await runtime.settle();
      service.newCounts();
      const invocation = invoke(handler);
      await runtime.settle();
      expect(invocation.value).toEqual({ now: 'key v2', before: 'key v1', pinned: 'key v1' });
      expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
    });

    test('a warm invocation makes no call, and gets objects of its own', async () => {
      const { cache, service, runtime } = setupDb();
      const handler = middy()
        .use(secretsMiddleware({ cache, secrets: { db: secret<Db>('db'), cert: secret('cert').bytes() } }))
        .handler((_event, { secrets }) => {
          const seen = secrets.db.password;
          secrets.db.password = 'changed';
          secrets.cert.fill(0);
          return Promise.resolve(seen);
        });
      const [first, second] = [invoke(handler), invoke(handler)];
      await runtime.settle();
      service.newCounts();
      const third = invoke(handler);
      await runtime.settle();
      expect([first.value, second.value, third.value]).toEqual(['p', 'p', 'p']);
      expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
    });

    test('what logs a context shows no secret', async () => {
      const { cache, runtime } = setupDb();
      const context = { functionName: 'f' };
      const handler = middy()
        .use(secretsMiddleware({ cache, secrets: { key: secret('key').text() } }))
        .handler((_event, { secrets }) => Promise.resolve(secrets.key));
      const invocation = invoke(handler, context);
      await runtime.settle();
      expect(invocation.value).toBe('key v1');
      expect(inspect(context)).toBe("{ functionName: 'f' }");
      expect(JSON.stringify(context)).toBe('{"functionName":"f"}');
    });
  });

  describe('several on one handler', () => {
    test('add up, also with a context that is used again', async () => {
      const bed = setupDb();
      const handler = two(middy, bed, 'key');
      const context = {};
      for (let invocation = 1; invocation <= 2; invocation += 1) {
        const { value } = await settled(bed, invoke(handler, context));
        expect(value).toEqual({ db: JSON.parse(DB) as object, key: 'key v1' });
      }
    });

    test('a key that both set fails every invocation', async () => {
      const bed = setupDb();
      const handler = two(middy, bed, 'db');
      for (let invocation = 1; invocation <= 2; invocation += 1) {
        const { error } = await settled(bed, invoke(handler));
        expect(error).toBeInstanceOf(TypeError);
        expect(String(error)).toContain('gets the key "db" from two secretsMiddleware of one handler');
      }
    });

    test('two handlers may share a context and a key', async () => {
      const bed = setupDb();
      const handler = (secretId: string): unknown =>
        middy()
          .use(secretsMiddleware({ cache: bed.cache, secrets: { it: secret(secretId).text() } }))
          .handler((_event, context) => Promise.resolve(context.secrets.it));
      const context = {};
      expect((await settled(bed, invoke(handler('key'), context))).value).toBe('key v1');
      expect((await settled(bed, invoke(handler('db'), context))).value).toBe(DB);
    });

    test('something else’s `context.secrets` is not overwritten', async () => {
      const bed = setupDb();
      const handler = two(middy, bed, 'key');
      const { error } = await settled(bed, invoke(handler, { secrets: 'hunter2' }));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('`context.secrets` is set by something else than secretsMiddleware');
      expect(String(error)).not.toContain('hunter2');
    });
  });

  describe('the preload', () => {
    test('begins at once, and the first invocation waits for it', async () => {
      const bed = setupDb();
      const hold = bed.service.hold();
      const handler = middy()
        .use(secretsMiddleware({ cache: bed.cache, secrets: { key: secret('key').text() } }))
        .handler((_event, context) => Promise.resolve(context.secrets.key));
      await bed.runtime.settle();
      expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 0 });
      const invocations = [invoke(handler), invoke(handler)];
      await bed.runtime.settle();
      expect(invocations.map(({ state }) => state)).toEqual(['pending', 'pending']);
      hold.lift();
      await bed.runtime.settle();
      expect(invocations.map(({ value }) => value)).toEqual(['key v1', 'key v1']);
      expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 0 });
    });

    test('can be left out', async () => {
      const bed = setupDb();
      const handler = middy()
        .use(secretsMiddleware({ cache: bed.cache, preload: false, secrets: { key: secret('key').text() } }))
        .handler((_event, context) => Promise.resolve(context.secrets.key));
      await bed.runtime.settle();
      expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 0 });
      expect((await settled(bed, invoke(handler))).value).toBe('key v1');
      expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 0 });
    });

    test('that failed is tried again by the first invocation, which no remembered failure answers', async () => {
      const bed = setupDb();
      bed.service.fail(errors.internalError, { times: 1 });
      const handler = middy()
        .use(secretsMiddleware({ cache: bed.cache, secrets: { key: secret('key').text() } }))
        .handler((_event, context) => Promise.resolve(context.secrets.key));
      await bed.runtime.settle();
      expect(await bed.readCode('key')).toBe('ERR_SECRET_UNAVAILABLE');
      expect((await settled(bed, invoke(handler))).value).toBe('key v1');
      expect(bed.service.counts).toEqual({ G: 2, D: 0, B: 0 });
    });

    test('that failed is tried again once: later invocations keep the backoff', async () => {
      const bed = setupDb();
      bed.service.fail(errors.internalError);
      const handler = middy()
        .use(secretsMiddleware({ cache: bed.cache, secrets: { key: secret('key').text() } }))
        .handler(() => Promise.resolve('handled'));
      await bed.runtime.settle();
      for (let invocation = 1; invocation <= 5; invocation += 1) {
        expect(codeOf(await settled(bed, invoke(handler)))).toBe('ERR_SECRET_UNAVAILABLE');
      }
      expect(bed.service.counts).toEqual({ G: 2, D: 0, B: 0 });
    });

    test('of a cache that is closed fails the invocation, and nothing before it', async () => {
      const bed = setupDb();
      await bed.cache.close();
      const handler = middy()
        .use(secretsMiddleware({ cache: bed.cache, secrets: { key: secret('key').text() } }))
        .handler(() => Promise.resolve('handled'));
      await bed.runtime.settle();
      expect(codeOf(await settled(bed, invoke(handler)))).toBe('ERR_CACHE_CLOSED');
    });

    test('gives up after 5 s at the latest', async () => {
      const bed = setupDb({ attemptTimeoutMs: 60_000, waitBudgetMs: 60_000, endsIdle: false });
      bed.service.fail({ hangs: 'until-aborted' }, { times: 1 });
      const handler = middy()
        .use(secretsMiddleware({ cache: bed.cache, secrets: { key: secret('key').text() } }))
        .handler((_event, context) => Promise.resolve(context.secrets.key));
      const invocation = invoke(handler);
      await bed.runtime.advance(4_999);
      expect(bed.service.counts.G).toBe(1);
      await bed.runtime.advance(1);
      expect(invocation.value).toBe('key v1');
      expect(bed.service.counts.G).toBe(2);
    });
  });

  describe('an invocation without its secrets', () => {
    test('fails before the handler, with the error of the first in the order given; onError sees it', async () => {
      const bed = setupDb();
      const seen: unknown[] = [];
      let handled = false;
      const handler = middy()
        .use(
          secretsMiddleware({
            cache: bed.cache,
            secrets: {
              key: secret('key').text(),
              later: secret('not there').text(),
              sooner: secret('key'),
            },
          }),
        )
        .onError(({ error }) => void seen.push(error))
        .handler(() => {
          handled = true;
          return Promise.resolve();
        });
      const { error } = await settled(bed, invoke(handler));
      expect(error).toMatchObject({ code: 'ERR_SECRET_NOT_FOUND', secretId: 'not there' });
      expect(seen).toEqual([error]);
      expect(handled).toBe(false);
    });

    test('each gets an error of its own', async () => {
      const bed = setupDb();
      const handler = middy()
        .use(secretsMiddleware({ cache: bed.cache, secrets: { key: secret('key') } }))
        .handler(() => Promise.resolve());
      const invocations = [invoke(handler), invoke(handler)];
      await bed.runtime.settle();
      expect(invocations.map(codeOf)).toEqual(['ERR_SECRET_NOT_JSON', 'ERR_SECRET_NOT_JSON']);
      expect(invocations[0]?.error).not.toBe(invocations[1]?.error);
    });

    test('is told so while onError can still answer, and what it waited for is there for the next one', async () => {
      const bed = setupDb();
      const hold = bed.service.hold();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const handler = middy({ timeoutEarlyInMillis: 0 })
        .use(secretsMiddleware({ cache: bed.cache, secrets: { key: secret('key').text() } }))
        .onError((request) => {
          request.response = (request.error as { code?: unknown }).code;
        })
        .handler((_event, context) => Promise.resolve(context.secrets.key));
      const invocation = invoke(handler, { getRemainingTimeInMillis: () => 1_000 });
      await bed.runtime.settle();
      await vi.advanceTimersByTimeAsync(949);
      expect(invocation.state).toBe('pending');
      await vi.advanceTimersByTimeAsync(1);
      expect(invocation.value).toBe('ERR_SECRET_TIMEOUT');
      hold.lift();
      const next = invoke(handler, { getRemainingTimeInMillis: () => 1_000 });
      await bed.runtime.settle();
      expect(next.value).toBe('key v1');
      expect(bed.service.counts.G).toBe(1);
      expect(vi.getTimerCount()).toBe(0);
    });

    test('that was out of time says which secrets were missing, and a late failure goes unnoticed', async () => {
      const bed = setupDb();
      const handler = middy({ timeoutEarlyInMillis: 0 })
        .use(
          secretsMiddleware({
            cache: bed.cache,
            preload: false,
            secrets: { key: secret('key').text(), db: secret<Db>('db') },
          }),
        )
        .handler(() => Promise.resolve());
      bed.service.fail({ hangs: 'until-aborted' }, { secretId: 'db' });
      await settled(bed, outcomeOf(bed.cache.get('key')));
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const invocation = invoke(handler, { getRemainingTimeInMillis: () => 40 });
      await bed.runtime.settle();
      await vi.advanceTimersByTimeAsync(0);
      expect(invocation.error).toMatchObject({ code: 'ERR_SECRET_TIMEOUT', secretId: 'db' });
      expect((invocation.error as Error).message).toContain('no answer yet for "db":');
      await bed.runtime.advance(ATTEMPT_MS);
    });
  });
});

describe('what it is given', () => {
  const cache = new SecretCache({ client: { send: () => Promise.reject(new Error('no call is made')) } });
  const bad: [name: string, make: () => unknown, message: string][] = [
    [
      'no options',
      () => secretsMiddleware(undefined as never),
      'the options of secretsMiddleware must be an object',
    ],
    [
      'a misspelt option',
      () => secretsMiddleware({ secret: {} } as never),
      'unknown option of secretsMiddleware: "secret"',
    ],
    [
      'no secrets',
      () => secretsMiddleware({ cache } as never),
      '`secrets` must be an object of secret(…), got undefined',
    ],
    [
      'a bare id',
      () => secretsMiddleware({ cache, secrets: { db: 'prod/db' } } as never),
      '`secrets.db` must be made by secret(…), got a string',
    ],
    [
      'null for a secret',
      () => secretsMiddleware({ cache, secrets: { db: null } } as never),
      '`secrets.db` must be made by secret(…)',
    ],
    [
      'a cache that is none',
      () => secretsMiddleware({ secrets: {}, cache: 'no' } as never),
      '`cache` must be a SecretCache',
    ],
    [
      'a preload that is none',
      () => secretsMiddleware({ cache, secrets: {}, preload: 5_000 } as never),
      '`preload` must be true or false, got 5000',
    ],
    ['an id that is none', () => secret(undefined as never), '`secretId` must be a string'],
    ['a blank id', () => secret(' '), '`secretId` must be a string of 1 to 2048 characters, not blank'],
    [
      'a misspelt selector',
      () => secret('a', { stage: 'AWSPREVIOUS' } as never),
      'unknown option of secret: "stage"',
    ],
    [
      'an empty label',
      () => secret('a', { versionStage: '' }),
      '`versionStage` must be a string of 1 to 256 characters',
    ],
    [
      'an empty version id',
      () => secret('a', { versionId: '' }),
      '`versionId` must be a string of 1 to 64 characters',
    ],
  ];

  test.each(bad)('%s: refused where it is written', (_name, make, message) => {
    expect(make).toThrow(message);
  });

  test('40 secrets are two batches', async () => {
    const names = manyNames(40);
    const { cache, service, runtime } = setup({ secrets: names });
    const secrets = Object.fromEntries(names.map((name) => [name, secret(name).text()]));
    secretsMiddleware({ cache, secrets });
    await runtime.settle();
    expect(service.counts).toEqual({ G: 0, D: 0, B: 2 });
  });
});

async function settled<T>({ runtime }: TestBed, outcome: Outcome<T>): Promise<Outcome<T>> {
  await runtime.settle();
  return outcome;
}
