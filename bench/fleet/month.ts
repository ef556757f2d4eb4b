/** The steady state: what a fleet that just runs asks of the service, and what a month of it costs. */

import type { Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { columns, withError, type Chapter, type Scenario } from './chapter.ts';
import { lineup } from './lineup.ts';
import { rateOf } from './measures.ts';
import { AWS_PRICES, dollarsOf, perMonth, type BatchBilling, type Prices, type Usage } from './prices.ts';
import { Fleet, type FleetOptions } from './processes.ts';
import type { Policy } from './reader.ts';
import type { Estimate } from './sampling.ts';
import { AWS_QUOTAS, UNLIMITED_QUOTAS } from './service.ts';
import { OPERATIONS, type Operation } from './traffic.ts';

const PROCESSES = 10_000;
const SAMPLE = 80;
const SECRETS = 10;
const REQUESTS_PER_SECOND = 5_000;

const DAY_MS = 24 * 3_600_000;
const SHORTEST_WINDOW_MS = 15 * 60_000;

export interface Steady {
  readonly policy: Policy;
  /** Calls a second in the whole fleet. */
  readonly rate: Estimate;
  readonly byOperation: Readonly<Record<Operation, number>>;
  /** Of the quota of the operation that comes nearest to its own: above 1, it can't be served. */
  readonly quotaUsed: number;
  /** Dollars a month, for a batch billed once, and by secret. */
  readonly dollars: Readonly<Record<BatchBilling, number>>;
}

export interface SteadyOptions extends Omit<FleetOptions, 'quotas'> {
  readonly requestsPerSecond: number;
  readonly reads?: number | undefined;
  readonly prices?: Prices | undefined;
  /** How long a process lives: each of its successors starts cold. Default a day. */
  readonly restartEveryMs?: number | undefined;
}

export async function steadyOf(options: SteadyOptions): Promise<Steady> {
  const { requestsPerSecond, reads, prices = AWS_PRICES, restartEveryMs = DAY_MS, ...fleetOptions } = options;
  const { ttlMs } = options.policy;
  // Processes start over a whole TTL, so that nothing swings; then it is counted.
  const startingMs = Math.max(60_000, ttlMs);
  const window = {
    fromMs: startingMs + ttlMs,
    toMs: startingMs + ttlMs + Math.max(SHORTEST_WINDOW_MS, 2 * ttlMs),
  };
  // Without quotas, so that what is asked for can be held against them: a sample's small buckets would throttle by chance.
  const fleet = new Fleet({ ...fleetOptions, quotas: UNLIMITED_QUOTAS });
  fleet.start(startingMs);
  fleet.serve({ perSecond: requestsPerSecond, reads, untilMs: window.toMs });
  await fleet.run(window.toMs);
  const steady = usageOf(fleet, window);
  const start = await usageOfStart(fleetOptions);
  const month = (billing: BatchBilling): number =>
    fleet.weight * perMonth(dollarsOf(steady, billing, prices), window.toMs - window.fromMs) +
    fleetOptions.processes * perMonth(dollarsOf(start, billing, prices), restartEveryMs);
  const byOperation = Object.fromEntries(
    OPERATIONS.map((operation) => [operation, rateOf(fleet, { ...window, operations: [operation] }).value]),
  ) as Record<Operation, number>;
  return {
    policy: options.policy,
    rate: rateOf(fleet, window),
    byOperation,
    quotaUsed: Math.max(...OPERATIONS.map((operation) => byOperation[operation] / AWS_QUOTAS[operation])),
    dollars: { once: month('once'), 'by secret': month('by secret') },
  };
}

/** What one process asks for when it starts, undisturbed. */
async function usageOfStart(options: Omit<FleetOptions, 'quotas'>): Promise<Usage> {
  const alone = new Fleet({ ...options, processes: 1, sample: 1 });
  alone.start();
  await alone.runUntilWarm(60_000);
  return usageOf(alone, {});
}

function usageOf({ service: { traffic } }: Fleet, window: { fromMs?: number; toMs?: number }): Usage {
  const answered = (operation: Operation): number =>
    traffic.count({ ...window, operations: [operation], outcomes: ['answered'] });
  return {
    loads: answered('GetSecretValue'),
    describes: answered('DescribeSecret'),
    batches: answered('BatchGetSecretValue'),
    secretsInBatches: traffic.secretsInBatches(window),
  };
}

export const month: Scenario = async (library, progress) => {
  const policies = Object.values(lineup(library));
  const measured: Steady[] = [];
  for (const [nth, policy] of policies.entries()) {
    progress(`a month, ${policy.name}`, nth / policies.length);
    measured.push(
      await steadyOf({
        policy,
        processes: PROCESSES,
        sample: SAMPLE,
        secrets: SECRETS,
        requestsPerSecond: REQUESTS_PER_SECOND,
      }),
    );
  }
  return chapterOf(measured);
};

function chapterOf(measured: readonly Steady[]): Chapter {
  const [cache] = measured;
  const without = measured.at(-1);
  if (cache === undefined || without === undefined) throw new Error('there is nothing to compare');
  const everyS = (PROCESSES * SECRETS) / REQUESTS_PER_SECOND;
  return {
    findings: [
      `${readable(PROCESSES)} processes that each read ${SECRETS} secrets, one of them every ` +
        `${readable(everyS)} s, cost $${readable(cache.dollars.once)} a month ` +
        `in calls with this cache, and $${readable(without.dollars.once)} without one.`,
    ],
    bars: [],
    plots: [
      {
        kind: 'ranking',
        title: `Dollars a month for the calls of ${readable(PROCESSES)} processes`,
        value: { label: 'dollars a month', scale: 'log' },
        marks: measured.map(({ policy, dollars }) => ({
          name: policy.name,
          role: policy.role,
          value: dollars.once,
        })),
      },
    ],
    tables: [
      {
        title:
          `A fleet that just runs: ${readable(PROCESSES)} processes, ${SECRETS} secrets each, ` +
          `${readable(REQUESTS_PER_SECOND)} requests a second that read one secret`,
        columns: columns(
          '',
          'calls a second',
          'DescribeSecret',
          'GetSecretValue',
          'of the quota nearest to its limit, %',
          '$ a month, a batch billed once',
          '$ a month, a batch billed by secret',
        ),
        rows: measured.map(rowOf),
        note:
          `$${AWS_PRICES.perTenThousandCalls} for 10,000 calls, $${AWS_PRICES.perTenThousandDecrypts} ` +
          `for 10,000 decrypts with a key of one's own; the $0.40 a secret is the same for all. ` +
          'Each process starts anew once a day. Batches bring what is cold, so the two readings of their ' +
          'price differ at these starts alone.',
      },
    ],
  };
}

function rowOf({ policy, rate, byOperation, quotaUsed, dollars }: Steady): Row {
  return {
    role: policy.role,
    cells: [
      policy.name,
      withError(rate),
      byOperation.DescribeSecret,
      byOperation.GetSecretValue,
      100 * quotaUsed,
      dollars.once,
      dollars['by secret'],
    ],
  };
}
