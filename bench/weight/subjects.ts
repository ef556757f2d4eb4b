/** What is weighed: each entry point of this package, the other caches, and the SDK. */

import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { contenders } from '../contenders.ts';
import { isInstalled } from '../contenders/contender.ts';
import type { Role } from '../question.ts';
import { bundle, type Bundle, type Part } from './bundles.ts';
import { closureOf, sdkOf, type Closure } from './packages.ts';

export const OURS = 'secretsmanager-cache';
export const SDK_ALONE = 'the SDK alone';
export const NOTHING = 'an empty module';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BENCH: string = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['index', 'lambda', 'middy', 'sdk-plugin', 'agent', 'failover', 'testing'] as const;
const SDK = '@aws-sdk/client-secrets-manager';

/** Something to import. */
export interface Subject {
  readonly name: string;
  readonly role: Role;
  /** In quotes after `from`. */
  readonly specifier: string;
  /** Of its package, where there is one to count. */
  readonly home?: string;
}

export interface Weighed {
  readonly subject: Subject;
  readonly bundles: Readonly<Record<Part, Bundle>>;
  readonly closure: Closure | undefined;
  /** Milliseconds of CPU to import it, in each round: as it is, and where its SDK is loaded already. */
  readonly rounds: number[];
  readonly roundsAfterSdk: number[];
}

export function subjects(): Subject[] {
  return [
    ...ENTRIES.map(ownEntry),
    ...peers(),
    { name: SDK_ALONE, role: 'control', specifier: SDK },
    { name: NOTHING, role: 'control', specifier: 'data:text/javascript,' },
  ];
}

function ownEntry(entry: (typeof ENTRIES)[number]): Subject {
  const file = `${ROOT}dist/${entry}.mjs`;
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build`);
  const name = entry === 'index' ? OURS : `${OURS}/${entry}`;
  return { name, role: 'ours', specifier: pathToFileURL(file).href, home: ROOT };
}

function peers(): Subject[] {
  return contenders.flatMap((contender): Subject[] => {
    const { name, from, role } = contender;
    if (from === undefined || !isInstalled(contender)) return [];
    const specifier = from === '@aws-lambda-powertools/parameters' ? `${from}/secrets` : from;
    const homes = [`${BENCH}node_modules/${from}`, `${ROOT}node_modules/${from}`];
    return homes
      .filter((home) => existsSync(home))
      .slice(0, 1)
      .map((home) => ({ name, role, specifier, home }));
  });
}

export async function weigh(subject: Subject): Promise<Weighed> {
  const { specifier, role, name, home } = subject;
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier;
  // Everything it exports is used: nothing is left out as unused.
  const code = name === NOTHING ? '' : `export * as all from ${JSON.stringify(path)};`;
  const bundles = {
    'at import': await bundle(code, BENCH, 'at import'),
    'in all': await bundle(code, BENCH, 'in all'),
    'with the SDK': await bundle(code, BENCH, 'with the SDK'),
  };
  const closure = home === undefined ? undefined : closureOf(home, role === 'ours');
  return { subject, bundles, closure, rounds: [], roundsAfterSdk: [] };
}

/** What is loaded before it, to see what it adds. */
export function sdkFor({ role, home }: Subject): string {
  return role === 'peer' && home !== undefined ? sdkOf(home) : SDK;
}
