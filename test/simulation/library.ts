/**
 * The library from its sources, bundled in memory: unchanged, or with a deliberate bug patched in.
 *
 * The SDK stays outside and is loaded before anything runs, so that no import takes turns of the real event loop. HTTP, and
 * timers that come from no `runtime`, are the virtual world's.
 */

import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';

import { build, type Plugin } from 'esbuild';

import type * as Agent from '../../src/agent/index.ts';
import type * as Failover from '../../src/failover/index.ts';
import type * as Public from '../../src/index.ts';
import { VirtualNode } from './virtual-node.ts';

/** What a run uses of the library. */
export type Library = Pick<typeof Public, 'SecretCache' | 'SecretCacheError' | 'awsSource'> &
  Pick<typeof Failover, 'failover'> &
  Pick<typeof Agent, 'agentSource'> & { readonly node: VirtualNode };

/** One textual change of one file under `src/`. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

export async function loadLibrary(edits: readonly Edit[] = []): Promise<Library> {
  const applied = new Set<Edit>();
  const result = await build({
    stdin: {
      contents: ['index', 'failover/index', 'agent/index']
        .map((name) => `export * from './${name}.ts';`)
        .join(' '),
      resolveDir: SRC,
    },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: ['@aws-sdk/*'],
    supported: { 'dynamic-import': false },
    logLevel: 'silent',
    plugins: [patching(edits, applied)],
  });
  const missed = edits.find((edit) => !applied.has(edit));
  if (missed !== undefined) throw new Error(`${missed.file} is not a part of the library`);
  const module = { exports: {} };
  const require = createRequire(import.meta.url);
  require('@aws-sdk/client-secrets-manager');
  const text = result.outputFiles[0]?.text ?? '';
  const node = new VirtualNode();
  const taken = ['module', 'exports', 'require', 'setTimeout', 'clearTimeout'];
  const run = compileFunction(text, taken, { filename: 'library.cjs' });
  const requireVirtual = (name: string): unknown => (name === 'node:http' ? node.http : require(name));
  run(module, module.exports, requireVirtual, node.setTimeout, node.clearTimeout);
  return Object.assign(module.exports, { node }) as Library;
}

function patching(edits: readonly Edit[], applied: Set<Edit>): Plugin {
  return {
    name: 'patching',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = edits.filter(({ file }) => path === `${SRC}${file}`);
        if (own.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const edit of own) {
          contents = patch(contents, edit);
          applied.add(edit);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}

function patch(text: string, { file, find, replace }: Edit): string {
  const found = text.split(find).length - 1;
  if (found !== 1) {
    throw new Error(`the patch of ${basename(file)} fits ${found} times, not once: ${JSON.stringify(find)}`);
  }
  return text.replace(find, () => replace);
}
