/**
 * How soon each deliberate bug is found: `npx tsx test/simulation/mutants.ts [--most 2000]` prints a table in Markdown.
 */

import { parseArgs } from 'node:util';

import { loadLibrary } from './library.ts';
import { MUTANTS, type Mutant } from './mutant-list.ts';
import { knownDefect } from './regressions.ts';
import { runSeed } from './simulate.ts';
import type { Violation } from './violation.ts';

const { values } = parseArgs({ options: { most: { type: 'string', default: '2000' } } });
Error.stackTraceLimit = 0;

/** The first seed whose run breaks an invariant, and which. */
async function detect(
  { edits, between = 'nothing' }: Mutant,
  most: number,
): Promise<{ seed: number; violation: Violation } | undefined> {
  const library = await loadLibrary(edits);
  for (let seed = 1; seed <= most; seed += 1) {
    const { violation } = await runSeed(library, seed, { between });
    if (violation !== undefined && knownDefect(violation) === undefined) return { seed, violation };
  }
  return undefined;
}

console.log('| mutant | found at seed | by |\n|---|---|---|');
for (const mutant of MUTANTS) {
  const found = await detect(mutant, Number(values.most));
  if (found === undefined) process.exitCode = 1;
  console.log(`| ${mutant.name} | ${found?.seed ?? 'not found'} | ${found?.violation.invariant ?? ''} |`);
}
