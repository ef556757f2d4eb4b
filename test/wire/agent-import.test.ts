// What importing secretsmanager-cache/agent loads: no SDK, not even lazily, and little else.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { LocalAgent, LocalSecretsManager } from '../../src/testing/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const ENTRY = join(ROOT, 'src/agent/index.ts');
/** Minified and gzipped, p-limit and what it shares with the core inside. This holds the line: raise it for a feature alone. */
const AT_MOST_BYTES = 8_600;

let directory: string;

beforeAll(async () => {
  // Outside the project: no package can be found from there.
  directory = await mkdtemp(join(tmpdir(), 'agent-import-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('nothing of the SDK, of the cache or of lru-cache is in its graph, by any kind of import', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    external: ['@aws-sdk/*', 'lru-cache'],
    metafile: true,
    write: false,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  expect(imports.map(({ path, kind }) => `${kind} ${path}`).toSorted()).toEqual([
    'import-statement node:fs/promises',
    'import-statement node:http',
    'import-statement node:util',
  ]);
  const own = Object.keys(metafile.inputs).filter((path) => path.startsWith('src/'));
  expect(own.filter((path) => !path.startsWith('src/agent/')).toSorted()).toEqual([
    'src/abort.ts',
    'src/checks.ts',
    'src/errors.ts',
    'src/identity.ts',
    'src/runtime.ts',
    'src/source/aws-answers.ts',
    'src/source/aws-error-words.ts',
    'src/source/aws-errors.ts',
    'src/source/failure-text.ts',
    'src/source/until-aborted.ts',
  ]);
  const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
  console.log(`the agent entry is ${bytes} bytes, minified and gzipped`);
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThanOrEqual(AT_MOST_BYTES);
});

test('a process that has no SDK to load reads a secret with it, and ends by itself', async () => {
  const outfile = join(directory, 'agent.mjs');
  await build({ entryPoints: [ENTRY], bundle: true, format: 'esm', platform: 'node', outfile });
  await using upstream = await LocalSecretsManager.start();
  upstream.createSecret({ name: 'prod/db', secretString: 'one' });
  await using agent = await LocalAgent.start({ upstream });
  const script = `
    const { agentSource } = await import(${JSON.stringify(outfile)});
    const source = agentSource(${JSON.stringify({ endpoint: agent.endpoint, token: agent.token })});
    const call = { signal: new AbortController().signal, onDispatch() {} };
    console.log((await source.load({ secretId: 'prod/db' }, call)).value);
    const sdk = await import('@aws-sdk/client-secrets-manager').then(() => 'found', ({ code }) => code);
    console.log(sdk);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: directory,
    timeout: 20_000,
  });
  expect(stdout.trim().split('\n')).toEqual(['one', 'ERR_MODULE_NOT_FOUND']);
});
