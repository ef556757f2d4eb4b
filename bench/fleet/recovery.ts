/** An outage of the service: what the fleet asks meanwhile, what its callers see, and the rush when it is over. */

import { atMost, type Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { columns, withError, type Chapter, type Scenario } from './chapter.ts';
import { lineup } from './lineup.ts';
import { curveOf, peakOf, rateOf } from './measures.ts';
import { Fleet } from './processes.ts';
import type { Policy } from './reader.ts';
import type { Estimate } from './sampling.ts';
import { Witness } from './witness.ts';

const PROCESSES = 10_000;
const SECRETS = 10;
const REQUESTS_PER_SECOND = 5_000;
const STARTING_MS = 10 * 60_000;
const DOWN_MS = 30 * 60_000;
const UP_MS = DOWN_MS + 3_600_000;
const END_MS = UP_MS + 15 * 60_000;
/** A bin holds some hundred calls of the sample, so that chance alone makes no rush. */
const BIN_S = 60;

interface Outage {
  readonly policy: Policy;
  readonly steady: Estimate;
  readonly during: Estimate;
  readonly rush: Estimate;
  /** Of 100 reads during the outage. */
  readonly failed: number;
  readonly curve: (readonly [number, number])[];
}

async function outageOf(policy: Policy, sample: number): Promise<Outage> {
  const fleet = new Fleet({ policy, processes: PROCESSES, sample, secrets: SECRETS });
  const { service, time } = fleet;
  const witness = new Witness();
  fleet.start(STARTING_MS);
  time.at(DOWN_MS, () => {
    service.isDown = true;
  });
  time.at(UP_MS, () => {
    service.isDown = false;
  });
  fleet.serve({
    perSecond: REQUESTS_PER_SECOND,
    untilMs: END_MS,
    onRead: (read) => witness.note(read, service.currentVersionId(read.secretId)),
  });
  await fleet.run(END_MS);
  return {
    policy,
    steady: rateOf(fleet, { fromMs: 2 * STARTING_MS, toMs: DOWN_MS }),
    during: rateOf(fleet, { fromMs: DOWN_MS, toMs: UP_MS }),
    rush: peakOf(fleet, BIN_S, { fromMs: UP_MS, toMs: END_MS }),
    failed: (100 * witness.failed(DOWN_MS, UP_MS)) / witness.reads(DOWN_MS, UP_MS),
    curve: curveOf(fleet, BIN_S, { fromMs: 2 * STARTING_MS, toMs: END_MS }),
  };
}

export const recovery: Scenario = async (library, progress) => {
  const { cache, fetching, map, powertools5s, lru, middy, awsClients, noCache } = lineup(library);
  const policies = [cache, fetching, map, powertools5s, lru, middy, awsClients, noCache];
  const measured: Outage[] = [];
  for (const [nth, policy] of policies.entries()) {
    progress(`an hour's outage, ${policy.name}`, nth / policies.length);
    measured.push(await outageOf(policy, policy === cache ? 160 : 60));
  }
  return chapterOf(measured, [cache, map, middy, awsClients, noCache]);
};

function chapterOf(measured: readonly Outage[], drawn: readonly Policy[]): Chapter {
  const [cache] = measured;
  if (cache === undefined) throw new Error('there is nothing to compare');
  const ratio = cache.rush.value / cache.steady.value;
  return {
    findings: [
      `Through an outage of an hour this cache makes ${readable(cache.during.value)} calls a second ` +
        `against ${readable(cache.steady.value)} before, ` +
        `${readable(cache.failed)} of 100 reads fail, and the busiest minute afterwards has ` +
        `${readable(ratio)} times the steady rate.`,
    ],
    bars: [
      atMost("after an hour's outage, busiest minute over the steady rate", ratio, 2),
      atMost("reads that fail during an hour's outage, of 100", cache.failed, 0, ''),
    ],
    plots: [
      {
        kind: 'curves',
        title: `Calls a second through an outage of an hour, ${readable(PROCESSES)} processes`,
        x: { label: 'minutes' },
        y: { label: 'calls a second', scale: 'log' },
        curves: measured
          .filter(({ policy }) => drawn.includes(policy))
          .map(({ policy, curve }) => ({
            name: policy.name,
            role: policy.role,
            shape: 'step' as const,
            // No zero has a logarithm.
            points: curve.filter(([, rate]) => rate > 0),
          })),
      },
    ],
    tables: [
      {
        title: "An hour's outage",
        columns: columns(
          '',
          'calls a second before',
          'during',
          'busiest minute after',
          'over before',
          'failed reads, of 100, during',
        ),
        rows: measured.map(rowOf),
        note:
          `Every call fails with a 5xx from minute ${DOWN_MS / 60_000} to minute ${UP_MS / 60_000}; ` +
          `${readable(REQUESTS_PER_SECOND)} reads a second.`,
      },
    ],
  };
}

function rowOf({ policy, steady, during, rush, failed }: Outage): Row {
  const over = steady.value === 0 ? null : rush.value / steady.value;
  return {
    role: policy.role,
    cells: [policy.name, withError(steady), withError(during), withError(rush), over, failed],
  };
}
