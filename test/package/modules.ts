// What the built modules import, and so what importing an entry brings.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Two kinds of modules, two kinds of declarations. */
export type End = '.mjs' | '.cjs' | '.d.mts' | '.d.cts';

export interface Closure {
  /** The files of dist/, by name. */
  readonly files: ReadonlySet<string>;
  /** The files of src/ that are in them, and those of packages built in, as their maps name them. */
  readonly sources: ReadonlySet<string>;
  /** What is imported from elsewhere at once. Not what is imported at the first call. */
  readonly outside: ReadonlySet<string>;
  /** What is imported from elsewhere, at once or later. */
  readonly outsideEver: ReadonlySet<string>;
}

interface Import {
  readonly specifier: string;
  readonly isLater: boolean;
}

/** All that `dist/<entry><end>` leads to. `'at once'`: without what is imported by a call. */
export function closureOf(
  dist: string,
  entry: string,
  end: End,
  which: 'at once' | 'ever' = 'ever',
): Closure {
  const closure = {
    files: new Set<string>(),
    sources: new Set<string>(),
    outside: new Set<string>(),
    outsideEver: new Set<string>(),
  };
  visit(`${entry}${end}`);
  return closure;

  function visit(file: string): void {
    if (closure.files.has(file)) return;
    closure.files.add(file);
    for (const source of sourcesOf(dist, file)) closure.sources.add(source);
    for (const { specifier, isLater } of importsOf(readFileSync(join(dist, file), 'utf8'))) {
      if (specifier.startsWith('./')) {
        if (!isLater || which === 'ever') visit(fileOf(specifier.slice(2), end));
        continue;
      }
      closure.outsideEver.add(specifier);
      if (!isLater) closure.outside.add(specifier);
    }
  }
}

/** In declarations, `./x.mjs` is the file `x.d.mts`. */
function fileOf(name: string, end: End): string {
  return end.startsWith('.d.') ? name.replace(/\.([mc])js$/, '.d.$1ts') : name;
}

/** Told by the words that bundlers write; `() => require(…)` is what they make of `import()`. */
function importsOf(code: string): Import[] {
  const found = code.matchAll(/(\bfrom|\bimport\(|\bimport|=>\s*require\(|\brequire\()\s*["']([^"']+)["']/g);
  return [...found].map(([, how = '', specifier = '']) => ({
    specifier,
    isLater: how === 'import(' || how.startsWith('=>'),
  }));
}

function sourcesOf(dist: string, file: string): string[] {
  const map = join(dist, `${file}.map`);
  if (!existsSync(map)) return [];
  const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
  return sources.map((source) => join('dist', source));
}
