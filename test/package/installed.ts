// Builds, packs and installs the package as a user would have it, in a directory of its own and with no network.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    installed: Installed;
  }
}

/** Where the package was installed from its tarball. */
export interface Installed {
  /** The files of the tarball. */
  readonly tarball: readonly string[];
  /** A project with the package and, linked from here, its peer. */
  readonly project: string;
  /** A project whose user forgot the peer, `@aws-sdk/client-secrets-manager`. */
  readonly projectWithoutSdk: string;
}

const ROOT = join(import.meta.dirname, '../..');
/** What the user of the types brings. */
const OWN = ['@aws-sdk/client-secrets-manager', '@standard-schema/spec', '@types/node'];

const run = promisify(execFile);

/** vitest's globalSetup: gives the tests `inject('installed')`. */
export default async function install(vitest: TestProject): Promise<() => Promise<void>> {
  const temporary = await realpath(await mkdtemp(join(tmpdir(), 'secretsmanager-cache-')));
  await build();
  const packing = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', temporary], {
    cwd: ROOT,
  });
  const packed = JSON.parse(packing.stdout) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(temporary, packed[0].filename);
  vitest.provide('installed', {
    tarball: packed[0].files.map(({ path }) => path),
    project: await project(join(temporary, 'project'), tarball, OWN),
    projectWithoutSdk: await project(join(temporary, 'without-sdk'), tarball, []),
  });
  return () => rm(temporary, { recursive: true });
}

async function build(): Promise<void> {
  try {
    await run(process.execPath, [join(ROOT, 'node_modules/tsdown/dist/run.mjs')], { cwd: ROOT });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`The build failed:\n${stdout}${stderr}`, { cause: error });
  }
}

async function project(directory: string, tarball: string, linked: readonly string[]): Promise<string> {
  const home = join(directory, 'node_modules/secretsmanager-cache');
  await mkdir(home, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', home]);
  for (const name of linked) {
    const link = join(directory, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  return directory;
}
