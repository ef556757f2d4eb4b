// Builds examples with their packages left outside, so that each runs in a Node.js process of its own, on any release.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build, type BuildOptions, type Plugin } from 'esbuild';
import { afterAll } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const RUN_WITHIN_MS = 20_000;

export const EXAMPLES: string = join(ROOT, 'examples');

/** An example that another one imports stays a file of its own: it tells by its file whether it is the one that runs. */
const SEPARATE: Plugin = {
  name: 'separate examples',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/.*\.ts$/ }, ({ path, importer }) =>
      importer.startsWith(EXAMPLES) ? { path: path.replace(/\.ts$/, '.mjs'), external: true } : undefined,
    );
  },
};

/** A directory for what is built, for as long as the tests of a file run. */
export class ExampleBuild {
  readonly #directory: string;

  constructor() {
    // Where the packages are found.
    mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
    this.#directory = mkdtempSync(join(ROOT, 'node_modules/.cache/examples-'));
    afterAll(() => rmSync(this.#directory, { recursive: true }));
  }

  /** Builds these files of examples/, those that they import given as well; `options` over the usual ones. */
  async add(files: readonly string[], options: BuildOptions = {}): Promise<void> {
    await build({
      entryPoints: files.map((file) => join(EXAMPLES, file)),
      outdir: this.#directory,
      bundle: true,
      packages: 'external',
      tsconfig: join(ROOT, 'tsconfig.json'),
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      outExtension: { '.js': '.mjs' },
      logLevel: 'silent',
      plugins: [SEPARATE],
      ...options,
    });
  }

  /** Runs `node` with these arguments where the builds are; what it printed. Rejects when it fails or doesn't end. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: this.#directory,
      timeout: RUN_WITHIN_MS,
      env: { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true', ...env },
    });
    return stdout;
  }
}
