/** How long an import takes: in a fresh process of plain Node.js, each time beside one that imports nothing of its own. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Prints microseconds of CPU around an import. */
const MEASURING = (specifier: string, before: string | undefined): string => `
${before === undefined ? '' : `await import(${JSON.stringify(before)});`}
const { user, system } = process.cpuUsage();
await import(${JSON.stringify(specifier)});
const spent = process.cpuUsage({ user, system });
process.stdout.write(String(spent.user + spent.system));
`;

/** Files that import one specifier each, in a directory below which the packages are found; removed at the end. */
export class ImportTimer {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async below(directory: string): Promise<ImportTimer> {
    return new ImportTimer(await mkdtemp(join(directory, '.imports-')));
  }

  /** Milliseconds of CPU that the import of a package takes in a new process, which may have imported another before. */
  async time(specifier: string, before?: string): Promise<number> {
    const file = join(this.#directory, 'importing.mjs');
    await writeFile(file, MEASURING(specifier, before));
    const { stdout } = await run(process.execPath, ['--no-warnings', file]);
    return Number(stdout) / 1_000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }
}
