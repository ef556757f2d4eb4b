/** The service answers with failures, with refusals, or not at all: do clients notice? */

import { columns, type Chapter } from '../fleet/chapter.ts';
import type { CacheLibrary } from '../fleet/ours.ts';
import { atMost, type Bar, type Progress, type Ranking, type Row, type Table } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { policiesInTrouble } from './policies.ts';
import { CLIENTS, hasFailed, of100, seenByAll, type Seen, type Trouble } from './trial.ts';
import { outage, silence, storm } from './troubles.ts';

const STALE_WAIT_MS = 1_000;

type Measured = readonly [Trouble, readonly [Seen, ...Seen[]]];

export async function unavailable(library: CacheLibrary, progress: Progress): Promise<Chapter> {
  const policies = policiesInTrouble(library);
  const measured: Measured[] = [];
  for (const [nth, trouble] of [outage, silence, storm].entries()) {
    const part: Progress = (what, share) => progress(what, (nth + share) / 3);
    measured.push([trouble, await seenByAll(policies, trouble, part)]);
  }
  return {
    findings: measured.map(([trouble, [own]]) => findingOf(trouble, own)),
    bars: measured.flatMap(([trouble, [own]]) => barsOf(trouble, own)),
    plots: [failuresOf(measured), waitsOf(measured)],
    tables: measured.map(([trouble, all]) => tableOf(trouble, all)),
  };
}

function longestWaitMs({ reads }: Seen): number {
  return reads.reduce(
    (longest, { askedAtMs, answeredAtMs }) => Math.max(longest, answeredAtMs - askedAtMs),
    0,
  );
}

function findingOf({ title }: Trouble, own: Seen): string {
  const failed = own.reads.filter(hasFailed).length;
  return (
    `${title}: of ${readable(own.reads.length)} reads from this cache ${readable(failed)} fail, and none ` +
    `waits longer than ${readable(longestWaitMs(own))} ms.`
  );
}

function barsOf(trouble: Trouble, own: Seen): Bar[] {
  const failed = atMost(`reads that fail in ${trouble.name}, of 100`, of100(own, hasFailed), 0, '');
  if (trouble !== silence) return [failed];
  return [
    failed,
    atMost('the longest wait of a read while no call is answered', longestWaitMs(own), STALE_WAIT_MS, ' ms'),
  ];
}

function failuresOf(measured: readonly Measured[]): Ranking {
  return {
    kind: 'ranking',
    title: 'Reads that fail while it lasts',
    value: { label: 'of 100 reads' },
    marks: measured.flatMap(([trouble, all]) =>
      all.map((seen) => ({
        name: seen.policy.name,
        role: seen.policy.role,
        value: of100(seen, hasFailed, 0, trouble.lastsMs),
        panel: trouble.title,
      })),
    ),
  };
}

function waitsOf(measured: readonly Measured[]): Ranking {
  return {
    kind: 'ranking',
    title: 'The longest wait of a read',
    value: { label: 'seconds' },
    marks: measured.flatMap(([trouble, all]) =>
      all.map((seen) => ({
        name: seen.policy.name,
        role: seen.policy.role,
        value: longestWaitMs(seen) / 1_000,
        panel: trouble.title,
      })),
    ),
  };
}

function tableOf({ title, lastsMs }: Trouble, all: readonly Seen[]): Table {
  const minutes = lastsMs / 60_000;
  const rows = all.map((seen): Row => ({
    role: seen.policy.role,
    cells: [
      seen.policy.name,
      of100(seen, hasFailed, 0, lastsMs),
      of100(seen, hasFailed, lastsMs),
      longestWaitMs(seen) / 1_000,
      seen.calls / CLIENTS / minutes,
    ],
  }));
  return {
    title,
    columns: columns(
      '',
      'reads that fail while it lasts, of 100',
      'and afterwards, of 100',
      'longest wait, s',
      'calls a client a minute, while it lasts',
    ),
    rows,
  };
}
