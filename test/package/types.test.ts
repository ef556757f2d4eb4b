// The installed package under TypeScript: every module resolution in use, and a report of the public types.

import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';
import { describe, expect, inject, test } from 'vitest';

const { project } = inject('installed');
const CONSUMER = join(import.meta.dirname, 'consumer');
const DIST = join(project, 'node_modules/secretsmanager-cache/dist');

const RESOLUTIONS = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  node16: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  bundler: { module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

const CASES = Object.entries(RESOLUTIONS).flatMap(([name, resolution]) =>
  [true, false].map((exactOptionalPropertyTypes) => ({ name, resolution, exactOptionalPropertyTypes })),
);

describe('a user’s modules, .mts and .cts', () => {
  const files = readdirSync(CONSUMER).map((file) => {
    copyFileSync(join(CONSUMER, file), join(project, file));
    return join(project, file);
  });

  test.each(CASES)(
    'compile with module resolution $name, exactOptionalPropertyTypes $exactOptionalPropertyTypes',
    ({ resolution, exactOptionalPropertyTypes }) => {
      const program = ts.createProgram(files, {
        ...resolution,
        exactOptionalPropertyTypes,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
        types: ['node'],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
      });
      // Our own declarations are checked too; the SDK's are not ours to mend.
      const checked = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(project));
      const names = checked.map(({ fileName }) => fileName.slice(project.length + 1));
      expect(names.filter((name) => /dist\/index\.d\.[cm]ts$/.test(name))).not.toEqual([]);
      const found = [
        ...program.getOptionsDiagnostics(),
        ...program.getGlobalDiagnostics(),
        ...checked.flatMap((file) => [
          ...program.getSyntacticDiagnostics(file),
          ...program.getSemanticDiagnostics(file),
        ]),
      ];
      expect(found.map(describeDiagnostic)).toEqual([]);
    },
  );
});

/** A change here is a change for users: see it in review, then renew with `npx vitest run --project package -u`. */
describe('the report of the public types', () => {
  test.each(['index', 'testing'])('%s is as in test/package/api', async (entry) => {
    const types = readFileSync(join(DIST, `${entry}.d.mts`), 'utf8').replace(
      /\/\/# sourceMappingURL.*\n?/,
      '',
    );
    await expect(types).toMatchFileSnapshot(join(import.meta.dirname, 'api', `${entry}.d.mts`));
  });

  test.each(['index', 'testing'])('%s has the same types for require', (entry) => {
    const [esm, cjs] = ['.d.mts', '.d.cts'].map((end) =>
      readFileSync(join(DIST, entry + end), 'utf8').replace(/\/\/# sourceMappingURL.*/, ''),
    );
    expect(cjs).toBe(esm);
  });
});

function describeDiagnostic({ file, start, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
  return `${file?.fileName ?? 'options'}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
