// Every TypeScript block of the documents compiles, and runs against LocalSecretsManager.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'esbuild';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';

import { codeBlocks, type CodeBlock } from './code-blocks.ts';
import { markdownFiles, ROOT } from './documents.ts';
import { seed } from './seeds.ts';

const TSCONFIG = join(ROOT, 'tsconfig.json');
/** The native compiler, for its speed. */
const TSC = join(ROOT, 'node_modules/typescript-7/bin/tsc');
const RUN_WITHIN_MS = 20_000;

const execute = promisify(execFile);
/** A process a core: more would only take longer each, and a block may have a time limit of its own. */
const inTurn = pLimit(availableParallelism());

// What is in bench/ runs on packages of its own.
const texts = markdownFiles().filter(({ name }) => !name.startsWith('bench/'));
const blocks = texts.flatMap(({ name, text }) => codeBlocks(name, text));

// Inside the repository, where the blocks find its packages.
mkdirSync(join(import.meta.dirname, '.blocks'), { recursive: true });
const directory = mkdtempSync(join(import.meta.dirname, '.blocks/'));
const files = blocks.map((block) => {
  const file = join(directory, `${block.document.replaceAll('/', '-')}-${block.line}.ts`);
  // An import or export makes it a module; TypeScript demands one for top-level await.
  writeFileSync(file, `${block.code}\nexport {};\n`);
  return { ...block, file, title: `${block.document}:${block.line}` };
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

test('no block is overlooked', () => {
  const fences = texts.flatMap(({ text }) =>
    text.split('\n').filter((line) => /^\s*`{3,}\s*ts\b/.test(line)),
  );
  expect(blocks).toHaveLength(fences.length);
  const notRun = blocks.filter(({ noRun }) => noRun !== undefined);
  console.log(
    [
      `${blocks.length} code blocks in ${texts.length} documents, ${blocks.length - notRun.length} run`,
      ...notRun.map((block) => `${block.document}:${block.line} is type-checked only: ${block.noRun}`),
    ].join('\n'),
  );
});

test('the code blocks compile, as strictly as the sources', async () => {
  const config = join(directory, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: TSCONFIG,
      compilerOptions: {
        // A block may show a value that it doesn't use, and reads process.env as everyone does.
        noUnusedLocals: false,
        noUnusedParameters: false,
        noPropertyAccessFromIndexSignature: false,
        // Nobody makes declarations of it.
        declaration: false,
        isolatedDeclarations: false,
      },
      include: [],
      files: files.map(({ file }) => file),
    }),
  );
  expect(await diagnostics(config)).toEqual([]);
});

describe('the code blocks run and end by themselves', () => {
  const run = files.filter(({ noRun }) => noRun === undefined);

  // Once, and not by each block's process again.
  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, 'run-block.ts'), ...run.map(({ file }) => file)],
      entryNames: '[name]',
      outdir: directory,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      packages: 'external',
      tsconfig: TSCONFIG,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      sourcemap: 'inline',
      logLevel: 'silent',
    });
  });

  test.concurrent.each(run)('$title', async ({ file }) => {
    const server = await LocalSecretsManager.start();
    try {
      seed(server);
      await expect(inTurn(() => runBlock(file, server.endpoint))).resolves.toBeUndefined();
    } finally {
      await server.close();
    }
  });
});

/** What tsc has to say, by document and line; the blocks have their documents' line numbers. */
async function diagnostics(config: string): Promise<string[]> {
  const { stdout } = await execute(process.execPath, [TSC, '-p', config, '--pretty', 'false']).catch(
    (failure: { stdout: string }) => failure,
  );
  const documentOf = new Map(files.map(({ file, document }) => [basename(file), document]));
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, path = '', at, message] = /^(.*)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      return at === undefined ? line : `${documentOf.get(basename(path)) ?? path}:${at}: ${message}`;
    });
}

/** Rejects with what the block printed when it throws, exits with another code than 0, or doesn't end. */
async function runBlock(file: string, endpoint: string): Promise<void> {
  const block = file.replace(/\.ts$/, '.mjs');
  await execute(process.execPath, ['--enable-source-maps', join(directory, 'run-block.mjs'), block], {
    cwd: ROOT,
    timeout: RUN_WITHIN_MS,
    env: {
      PATH: process.env['PATH'],
      // The blocks run side by side, on a machine that may be slower than any function.
      SECRETSMANAGER_CACHE_ATTEMPT_TIMEOUT_MS: '15000',
      SECRETSMANAGER_CACHE_WAIT_BUDGET_MS: '20000',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
}

describe('what counts as a block', () => {
  test('ts, with its line numbers kept; not sh, not a fence inside a longer fence', () => {
    expect(
      found('text', '```ts', 'a();', '```', '```sh', 'ls', '```', '````', '```ts', '```', '````'),
    ).toEqual([{ document: 'x.md', line: 2, code: '\n\na();', noRun: undefined }]);
  });

  test('one that says why it can not run here', () => {
    expect(found('```ts no-run: needs PostgreSQL', 'a();', '```')).toMatchObject([
      { noRun: 'needs PostgreSQL' },
    ]);
  });

  test.each([
    { lines: ['```js', '```'], message: 'x.md:1: call the language "ts", not "js"' },
    { lines: ['', '```typescript', '```'], message: 'x.md:2: call the language "ts"' },
    { lines: ['```ts no-run', '```'], message: 'x.md:1: write "ts" or "ts no-run: <reason>"' },
    { lines: ['```ts no-run: ', '```'], message: 'x.md:1: write "ts" or "ts no-run: <reason>"' },
    { lines: ['```ts', 'a();'], message: 'x.md:1: the code block has no end' },
  ])('$message', ({ lines, message }) => {
    expect(() => found(...lines)).toThrow(message);
  });
});

function found(...lines: string[]): CodeBlock[] {
  return codeBlocks('x.md', lines.join('\n'));
}
