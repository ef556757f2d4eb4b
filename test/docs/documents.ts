// The Markdown files of the project, and what is in them: headings, links, tables, code.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Of the project. */
export const ROOT: string = join(import.meta.dirname, '../..');

/** Not ours, or built. */
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'reports', 'results']);

export interface MarkdownFile {
  /** From the root, with slashes. */
  readonly name: string;
  readonly text: string;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** Every Markdown file, by name. */
export function markdownFiles(folder: string = ROOT): MarkdownFile[] {
  const files = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return SKIPPED.has(entry.name) || entry.name.startsWith('.') ? [] : markdownFiles(path);
    }
    if (!entry.name.endsWith('.md')) return [];
    return [{ name: relative(ROOT, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }];
  });
  return files.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

export function markdownFile(name: string): MarkdownFile {
  return { name, text: readFileSync(join(ROOT, name), 'utf8') };
}

/** The links and images of a text, those in code aside. */
export function linksOf(text: string): Link[] {
  return linesOfProse(text).flatMap((prose, index) => {
    const found = prose.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g);
    return [...found].map(([, target = '']) => ({ line: index + 1, target }));
  });
}

/** The anchors that GitHub gives a text's headings: `## An *API* key` is `#an-api-key`, a second one `#an-api-key-1`. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headingsOf(text)) {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let nth = 1; anchors.has(unique); nth += 1) unique = `${anchor}-${nth}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The texts of the headings, without their marks. */
export function headingsOf(text: string): string[] {
  return linesOfProse(text).flatMap((line) => /^#{1,6} +(.*?) *#*$/.exec(line)?.[1] ?? []);
}

/** The code blocks of a language that is not TypeScript. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code = '']) => code,
  );
}

/** The body rows of the tables whose first column has this heading, as cells. */
export function rowsOf(text: string, firstColumn: string): string[][] {
  const cells = text.split('\n').map((line) => (line.startsWith('|') ? cellsOf(line) : undefined));
  return cells.flatMap((row, index) => {
    if (row?.[0] !== firstColumn) return [];
    const end = cells.indexOf(undefined, index);
    const rows = cells.slice(index + 2, end === -1 ? undefined : end);
    return rows.filter((each) => each !== undefined);
  });
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The lines, empty where they are code. */
function linesOfProse(text: string): string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const [mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    const wasCode = fence !== undefined;
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (fence !== undefined && line.trim() === fence.trim()) fence = undefined;
    return wasCode || fence !== undefined ? '' : line;
  });
}
