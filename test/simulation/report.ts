/** A failing seed, as somebody who has to understand it wants it: what broke, the smallest way there, and how to replay it. */

import type { Between } from './draw-plan.ts';
import type { Library } from './library.ts';
import { shrink } from './shrink.ts';
import { runSeed } from './simulate.ts';

const FLAGS = { nothing: '', regions: ' --regions', agent: ' --agents' } as const;

export interface ReportOptions {
  readonly mutant?: string | undefined;
  readonly between?: Between;
}

export async function report(
  library: Library,
  seed: number,
  { mutant, between = 'nothing' }: ReportOptions = {},
): Promise<string> {
  const whole = await runSeed(library, seed, { keepsTrace: true, between });
  if (whole.violation === undefined) return `seed ${seed}: no violation (${whole.hash})`;
  const small = await shrink(library, whole.plan, whole.violation.invariant);
  const flags = [FLAGS[between], mutant === undefined ? '' : ` --mutant "${mutant}"`].join('');
  const command = `npx tsx test/simulation/run.ts --seed ${seed}${flags}`;
  return [
    `seed ${seed}: ${whole.violation.message}`,
    `${small.plan.actions.length} of ${whole.plan.actions.length} actions are enough: ${small.violation?.message ?? 'lost on the way'}`,
    ...small.plan.caches.map((options, index) => `  c${index} ${JSON.stringify(options)}`),
    `  service ${JSON.stringify(small.plan.service)}, secrets ${small.plan.names.join(', ')}`,
    ...(small.plan.regions === undefined ? [] : [`  regions ${JSON.stringify(small.plan.regions)}`]),
    ...(small.plan.agent === undefined ? [] : [`  agent ${JSON.stringify(small.plan.agent)}`]),
    ...small.trace.map((line) => `  ${line}`),
    `plan: ${JSON.stringify(small.plan)}`,
    `replay: ${command}`,
  ].join('\n');
}
