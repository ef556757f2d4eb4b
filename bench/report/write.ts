/** Writes a run as JSON, as Markdown, and as one HTML file. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Run } from '../run.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { plotter } from './plots.ts';

/** `results.json` and `results.md` in a directory, which is made. */
export async function writeResults(run: Run, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'results.json'), `${JSON.stringify(run, undefined, 1)}\n`);
  await writeFile(join(directory, 'results.md'), toMarkdown(run));
}

/** The same, and `report.html`. */
export async function writeReports(run: Run, directory: string): Promise<void> {
  await writeResults(run, directory);
  await writeFile(join(directory, 'report.html'), await htmlOf(run));
}

export async function htmlOf(run: Run): Promise<string> {
  const css = await readFile(new URL('report.css', import.meta.url), 'utf8');
  return toHtml(run, await plotter(), css);
}
