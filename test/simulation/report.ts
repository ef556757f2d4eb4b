/** A failing seed, as somebody who has to understand it wants it: what broke, the smallest way there, and how to replay it. */

import type { Library } from './library.ts';
import { shrink } from './shrink.ts';
import { runSeed } from './simulate.ts';

export async function report(library: Library, seed: number, mutant?: string): Promise<string> {
  const whole = await runSeed(library, seed, { keepsTrace: true });
  if (whole.violation === undefined) return `seed ${seed}: no violation (${whole.hash})`;
  const small = await shrink(library, whole.plan, whole.violation.invariant);
  const command = `npx tsx test/simulation/run.ts --seed ${seed}${mutant === undefined ? '' : ` --mutant "${mutant}"`}`;
  return [
    `seed ${seed}: ${whole.violation.message}`,
    `${small.plan.actions.length} of ${whole.plan.actions.length} actions are enough: ${small.violation?.message ?? 'lost on the way'}`,
    ...small.plan.caches.map((options, index) => `  c${index} ${JSON.stringify(options)}`),
    `  service ${JSON.stringify(small.plan.service)}, secrets ${small.plan.names.join(', ')}`,
    ...small.trace.map((line) => `  ${line}`),
    `plan: ${JSON.stringify(small.plan)}`,
    `replay: ${command}`,
  ].join('\n');
}
