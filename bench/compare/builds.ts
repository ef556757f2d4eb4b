/** Two builds side by side in a temporary directory: of the tree as it is, and of a commit. */

import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Builds {
  /** URLs of the entry points. */
  readonly before: string;
  readonly now: string;
  remove(): Promise<void>;
}

/** `ref`: anything that git takes for a commit. Rejects when it is none, or can't be built. */
export async function buildBoth(ref: string): Promise<Builds> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'bench-compare-')));
  const tree = join(directory, 'before');
  const remove = async (): Promise<void> => {
    await run('git', ['worktree', 'remove', '--force', tree], { cwd: ROOT }).catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await run('git', ['worktree', 'add', '--detach', tree, ref], { cwd: ROOT });
    // Found from both: the packages of today, so that nothing but the sources differs.
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const now = join(directory, 'now-dist');
    const before = join(directory, 'before-dist');
    await build(ROOT, now);
    await build(tree, before);
    return { before: entryOf(before), now: entryOf(now), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function entryOf(dist: string): string {
  return pathToFileURL(join(dist, 'index.mjs')).href;
}

async function build(directory: string, output: string): Promise<void> {
  const tsdown = join(ROOT, 'node_modules/tsdown/dist/run.mjs');
  const flags = ['--format', 'esm', '--no-dts', '--no-publint', '--no-attw', '--out-dir', output];
  await run(process.execPath, [tsdown, ...flags], { cwd: directory });
}
