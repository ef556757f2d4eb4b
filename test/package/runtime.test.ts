// The installed package under Node.js: every way to load it, and what loading and idling cost.

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import * as agent from '../../src/agent/index.ts';
import * as failover from '../../src/failover/index.ts';
import * as core from '../../src/index.ts';
import * as lambda from '../../src/lambda.ts';
import * as middy from '../../src/middy.ts';
import * as plugin from '../../src/sdk-plugin.ts';
import * as testing from '../../src/testing/index.ts';

import { allPrograms, ENTRIES, specifierOf, type Entry } from './entries.ts';
import { runScript, type Script } from './node.ts';

const SOURCES: Readonly<Record<Entry, object>> = {
  agent,
  failover,
  index: core,
  lambda,
  middy,
  'sdk-plugin': plugin,
  testing,
};

const { project, projectWithoutSdk } = inject('installed');

/** AWS Lambda runs Node.js with it. Ignored by no release we support, from 20.19 on. */
const LAMBDA_FLAG = '--no-experimental-require-module';
const canRequireModules = Boolean((process.features as { require_module?: boolean }).require_module);

const LOADERS = [
  { how: 'import', kind: 'module', load: (entry: string) => `await import('${entry}')` },
  { how: 'require', kind: 'commonjs', load: (entry: string) => `require('${entry}')` },
] as const;
const MODES = [
  { mode: 'by default', flags: [] },
  { mode: 'as in AWS Lambda', flags: [LAMBDA_FLAG] },
] as const;
const EVERY_WAY = LOADERS.flatMap((loader) => MODES.map((mode) => ({ ...loader, ...mode })));

let server: testing.LocalSecretsManager;
let env: Record<string, string>;

beforeAll(async () => {
  server = await testing.LocalSecretsManager.start();
  server.createSecret({ name: 'prod/db', secretString: 'hunter2' });
  env = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: server.endpoint,
  };
});

afterAll(async () => {
  await server.close();
});

/** What the script prints, as JSON; it must end by itself, with code 0. */
async function result(source: string, script: Omit<Script, 'cwd'>, cwd = project): Promise<unknown> {
  const exit = await runScript(source, { ...script, cwd, env });
  expect(exit.code, exit.stderr).toBe(0);
  return JSON.parse(exit.stdout);
}

describe.each(EVERY_WAY)('$how, $mode', ({ kind, flags, load }) => {
  test('every entry exports what its source does', async () => {
    const keys = ENTRIES.map((entry) => `'${entry}': Object.keys(${load(specifierOf(entry))}).sort()`);
    const source = `(async () => console.log(JSON.stringify({ ${keys.join(', ')} })))()`;
    const expected = ENTRIES.map((entry) => [entry, Object.keys(SOURCES[entry]).toSorted()]);
    expect(await result(source, { kind, flags })).toEqual(Object.fromEntries(expected));
  });

  test('every entry reads a secret, and the program ends by itself', async () => {
    const expected = ENTRIES.map((entry) => [entry, 'hunter2']);
    expect(await result(allPrograms(load), { kind, flags })).toEqual(Object.fromEntries(expected));
  });

  test('a secret is read, and the process ends by itself with the cache open and idle', async () => {
    const source = `(async () => {
      const { SecretCache } = ${load('secretsmanager-cache')};
      const cache = new SecretCache();
      await cache.get('prod/db');
      console.log(JSON.stringify(await cache.getText('prod/db')));
    })()`;
    const exit = await runScript(source, { cwd: project, kind, flags, env });
    expect(exit).toMatchObject({ code: 0, stdout: '"hunter2"\n' });
    // The SDK keeps its sockets open, without holding the process for them.
    expect(exit.lingeredMs).toBeLessThan(2_000);
  });

  test('loading it does not load the SDK, and the first call says that it is missing', async () => {
    const source = `(async () => {
      for (const entry of ${JSON.stringify(ENTRIES.map(specifierOf))}) ${load('entry').replaceAll("'", '')};
      const { SecretCache } = ${load('secretsmanager-cache')};
      const error = await new SecretCache().get('prod/db').catch((error) => error);
      console.log(JSON.stringify([error.code, error.message]));
    })()`;
    expect(await result(source, { kind, flags }, projectWithoutSdk)).toEqual([
      'ERR_SECRET_UNAVAILABLE',
      expect.stringContaining('npm install @aws-sdk/client-secrets-manager'),
    ]);
  });
});

describe('import and require in one process', () => {
  const BOTH = `const imported = await import('secretsmanager-cache');
    const required = (await import('node:module')).createRequire(process.cwd() + '/x.js')('secretsmanager-cache');`;

  test.each([
    { when: 'share one copy where Node.js can require ES modules', flags: [], shared: canRequireModules },
    { when: 'are two copies where it cannot', flags: [LAMBDA_FLAG], shared: false },
  ])('$when', async ({ flags, shared }) => {
    const source = `${BOTH} console.log(JSON.stringify(imported.SecretCache === required.SecretCache))`;
    expect(await result(source, { kind: 'module', flags })).toBe(shared);
  });

  test.each(MODES)('recognise each other’s errors, $mode', async ({ flags }) => {
    const source = `${BOTH}
      const caught = (copy) => new copy.SecretCache({ client: { send: async () => ({}) } }).get('prod/db').catch((error) => error);
      const [a, b] = await Promise.all([caught(imported), caught(required)]);
      console.log(JSON.stringify([
        a instanceof imported.SecretCacheError, a instanceof required.SecretCacheError,
        b instanceof imported.SecretCacheError, b instanceof required.SecretCacheError,
        new TypeError() instanceof required.SecretCacheError,
      ]))`;
    expect(await result(source, { kind: 'module', flags })).toEqual([true, true, true, true, false]);
  });
});
