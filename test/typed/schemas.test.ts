/** Secrets through zod, valibot and arktype: what comes out, and what a refusal says without quoting the secret. */

import { inspect } from 'node:util';

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { outcomeOf } from '../support/outcome.ts';
import { setup } from '../support/setup.ts';

const CANARY = 'hunter2-canary-5f1d';

/** One shape in the words of one library. */
interface Library {
  readonly name: string;
  /** `{ user: string, port: a number written as text, parsed, ssl: boolean, true unless given }` */
  readonly transforming: StandardSchemaV1;
  /** `{ db: { user: string, mode: 'ro' | 'rw', mail: an e-mail address } }` */
  readonly nested: StandardSchemaV1;
  /** `{ tokens: a record of numbers }` */
  readonly record: StandardSchemaV1;
  /** `{ user: string }`, and no other key. */
  readonly strict: StandardSchemaV1;
  /** `{ hosts: [{ host: string }] }` */
  readonly list: StandardSchemaV1;
  /** `{ port?: number }` */
  readonly optional: StandardSchemaV1;
  readonly text: StandardSchemaV1;
}

const libraries: readonly Library[] = [
  {
    name: 'zod',
    transforming: z.object({
      user: z.string(),
      port: z.string().regex(/^\d+$/).transform(Number),
      ssl: z.boolean().default(true),
    }),
    nested: z.object({ db: z.object({ user: z.string(), mode: z.enum(['ro', 'rw']), mail: z.email() }) }),
    record: z.object({ tokens: z.record(z.string(), z.number()) }),
    strict: z.strictObject({ user: z.string() }),
    list: z.object({ hosts: z.array(z.object({ host: z.string() })) }),
    optional: z.object({ port: z.number().optional() }),
    text: z.string(),
  },
  {
    name: 'valibot',
    transforming: v.object({
      user: v.string(),
      port: v.pipe(v.string(), v.digits(), v.transform(Number)),
      ssl: v.optional(v.boolean(), true),
    }),
    nested: v.object({
      db: v.object({
        user: v.string(),
        mode: v.picklist(['ro', 'rw']),
        mail: v.pipe(v.string(), v.email()),
      }),
    }),
    record: v.object({ tokens: v.record(v.string(), v.number()) }),
    strict: v.strictObject({ user: v.string() }),
    list: v.object({ hosts: v.array(v.object({ host: v.string() })) }),
    optional: v.object({ port: v.optional(v.number()) }),
    text: v.string(),
  },
  {
    name: 'arktype',
    transforming: type({ user: 'string', port: 'string.integer.parse', ssl: 'boolean = true' }),
    nested: type({ db: { user: 'string', mode: "'ro' | 'rw'", mail: 'string.email' } }),
    record: type({ tokens: { '[string]': 'number' } }),
    strict: type({ '+': 'reject', user: 'string' }),
    list: type({ hosts: type({ host: 'string' }).array() }),
    optional: type({ 'port?': 'number' }),
    text: type('string'),
  },
];

/** A promise of a library's own, which is rejected. */
class LibraryPromise {
  // oxlint-disable-next-line unicorn/no-thenable -- that is the point
  then(_onValue: unknown, onError: (error: Error) => void): void {
    onError(new Error(CANARY));
  }
}

/** A get by schema of a secret with this content: the value, or the error. */
async function getJson(content: unknown, schema: StandardSchemaV1): Promise<unknown> {
  const { cache, service, runtime } = setup({ secrets: [] });
  service.create('app/db', JSON.stringify(content));
  const get = outcomeOf(cache.getJson('app/db', schema));
  await runtime.settle();
  return get.state === 'rejected' ? get.error : get.value;
}

/** The paths that the error names; it must say no other thing of the secret, wherever one looks. */
async function refusedPaths(content: unknown, schema: StandardSchemaV1): Promise<string | undefined> {
  const error = await getJson(content, schema);
  expect(error).toMatchObject({ code: 'ERR_SECRET_SCHEMA', secretId: 'app/db' });
  expect((error as Error).cause).toBeUndefined();
  const shown = [
    inspect(error, { showHidden: true, depth: Infinity, getters: true }),
    inspect(error, { customInspect: false, showHidden: true, depth: Infinity }),
    String((error as Error).stack),
    JSON.stringify(error),
  ].join('\n');
  expect(shown).not.toContain(CANARY);
  return /does not match its schema at: "(.*)"\.$/.exec((error as Error).message)?.[1];
}

describe.each(libraries)('$name', (library) => {
  test('gives what the schema makes of the secret: transforms and defaults applied', async () => {
    const content = { user: 'app', port: '5432' };
    expect(await getJson(content, library.transforming)).toEqual({ user: 'app', port: 5432, ssl: true });
  });

  test('a wrong value is told by its path alone, in a string, a choice and a format', async () => {
    const content = { db: { user: 1, mode: CANARY, mail: CANARY } };
    expect((await refusedPaths(content, library.nested))?.split(', ').toSorted()).toEqual([
      'db.mail',
      'db.mode',
      'db.user',
    ]);
  });

  test('what is missing is told by its path', async () => {
    expect(await refusedPaths({ other: CANARY }, library.nested)).toBe('db');
    expect(await refusedPaths({ db: { user: CANARY, mode: 'ro' } }, library.nested)).toBe('db.mail');
  });

  test('a record’s key is a piece of the secret, and is not named', async () => {
    expect(await refusedPaths({ tokens: { [CANARY]: 'no number' } }, library.record)).toBe('tokens.*');
  });

  test('a key that a strict schema refuses is not named', async () => {
    const shown = await refusedPaths({ user: 'app', [CANARY]: 1 }, library.strict);
    // zod tells of the whole object, and of the key in its message alone.
    expect(shown).toBe(library.name === 'zod' ? '(the whole secret)' : '*');
  });

  test('an array is told by its path, its items are not', async () => {
    expect(await refusedPaths({ hosts: [{ host: 'a' }, { host: 1 }] }, library.list)).toBe('hosts.*');
  });

  test('an optional key is not named either: nothing tells it from the data’s own', async () => {
    expect(await refusedPaths({ port: CANARY }, library.optional)).toBe('*');
  });

  test('a secret that is something else altogether has no path', async () => {
    expect(await refusedPaths({ user: CANARY }, library.text)).toBe('(the whole secret)');
    expect(await refusedPaths([CANARY], library.text)).toBe('(the whole secret)');
  });

  test('many complaints about one place are one', async () => {
    const tokens = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`${CANARY}-${at}`, 'x']));
    expect(await refusedPaths({ tokens }, library.record)).toBe('tokens.*');
  });
});

describe('zod', () => {
  test('a refined record, whose keys no made-up key would pass, names none of them', async () => {
    const schema = z.record(z.string().startsWith('hunter2'), z.number());
    expect(await refusedPaths({ [CANARY]: 'no number' }, schema)).toBe('*');
    expect(await refusedPaths({ [`not ${CANARY}`]: 1 }, schema)).toBe('*');
  });

  test('a path that a refinement makes of the data is not named', async () => {
    const schema = z
      .object({ primary: z.string() })
      .loose()
      .superRefine((secret, context) => {
        if (!(secret.primary in secret)) {
          context.addIssue({ code: 'custom', message: secret.primary, path: [secret.primary] });
        }
      });
    expect(await refusedPaths({ primary: CANARY }, schema)).toBe('*');
  });
});

describe('schemas that answer asynchronously', () => {
  const refused: [name: string, schema: StandardSchemaV1][] = [
    ['zod, where it passes', z.object({ user: z.string().refine(async () => true) })],
    ['zod, where it fails', z.object({ user: z.string().refine(async () => false, { error: CANARY }) })],
    [
      'valibot',
      v.objectAsync({
        user: v.pipeAsync(
          v.string(),
          v.checkAsync(async () => false, CANARY),
        ),
      }),
    ],
    ['a rejected promise', schemaOf(() => Promise.reject(new Error(CANARY)))],
    ['a thenable', schemaOf(() => new LibraryPromise())],
  ];

  test.each(refused)(
    '%s: refused with a TypeError, and no rejection goes unhandled',
    async (_name, schema) => {
      const error = await getJson({ user: CANARY }, schema);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toBe('`schema` must validate synchronously: json() answers at once.');
    },
  );
});

describe('schemas that misbehave', () => {
  test('one that throws is told of without its error', async () => {
    const error = await getJson(
      { user: CANARY },
      schemaOf((value) => {
        throw new Error(JSON.stringify(value));
      }),
    );
    expect(error).toMatchObject({ code: 'ERR_SECRET_SCHEMA' });
    expect((error as Error).cause).toBeUndefined();
    expect(inspect(error, { showHidden: true, depth: Infinity })).not.toContain(CANARY);
  });

  test('one that complains of nothing in particular refuses the whole secret', async () => {
    expect(
      await refusedPaths(
        { user: CANARY },
        schemaOf(() => ({ issues: [] })),
      ),
    ).toBe('(the whole secret)');
  });

  test('one that throws when it sees an empty secret names no key', async () => {
    const schema = schemaOf((value) => {
      if (Object.keys(value as object).length === 0) throw new Error('empty');
      return { issues: [{ message: CANARY, path: ['user'] }] };
    });
    expect(await refusedPaths({ user: CANARY }, schema)).toBe('*');
  });

  test('one whose answer is the secret’s text leaves it out of any error', async () => {
    const outcome = await getJson(
      { user: CANARY },
      schemaOf((value) => Reflect.get(value as object, 'user')),
    );
    expect(inspect(outcome, { showHidden: true })).not.toContain(CANARY);
  });
});

function schemaOf(validate: (value: unknown) => unknown): StandardSchemaV1 {
  return {
    '~standard': { version: 1, vendor: 'test', validate: validate as StandardSchemaV1.Props['validate'] },
  };
}
