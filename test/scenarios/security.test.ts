/** Where a secret's value must never show, and what one caller or cache can never do to another. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, onTestFinished, test } from 'vitest';

import { ModelService } from '../support/model-service.ts';
import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { setup, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const CANARY = 'hunter2-canary-5f1d';

/** Everything a logger, a crash report or a curious object dump would show of something. */
function shownOf(thing: unknown): string {
  const shown = [
    inspect(thing),
    inspect(thing, { showHidden: true, depth: Infinity, getters: true }),
    inspect(thing, { customInspect: false, showHidden: true, depth: Infinity, getters: true }),
    inspect([[{ thing }]], { depth: Infinity }),
    JSON.stringify(thing),
    JSON.stringify({ ...(thing as object) }),
    String(thing),
    Object.getOwnPropertyNames(thing).join(','),
  ];
  try {
    shown.push(inspect(structuredClone(thing), { depth: Infinity }));
  } catch {
    // What can't be cloned shows nothing.
  }
  for (let error: unknown = thing; error instanceof Error; error = error.cause) {
    shown.push(error.message, String(error.stack), inspect(error, { showHidden: true, depth: Infinity }));
  }
  return shown.join('\n');
}

describe('objects that hold a value', () => {
  test.each([
    ['text', CANARY],
    ['binary', new TextEncoder().encode(CANARY)],
  ])('no dump of a %s Secret or of the cache shows it', async (_name, value) => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create('a', value);
    const secret = await runtime.run(cache.get('a'));
    const bytesShown = [...new TextEncoder().encode(CANARY)].join(',');
    const shown = `${shownOf(secret)}\n${shownOf(cache)}`.replaceAll(/\s/g, '');
    expect(shown).not.toContain(CANARY);
    expect(shown).not.toContain(bytesShown);
    expect(shown).not.toContain(Buffer.from(CANARY).toString('base64'));
    expect(String(secret)).toBe('[Secret a: call .text()]');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[Secret a: call .text()]"}');
  });

  test('a Secret cannot be changed', async () => {
    const { cache, runtime } = setup();
    const secret = await runtime.run(cache.get('a'));
    expect(Object.isFrozen(secret)).toBe(true);
    expect(() => (secret.versionStages as string[]).push('MINE')).toThrow(TypeError);
    secret.createdDate?.setFullYear(1970);
    expect((await cache.get('a')).createdDate?.getFullYear()).toBe(2026);
  });

  test('what a caller does to parsed JSON, to an array or to bytes touches no later get', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create('json', '{"password":"p","hosts":["h1"]}');
    service.create('binary', Uint8Array.of(1, 2, 3));
    const parsed = await runtime.run(cache.getJson<{ password: string; hosts: string[] }>('json'));
    parsed.password = 'changed';
    parsed.hosts.push('h2');
    (await runtime.run(cache.get('binary'))).bytes().fill(0);
    expect(await cache.getJson('json')).toEqual({ password: 'p', hosts: ['h1'] });
    expect([...(await cache.get('binary')).bytes()]).toEqual([1, 2, 3]);
  });

  test('the bytes that the client handed over may be reused by it', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create('binary', Uint8Array.of(1, 2, 3));
    const handed: Uint8Array[] = [];
    service.fail({
      output: (right) => {
        const output = right() as { SecretBinary: Uint8Array };
        handed.push(output.SecretBinary);
        return output;
      },
    });
    await runtime.run(cache.get('binary'));
    handed[0]?.fill(0);
    expect([...(await cache.get('binary')).bytes()]).toEqual([1, 2, 3]);
  });

  test('the output of getSecretValue is the caller’s own', async () => {
    const { cache, service, runtime } = setup();
    const output = await runtime.run(cache.getSecretValue({ SecretId: 'a' }));
    expect(output).toMatchObject({ Name: 'a', SecretString: 'a v1', VersionStages: ['AWSCURRENT'] });
    output.SecretString = 'changed';
    output.VersionStages?.push('MINE');
    expect(await cache.getSecretValue({ SecretId: 'a' })).toMatchObject({
      SecretString: 'a v1',
      VersionStages: ['AWSCURRENT'],
    });
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });

  test.each(['__proto__', '\\u005f_proto__', '__pr\\u006Fto__'])(
    '%s keys are dropped at every depth',
    async (key) => {
      const { cache, service, runtime } = setup({ secrets: [] });
      service.create('a', `{"a":1,"${key}":{"admin":true},"b":[{"${key}":{"admin":true},"c":2}]}`);
      const parsed = await runtime.run(cache.getJson<{ b: object[] }>('a'));
      expect(parsed).toEqual({ a: 1, b: [{ c: 2 }] });
      expect(Reflect.get(Object.assign({}, parsed, parsed.b[0]), 'admin')).toBeUndefined();
    },
  );
});

describe('errors', () => {
  test.each([8, 20, 21, 64])(
    'a secret of %d characters that is no JSON leaves no fragment in its error',
    async (length) => {
      const { cache, service, runtime } = setup({ secrets: [] });
      const value = `{${CANARY.repeat(4)}`.slice(0, length);
      service.create('a', value);
      const get = outcomeOf(cache.getJson('a'));
      await runtime.settle();
      expect(get.error).toMatchObject({ code: 'ERR_SECRET_NOT_JSON' });
      expect((get.error as Error).cause).toBeUndefined();
      const shown = shownOf(get.error);
      for (let at = 0; at + 5 <= length; at += 1) expect(shown).not.toContain(value.slice(at, at + 5));
    },
  );

  test('a schema that quotes the value in its issues has them left out', async () => {
    const { cache, service, runtime } = setup({ secrets: [] });
    service.create('a', JSON.stringify({ port: CANARY }));
    const schema: StandardSchemaV1<unknown, { port: number }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({
          issues: [{ message: `not a port: ${JSON.stringify(value)}`, path: ['port'] }],
        }),
      },
    };
    const get = outcomeOf(cache.getJson('a', schema));
    await runtime.settle();
    expect(get.error).toMatchObject({ code: 'ERR_SECRET_SCHEMA' });
    expect(shownOf(get.error)).not.toContain(CANARY);
    expect(shownOf(get.error)).toContain('port');
  });

  const holders: [name: string, error: () => unknown][] = [
    ['an error of unknown make', () => new Error(`failed with ${CANARY}`)],
    ["a parser's SyntaxError", () => errors.unreadableBody(`{"SecretString":"${CANARY}"`)],
    [
      'an SDK error whose cause quotes a body',
      () => Object.assign(errors.internalError(), { cause: new SyntaxError(CANARY) }),
    ],
    ['something that is no error', () => CANARY],
    ['an object', () => ({ message: CANARY })],
  ];

  test.each(holders)('%s does not carry secret text into ours', async (_name, error) => {
    const { cache, service, runtime } = setup();
    service.fail(error);
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    expect(get.error).toMatchObject({ name: 'SecretCacheError' });
    expect(shownOf(get.error)).not.toContain(CANARY);
  });

  test.each([
    ['both values', { SecretString: CANARY, SecretBinary: Uint8Array.of(1) }],
    [
      "another secret's ARN",
      {
        ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:other-abcdef',
        Name: 'other',
        SecretString: CANARY,
      },
    ],
  ])('a malformed answer with %s shows no value in its error', async (_name, part) => {
    const { cache, service, runtime } = setup();
    service.fail({ output: (right) => ({ ...(right() as object), ...part }) });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    expect(get.error).toMatchObject({ code: 'ERR_SECRET_MALFORMED_RESPONSE' });
    expect(shownOf(get.error)).not.toContain(CANARY);
  });

  test('an id is escaped before it is printed, so that it cannot forge a line of a log', async () => {
    const { cache, runtime } = setup();
    const get = outcomeOf(cache.get('app\nERROR all is lost \u001b[31m\u202e'));
    await runtime.settle();
    // eslint-disable-next-line no-control-regex -- that is the point
    expect((get.error as Error).message).not.toMatch(/[\n\u001b\u202e]/);
  });
});

describe('what is published', () => {
  test("neither the cache's events nor lru-cache's metrics carry a value", async () => {
    const heard: unknown[] = [];
    const listener = (message: unknown): void => void heard.push(message);
    const channels = [
      'lru-cache:metrics',
      ...['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => `tracing:lru-cache:${event}`),
      ...['load', 'revalidate', 'rotated', 'stale-served', 'suspect', 'revoked', 'batch-disabled'].map(
        (event) => `secretsmanager-cache:${event}`,
      ),
      'secretsmanager-cache:describe-disabled',
      'secretsmanager-cache:failure',
      'secretsmanager-cache:evicted',
    ];
    for (const channel of channels) subscribe(channel, listener);
    onTestFinished(() => channels.forEach((channel) => unsubscribe(channel, listener)));

    const { cache, service, runtime } = setup({ secrets: [], maxEntries: 2 });
    const names = ['a', 'b', 'c'];
    for (const name of names) service.create(name, CANARY);
    service.deny({ action: 'BatchGetSecretValue' });
    service.deny({ action: 'DescribeSecret' });
    await runtime.run(cache.getMany(names));
    await runtime.advance(TTL_MS);
    await runtime.run(cache.getMany(names));
    cache.peek('a');
    cache.clear();

    expect(heard.length).toBeGreaterThan(0);
    for (const message of heard) expect(shownOf(message)).not.toContain(CANARY);
  });
});

describe('caches side by side', () => {
  test('two caches with different clients share nothing', async () => {
    const runtime = new VirtualRuntime();
    const [one, two] = [1, 2].map((tenant) => {
      const service = new ModelService(runtime);
      service.create('a', `tenant ${tenant}`);
      return setup({ world: { service, runtime } });
    });
    expect(await one?.read('a')).toBe('tenant 1');
    expect(await two?.read('a')).toBe('tenant 2');
    one?.cache.invalidate('a');
    expect(two?.cache.peek('a')?.text()).toBe('tenant 2');
    expect([one?.service.counts.G, two?.service.counts.G]).toEqual([1, 1]);
  });

  test('a denial in one cache is no denial in another', async () => {
    const runtime = new VirtualRuntime();
    const service = new ModelService(runtime);
    service.create('a', 'a v1');
    const denied = setup({ world: { service, runtime } });
    const allowed = setup({ world: { service, runtime } });
    const rule = service.deny({ action: 'GetSecretValue' });
    expect(await denied.readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
    rule.lift();
    expect(await allowed.read('a')).toBe('a v1');
    expect(await denied.readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
  });

  test('nothing is fetched that nobody asked for', async () => {
    const { service, runtime, read } = setup({ secrets: ['a', 'b', 'c'] });
    await runtime.advance(60_000);
    await read('a');
    await runtime.advance(TTL_MS);
    await read('a');
    expect(new Set(service.calls.flatMap(({ ids }) => ids))).toEqual(new Set(['a']));
  });

  test('a pair of ids and stages that would be equal as a joined string stays two secrets', async () => {
    const { cache, service, runtime } = setup({ secrets: ['a', 'a:AWSCURRENT', 'a/AWSCURRENT'] });
    service.put('a', 'a odd', { stages: ['AWSCURRENT:AWSCURRENT'] });
    const secrets = await runtime.run(
      Promise.all([
        cache.get('a'),
        cache.get('a:AWSCURRENT'),
        cache.get('a/AWSCURRENT'),
        cache.get('a', { versionStage: 'AWSCURRENT:AWSCURRENT' }),
      ]),
    );
    expect(secrets.map((secret) => secret.text())).toEqual([
      'a v1',
      'a:AWSCURRENT v1',
      'a/AWSCURRENT v1',
      'a odd',
    ]);
  });
});
