/** What the compiler makes of typed secrets, and what it refuses: nothing here runs. */

import type { SecretsManager, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type middy from '@middy/core';
import type { Request } from '@middy/core';
import { type } from 'arktype';
import type middy7 from 'middy-7';
import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import type { Secret, SecretCache } from '../../src/index.ts';
import { secret, secretsMiddleware, type ContextSecret, type LambdaContext } from '../../src/middy.ts';
import { secretCachePlugin, type SecretCachePlugin } from '../../src/sdk-plugin.ts';

/** AWS's own, as test/middy/aws-lambda.d.ts gives it to middy. */
type Context = Request['context'];

interface Db {
  user: string;
  password: string;
}

/** What comes out of each schema; `port` goes in as text, and `ssl` may be left out. */
interface Checked {
  user: string;
  port: number;
  ssl: boolean;
}

const byZod = z.object({
  user: z.string(),
  port: z.string().transform(Number),
  ssl: z.boolean().default(true),
});
const byValibot = v.object({
  user: v.string(),
  port: v.pipe(v.string(), v.transform(Number)),
  ssl: v.optional(v.boolean(), true),
});
const byArktype = type({ user: 'string', port: 'string.integer.parse', ssl: 'boolean = true' });

const jsonOfGet = (cache: SecretCache) => ({
  untyped: cache.getJson('x'),
  untypedWithOptions: cache.getJson('x', { versionStage: 'AWSPREVIOUS' }),
  said: cache.getJson<Db>('x', { maxAgeMs: 0 }),
  zod: cache.getJson('x', byZod),
  valibot: cache.getJson('x', byValibot, { maxAgeMs: 0 }),
  arktype: cache.getJson('x', byArktype),
  branded: cache.getJson('x', z.string().brand('Key')),
  union: cache.getJson('x', z.union([z.string(), z.number()])),
});

const mistakesOfGet = (cache: SecretCache): unknown[] => [
  // @ts-expect-error -- the schema says the type
  cache.getJson<Db>('x', byZod),
  // @ts-expect-error -- options come after the schema
  cache.getJson('x', { maxAgeMs: 0 }, byZod),
  // @ts-expect-error -- options once
  cache.getJson('x', { maxAgeMs: 0 }, { maxAgeMs: 0 }),
  // @ts-expect-error -- a misspelt option
  cache.getJson('x', { versionstage: 'AWSPREVIOUS' }),
  // @ts-expect-error -- a misspelt option beside a schema
  cache.getJson('x', byValibot, { maxAge: 0 }),
  // @ts-expect-error -- the id is missing
  cache.getJson(byZod),
  // @ts-expect-error -- a function is no schema
  cache.getJson('x', (value: unknown) => value, {}),
  // @ts-expect-error -- untyped JSON is unknown
  cache.getJson('x').then((json) => json.user),
  // @ts-expect-error -- the output has no such member
  cache.getJson('x', byArktype).then((json) => json.password),
  // @ts-expect-error -- the output is a number, as the transform has it
  cache.getJson('x', byZod).then((json) => json.port.length),
];

describe('getJson', () => {
  test('is unknown, what was said, or the output of the schema', () => {
    expectTypeOf(jsonOfGet).returns.toEqualTypeOf<{
      untyped: Promise<unknown>;
      untypedWithOptions: Promise<unknown>;
      said: Promise<Db>;
      zod: Promise<Checked>;
      valibot: Promise<Checked>;
      arktype: Promise<Checked>;
      branded: Promise<string & z.core.$brand<'Key'>>;
      union: Promise<string | number>;
    }>();
  });

  test('refuses what is misplaced or misspelt', () => {
    expectTypeOf(mistakesOfGet).returns.toBeArray();
  });
});

const jsonOfSecret = (held: Secret) => ({
  untyped: held.json(),
  said: held.json<Db>(),
  zod: held.json(byZod),
  valibot: held.json(byValibot),
  arktype: held.json(byArktype),
});

const mistakesOfSecret = (held: Secret): unknown[] => [
  // @ts-expect-error -- the schema says the type
  held.json<Db>(byZod),
  // @ts-expect-error -- it has parse, which is not the standard
  held.json({ parse: (value: unknown) => value }),
  // @ts-expect-error -- options are for the get
  held.json(byZod, {}),
];

describe('Secret.json', () => {
  test('is unknown, what was said, or the output of the schema', () => {
    expectTypeOf(jsonOfSecret).returns.toEqualTypeOf<{
      untyped: unknown;
      said: Db;
      zod: Checked;
      valibot: Checked;
      arktype: Checked;
    }>();
  });

  test('refuses what is no schema', () => {
    expectTypeOf(mistakesOfSecret).returns.toBeArray();
  });
});

const middleware = (cache: SecretCache) =>
  secretsMiddleware({
    cache,
    secrets: {
      untyped: secret('x'),
      said: secret<Db>('x'),
      zod: secret('x').json(byZod),
      valibot: secret('x', { versionStage: 'AWSPREVIOUS' }).json(byValibot),
      arktype: secret('x').json(byArktype),
      text: secret('x').text(),
      bytes: secret('x').bytes(),
      whole: secret('x').whole(),
      own: { secretId: 'x', read: (held: Secret) => held.versionId.length },
    },
  });

const another = () => secretsMiddleware({ secrets: { later: secret('x').text() } });

interface InContext {
  untyped: unknown;
  said: Db;
  zod: Checked;
  valibot: Checked;
  arktype: Checked;
  text: string;
  bytes: Uint8Array;
  whole: Secret;
  own: number;
}

const mistakesOfMiddleware = (cache: SecretCache): unknown[] => [
  // @ts-expect-error -- a bare id says nothing of the form
  secretsMiddleware({ cache, secrets: { db: 'prod/db' } }),
  // @ts-expect-error -- which secrets?
  secretsMiddleware({ cache }),
  // @ts-expect-error -- a misspelt option
  secretsMiddleware({ secrets: {}, prefetch: true }),
  // @ts-expect-error -- another client is no cache
  secretsMiddleware({ secrets: {}, cache: { send: () => Promise.resolve() } }),
  // @ts-expect-error -- a misspelt selector
  secret('x', { stage: 'AWSPREVIOUS' }),
  // @ts-expect-error -- the schema says the type; without one there is json already
  secret('x').json(),
  // @ts-expect-error -- a form once
  secret('x').text().bytes(),
  // @ts-expect-error -- text is no Db
  secret('x').text() satisfies ContextSecret<Db>,
];

describe('context.secrets', () => {
  type Added = ReturnType<typeof middleware>;
  type More = ReturnType<typeof another>;

  const six = (make: typeof middy, one: Added, other: More) => [
    make<{ path: string }, number>()
      .use(one)
      .use(other)
      .before(({ context, event, internal }) => {
        expectTypeOf(context.secrets).toExtend<InContext & { later: string }>();
        expectTypeOf(event.path).toBeString();
        // @ts-expect-error -- what middlewares share stays closed
        internal.anything satisfies unknown;
      })
      .handler((event, context) => {
        expectTypeOf(event.path).toBeString();
        expectTypeOf(context).toExtend<Context>();
        const { later, ...secrets } = context.secrets;
        expectTypeOf(later).toBeString();
        expectTypeOf(secrets).toEqualTypeOf<InContext>();
        // @ts-expect-error -- nobody has put it there
        context.secrets.nothing satisfies unknown;
        return Promise.resolve(context.getRemainingTimeInMillis());
      }),
    make()
      .use([one])
      .handler((_event, { secrets }) => {
        expectTypeOf(secrets).toEqualTypeOf<InContext>();
        return Promise.resolve();
      }),
  ];

  const seven = (make: typeof middy7, one: Added, other: More) => [
    make<{ path: string }, number>()
      .use(one)
      .use(other)
      .before(({ context, event, internal }) => {
        expectTypeOf(context.secrets).toExtend<InContext & { later: string }>();
        expectTypeOf(event.path).toBeString();
        // @ts-expect-error -- what middlewares share stays closed
        internal.anything satisfies unknown;
      })
      .handler((event, context) => {
        expectTypeOf(event.path).toBeString();
        const { later, ...secrets } = context.secrets;
        expectTypeOf(later).toBeString();
        expectTypeOf(secrets).toEqualTypeOf<InContext>();
        // @ts-expect-error -- nobody has put it there
        context.secrets.nothing satisfies unknown;
        return Promise.resolve(context.getRemainingTimeInMillis());
      }),
  ];

  test('has the type of each secret, in middy 6 and 7, of one middleware or several', () => {
    expectTypeOf(six).returns.toBeArray();
    expectTypeOf(seven).returns.toBeArray();
    // An assignment of AWS's own type to ours and back: either may gain members, neither may ask for more.
    expectTypeOf<LambdaContext>().toExtend<Context>();
    expectTypeOf<Context>().toExtend<LambdaContext>();
  });

  test('refuses what says too little or too much', () => {
    expectTypeOf(mistakesOfMiddleware).returns.toBeArray();
  });
});

const usesOfPlugin = (
  cache: SecretCache,
  client: SecretsManagerClient,
  aggregated: SecretsManager,
): unknown[] => [
  client.middlewareStack.use(secretCachePlugin(cache)),
  aggregated.middlewareStack.use(secretCachePlugin(cache)),
  // @ts-expect-error -- a client is no cache
  secretCachePlugin(client),
  // @ts-expect-error -- the options of a cache are none
  secretCachePlugin({ ttlMs: 0 }),
];

describe('the SDK plugin', () => {
  test('is a Pluggable of both clients', () => {
    expectTypeOf(usesOfPlugin).returns.toBeArray();
    expectTypeOf(secretCachePlugin).returns.toEqualTypeOf<SecretCachePlugin>();
    expectTypeOf<SecretCachePlugin>().toHaveProperty('applyToStack');
  });
});
