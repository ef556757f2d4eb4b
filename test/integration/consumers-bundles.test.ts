/** Programs that use each entry point, bundled from the installed package by the bundlers in use, and then run. */

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import webpack, { type Configuration } from 'webpack';

import { LocalSecretsManager } from '../../src/testing/index.ts';
import { ENTRIES, programOf, USES } from '../package/entries.ts';
import { runScript } from '../package/node.ts';

const { project } = inject('installed');
const SDK = /^@aws-sdk\//;

interface Job {
  /** The programs' files, by entry. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outdir: string;
  readonly end: '.mjs' | '.cjs';
}
/** Writes `<outdir>/<entry><end>` for each input; gives the warnings. */
type Bundler = (job: Job) => Promise<string[]>;

const esbuild =
  (external: string[]): Bundler =>
  async ({ inputs, outdir, end }) => {
    const { warnings } = await build({
      entryPoints: inputs,
      outdir,
      outExtension: { '.js': end },
      format: end === '.mjs' ? 'esm' : 'cjs',
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node20.19',
      external,
      logLevel: 'silent',
    });
    return warnings.map(({ text }) => text);
  };

const rollupAsUsual: Bundler = async ({ inputs, outdir, end }) => {
  const warnings: string[] = [];
  await using bundle = await rollup({
    input: { ...inputs },
    external: [SDK],
    plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] })],
    onwarn: ({ message }) => warnings.push(message),
  });
  const format = end === '.mjs' ? 'es' : 'cjs';
  await bundle.write({
    dir: outdir,
    format,
    entryFileNames: `[name]${end}`,
    chunkFileNames: `[name]-[hash]${end}`,
  });
  return warnings;
};

const webpackWith =
  (options: Configuration): Bundler =>
  async ({ inputs, outdir, end }) => {
    const isModule = end === '.mjs';
    const compiler = webpack({
      mode: 'production',
      target: 'node20',
      context: project,
      entry: { ...inputs },
      output: { path: outdir, filename: `[name]${end}`, chunkFilename: `[name]${end}`, module: isModule },
      experiments: { outputModule: isModule },
      externalsType: isModule ? 'module' : 'commonjs',
      performance: false,
      // Takes most of the time; esbuild's bundles are minified.
      optimization: { minimize: false },
      ...options,
    });
    if (compiler === null) throw new Error('webpack made no compiler');
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
    return [...errors, ...warnings].map(({ message }) => message);
  };

interface Way {
  readonly how: string;
  readonly from: 'module' | 'commonjs';
  readonly end: '.mjs' | '.cjs';
  readonly bundle: Bundler;
}

const WAYS: readonly Way[] = [
  {
    how: 'esbuild, imports to ESM, the SDK left out',
    from: 'module',
    end: '.mjs',
    bundle: esbuild(['@aws-sdk/*']),
  },
  { how: 'esbuild, imports to CommonJS, the SDK as well', from: 'module', end: '.cjs', bundle: esbuild([]) },
  {
    how: 'esbuild, requires to CommonJS, the SDK left out',
    from: 'commonjs',
    end: '.cjs',
    bundle: esbuild(['@aws-sdk/*']),
  },
  { how: 'rollup, imports to ESM, the SDK left out', from: 'module', end: '.mjs', bundle: rollupAsUsual },
  {
    how: 'rollup, imports to CommonJS, the SDK left out',
    from: 'module',
    end: '.cjs',
    bundle: rollupAsUsual,
  },
  {
    how: 'webpack, imports to ESM, the SDK left out',
    from: 'module',
    end: '.mjs',
    bundle: webpackWith({ externals: [SDK] }),
  },
  {
    how: 'webpack, requires to CommonJS, the SDK as well',
    from: 'commonjs',
    end: '.cjs',
    bundle: webpackWith({}),
  },
];

let server: LocalSecretsManager;

beforeAll(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'prod/db', secretString: 'hunter2' });
});

afterAll(async () => {
  await server.close();
});

describe('bundled by', () => {
  test.each(WAYS)('$how: every entry reads a secret', async ({ from, end, bundle }) => {
    const home = await mkdtemp(join(project, 'bundled-'));
    const outdir = join(home, 'out');
    await mkdir(outdir);
    const inputs: Record<string, string> = {};
    for (const entry of ENTRIES) {
      inputs[entry] = join(home, `${entry}${from === 'module' ? '.mjs' : '.cjs'}`);
      await writeFile(inputs[entry], programOf(USES[entry], from));
    }
    expect(await bundle({ inputs, outdir, end })).toEqual([]);

    // One after the other, so that each line is known to be of its own program; as in Lambda, where it is strictest.
    const runs = ENTRIES.map((entry) => `await import(${JSON.stringify(join(outdir, entry + end))});`);
    const exit = await runScript(runs.join('\n'), {
      cwd: home,
      kind: 'module',
      flags: ['--no-experimental-require-module'],
      env: {
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: server.endpoint,
      },
    });
    expect(exit, exit.stderr).toMatchObject({ code: 0, stdout: '"hunter2"\n'.repeat(ENTRIES.length) });
  });
});
