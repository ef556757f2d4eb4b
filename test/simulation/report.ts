/** A failing seed, as somebody who has to understand it wants it: what broke, the smallest way there, and how to replay it. */

import type { Library } from './library.ts';
import { shrink } from './shrink.ts';
import { runSeed } from './simulate.ts';

export interface ReportOptions {
  readonly mutant?: string | undefined;
  readonly regions?: boolean;
}

export async function report(
  library: Library,
  seed: number,
  { mutant, regions = false }: ReportOptions = {},
): Promise<string> {
  const whole = await runSeed(library, seed, { keepsTrace: true, regions });
  if (whole.violation === undefined) return `seed ${seed}: no violation (${whole.hash})`;
  const small = await shrink(library, whole.plan, whole.violation.invariant);
  const flags = [regions ? ' --regions' : '', mutant === undefined ? '' : ` --mutant "${mutant}"`].join('');
  const command = `npx tsx test/simulation/run.ts --seed ${seed}${flags}`;
  return [
    `seed ${seed}: ${whole.violation.message}`,
    `${small.plan.actions.length} of ${whole.plan.actions.length} actions are enough: ${small.violation?.message ?? 'lost on the way'}`,
    ...small.plan.caches.map((options, index) => `  c${index} ${JSON.stringify(options)}`),
    `  service ${JSON.stringify(small.plan.service)}, secrets ${small.plan.names.join(', ')}`,
    ...(small.plan.regions === undefined ? [] : [`  regions ${JSON.stringify(small.plan.regions)}`]),
    ...small.trace.map((line) => `  ${line}`),
    `plan: ${JSON.stringify(small.plan)}`,
    `replay: ${command}`,
  ].join('\n');
}
