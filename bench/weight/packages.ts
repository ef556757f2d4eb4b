/** What an installed package brings along: its own bytes and those of all it depends on. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface Closure {
  /** The packages that it depends on, directly or not; without SDKs, which the user has anyway. */
  readonly dependencies: readonly string[];
  /** Of all their files, and its own. */
  readonly bytes: number;
}

/** `home` is the directory of an installed package; or `checkout`, its sources, of which its `files` are published. */
export function closureOf(home: string, checkout = false): Closure {
  const seen = new Map<string, string>();
  visit(home, seen);
  const dependencies = [...seen].filter(([, each]) => each !== home);
  const published = checkout ? (manifestOf(home).files ?? []).map((file) => join(home, file)) : [home];
  const paths = [...published, ...dependencies.map(([, each]) => each)];
  return { dependencies: dependencies.map(([name]) => name), bytes: total(paths.map(bytesOf)) };
}

/** The SDK that a package is used with. */
export function sdkOf(home: string): string {
  const { dependencies, peerDependencies } = manifestOf(home);
  return 'aws-sdk' in { ...dependencies, ...peerDependencies }
    ? 'aws-sdk'
    : '@aws-sdk/client-secrets-manager';
}

function manifestOf(home: string): Manifest {
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest;
}

function visit(home: string, seen: Map<string, string>): void {
  const manifest = manifestOf(home);
  if (seen.has(manifest.name)) return;
  seen.set(manifest.name, home);
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const found = isSdk(name) ? undefined : find(name, home);
    if (found !== undefined) visit(found, seen);
  }
}

function isSdk(name: string): boolean {
  return name === 'aws-sdk' || name.startsWith('@aws-sdk/') || name.startsWith('@smithy/');
}

/** As Node.js looks for it, from the directory of who depends on it upwards. */
function find(name: string, from: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (directory === dirname(directory)) return undefined;
  }
}

/** Without what it has installed below itself, which is counted by its own name. */
function bytesOf(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  const entries = readdirSync(path, { withFileTypes: true });
  const own = entries.filter((entry) => entry.name !== 'node_modules' && !entry.isSymbolicLink());
  return total(own.map((entry) => bytesOf(join(path, entry.name))));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
