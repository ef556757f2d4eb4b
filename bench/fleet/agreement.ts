/** Does the sampled model say what the whole fleet does? Measured both ways where both fit. */

import { atMost, type Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { columns, withError, type Chapter, type Scenario } from './chapter.ts';
import { lineup, TTL_MS } from './lineup.ts';
import { coldStartOf, peakOf, rateOf } from './measures.ts';
import { Fleet } from './processes.ts';
import type { Policy } from './reader.ts';
import { disagreement, type Estimate } from './sampling.ts';

const PROCESSES = 1_000;
const SAMPLE = 200;
const SECRETS = 10;

/** What both ways are asked for, each with its own error. */
type Measured = Readonly<Record<string, Estimate>>;

export const agreement: Scenario = async (library, progress) => {
  const { cache, map } = lineup(library);
  const policies = [cache, map];
  const rows: { policy: Policy; what: string; whole: Estimate; sampled: Estimate }[] = [];
  for (const [nth, policy] of policies.entries()) {
    progress(
      `${readable(SAMPLE)} for ${readable(PROCESSES)} processes, ${policy.name}`,
      nth / policies.length,
    );
    const sampled = await measure(policy, SAMPLE, 1);
    progress(`all ${readable(PROCESSES)} processes, ${policy.name}`, (nth + 0.2) / policies.length);
    const whole = await measure(policy, PROCESSES, 2);
    for (const [what, estimate] of Object.entries(sampled)) {
      rows.push({ policy, what, sampled: estimate, whole: whole[what] ?? { value: Number.NaN, error: 0 } });
    }
  }
  return chapterOf(rows);
};

async function measure(policy: Policy, sample: number, seed: number): Promise<Measured> {
  const fleet = { policy, processes: PROCESSES, sample, secrets: SECRETS, seed };
  // A tenth of the quotas: the throttled part of a larger fleet, at a size that can be run whole.
  const quotas = { GetSecretValue: 1_000, DescribeSecret: 4_000, BatchGetSecretValue: 10 };
  const start = await coldStartOf({ ...fleet, quotas });
  const running = new Fleet(fleet);
  const untilMs = 2 * TTL_MS;
  running.start();
  running.serve({ perSecond: PROCESSES / 20, reads: SECRETS, untilMs });
  await running.run(untilMs);
  return {
    'cold start, half warm, ms': start.half,
    'cold start, nine in ten warm, ms': start.most,
    'checks in the second TTL, calls a second': rateOf(running, { fromMs: TTL_MS, toMs: untilMs }),
    'busiest minute, calls a second': peakOf(running, 60, { fromMs: 60_000, toMs: untilMs }),
  };
}

function chapterOf(
  compared: readonly { policy: Policy; what: string; whole: Estimate; sampled: Estimate }[],
): Chapter {
  const worst = Math.max(...compared.map(({ whole, sampled }) => disagreement(whole, sampled)));
  const rows = compared.map(({ policy, what, whole, sampled }): Row => ({
    role: policy.role,
    cells: [policy.name, what, withError(whole), withError(sampled), disagreement(whole, sampled)],
  }));
  return {
    findings: [
      `${readable(SAMPLE)} simulated processes say of ${readable(PROCESSES)} what those do themselves: ` +
        `the farthest of ${compared.length} numbers is off by ` +
        `${readable(worst)} of the error that is stated.`,
    ],
    bars: [atMost('sampled against whole: farthest apart, over the stated errors', worst, 1)],
    plots: [],
    tables: [
      {
        title: 'The sampled model beside the whole fleet',
        columns: columns(
          '',
          'what',
          `all ${readable(PROCESSES)}`,
          `${readable(SAMPLE)} for all`,
          'apart, over the errors',
        ),
        rows,
        note:
          'Each error is the half-width of a 99 % interval: the whole fleet has one too, for it is one of ' +
          'many that might have been.',
      },
    ],
  };
}
