// Type-checks a user's modules against the installed package, with one of the compilers that users have.

import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const CONSUMER = join(import.meta.dirname, 'consumer');

/** By the directory in node_modules: the oldest that reads our declarations, ours, and the native one. */
export type Compiler = 'typescript-5.2' | 'typescript' | 'typescript-7';

type ResolutionName = 'node16' | 'nodenext' | 'bundler';

interface Resolution {
  readonly module: string;
  readonly moduleResolution: string;
  /** Which of a user's modules there are: who bundles writes no `import … = require(…)`. */
  readonly ends: readonly string[];
}

const RESOLUTIONS: Readonly<Record<ResolutionName, Resolution>> = {
  node16: { module: 'node16', moduleResolution: 'node16', ends: ['.mts', '.cts'] },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext', ends: ['.mts', '.cts'] },
  bundler: { module: 'esnext', moduleResolution: 'bundler', ends: ['.mts'] },
};

export interface Case {
  readonly resolution: ResolutionName;
  readonly exactOptionalPropertyTypes: boolean;
}

/** Every module resolution in use, with and without what `exactOptionalPropertyTypes` forbids. */
export const CASES: readonly Case[] = (Object.keys(RESOLUTIONS) as ResolutionName[]).flatMap((resolution) =>
  [true, false].map((exactOptionalPropertyTypes) => ({ resolution, exactOptionalPropertyTypes })),
);

export interface Compilation {
  /** What the compiler has to say: nothing, if all is well. */
  readonly diagnostics: readonly string[];
  /** The declarations of ours that it has read, by name. */
  readonly read: readonly string[];
}

/** Compiles test/package/consumer in `project`, the declarations of all packages checked as well. */
export async function compile(
  compiler: Compiler,
  { resolution, exactOptionalPropertyTypes }: Case,
  project: string,
): Promise<Compilation> {
  const { module, moduleResolution, ends } = RESOLUTIONS[resolution];
  const directory = await mkdtemp(join(project, 'consumer-'));
  const all = await readdir(CONSUMER);
  const files = all.filter((file) => ends.some((end) => file.endsWith(end)));
  await Promise.all(files.map((file) => copyFile(join(CONSUMER, file), join(directory, file))));
  await symlink(join(project, 'package.json'), join(directory, 'package.json'));
  const compilerOptions = {
    module,
    moduleResolution,
    exactOptionalPropertyTypes,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    listFiles: true,
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [tsc, '-p', directory, '--pretty', 'false'],
    {
      maxBuffer: 2 ** 24,
    },
  ).catch((failure: { stdout: string }) => failure);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return {
    diagnostics: lines.filter((line) => !isFile(line)).map((line) => line.replaceAll(`${directory}/`, '')),
    read: lines.flatMap((line) => /secretsmanager-cache\/dist\/([^/]+)$/.exec(line)?.[1] ?? []),
  };
}

/** One of `listFiles`; a diagnostic has its place in brackets. */
function isFile(line: string): boolean {
  return /^\/[^(]*\.[cm]?ts$/.test(line);
}
