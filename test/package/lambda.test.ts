// The installed package in real Lambda functions: AWS's own Node.js runtime runs them, as Lambda starts it.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';

import { ExecutionEnvironment } from './lambda/execution-environment.ts';
import { runScript } from './node.ts';

const { project, projectWithoutSdk } = inject('installed');

/** A timer of this length, on which a freeze falls, is over a second late when the process has stood still for `LATE_MS`. */
const ATTEMPT_MS = 1_000;
const LATE_MS = ATTEMPT_MS + 1_200;
const SHORT_MS = 200;
const WAIT = { timeout: 20_000, interval: 5 };

const ONE_LINE = {
  esm: `
    import { getSecret } from 'secretsmanager-cache/lambda';
    export const handler = async ({ secretId }) => getSecret(secretId);`,
  cjs: `
    const { getSecret } = require('secretsmanager-cache/lambda');
    exports.handler = async ({ secretId }) => getSecret(secretId);`,
};

let functions: string;

beforeAll(async () => {
  functions = await mkdtemp(join(tmpdir(), 'secretsmanager-cache-lambda-'));
});

afterAll(async () => {
  await rm(functions, { recursive: true });
});

interface Code {
  readonly format?: 'esm' | 'cjs';
  readonly source: string;
  /** Into one file; what it leaves out comes with Lambda's own runtime. */
  readonly bundled?: 'whole' | 'but for the SDK';
  /** Where it finds its packages. */
  readonly installedIn?: string;
}

/** A function's deployment package, unpacked. */
async function deploy({ format = 'esm', source, bundled, installedIn = project }: Code): Promise<string> {
  const directory = await mkdtemp(join(functions, `${format}-`));
  // Lambda takes index.js for CommonJS where no package.json says otherwise.
  const file = join(directory, format === 'esm' ? 'index.mjs' : 'index.js');
  if (bundled === undefined) {
    await symlink(join(installedIn, 'node_modules'), join(directory, 'node_modules'));
    await writeFile(file, source);
    return directory;
  }
  if (bundled === 'but for the SDK') {
    await mkdir(join(directory, 'node_modules'));
    await symlink(join(installedIn, 'node_modules/@aws-sdk'), join(directory, 'node_modules/@aws-sdk'));
  }
  await build({
    stdin: { contents: source, resolveDir: installedIn },
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20.19',
    format,
    mainFields: ['module', 'main'],
    external: bundled === 'whole' ? [] : ['@aws-sdk/*'],
    logLevel: 'warning',
  });
  return directory;
}

interface Deployed {
  readonly server: LocalSecretsManager;
  readonly directory: string;
  readonly variables?: Readonly<Record<string, string>>;
}

function start({ server, directory, variables }: Deployed): Promise<ExecutionEnvironment> {
  return ExecutionEnvironment.start({ directory, variables: { ...variablesFor(server), ...variables } });
}

/** What Lambda gives every function, and where the service is. */
function variablesFor({ endpoint }: LocalSecretsManager): Record<string, string> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
  };
}

async function serverWithSecret(): Promise<LocalSecretsManager> {
  const server = await LocalSecretsManager.start();
  server.createSecret({ name: 'prod/db', secretString: 'hunter2' });
  return server;
}

describe.concurrent('a function of one line', () => {
  const PACKAGES = [
    { format: 'esm', title: 'an ES module' },
    { format: 'cjs', title: 'CommonJS' },
    { format: 'esm', bundled: 'whole', title: 'an ES module, bundled whole' },
    { format: 'cjs', bundled: 'but for the SDK', title: 'CommonJS, bundled but for the SDK' },
  ] as const;

  test.each(PACKAGES)(
    'as $title: one call when cold, none when warm, errors by their names',
    async (code) => {
      await using server = await serverWithSecret();
      const directory = await deploy({ ...code, source: ONE_LINE[code.format] });
      await using environment = await start({ server, directory });
      await environment.idle();
      expect(server.count()).toBe(0);
      const event = { secretId: 'prod/db' };
      expect(await environment.invoke(event)).toBe('hunter2');
      expect(server.count('GetSecretValue')).toBe(1);
      for (let nth = 0; nth < 20; nth += 1) expect(await environment.invoke(event)).toBe('hunter2');
      await environment.idle();
      await environment.freeze(SHORT_MS, () => server.putSecretValue('prod/db', { secretString: 'hunter3' }));
      expect(await environment.invoke(event)).toBe('hunter2');
      expect(server.count()).toBe(1);

      await expect(environment.invoke({ secretId: 'missing' })).rejects.toMatchObject({
        errorType: 'SecretCacheError',
        errorMessage: expect.stringContaining('"missing"'),
      });
      await vi.waitFor(() => expect(environment.output).toContain('ERR_SECRET_NOT_FOUND'), WAIT);
      expect(environment.output).not.toContain('hunter');
      expect(await environment.invoke(event)).toBe('hunter2');
    },
  );
});

describe.concurrent('a function that stands still', () => {
  const variables = { SECRETSMANAGER_CACHE_ATTEMPT_TIMEOUT_MS: String(ATTEMPT_MS) };

  test('between two invocations, its connection dead afterwards: the next one is answered', async () => {
    await using server = await serverWithSecret();
    const directory = await deploy({ source: ONE_LINE.esm });
    const checkedEachTime = { SECRETSMANAGER_CACHE_TTL_MS: '0' };
    await using environment = await start({ server, directory, variables: checkedEachTime });
    expect(await environment.invoke({ secretId: 'prod/db' })).toBe('hunter2');
    await environment.idle();
    const next = await environment.freeze(SHORT_MS, () => {
      server.putSecretValue('prod/db', { secretString: 'hunter3' });
      // The first to write to it hears that it is gone.
      server.faults.inject({ kind: 'reset' }, { times: 1 });
      return environment.invoke({ secretId: 'prod/db' });
    });
    expect(next).toBe('hunter3');
  });

  test('in the middle of an invocation: that one is answered', async () => {
    await using server = await serverWithSecret();
    const directory = await deploy({ source: ONE_LINE.esm });
    const patient = { ...variables, SECRETSMANAGER_CACHE_WAIT_BUDGET_MS: '30000' };
    await using environment = await start({ server, directory, variables: patient });
    const gate = server.hold('GetSecretValue');
    const text = environment.invoke({ secretId: 'prod/db' });
    await gate.arrived();
    await environment.freeze(LATE_MS, () => {});
    // The call that was out is lost; it is made once more.
    await vi.waitFor(() => expect(server.count()).toBe(2), WAIT);
    gate.release();
    expect(await text).toBe('hunter2');
    expect(server.count()).toBe(2);
  });

  test('with a preload of its init still out, long before its first invocation: that one is answered', async () => {
    await using server = await serverWithSecret();
    const directory = await deploy({
      format: 'cjs',
      source: `
        const { getSecret, preloadSecrets } = require('secretsmanager-cache/lambda');
        const preloaded = preloadSecrets(['prod/db']); // nobody awaits it: init ends here
        exports.handler = async () => [
          await getSecret('prod/db'), (await preloaded).loaded, process.features.require_module,
        ];`,
    });
    server.faults.inject({ kind: 'hang' }, { times: 1 });
    await using environment = await start({ server, directory, variables });
    await environment.idle();
    await vi.waitFor(() => expect(server.count()).toBe(1), WAIT);
    const first = await environment.freeze(LATE_MS, () => environment.invoke());
    // As Lambda has it, `require` of an ES module is off.
    expect(first).toEqual(['hunter2', ['prod/db'], false]);
    expect(server.count()).toBe(2);
  });

  test('with a check behind its last answer still out: the next one is answered, and the check is made good', async () => {
    await using server = await serverWithSecret();
    const directory = await deploy({ source: ONE_LINE.esm });
    const stale = {
      SECRETSMANAGER_CACHE_TTL_MS: '1',
      SECRETSMANAGER_CACHE_STALE_WHILE_REVALIDATE_MS: '3600000',
    };
    await using environment = await start({ server, directory, variables: { ...variables, ...stale } });
    const read = (): Promise<unknown> => environment.invoke({ secretId: 'prod/db' });
    await read();
    server.putSecretValue('prod/db', { secretString: 'hunter3' });
    const gate = server.hold('DescribeSecret');
    await vi.waitFor(async () => {
      expect(await read()).toBe('hunter2');
      expect(server.count('DescribeSecret')).toBe(1);
    });
    await environment.idle();
    const next = await environment.freeze(LATE_MS, () => {
      gate.release();
      return read();
    });
    expect(['hunter2', 'hunter3']).toContain(next);
    await vi.waitFor(async () => expect(await read()).toBe('hunter3'), WAIT);
    expect(server.count('GetSecretValue')).toBe(2);
    expect(environment.output).toBe('');
  });
});

describe.concurrent('init', () => {
  const PRELOADING = `
    import { getSecret, preloadSecrets } from 'secretsmanager-cache/lambda';
    const { loaded, failed } = await preloadSecrets(['prod/db', 'prod/key', 'missing']);
    export const handler = async () => [
      await getSecret('prod/db'), loaded, [...failed].map(([id, { code }]) => [id, code]),
    ];`;

  test('with a preload is one call for all, and its invocations make none', async () => {
    await using server = await serverWithSecret();
    server.createSecret({ name: 'prod/key', secretString: 'k' });
    await using environment = await start({ server, directory: await deploy({ source: PRELOADING }) });
    await environment.idle();
    expect(server.count()).toBe(1);
    const report = ['hunter2', ['prod/db', 'prod/key'], [['missing', 'ERR_SECRET_NOT_FOUND']]];
    expect(await environment.invoke()).toEqual(report);
    expect(server.count()).toBe(1);
  });

  test('with a preload that nobody answers is over well within the 10 s that it may take', async () => {
    await using server = await serverWithSecret();
    const outage = server.faults.inject({ kind: 'hang' });
    const startedAtMs = performance.now();
    await using environment = await start({ server, directory: await deploy({ source: PRELOADING }) });
    await environment.idle();
    expect(performance.now() - startedAtMs).toBeLessThan(8_000);
    outage.remove();
    // Its failure is remembered for a moment, so that a fleet that starts in an outage does not add to it.
    const report = await vi.waitFor(() => environment.invoke(), WAIT);
    const late = ['prod/db', 'prod/key', 'missing'].map((id) => [id, 'ERR_SECRET_TIMEOUT']);
    expect(report).toEqual(['hunter2', [], late]);
  });

  test('with a misspelt variable fails by its name when it preloads', async () => {
    await using server = await serverWithSecret();
    const variables = { SECRETSMANAGER_CACHE_TTL: '60000' };
    const directory = await deploy({ source: PRELOADING });
    await using environment = await start({ server, directory, variables });
    expect(await environment.initError()).toMatchObject({
      errorType: 'TypeError',
      errorMessage: expect.stringContaining('"SECRETSMANAGER_CACHE_TTL"'),
    });
  });

  test('without a preload loads neither the SDK nor the variables: the first invocation tells what is wrong', async () => {
    await using server = await serverWithSecret();
    const directory = await deploy({ source: ONE_LINE.esm, installedIn: projectWithoutSdk });
    await using environment = await start({ server, directory });
    await environment.idle();
    await expect(environment.invoke({ secretId: 'prod/db' })).rejects.toMatchObject({
      errorType: 'SecretCacheError',
      errorMessage: expect.stringContaining('npm install @aws-sdk/client-secrets-manager'),
    });
  });
});

describe.concurrent('invocations side by side, as on Managed Instances', () => {
  const THREADS = 2;
  const EACH = 64;

  test('on cold caches make one call a secret and thread, and each goes on in its own context', async () => {
    await using server = await serverWithSecret();
    const directory = await deploy({
      source: `
        import { threadId } from 'node:worker_threads';
        import { getSecret } from 'secretsmanager-cache/lambda';
        export const handler = async ({ secretId }, { awsRequestId }) => {
          const text = await getSecret(secretId);
          return { text, threadId, isOwn: globalThis.awslambda.InvokeStore.getRequestId() === awsRequestId };
        };`,
    });
    const variables = {
      AWS_LAMBDA_MAX_CONCURRENCY: String(EACH),
      AWS_LAMBDA_NODEJS_WORKER_COUNT: String(THREADS),
      SECRETSMANAGER_CACHE_ATTEMPT_TIMEOUT_MS: '30000',
      SECRETSMANAGER_CACHE_WAIT_BUDGET_MS: '30000',
    };
    await using environment = await start({ server, directory, variables });
    await environment.idle(THREADS);
    const gate = server.hold('GetSecretValue');
    const invocations = Array.from({ length: THREADS * EACH }, () =>
      environment.invoke({ secretId: 'prod/db' }),
    );
    await environment.handedOut();
    await environment.idle(THREADS);
    await gate.arrived(THREADS);
    gate.release();
    const results = (await Promise.all(invocations)) as { text: string; threadId: number; isOwn: boolean }[];
    expect(new Set(results.map(({ text }) => text))).toEqual(new Set(['hunter2']));
    expect(new Set(results.map(({ isOwn }) => isOwn))).toEqual(new Set([true]));
    expect(new Set(results.map(({ threadId }) => threadId)).size).toBe(THREADS);
    expect(server.count()).toBe(THREADS);
  });
});

test.concurrent('once answered it holds nothing that a callback handler of Node.js 22 and before would wait for', async () => {
  await using server = await serverWithSecret();
  // Such a runtime answers when the event loop is empty, at 'beforeExit'.
  const source = `
    import { getSecret } from 'secretsmanager-cache/lambda';
    await getSecret('prod/db');
    const answeredAtMs = performance.now();
    process.once('beforeExit', () => console.log(performance.now() - answeredAtMs));`;
  const exit = await runScript(source, { cwd: project, kind: 'module', env: variablesFor(server) });
  expect(exit.code, exit.stderr).toBe(0);
  // The shortest of its own timers: a call's.
  expect(Number(exit.stdout)).toBeLessThan(1_500);
  expect(exit.stdout).not.toBe('');
});
