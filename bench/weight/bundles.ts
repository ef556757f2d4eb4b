/** What an import costs a bundle: minified and gzipped. */

import { builtinModules } from 'node:module';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

export interface Bundle {
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

const SDKS = ['@aws-sdk/*', '@smithy/*', 'aws-sdk', 'aws-sdk/*'];

/** Of what `code` imports, resolved from `directory`: with the SDK inside, or left outside. */
export async function bundle(code: string, directory: string, withSdk: boolean): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: directory, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    // The lines of node: that CommonJS inside ESM would need are the same for all, and left out.
    external: [...builtinModules, ...(withSdk ? [] : SDKS)],
    write: false,
    logLevel: 'silent',
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  return { minifiedBytes: contents.length, gzippedBytes: gzipSync(contents, { level: 9 }).length };
}
