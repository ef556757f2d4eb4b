/** The right to read is taken away: how long are values handed out that should be gone? */

import { columns, type Chapter } from '../fleet/chapter.ts';
import type { CacheLibrary } from '../fleet/ours.ts';
import { atMost, type Progress, type Ranking, type Row, type Table } from '../question.ts';
import { readable } from '../report/numbers.ts';
import type { Read } from '../fleet/witness.ts';
import { TTL_MS } from '../fleet/lineup.ts';
import { policiesInTrouble } from './policies.ts';
import { lastMs, of100, seenByAll, type Seen, type Trouble } from './trial.ts';
import { halfRevocation, revocation } from './troubles.ts';

/** The confirming call comes at the first read at least a second after the denial, and clients read once a second. */
const CONFIRMED_WITHIN_MS = 10_000;

export async function revoked(library: CacheLibrary, progress: Progress): Promise<Chapter> {
  const policies = policiesInTrouble(library);
  const whole = await seenByAll(policies, revocation, (what, share) => progress(what, share / 2));
  const half = await seenByAll(policies, halfRevocation, (what, share) => progress(what, 0.5 + share / 2));
  const [own] = whole;
  const fetching = half[1] ?? own;
  return {
    findings: [
      `When the right to read is revoked, this cache's last answer comes ` +
        `${readable(lastMs(own, isAnswered) / 1_000)} s later (TTL ${TTL_MS / 1_000} s).`,
    ],
    bars: [
      atMost(
        'the last answer after a revocation, over the TTL and the confirming call',
        lastMs(own, isAnswered) / (TTL_MS + CONFIRMED_WITHIN_MS),
        1,
      ),
      atMost(
        "the same with `revalidate: 'fetch'` when GetSecretValue alone is denied",
        lastMs(fetching, isAnswered) / (TTL_MS + CONFIRMED_WITHIN_MS),
        1,
      ),
    ],
    plots: [
      plotOf([
        [revocation, whole],
        [halfRevocation, half],
      ]),
    ],
    tables: [tableOf(revocation, whole), tableOf(halfRevocation, half)],
  };
}

function isAnswered({ versionId }: Read): boolean {
  return versionId !== undefined;
}

function plotOf(measured: readonly (readonly [Trouble, readonly Seen[]])[]): Ranking {
  return {
    kind: 'ranking',
    title: 'The last answer after a revocation; clients were watched for an hour',
    value: { label: 'minutes after it' },
    marks: measured.flatMap(([trouble, all]) =>
      all.map((seen) => ({
        name: seen.policy.name,
        role: seen.policy.role,
        value: lastMs(seen, isAnswered) / 60_000,
        panel: trouble.title,
      })),
    ),
  };
}

function tableOf(trouble: Trouble, all: readonly Seen[]): Table {
  return {
    title: trouble.title,
    columns: columns('', 'last answer, s after', 'reads answered in the hour, of 100'),
    rows: all.map((seen): Row => {
      const last = lastMs(seen, isAnswered);
      const isEndless = last > trouble.watchedMs - 60_000;
      return {
        role: seen.policy.role,
        cells: [
          seen.policy.name,
          isEndless ? 'still answered after an hour' : last / 1_000,
          of100(seen, isAnswered),
        ],
      };
    }),
  };
}
