/** What an import costs a bundle: minified and gzipped. */

import { builtinModules } from 'node:module';
import { gzipSync } from 'node:zlib';

import { build, type Plugin } from 'esbuild';

export interface Bundle {
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

/** `at import`: what the import itself loads. `in all`: with what is loaded later on. Neither has the SDK inside. */
export type Part = 'at import' | 'in all' | 'with the SDK';

const SDKS = ['@aws-sdk/*', '@smithy/*', 'aws-sdk', 'aws-sdk/*'];

const LATER_ON: Plugin = {
  name: 'what is imported later on stays outside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /./ }, ({ kind, path }) => {
      return kind === 'dynamic-import' ? { path, external: true } : undefined;
    });
  },
};

/** Of what `code` imports, resolved from `directory`. */
export async function bundle(code: string, directory: string, part: Part): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: directory, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    // The lines of node: that CommonJS inside ESM would need are the same for all, and left out.
    external: [...builtinModules, ...(part === 'with the SDK' ? [] : SDKS)],
    plugins: part === 'at import' ? [LATER_ON] : [],
    write: false,
    logLevel: 'silent',
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  return { minifiedBytes: contents.length, gzippedBytes: gzipSync(contents, { level: 9 }).length };
}
