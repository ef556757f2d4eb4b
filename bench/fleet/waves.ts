/** The waves after a mass start: what was loaded at one instant comes due together, unless the TTLs are drawn. */

import { atMost, type Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { columns, withError, type Chapter, type Scenario } from './chapter.ts';
import { lineup, TTL_MS } from './lineup.ts';
import { curveOf, peakOf, rateOf } from './measures.ts';
import { Fleet } from './processes.ts';
import type { Policy } from './reader.ts';
import type { Estimate } from './sampling.ts';
import { UNLIMITED_QUOTAS } from './service.ts';

const PROCESSES = 10_000;
const SAMPLE = 500;
const SECRETS = 10;
/** Each process is asked for all its secrets every so often, on average: they are read soon after they come due. */
const ASKED_EVERY_S = 25;
/** Chance makes peaks too: over so many seconds it adds little to a fleet of this size. */
const BIN_S = 10;
/** No TTL that is drawn is shorter than half of it: what comes before is still the first wave. */
const SECOND_WAVE = { fromMs: TTL_MS / 2, toMs: 1.5 * TTL_MS } as const;

/** As good as one instant beside the TTL. */
const STARTING_MS = 10_000;
interface Wave {
  readonly policy: Policy;
  readonly sample: number;
  readonly peak: Estimate;
  readonly peakSecond: Estimate;
  readonly steady: Estimate;
  /** The sample's. */
  readonly curve: (readonly [number, number])[];
}

export const waves: Scenario = async (library, progress) => {
  const { cache, unjittered, map, awsClients } = lineup(library);
  const sampled = [cache, unjittered, map, awsClients];
  const measured: Wave[] = [];
  for (const [nth, policy] of sampled.entries()) {
    progress(`waves after a mass start, ${policy.name}`, (0.4 * nth) / sampled.length);
    measured.push(await waveOf(policy, SAMPLE));
  }
  const [first, ...others] = measured;
  if (first === undefined) throw new Error('there is no policy to measure');
  progress(`waves after a mass start, ${readable(PROCESSES)} real caches`, 0.4);
  return chapterOf([await fullWaveOf(first), ...others], first);
};

async function waveOf(policy: Policy, sample: number): Promise<Wave> {
  const fleet = await startedTogether(policy, sample, 5 * TTL_MS);
  return {
    policy,
    sample,
    peak: peakOf(fleet, BIN_S, SECOND_WAVE),
    peakSecond: peakOf(fleet, 1, SECOND_WAVE),
    // Long enough after the start for the waves to have drifted apart, where they do.
    steady: rateOf(fleet, { fromMs: 2 * TTL_MS, toMs: 5 * TTL_MS }),
    curve: curveOf(fleet, BIN_S, { fromMs: 0, toMs: 4 * TTL_MS }),
  };
}

/** The wave of the whole fleet; the mean that follows it is the sample's, whose error is small. */
async function fullWaveOf(sampled: Wave): Promise<Wave> {
  const fleet = await startedTogether(sampled.policy, PROCESSES, SECOND_WAVE.toMs);
  return {
    ...sampled,
    sample: PROCESSES,
    peak: peakOf(fleet, BIN_S, SECOND_WAVE),
    peakSecond: peakOf(fleet, 1, SECOND_WAVE),
  };
}

/** Without quotas: throttling would spread the start, and with it the waves. */
async function startedTogether(policy: Policy, sample: number, untilMs: number): Promise<Fleet> {
  const fleet = new Fleet({
    policy,
    processes: PROCESSES,
    sample,
    secrets: SECRETS,
    quotas: UNLIMITED_QUOTAS,
  });
  fleet.start(STARTING_MS);
  fleet.serve({ perSecond: PROCESSES / ASKED_EVERY_S, reads: SECRETS, untilMs });
  await fleet.run(untilMs);
  return fleet;
}

function chapterOf(measured: readonly Wave[], sampled: Wave): Chapter {
  const [cache] = measured;
  if (cache === undefined) throw new Error('there is no wave');
  const ratio = cache.peak.value / cache.steady.value;
  return {
    findings: [
      `${readable(PROCESSES)} processes that loaded ${SECRETS} secrets within ${STARTING_MS / 1_000} s ` +
        `check them again at no more than ${readable(ratio)} times the ` +
        `steady rate in any ${BIN_S} s; the busiest single second has ` +
        `${readable(cache.peakSecond.value / cache.steady.value)} times, which is chance.`,
    ],
    bars: [
      atMost(
        `second wave of ${readable(PROCESSES)} caches with ${SECRETS} secrets: busiest ${BIN_S} s over ` +
          'the steady rate',
        ratio,
        2,
      ),
    ],
    plots: [
      {
        kind: 'curves',
        title:
          `Calls a second after ${readable(PROCESSES)} processes started within ${STARTING_MS / 1_000} s, ` +
          `${SECRETS} secrets each (${SAMPLE} simulated)`,
        x: { label: 'minutes' },
        y: { label: 'calls a second' },
        curves: measured.map(({ policy, curve }) => ({
          name: policy.name,
          role: policy.role,
          shape: 'step' as const,
          // The start itself is the same for all, and higher than anything after it.
          points: curve.filter(([minute]) => minute >= 1),
        })),
      },
    ],
    tables: [
      {
        title: 'The second wave',
        columns: columns(
          '',
          'simulated',
          `busiest ${BIN_S} s, calls a second`,
          'busiest second',
          'steady',
          'peak over steady',
        ),
        rows: [...measured.slice(0, 1), sampled, ...measured.slice(1)].map(rowOf),
        note:
          `${readable(PROCESSES)} processes, each asked for all its secrets every ${ASKED_EVERY_S} s on ` +
          'average. The busiest bin of a sample is too high by chance: by the less, the more are simulated.',
      },
    ],
  };
}

function rowOf({ policy, sample, peak, peakSecond, steady }: Wave): Row {
  return {
    role: policy.role,
    cells: [
      policy.name,
      sample,
      withError(peak),
      peakSecond.value,
      withError(steady),
      peak.value / steady.value,
    ],
  };
}
