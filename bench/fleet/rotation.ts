/** A rotation of one secret: how long the fleet goes on with the old version. */

import { atMost, type Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { columns, secondsWithError, type Chapter, type Scenario } from './chapter.ts';
import { lineup, TTL_MS } from './lineup.ts';
import { Fleet } from './processes.ts';
import type { Policy } from './reader.ts';
import { quantileOf } from './sampling.ts';

const PROCESSES = 10_000;
const SAMPLE = 200;
const SECRETS = 10;
/** Each secret of a process is read every so often, on average. */
const READ_EVERY_S = 20;
const STARTING_MS = TTL_MS;
const ROTATED_AT_MS = 3 * TTL_MS;
/** Longer than the longest TTL, and than the wait for the next read. */
const LIMIT_MS = ROTATED_AT_MS + 2 * 3_600_000;

const DRAWN_MINUTES = 8;

interface News {
  readonly policy: Policy;
  /** For each process: from the rotation to its first answer with the new version, in milliseconds. */
  readonly heardAfterMs: readonly number[];
  /** The latest instant after the rotation at which a read that was answered with the old version was asked. */
  readonly stalestMs: number;
  /** Of all reads of that secret in the first TTL after the rotation. */
  readonly staleShare: number;
}

interface NewsOptions {
  readonly policy: Policy;
  readonly sample: number;
  readonly readEveryS?: number;
}

async function newsOf({ policy, sample, readEveryS = READ_EVERY_S }: NewsOptions): Promise<News> {
  const fleet = new Fleet({ policy, processes: PROCESSES, sample, secrets: SECRETS });
  const [rotated = ''] = fleet.secretIds;
  const heard = new Map<number, number>();
  const reads = { all: 0, stale: 0, stalestMs: 0 };
  fleet.start(STARTING_MS);
  fleet.time.at(ROTATED_AT_MS, () => fleet.service.rotate(rotated));
  fleet.serve({
    perSecond: (PROCESSES * SECRETS) / readEveryS,
    untilMs: LIMIT_MS,
    onRead: ({ process, secretId, versionId, askedAtMs, answeredAtMs }) => {
      const sinceMs = askedAtMs - ROTATED_AT_MS;
      if (secretId !== rotated || versionId === undefined || sinceMs < 0) return;
      const isStale = versionId !== fleet.service.currentVersionId(rotated);
      if (isStale) reads.stalestMs = Math.max(reads.stalestMs, sinceMs);
      else if (!heard.has(process)) heard.set(process, answeredAtMs - ROTATED_AT_MS);
      if (sinceMs >= TTL_MS) return;
      reads.all += 1;
      reads.stale += isStale ? 1 : 0;
    },
  });
  const isOver = (): boolean => heard.size === sample && fleet.time.nowMs >= ROTATED_AT_MS + TTL_MS;
  await fleet.time.runUntil(LIMIT_MS, isOver);
  if (heard.size < sample)
    throw new Error(`${policy.name}: ${sample - heard.size} processes never saw the new version`);
  return {
    policy,
    heardAfterMs: [...heard.values()],
    stalestMs: reads.stalestMs,
    staleShare: reads.stale / reads.all,
  };
}

export const rotation: Scenario = async (library, progress) => {
  const compared = lineup(library);
  const { cache, map, powertools5s, awsClients } = compared;
  const policies = Object.values(compared);
  const measured: News[] = [];
  for (const [nth, policy] of policies.entries()) {
    progress(`a rotation, ${policy.name}`, nth / policies.length);
    measured.push(await newsOf({ policy, sample: SAMPLE }));
  }
  return chapterOf(measured, [cache, map, powertools5s, awsClients]);
};

function chapterOf(measured: readonly News[], drawn: readonly Policy[]): Chapter {
  const [cache] = measured;
  if (cache === undefined) throw new Error('there is nothing to compare');
  const half = quantileOf(cache.heardAfterMs, 0.5);
  return {
    findings: [
      `After a rotation half of the processes have the new version within ${secondsWithError(half)} s of ` +
        `a TTL of ${readable(TTL_MS / 1_000)} s, ` +
        `and no read is answered with the old one later than ${readable(cache.stalestMs / 1_000)} s.`,
    ],
    bars: [
      atMost(
        'after a rotation, the latest read with the old version, over the TTL',
        cache.stalestMs / TTL_MS,
        1,
      ),
    ],
    plots: [
      {
        kind: 'curves',
        title: 'Processes that still answer with the old version after a rotation',
        x: { label: 'minutes after the rotation' },
        y: { label: 'of 100 processes' },
        curves: measured
          .filter(({ policy }) => drawn.includes(policy))
          .map(({ policy, heardAfterMs }) => ({
            name: policy.name,
            role: policy.role,
            shape: 'step',
            points: survival(heardAfterMs),
          })),
      },
    ],
    tables: [
      {
        title: 'A rotation of one secret',
        columns: columns(
          '',
          'half have the new version, s',
          'nine in ten, s',
          'latest read with the old version, s',
          'of 100 reads in a TTL, with the old version',
        ),
        rows: measured.map(rowOf),
        note:
          `${readable(PROCESSES)} processes, of which ${SAMPLE} are simulated; each reads the secret every ` +
          `${READ_EVERY_S} s on average. Nobody is told of the rotation: \`notify\` would end it at once.`,
      },
    ],
  };
}

/** How many of 100 had not heard of it yet, each ten seconds for a TTL and some more. */
function survival(heardAfterMs: readonly number[]): (readonly [number, number])[] {
  return Array.from({ length: DRAWN_MINUTES * 6 + 1 }, (_, tenSeconds) => {
    const minute = tenSeconds / 6;
    const waiting = heardAfterMs.filter((afterMs) => afterMs > minute * 60_000).length;
    return [minute, (100 * waiting) / heardAfterMs.length] as const;
  });
}

function rowOf({ policy, heardAfterMs, stalestMs, staleShare }: News): Row {
  return {
    role: policy.role,
    cells: [
      policy.name,
      secondsWithError(quantileOf(heardAfterMs, 0.5)),
      secondsWithError(quantileOf(heardAfterMs, 0.9)),
      stalestMs / 1_000,
      100 * staleShare,
    ],
  };
}
