// Every TypeScript block of the documents compiles, and runs against LocalSecretsManager.

import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';

import { codeBlocks, type CodeBlock } from './code-blocks.ts';
import { seed } from './seeds.ts';

const ROOT = join(import.meta.dirname, '../..');
const TSCONFIG = join(ROOT, 'tsconfig.json');
const RUN_WITHIN_MS = 20_000;

const documents = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  ...markdownIn('docs'),
  ...markdownIn('examples'),
];
const texts = documents
  .filter((name) => existsSync(join(ROOT, name)))
  .map((name) => ({ name, text: readFileSync(join(ROOT, name), 'utf8') }));
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

describe.skipIf(blocks.length === 0)('the code blocks compile', () => {
  test('all of them, as strictly as the sources', () => {
    const config = ts.readConfigFile(TSCONFIG, (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
    const program = ts.createProgram(
      files.map(({ file }) => file),
      // A block may show a value that it doesn't use, and reads process.env as everyone does.
      {
        ...options,
        noUnusedLocals: false,
        noUnusedParameters: false,
        noPropertyAccessFromIndexSignature: false,
      },
    );
    const found = files.flatMap(({ file, document }) => {
      const source = program.getSourceFile(file);
      const diagnostics = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
      return diagnostics.map(({ start, messageText }) => {
        const line = (source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0) + 1;
        return `${document}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      });
    });
    expect(found).toEqual([]);
  });
});

const run = files.filter(({ noRun }) => noRun === undefined);
describe.skipIf(run.length === 0)('the code blocks run and end by themselves', () => {
  test.concurrent.each(run)('$title', async ({ file }) => {
    const server = await LocalSecretsManager.start();
    try {
      seed(server);
      await expect(runBlock(file, server.endpoint)).resolves.toBeUndefined();
    } finally {
      await server.close();
    }
  });
});

/** Rejects with what the block printed when it throws, exits with another code than 0, or doesn't end. */
async function runBlock(file: string, endpoint: string): Promise<void> {
  const script = join(import.meta.dirname, 'run-block.ts');
  await promisify(execFile)(process.execPath, ['--import', 'tsx', script, file], {
    cwd: ROOT,
    timeout: RUN_WITHIN_MS,
    env: {
      PATH: process.env['PATH'],
      TSX_TSCONFIG_PATH: TSCONFIG,
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

function markdownIn(folder: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('.md')).map((entry) => `${folder}/${entry}`);
}
