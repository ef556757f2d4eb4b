// The examples that need no database, run as their readers would: each in a process of its own, to its end.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { EXAMPLES, ExampleBuild } from './example-build.ts';

/** What each prints, as far as it is the same every time. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  'fetch-401': /before the rotation 200\nafter the rotation {2}200\n$/,
  'nestjs-provider': /order 1 signed with a key of 5 characters\n$/,
  opentelemetry: /gets: 2,\n {2}hits: 1,/,
  'sqs-consumer': /notified \{[^}]*prod\/db-a1b2c3[^}]*\}\n.*\ndeleted not an event\n$/s,
  'worker-threads': /4 workers, 1000 gets each: 4 calls, 999 \+ 999 \+ 999 \+ 999 hits\n$/,
};
/** Where the others are run. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'compose-app': 'examples-deployed.test.ts',
  'fastify-pg': 'test/integration/fastify.test.ts',
  'lambda-handler': 'examples-deployed.test.ts',
  'mysql2-pool': 'test/integration/mysql2.test.ts',
  'order-service.test': 'the wire project',
  'own-source': 'the tests of its own',
  'pg-pool': 'test/integration/postgres.test.ts',
};

const built = new ExampleBuild();

describe('the examples run and end by themselves', () => {
  beforeAll(() => built.add(Object.keys(PRINTED).map((name) => `${name}.ts`)));

  test.concurrent.each(Object.entries(PRINTED))('%s', async (name, printed) => {
    expect(await built.run([`${name}.mjs`])).toMatch(printed);
  });

  test('none is overlooked', () => {
    const names = readdirSync(EXAMPLES).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
    const known = [...Object.keys(PRINTED), ...Object.keys(ELSEWHERE)];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each(readdirSync(EXAMPLES))('%s says at its top whether the tests run it', (file) => {
    const top = readFileSync(join(EXAMPLES, file), 'utf8').split('\n').slice(0, 15).join('\n');
    expect(top).toMatch(/Run by the tests|Not (run|deployed) by the tests/);
  });
});
