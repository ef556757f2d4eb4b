/** The declarations of the installed package under the compilers that users have; the newest is in test/package. */

import { describe, expect, inject, test } from 'vitest';

import { CASES, compile, type Compiler } from '../package/compile.ts';
import { ENTRIES } from '../package/entries.ts';

const { project } = inject('installed');
/** 5.2 is the first that knows `await using`. */
const COMPILERS: readonly Compiler[] = ['typescript-5.2', 'typescript'];

describe.each(COMPILERS)('a user’s modules, .mts and .cts, compile with %s', (compiler) => {
  test.each(CASES)(
    'and module resolution $resolution, exactOptionalPropertyTypes $exactOptionalPropertyTypes',
    async (how) => {
      const { diagnostics, read } = await compile(compiler, how, project);
      expect(diagnostics).toEqual([]);
      expect(read).toEqual(expect.arrayContaining(ENTRIES.map((entry) => `${entry}.d.mts`)));
      const required = read.filter((file) => file.endsWith('.d.cts'));
      expect(required.length > 0, 'a .cts module reads the declarations for require').toBe(
        how.resolution !== 'bundler',
      );
    },
  );
});
