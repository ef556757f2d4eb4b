/** A real database server for a test: as a user who isn't root, in a directory of its own, on a free port of 127.0.0.1. */

import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 10_000;

/** Whom a database server runs as: databases refuse to be root. Empty where the tests aren't root either. */
export type Identity = { readonly uid: number; readonly gid: number } | Record<string, never>;

/** Of these users the first that exists, when the tests run as root. */
export function identityOf(...users: readonly string[]): Identity {
  if (process.getuid?.() !== 0) return {};
  for (const user of [...users, 'nobody']) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue;
    }
  }
  throw new Error(
    `a database server needs a user who isn't root: none of ${users.join(', ')} and nobody exists`,
  );
}

/** The first of these files that can be run. */
export function firstExecutable(files: readonly string[]): string | undefined {
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** An empty directory that belongs to that user. */
export function ownDirectory(name: string, { uid, gid }: Identity): string {
  const directory = mkdtempSync(join(tmpdir(), `secretsmanager-cache-${name}-`));
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
  return directory;
}

/** Runs a program to its end; rejects with what it printed when that is a failure. */
export async function run(file: string, args: readonly string[], identity: Identity): Promise<void> {
  await promisify(execFile)(file, args, {
    ...identity,
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A running server, and what it says on stderr. */
export class DatabaseProcess {
  readonly #child: ChildProcess;
  readonly #directory: string;
  #log = '';

  private constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
  }

  /** Starts it and waits until it has said `ready`. Stops it, and removes the directory, when it doesn't. */
  static async start(
    file: string,
    args: readonly string[],
    { identity, directory, ready }: { identity: Identity; directory: string; ready: RegExp },
  ): Promise<DatabaseProcess> {
    const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
    const child = spawn(file, args, { ...identity, cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'] });
    const started = new DatabaseProcess(child, directory);
    process.once('exit', started.#kill);
    const startedAtMs = performance.now();
    while (!ready.test(started.#log)) {
      if (child.exitCode !== null || performance.now() - startedAtMs > READY_WITHIN_MS) {
        await started.stop();
        throw new Error(`${file} didn't start:\n${started.#log}`);
      }
      await Promise.race([
        once(child.stderr ?? child, 'data'),
        once(child, 'exit'),
        once(AbortSignal.timeout(1_000), 'abort'),
      ]);
    }
    return started;
  }

  /** All that it has logged. */
  get log(): string {
    return this.#log;
  }

  /** `fast` is the signal for a shutdown that cuts the sessions. */
  async stop(fast: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      const exited = once(this.#child, 'exit');
      this.#child.kill(fast);
      const late = setTimeout(this.#kill, STOPPED_WITHIN_MS);
      await exited;
      clearTimeout(late);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };
}
