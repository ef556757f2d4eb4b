/** What the compiler makes of the handler's functions: nothing here runs. */

import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import type { PreloadReport, SecretCache } from '../../src/index.ts';
import { getSecret, getSecretBytes, getSecretJson, preloadSecrets, secretCache } from '../../src/lambda.ts';

const schema = z.object({ port: z.string().transform(Number) });

const untyped = () => getSecretJson('x');
const said = () => getSecretJson<{ port: number }>('x', { maxAgeMs: 1 });
const given = () => getSecretJson('x', schema, { maxAgeMs: 1 });

const mistakes = (): unknown[] => [
  // @ts-expect-error -- an id is a string
  getSecret(1),
  // @ts-expect-error -- a stage is an option
  getSecret('x', 'AWSPREVIOUS'),
  // @ts-expect-error -- a secret's text has no members of its own
  getSecret('x').then((text) => text.password),
  // @ts-expect-error -- untyped JSON is unknown
  getSecretJson('x').then((json) => json.password),
  // @ts-expect-error -- the schema says what there is
  getSecretJson('x', schema).then((json) => json.password),
  // @ts-expect-error -- options come after the schema
  getSecretJson('x', { maxAgeMs: 1 }, schema),
  // @ts-expect-error -- a unit is part of the name
  preloadSecrets(['x'], { timeout: 1 }),
  // @ts-expect-error -- by ids alone
  preloadSecrets({ filters: [{ key: 'name', values: ['x'] }] }),
];

describe('the types', () => {
  test('are those of SecretCache', () => {
    expectTypeOf(getSecret).toEqualTypeOf<SecretCache['getText']>();
    expectTypeOf(getSecretJson).toEqualTypeOf<SecretCache['getJson']>();
    expectTypeOf(getSecretBytes).returns.resolves.toEqualTypeOf<Uint8Array>();
    expectTypeOf(preloadSecrets).returns.resolves.toEqualTypeOf<PreloadReport>();
    expectTypeOf(secretCache).returns.toEqualTypeOf<SecretCache>();
  });

  test('of JSON are unknown, what was said, or what the schema gives', () => {
    expectTypeOf(untyped).returns.resolves.toBeUnknown();
    expectTypeOf(said).returns.resolves.toEqualTypeOf<{ port: number }>();
    expectTypeOf(given).returns.resolves.toEqualTypeOf<{ port: number }>();
  });

  test('refuse what is misspelt or misplaced', () => {
    expectTypeOf(mistakes).returns.toBeArray();
  });
});
