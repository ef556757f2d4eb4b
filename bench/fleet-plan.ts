/**
 * What would a fleet of these numbers ask of the service, and what would it cost, under each policy?
 *
 *     npm run bench -- fleet --processes 5000 --secrets 12 --requests 2000/s --ttl 5m
 */

import { pathToFileURL } from 'node:url';

import * as library from 'secretsmanager-cache';

import { viewProgress } from './progress.ts';
import { readable } from './report/numbers.ts';
import { readFlags, USAGE, type OwnFleet } from './fleet/flags.ts';
import { lineup } from './fleet/lineup.ts';
import { coldStartOf } from './fleet/measures.ts';
import { steadyOf } from './fleet/month.ts';
import type { BatchBilling } from './fleet/prices.ts';
import { NotWarmError } from './fleet/processes.ts';
import type { Policy } from './fleet/reader.ts';
import { GROUPS } from './fleet/traffic.ts';

/** Simulated reads a policy, about: what a second or two allow. */
const AFFORDABLE_READS = 300_000;
const STARTING_SAMPLE = 2 * GROUPS;
/** A mass start is given up after so long. */
const START_LIMIT_MS = 3 * 60_000;

/** Prints a table. Returns 1 when the flags were wrong. */
export async function planFleet(args: readonly string[]): Promise<number> {
  let fleet: OwnFleet;
  try {
    fleet = readFlags(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 1;
  }
  // Nobody reads the stacks of the failures in a run, and taking them is most of its time.
  Error.stackTraceLimit = 0;
  const policies = Object.values(lineup(library, fleet.ttlMs));
  const view = viewProgress('fleet');
  const rows: string[][] = [];
  for (const [nth, policy] of policies.entries()) {
    view.show(policy.name, nth / policies.length);
    rows.push(await rowOf(policy, fleet));
  }
  view.end(`${policies.length} policies`);
  print(fleet, rows);
  return 0;
}

async function rowOf(policy: Policy, fleet: OwnFleet): Promise<string[]> {
  const { processes, secrets, requestsPerSecond, reads, restartEveryMs, prices } = fleet;
  const steady = await steadyOf({
    policy,
    processes,
    sample: sampleOf(policy, fleet),
    secrets,
    requestsPerSecond,
    reads,
    prices,
    restartEveryMs,
  });
  const dollars = (billing: BatchBilling): string =>
    steady.quotaUsed > 1 ? 'over quota' : `$${readable(steady.dollars[billing])}`;
  return [
    policy.name,
    readable(steady.rate.value),
    `${readable(100 * steady.quotaUsed)} %`,
    await warmAfter(policy, processes, secrets),
    dollars('once'),
    dollars('by secret'),
  ];
}

/** As many processes as can be afforded: a multiple of the groups, or all where there are few. */
function sampleOf({ ttlMs }: Policy, { processes, requestsPerSecond, reads }: OwnFleet): number {
  const readsOfOne = (requestsPerSecond / processes) * reads * Math.max(1_800, (4 * ttlMs) / 1_000);
  const groups = Math.floor(AFFORDABLE_READS / readsOfOne / GROUPS);
  const sample = Math.max(1, Math.min(5, groups)) * GROUPS;
  return Math.min(sample, processes);
}

async function warmAfter(policy: Policy, processes: number, secrets: number): Promise<string> {
  const sample = Math.min(processes, STARTING_SAMPLE);
  try {
    const { most } = await coldStartOf({ policy, processes, sample, secrets, limitMs: START_LIMIT_MS });
    return `${readable(most.value / 1_000)} s`;
  } catch (error) {
    if (!(error instanceof NotWarmError)) throw error;
    return `over ${START_LIMIT_MS / 60_000} min`;
  }
}

function print(
  { processes, secrets, requestsPerSecond, reads, prices }: OwnFleet,
  rows: readonly string[][],
): void {
  const heads = ['', 'calls a second', 'quota used', 'mass start', '$ a month', 'batch by secret'];
  const widths = heads.map((head, nth) => Math.max(head.length, ...rows.map((row) => row[nth]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, nth) => (nth === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[nth] ?? 0)))
      .join('  ');
  console.log(`\n${line(heads)}`);
  for (const row of rows) console.log(line(row));
  const { perTenThousandCalls, perTenThousandDecrypts } = prices;
  console.log(`
${readable(processes)} processes with ${readable(secrets)} secrets each; ${readable(requestsPerSecond)} requests a second, of ${readable(reads)} each.
quota used: of the one most used, in the steady state.
mass start: all start at one instant; until nine in ten have all their secrets.
$ a month: ${perTenThousandCalls} for 10,000 calls and ${perTenThousandDecrypts} for 10,000 decrypts, a batch billed as one call, and as one for each
secret. Storing the secrets costs the same under each policy. Peers are models of what they ask for when.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await planFleet(process.argv.slice(2));
}
