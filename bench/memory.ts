/** How many bytes does a held secret take beyond its value, and does the heap stay flat while secrets come and go? */

import { Child, askOnce } from './child.ts';
import { nameOf, WARMING } from './cold/fill.ts';
import type { ServerRequest } from './cold/server.ts';
import { contenders } from './contenders.ts';
import { isInstalled, type Contender, type Service } from './contenders/contender.ts';
import { MAP_WITH_TTL, NO_CACHE } from './contenders/controls.ts';
import { DEFAULT } from './contenders/ours.ts';
import type { Churn, Look } from './memory/churning.ts';
import type { Holding } from './memory/filling.ts';
import { atMost, type Answer, type Plot, type Progress, type Question, type Table } from './question.ts';
import { readable } from './report/numbers.ts';
import { slope } from './statistics.ts';

export const question: Question = { name: 'memory', title: 'What does a held secret take in memory?', run };

const MANY = 10_000;
const VERY_MANY = 100_000;
/** Before the heap is weighed, secrets of other names are read. */
const WARMING_NAMES = Array.from({ length: 200 }, (_, nth) => `${WARMING}-${nth}`);
const CHURN = { maxEntries: 1_000, secrets: 100_000, looks: 10 } as const satisfies Churn;
const NODE_FLAGS = ['--expose-gc'];
/** The least that a secret could leave behind, in bytes; what is below is the noise of the looks. */
const POINTER = 8;

/** Bytes beyond the value, by contender and count. */
interface Weighed {
  readonly contender: Contender;
  readonly count: number;
  readonly bytes: number;
}

async function run(progress: Progress): Promise<Answer> {
  progress('heap under churn', 0);
  const looks = await askOnce<Look[]>('memory/churning.ts', CHURN, { nodeFlags: NODE_FLAGS });
  await using server = new Child('cold/server.ts');
  const names = [...WARMING_NAMES, ...Array.from({ length: MANY }, (_, nth) => nameOf(nth))];
  const overSockets = await server.ask<Service>({
    kind: 'seed',
    names,
    deniesBatches: false,
  } satisfies ServerRequest);
  const bytes = (contender: Contender | undefined, count: number): Promise<number> => {
    const service = contender?.makesItsOwnClient === true ? overSockets : undefined;
    const holding: Holding = { contender: contender?.name, service, count };
    return askOnce('memory/filling.ts', holding, { nodeFlags: NODE_FLAGS });
  };
  const ofValue = await bytes(undefined, MANY);
  const weighed: Weighed[] = [];
  const plan = planned();
  for (const [nth, { contender, count }] of plan.entries()) {
    progress(`${readable(count)} secrets, ${contender.name}`, 0.1 + (0.9 * nth) / plan.length);
    weighed.push({ contender, count, bytes: (await bytes(contender, count)) - ofValue });
  }
  return answerOf(weighed, looks, ofValue);
}

/** The other policies hold the same; ten times as many are held by this cache and a plain Map alone, for the time that takes. */
function planned(): Pick<Weighed, 'contender' | 'count'>[] {
  const entered = contenders.filter(
    (contender) =>
      isInstalled(contender) &&
      contender.name !== NO_CACHE &&
      (contender.role !== 'ours' || contender.name === DEFAULT),
  );
  const few = entered.filter(({ name }) => name === DEFAULT || name === MAP_WITH_TTL);
  return [
    ...entered.map((contender) => ({ contender, count: MANY })),
    ...few.map((contender) => ({ contender, count: VERY_MANY })),
  ];
}

function answerOf(weighed: readonly Weighed[], looks: readonly Look[], ofValue: number): Answer {
  const ours = (count: number): number =>
    weighed.find((each) => each.contender.name === DEFAULT && each.count === count)?.bytes ?? Number.NaN;
  // The first look still has what is made once.
  const growth = slope(looks.slice(1));
  return {
    findings: [
      `A held secret takes ${readable(ours(MANY))} bytes beyond its value at ${readable(MANY)} secrets, and ` +
        `${readable(ours(VERY_MANY))} at ${readable(VERY_MANY)}.`,
      `While ${readable(CHURN.secrets)} secrets pass through ${readable(CHURN.maxEntries)} entries, the heap changes by ` +
        `${readable(growth)} bytes for each.`,
    ],
    method:
      'Heap in use after garbage collections, in a fresh process with the secrets less before them, for each secret; its ' +
      `id, which the caller has, and its value of ${readable(ofValue)} bytes, weighed in a process of its own, not counted. ` +
      "Keeping ARN, labels, versions and dates is part of a cache's policy: those that keep the bare string take less. " +
      'middy: handlers of 200 secrets each. The real SDK reads the answers; sockets carry them only where a contender makes its ' +
      'own client. Churn: new secrets, one in five missing, one in ten invalidated, and one ' +
      'secret that rotates at every read; the slope is that of a straight line through the looks.',
    bars: [
      atMost(`bytes an entry beyond the value, ${readable(MANY)} secrets`, ours(MANY), 1_024, ''),
      atMost(`bytes an entry beyond the value, ${readable(VERY_MANY)} secrets`, ours(VERY_MANY), 1_024, ''),
      atMost('growth under churn, bytes a secret', growth, POINTER, ''),
    ],
    plots: [rankingOf(weighed), churnPlot(looks)],
    tables: [tableOf(weighed)],
    raw: { weighed, looks, ofValue },
  };
}

function rankingOf(weighed: readonly Weighed[]): Plot {
  const marks = weighed
    .filter(({ count }) => count === MANY)
    .map(({ contender: { name, role }, bytes: value }) => ({ name, role, value }));
  return {
    kind: 'ranking',
    title: `${readable(MANY)} secrets held`,
    value: { label: 'bytes of heap an entry, beyond the value (log scale)', scale: 'log' },
    marks: marks.toSorted((one, other) => one.value - other.value),
    rules: [{ at: 1_024, label: 'the target' }],
  };
}

function churnPlot(looks: readonly Look[]): Plot {
  const points = looks.map(([secrets, bytes]) => [secrets, bytes / 2 ** 20] as const);
  return {
    kind: 'curves',
    title: `Secrets passing through ${readable(CHURN.maxEntries)} entries`,
    x: { label: 'secrets so far' },
    y: { label: 'MiB of heap in use' },
    curves: [{ name: DEFAULT, role: 'ours', points }],
  };
}

function tableOf(weighed: readonly Weighed[]): Table {
  const rows = weighed.filter(({ count }) => count === MANY);
  return {
    title: 'Bytes an entry, beyond the value',
    columns: ['', `${readable(MANY)} secrets`, `${readable(VERY_MANY)} secrets`].map((name) => ({ name })),
    rows: rows.map(({ contender, bytes }) => {
      const more = weighed.find((each) => each.contender === contender && each.count === VERY_MANY);
      return { role: contender.role, cells: [contender.name, bytes, more?.bytes ?? null] };
    }),
  };
}
