// Runs a script in a project, in a Node.js process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Script {
  readonly cwd: string;
  readonly kind: 'module' | 'commonjs';
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the last line the script wrote to its end, in milliseconds. */
  readonly lingeredMs: number;
}

/** Rejects never for what the script does: a script that hangs is killed after 20 s, and its code is null. */
export async function runScript(source: string, { cwd, kind, flags = [], env = {} }: Script): Promise<Exit> {
  // Nothing of vitest's own environment (NODE_OPTIONS, NODE_ENV) and no AWS settings of the developer's.
  const clean = { PATH: process.env['PATH'], HOME: cwd, AWS_EC2_METADATA_DISABLED: 'true', ...env };
  const child = spawn(process.execPath, [...flags, `--input-type=${kind}`, '-e', source], {
    cwd,
    env: clean,
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let wroteAtMs = performance.now();
  child.stdout.on('data', () => {
    wroteAtMs = performance.now();
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr, lingeredMs: performance.now() - wroteAtMs };
}
