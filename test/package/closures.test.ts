// What importing an entry brings: its own code, that of the entries it stands on, and nothing of the others.

import { join, relative } from 'node:path';

import { build, type Metafile } from 'esbuild';
import { describe, expect, inject, test } from 'vitest';

import { ENTRIES, specifierOf, type Entry } from './entries.ts';
import { closureOf, type Closure, type End } from './modules.ts';

const { project } = inject('installed');
const DIST = join(project, 'node_modules/secretsmanager-cache/dist');
const SDK = '@aws-sdk/client-secrets-manager';

/** Whose code a source is; what is nobody's is the core's. */
const OWN: Readonly<Record<Exclude<Entry, 'index'>, RegExp>> = {
  agent: /^src\/agent\//,
  failover: /^src\/failover\//,
  lambda: /^src\/lambda(\.ts$|\/)/,
  middy: /^src\/middy(\.ts$|\/)/,
  'sdk-plugin': /^src\/sdk-plugin(\.ts$|\/)/,
  testing: /^src\/testing\//,
};
const THE_CACHE = 'src/secret-cache.ts';

/** Other entries' code. */
const BRINGS: Readonly<Record<Entry, readonly Entry[]>> = {
  index: [],
  lambda: [],
  middy: ['lambda'],
  'sdk-plugin': [],
  agent: [],
  failover: [],
  testing: [],
};

function ownersOf({ sources }: Closure): Entry[] {
  const entries = ENTRIES.filter((entry) => entry !== 'index');
  return entries.filter((entry) => [...sources].some((source) => OWN[entry].test(source)));
}

function packagesOf(names: ReadonlySet<string>): string[] {
  return [...names].filter((name) => !name.startsWith('node:')).toSorted();
}

/** What only a call needs: the SDK's commands, and how many calls may be in flight. */
function isForCalls(source: string): boolean {
  return /p-limit|aws-calls/.test(source);
}

function bytesOf(inputs: ReadonlyMap<string, number>): number {
  return [...inputs.values()].reduce((sum, bytes) => sum + bytes, 0);
}

const KINDS: readonly End[] = ['.mjs', '.cjs'];

describe.each(KINDS)('built as %s', (end) => {
  test.each(ENTRIES)('%s brings no other entry’s code but what it stands on', (entry) => {
    const closure = closureOf(DIST, entry, end);
    const own = entry === 'index' ? [] : [entry];
    expect(ownersOf(closure).toSorted()).toEqual([...own, ...BRINGS[entry]].toSorted());
    expect(closure.sources.has(THE_CACHE)).toBe(entry !== 'testing');
  });

  test.each(ENTRIES)('%s loads no package at once, and none but the SDK later', (entry) => {
    const { outside, outsideEver } = closureOf(DIST, entry, end);
    expect(packagesOf(outside)).toEqual([]);
    expect(packagesOf(outsideEver).filter((name) => name !== SDK)).toEqual([]);
  });

  test('the core is one file: each more would be found and opened by its import', () => {
    expect([...closureOf(DIST, 'index', end, 'at once').files]).toEqual([`index${end}`, `core${end}`]);
  });

  test('what speaks to AWS is loaded by the first call', () => {
    for (const entry of ['index', 'lambda', 'middy'] as const) {
      expect([...closureOf(DIST, entry, end, 'at once').sources].filter(isForCalls)).toEqual([]);
      expect([...closureOf(DIST, entry, end).sources].filter(isForCalls)).not.toEqual([]);
    }
  });
});

/** What esbuild takes into a bundle of this module, by file, with the bytes that are left of it. */
async function bundled(contents: string): Promise<Map<string, number>> {
  const { metafile } = (await build({
    stdin: { contents, resolveDir: project },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    external: [SDK],
    metafile: true,
    write: false,
    logLevel: 'silent',
  })) as { metafile: Metafile };
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: each }) => Object.entries(each));
  return new Map(
    inputs
      .filter(([path]) => path !== '<stdin>')
      .map(([path, { bytesInOutput }]) => [relative(DIST, join(process.cwd(), path)), bytesInOutput]),
  );
}

describe('in a bundle', () => {
  test.each(ENTRIES)('%s brings no file that its modules do not lead to', async (entry) => {
    const inputs = await bundled(`import * as all from '${specifierOf(entry)}'; console.log(all);`);
    const files = [...inputs.keys()].filter((path) => !path.startsWith('..'));
    const { files: known } = closureOf(DIST, entry, '.mjs');
    expect(files).toContain(`${entry}.mjs`);
    expect(files.filter((file) => !known.has(file))).toEqual([]);
    expect([...inputs.keys()].filter((path) => path.startsWith('..'))).toEqual([]);
  });

  test('what is not used is left out: parseSecretEvent alone is a small part of the whole', async () => {
    const core = specifierOf('index');
    const whole = await bundled(`import * as all from '${core}'; console.log(all);`);
    const part = await bundled(`import { parseSecretEvent } from '${core}'; console.log(parseSecretEvent);`);
    expect(bytesOf(part)).toBeGreaterThan(500);
    expect(bytesOf(part)).toBeLessThan(bytesOf(whole) / 8);
  });
});
