/**
 * Which `maxEntries` and `ttlMs` suit which workload: what is hit, what is asked for, how old are the answers?
 *
 * One process with this cache on a virtual clock; secrets are read after Zipf's law, all alike, or with a job that scans
 * them all. Before anything is measured, the cache is held against a plain LRU that is replayed read by read.
 */

import assert from 'node:assert/strict';

import * as library from 'secretsmanager-cache';

import { columns } from './fleet/chapter.ts';
import { atMost, type Answer, type Curves, type Progress, type Question, type Row } from './question.ts';
import { readable } from './report/numbers.ts';
import { replay } from './workload/lru-model.ts';
import { scanned, SECRETS, skewed, uniform } from './workload/mixes.ts';
import { runWorkload, type Outcome } from './workload/run.ts';
import { traceOf, type Mix } from './workload/trace.ts';

export const question: Question = {
  name: 'workload',
  title: 'Which `maxEntries` and `ttlMs` suit which workload?',
  run,
};

const READS = 30_000;
const EVERY_MS = 50;
const SEED = 1;
const MINUTE_MS = 60_000;
const ENTRIES = [50, 100, 250, SECRETS] as const;
const TTLS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS] as const;
const DEFAULT_TTL_MS = 5 * MINUTE_MS;
/** Far more often than in life, so that staleness shows. */
const ROTATED_EVERY_MS = 30 * MINUTE_MS;

const METHOD =
  `A virtual clock, seeded: ${readable(READS)} reads of ${SECRETS} secrets, ${1_000 / EVERY_MS} a ` +
  'second, by one process. ' +
  `Each secret is rotated every ${ROTATED_EVERY_MS / MINUTE_MS} minutes on average, so that staleness shows. ` +
  'Calls count the first reads of all secrets too. A plain LRU is a replay of the same reads with the ' +
  'same TTL, undrawn.';

interface Cell {
  readonly mix: Mix;
  readonly maxEntries: number;
  readonly ttlMs: number;
  readonly seen: Outcome;
  /** What a plain LRU with that TTL would have read. */
  readonly plainLoads: number;
}

async function run(progress: Progress): Promise<Answer> {
  progress('the cache against a plain LRU', 0);
  await checkAgainstPlainLru();
  const grid = [
    ...TTLS_MS.flatMap((ttlMs) => ENTRIES.map((maxEntries) => ({ mix: skewed, maxEntries, ttlMs }))),
    ...[scanned, uniform].flatMap((mix) =>
      ENTRIES.map((maxEntries) => ({ mix, maxEntries, ttlMs: DEFAULT_TTL_MS })),
    ),
  ];
  const cells: Cell[] = [];
  for (const { mix, maxEntries, ttlMs } of grid) {
    progress(
      `${mix.name}, ${maxEntries} entries, ${ttlMs / MINUTE_MS} min`,
      0.1 + (0.9 * cells.length) / grid.length,
    );
    cells.push(await cellOf(mix, maxEntries, ttlMs));
  }
  return answerOf(cells);
}

/** Without drawn TTLs and rotations it must hit exactly when a plain LRU with that TTL does. */
async function checkAgainstPlainLru(): Promise<void> {
  for (const mix of [skewed, scanned]) {
    const trace = traceOf(mix, 10_000, SEED + 1);
    const limits = { maxEntries: 100, ttlMs: DEFAULT_TTL_MS };
    const { hits, evictions } = await runWorkload({
      library,
      trace,
      everyMs: EVERY_MS,
      ...limits,
      ttlJitter: 0,
    });
    assert.deepEqual({ hits, evictions }, replay(trace, limits.maxEntries, limits.ttlMs, EVERY_MS), mix.name);
  }
}

async function cellOf(mix: Mix, maxEntries: number, ttlMs: number): Promise<Cell> {
  const trace = traceOf(mix, READS, SEED);
  const seen = await runWorkload({
    library,
    trace,
    everyMs: EVERY_MS,
    maxEntries,
    ttlMs,
    ttlJitter: 0.5,
    rotatedEveryMs: ROTATED_EVERY_MS,
  });
  return {
    mix,
    maxEntries,
    ttlMs,
    seen,
    plainLoads: READS - replay(trace, maxEntries, ttlMs, EVERY_MS).hits,
  };
}

function answerOf(cells: readonly Cell[]): Answer {
  const stalest = Math.max(...cells.map(({ seen, ttlMs }) => seen.stalestMs / ttlMs));
  return {
    findings: findingsOf(cells),
    method: METHOD,
    bars: [atMost('the oldest answer since the rotation that it missed, over the TTL', stalest, 1)],
    plots: [
      {
        kind: 'curves',
        title: 'Hits by maxEntries',
        x: { label: `maxEntries, of ${SECRETS} secrets` },
        y: { label: 'hits, of 100 reads' },
        curves: [
          ...TTLS_MS.map((ttlMs) =>
            curveOf(cells, skewed, ttlMs, `${ttlMs / MINUTE_MS} min`, `Read ${skewed.name}, by ttlMs`),
          ),
          ...[skewed, scanned, uniform].map((mix) =>
            curveOf(
              cells,
              mix,
              DEFAULT_TTL_MS,
              mix.name,
              `ttlMs of ${DEFAULT_TTL_MS / MINUTE_MS} min, by how secrets are read`,
            ),
          ),
        ],
      },
    ],
    tables: [
      {
        title: 'Workloads',
        columns: columns(
          'secrets are read',
          '`ttlMs`, min',
          '`maxEntries`',
          'hits, of 100 reads',
          'GetSecretValue, of 1,000 reads',
          'DescribeSecret, of 1,000 reads',
          'with a plain LRU: GetSecretValue',
          'stale answers, of 1,000 reads',
        ),
        rows: cells.map(rowOf),
        note:
          'An entry that was evicted is read again; one that is past its TTL is described, and read only ' +
          'if it was rotated.',
      },
    ],
  };
}

function ofThousand(count: number): number {
  return (1_000 * count) / READS;
}

function curveOf(
  cells: readonly Cell[],
  mix: Mix,
  ttlMs: number,
  name: string,
  panel: string,
): Curves['curves'][number] {
  const own = cells.filter((cell) => cell.mix === mix && cell.ttlMs === ttlMs);
  const points = own.map(({ maxEntries, seen }) => [maxEntries, 100 * seen.hitRatio] as const);
  return { name, role: 'ours', panel, points };
}

function rowOf({ mix, maxEntries, ttlMs, seen, plainLoads }: Cell): Row {
  return {
    role: 'ours',
    cells: [
      mix.name,
      ttlMs / MINUTE_MS,
      maxEntries,
      100 * seen.hitRatio,
      ofThousand(seen.loads),
      ofThousand(seen.describes),
      ofThousand(plainLoads),
      ofThousand(seen.stale),
    ],
  };
}

function findingsOf(cells: readonly Cell[]): string[] {
  const of = (mix: Mix, maxEntries: number, ttlMs: number): Cell => {
    const found = cells.find(
      (cell) => cell.mix === mix && cell.maxEntries === maxEntries && cell.ttlMs === ttlMs,
    );
    if (found === undefined) throw new Error('that was not measured');
    return found;
  };
  const tenth = of(skewed, SECRETS / 10, DEFAULT_TTL_MS);
  const all = of(skewed, SECRETS, DEFAULT_TTL_MS);
  const scan = of(scanned, SECRETS / 10, DEFAULT_TTL_MS);
  const [shortest, , longest] = TTLS_MS;
  const brief = of(skewed, SECRETS, shortest).seen;
  const long = of(skewed, SECRETS, longest).seen;
  const percent = ({ seen }: Cell): string => readable(100 * seen.hitRatio);
  return [
    `Read after Zipf's law, room for a tenth of the secrets gives ${percent(tenth)} hits of 100 reads, ` +
      `room for all ${percent(all)}; a job that scans all takes the ` +
      `tenth to ${percent(scan)}.`,
    `With room for all, a TTL of ${shortest / MINUTE_MS} min instead of ${longest / MINUTE_MS} takes the ` +
      `stale answers from ${readable(ofThousand(long.stale))} to ` +
      `${readable(ofThousand(brief.stale))} of 1,000 reads. It costs ` +
      `${readable(brief.describes / long.describes)} times the DescribeSecret calls, and ` +
      `${readable(brief.loads / long.loads)} times the GetSecretValue calls.`,
  ];
}
