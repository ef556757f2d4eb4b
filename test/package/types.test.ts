// The installed package under TypeScript: its declarations under the newest compiler, and a report of the public types.
// The older compilers have their turn in test/integration/consumers.test.ts.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';
import { describe, expect, inject, test } from 'vitest';

import { apiReports } from './api-report.ts';
import { CASES, compile } from './compile.ts';
import { ENTRIES, type Entry } from './entries.ts';
import { closureOf } from './modules.ts';

const { project } = inject('installed');
const API = join(import.meta.dirname, 'api');
const DIST = join(project, 'node_modules/secretsmanager-cache/dist');

describe('a user’s modules, .mts and .cts, compile with the newest TypeScript', () => {
  test.each(CASES)(
    'and module resolution $resolution, exactOptionalPropertyTypes $exactOptionalPropertyTypes',
    async (how) => {
      const { diagnostics, read } = await compile('typescript-7', how, project);
      expect(diagnostics).toEqual([]);
      expect(read).toEqual(expect.arrayContaining(ENTRIES.map((entry) => `${entry}.d.mts`)));
    },
  );
});

/** A change here is a change for users: see it in review, then renew with `npx vitest run --project package -u`. */
describe('the report of the public types', () => {
  // The core first: what others use of it is reported there.
  const order: readonly Entry[] = ['index', ...ENTRIES.filter((entry) => entry !== 'index')];
  const reports = apiReports(new Map(order.map((entry) => [entry, join(DIST, `${entry}.d.mts`)])), {
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    strict: true,
  });

  test.each(ENTRIES)('%s is as in test/package/api', async (entry) => {
    await expect(reports.get(entry)).toMatchFileSnapshot(join(API, `${entry}.d.mts`));
  });

  test('has a file for every entry, and no other', () => {
    const files = readdirSync(API).map((file) => file.replace('.d.mts', ''));
    expect(files.toSorted()).toEqual([...ENTRIES].toSorted());
  });

  test.each(ENTRIES)('%s has the same types for require', (entry) => {
    const [esm, cjs] = (['.d.mts', '.d.cts'] as const).map((end) =>
      [...closureOf(DIST, entry, end).files].map((file) =>
        readFileSync(join(DIST, file), 'utf8')
          .replace(/\/\/# sourceMappingURL.*/, '')
          .replaceAll(/(["']\.\/[^"']+)\.cjs(["'])/g, '$1.mjs$2'),
      ),
    );
    expect(cjs).toEqual(esm);
  });
});
