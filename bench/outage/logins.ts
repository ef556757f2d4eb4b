/** A password is rotated: how many logins fail? */

import { columns, type Chapter } from '../fleet/chapter.ts';
import type { CacheLibrary } from '../fleet/ours.ts';
import { atMost, type Progress, type Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { TTL_MS } from '../fleet/lineup.ts';
import { policiesAtLogin } from './policies.ts';
import { curveOf, hasFailed, lastMs, of100, seenByAll, type Seen } from './trial.ts';
import { GAP_MS, rotation } from './troubles.ts';

const DRAWN_MS = 6 * 60_000;

export async function logins(library: CacheLibrary, progress: Progress): Promise<Chapter> {
  const { withSecret, getAlone, others } = policiesAtLogin(library);
  const all = await seenByAll([withSecret, getAlone, ...others], rotation, progress);
  const [own] = all;
  const failed = own.reads.filter(hasFailed).length;
  return {
    findings: [
      `A password is rotated under ${readable(own.reads.length)} logins: with \`withSecret\` ` +
        `${readable(failed)} fail, though the label moves ` +
        `${GAP_MS / 1_000} s after the database.`,
    ],
    bars: [atMost('logins with `withSecret` that fail in a rotation, of 100', of100(own, hasFailed), 0, '')],
    plots: [
      {
        kind: 'curves',
        title: 'A password is rotated: logins that fail',
        x: { label: 'minutes since the database changed' },
        y: { label: 'of 100 logins' },
        curves: all
          // Those that are nearly always without a value of their own would hide the others.
          .filter(({ policy }) => policy.ttlMs >= TTL_MS)
          .map((seen) => ({
            name: seen.policy.name,
            role: seen.policy.role,
            shape: 'step' as const,
            points: curveOf(seen, hasFailed, 10_000, DRAWN_MS),
          })),
      },
    ],
    tables: [
      {
        title: rotation.title,
        columns: columns('', 'logins that fail in the first TTL, of 100', 'last failed login, s after'),
        rows: all.map(rowOf),
        note:
          'Only `withSecret` has a second try. With two users that take turns the old password stays good ' +
          'until the next rotation, and no policy here fails.',
      },
    ],
  };
}

function rowOf(seen: Seen): Row {
  return {
    role: seen.policy.role,
    cells: [seen.policy.name, of100(seen, hasFailed, 0, TTL_MS), lastMs(seen, hasFailed) / 1_000],
  };
}
