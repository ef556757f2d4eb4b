/** One run of the bench: what it ran on, and every answer. This is what `results.json` holds and every report is made from. */

import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

import { contenders } from './contenders.ts';
import { versionOf } from './contenders/contender.ts';
import type { Answer } from './question.ts';

export interface Run {
  /** When it began, in ISO 8601. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly machine: Machine;
  readonly answers: readonly Answered[];
}

export interface Answered {
  readonly name: string;
  readonly title: string;
  readonly tookMs: number;
  readonly answer: Answer;
}

export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Processes that wanted a core, over the minute before: well under `cores` on a quiet machine. */
  readonly loadBefore: number;
  /** The commit, with a `+` when there was more than that. */
  readonly commit: string;
  /** The packages compared, and the SDK. */
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  const [load] = loadavg();
  const names = ['@aws-sdk/client-secrets-manager', ...contenders.flatMap(({ from }) => from ?? [])];
  const versions = names.flatMap((name): [string, string][] => {
    const version = versionOf(name);
    return version === undefined ? [] : [[name, version]];
  });
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    loadBefore: load ?? Number.NaN,
    commit: commit(),
    versions: Object.fromEntries(versions),
  };
}

function git(...words: string[]): string {
  return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

function commit(): string {
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    // A tarball of the sources has no history.
    return 'unknown';
  }
}
