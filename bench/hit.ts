/**
 * What does a warm hit cost, beside the cheapest things that could answer it, and in the caches people use?
 *
 * Each variant is timed alone, in a fresh process a round; the targets are ratios, each timed side by side.
 */

import { askOnce } from './child.ts';
import { contenders } from './contenders.ts';
import { LRU_FETCH } from './contenders/generic-caches.ts';
import { POWERTOOLS } from './contenders/secrets-caches.ts';
import { ASYNC_LRU, CONSTANT_AND_CLOCK, GET, installedHits, LRU_AND_CLOCKS, PEEK } from './hit/variants.ts';
import type { Comparison } from './measure.ts';
import {
  atLeast,
  atMost,
  type Answer,
  type Bar,
  type Progress,
  type Question,
  type Role,
} from './question.ts';
import { readable } from './report/numbers.ts';
import { inBothOrders, median, spread, type Spread } from './statistics.ts';

export const question: Question = { name: 'hit', title: 'What does a warm hit cost?', run };

const ROUNDS = 5;
const PAIR_ROUNDS = 3;
const TIMING = 'hit/timing.ts';

/** One variant: nanoseconds a call in each round. */
interface Timed {
  readonly name: string;
  readonly role: Role;
  readonly rounds: number[];
}

/** Two variants side by side, in some fresh processes. */
interface Pair {
  readonly a: string;
  readonly b: string;
  readonly comparisons: Comparison[];
}

async function run(progress: Progress): Promise<Answer> {
  const timed = [...installedHits()].map(([name, { role }]): Timed => ({ name, role, rounds: [] }));
  const pairs = pairsToCompare();
  const steps = timed.length * ROUNDS + pairs.length * PAIR_ROUNDS;
  let done = 0;
  const step = (what: string): void => progress(what, done++ / steps);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, rounds } of inBothOrders(timed, round)) {
      step(`${name}, round ${round + 1} of ${ROUNDS}`);
      rounds.push(await askOnce<number>(TIMING, [name]));
    }
  }
  for (let round = 0; round < PAIR_ROUNDS; round += 1) {
    for (const { a, b, comparisons } of inBothOrders(pairs, round)) {
      step(`${a} beside ${b}`);
      comparisons.push(await askOnce<Comparison>(TIMING, [a, b]));
    }
  }
  return answerOf(timed, pairs);
}

function pairsToCompare(): Pair[] {
  const installed = installedHits();
  const peers = contenders.filter(
    ({ name, role, isForSecrets }) => role === 'peer' && (isForSecrets || name === LRU_FETCH),
  );
  const names = [ASYNC_LRU, ...peers.map(({ name }) => name)].filter((name) => installed.has(name));
  return [
    ...names.map((b): Pair => ({ a: GET, b, comparisons: [] })),
    { a: PEEK, b: LRU_AND_CLOCKS, comparisons: [] },
  ];
}

function answerOf(timed: readonly Timed[], pairs: readonly Pair[]): Answer {
  const sorted = timed.toSorted((one, other) => median(one.rounds) - median(other.rounds));
  const marks = sorted.map(({ name, role, rounds }) => {
    const { median: value, low, high } = spread(rounds);
    return { name, role, value, low, high };
  });
  const alone = (name: string): string =>
    readable(median(timed.find((variant) => variant.name === name)?.rounds ?? []));
  return {
    findings: [
      `A warm \`await cache.get(id)\` takes ${alone(GET)} ns of CPU. The await of a constant and one look at the wall clock, ` +
        `without which no freeze is noticed, take ${alone(CONSTANT_AND_CLOCK)} ns of that.`,
      ...pairs
        .filter(({ b }) => b === POWERTOOLS)
        .map((pair) => `That get takes ${readable(ratioOf(pair).median)}x as long as one of ${POWERTOOLS}.`),
    ],
    method:
      `CPU time, not wall time. Alone: a fresh process each of ${ROUNDS} rounds, the order reversed each round, the median ` +
      `of 40 blocks of 5 ms each time; whiskers are the quartiles of the rounds. Side by side: blocks in the order A B B A, ` +
      `40 times in each of ${PAIR_ROUNDS} fresh processes, and the median of the ratios. Every variant answered with the ` +
      "secret's value, and made no call while it was timed. middy: a whole handler, since a middleware has no get.",
    bars: pairs.flatMap(barsOf),
    plots: [
      {
        kind: 'ranking',
        title: 'A warm hit, alone in its process',
        value: { label: 'nanoseconds of CPU a hit (log scale)', scale: 'log' },
        marks,
      },
    ],
    tables: [
      {
        title: 'Alone in its process',
        columns: [
          { name: '' },
          { name: 'a hit, ns' },
          ...(timed[0]?.rounds.map((_, nth) => ({ name: `round ${nth + 1}` })) ?? []),
        ],
        rows: sorted.map(({ name, role, rounds }) => ({ role, cells: [name, median(rounds), ...rounds] })),
      },
      {
        title: 'Side by side',
        columns: ['A', 'B', 'A, ns', 'B, ns', 'A / B', 'quartiles'].map((name) => ({ name })),
        rows: pairs.map(pairRow),
      },
    ],
    raw: { timed, pairs },
  };
}

function ratioOf({ comparisons }: Pair): Spread {
  return spread(comparisons.flatMap(({ ratios }) => ratios));
}

function pairRow(pair: Pair): Answer['tables'][number]['rows'][number] {
  const { median: ratio, low, high } = ratioOf(pair);
  const nsA = median(pair.comparisons.map((comparison) => comparison.nsA));
  const nsB = median(pair.comparisons.map((comparison) => comparison.nsB));
  const quartiles = `${readable(low)} to ${readable(high)}`;
  return { role: 'peer', cells: [pair.a, pair.b, nsA, nsB, ratio, quartiles] };
}

function barsOf(pair: Pair): Bar[] {
  const { a, b } = pair;
  const ratio = ratioOf(pair).median;
  if (b === ASYNC_LRU || b === LRU_AND_CLOCKS) return [atMost(`${a}, beside ${b}`, ratio, 1.5)];
  if (b === POWERTOOLS) return [atLeast(`${a}, faster than ${b}`, 1 / ratio, 2)];
  const peer = contenders.find(({ name }) => name === b);
  // One without a TTL looks at no clock: it is faster because it never checks anything.
  if (peer?.isForSecrets !== true || peer.ttl === 'none') return [];
  return [atLeast(`${a}, faster than ${b}`, 1 / ratio, 1)];
}
