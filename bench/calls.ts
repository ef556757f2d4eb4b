/**
 * How many calls does each way to read secrets make, counted on the wire?
 *
 * Every cell has a server, a client and a contender of its own; the counts are those of the server's log, and the TTLs
 * pass in real time.
 */

import { costText, totalOf, type Cost } from './calls/cost.ts';
import { byReason, whereFewer, type Bill, type Fewer } from './calls/fewer.ts';
import {
  EXPIRED,
  MANY_COLD,
  ONE_COLD,
  ROLLED_BACK,
  ROTATED,
  situations,
  UNCHANGED,
} from './calls/situations.ts';
import { costOf } from './calls/trial.ts';
import { contenders } from './contenders.ts';
import { isInstalled, type Contender } from './contenders/contender.ts';
import { BY_FETCH, DEFAULT, UNBATCHED } from './contenders/ours.ts';
import { atMost, type Answer, type Plot, type Progress, type Question, type Table } from './question.ts';

export const question: Question = {
  name: 'calls',
  title: 'How many calls does each way to read secrets make?',
  run,
};

/** So many of the situations come before anything fails. */
const WELL = 7;

async function run(progress: Progress): Promise<Answer> {
  // Some contender leaves a rejection unhandled; that ends a Node.js process, and is noted here instead.
  let unhandled = 0;
  process.on('unhandledRejection', () => (unhandled += 1));
  const entered = contenders.filter(isInstalled);
  const bills: Bill[] = [];
  const crashing: string[] = [];
  for (const [nth, contender] of entered.entries()) {
    progress(contender.name, nth / entered.length);
    const before = unhandled;
    bills.push({ name: contender.name, costs: await costsOf(contender) });
    if (unhandled > before) crashing.push(contender.name);
  }
  return answerOf(entered, bills, crashing);
}

async function costsOf(contender: Contender): Promise<Bill['costs']> {
  const costs = Object.entries(situations).map(async ([words, situation]) => {
    return [words, await costOf(contender, situation)] as const;
  });
  return Object.fromEntries(await Promise.all(costs));
}

function answerOf(
  entered: readonly Contender[],
  bills: readonly Bill[],
  crashing: readonly string[],
): Answer {
  const defaults = billOf(bills, DEFAULT);
  const others = [billOf(bills, BY_FETCH), billOf(bills, UNBATCHED)];
  const peers = bills.filter((_, nth) => entered[nth]?.role === 'peer');
  const fewer = whereFewer({ defaults, others, rotated: ROTATED }, peers);
  const unexplained = fewer.filter(({ why }) => why === undefined).length;
  const ours = (situation: string): Cost => costIn(defaults, situation);
  return {
    findings: [
      ...[ONE_COLD, MANY_COLD, EXPIRED, UNCHANGED, ROTATED].map(
        (situation) => `${situation}: ${costText(ours(situation))} with this cache.`,
      ),
      ...crashing.map((name) => `${name} leaves a rejection unhandled, which ends a Node.js process.`),
    ],
    method: methodWith(entered),
    bars: [
      atMost('a peer makes fewer calls and nothing measured explains it, cells', unexplained, 0, ''),
      atMost(`calls, ${ONE_COLD}`, totalOf(ours(ONE_COLD)), 1, ''),
      atMost(`calls, ${MANY_COLD}`, totalOf(ours(MANY_COLD)), 5, ''),
      atMost(`reads of values, ${UNCHANGED}`, ours(UNCHANGED).reads + ours(UNCHANGED).batches, 0, ''),
      atMost(`calls, ${UNCHANGED}`, totalOf(ours(UNCHANGED)), 5, ''),
      atMost(`calls, ${ROLLED_BACK}`, totalOf(ours(ROLLED_BACK)), 1, ''),
    ],
    plots: [plotOf(entered, bills)],
    tables: [...tablesOf(entered, bills), fewerTable(fewer)],
    raw: bills,
  };
}

function methodWith(entered: readonly Contender[]): string {
  const fixed = entered.filter(({ ttl }) => ttl === 'fixed at 24 h').map(({ name }) => name);
  return (
    'Requests that reached a `LocalSecretsManager` over real sockets, each situation with a server of its own, TTLs of ' +
    "a second passing in real time, the SDKs' own retries off, so that one call is one request. D: " +
    'DescribeSecret, G: GetSecretValue, B: BatchGetSecretValue. Where nothing is said after the calls, every caller had ' +
    'the right value. Down: HTTP 503. "Then" goes on from the situation before it. Caches that have an option to outlive ' +
    `an outage have it on. With a TTL fixed at 24 h, which is not waited for: ${fixed.join(', ') || 'none'}.`
  );
}

function billOf(bills: readonly Bill[], name: string): Bill {
  const found = bills.find((bill) => bill.name === name);
  if (found === undefined) throw new RangeError(`"${name}" was not counted`);
  return found;
}

function costIn({ name, costs }: Bill, situation: string): Cost {
  const cost = costs[situation];
  if (cost === undefined) throw new RangeError(`"${situation}" was not counted for ${name}`);
  return cost;
}

/** The other policies of this cache are in the tables. */
function plotOf(entered: readonly Contender[], bills: readonly Bill[]): Plot {
  const shown = entered.filter(({ name, role }) => role !== 'ours' || name === DEFAULT);
  const marks = [ONE_COLD, MANY_COLD, EXPIRED].flatMap((panel) =>
    shown.map(({ name, role }) => ({
      name,
      role,
      panel,
      value: totalOf(costIn(billOf(bills, name), panel)),
    })),
  );
  return { kind: 'ranking', title: 'Calls on the wire', value: { label: 'calls' }, marks };
}

/** Contenders in rows, and the situations in two tables: one would be too wide to read. */
function tablesOf(entered: readonly Contender[], bills: readonly Bill[]): Table[] {
  const words = Object.keys(situations);
  const well = words.slice(0, WELL);
  const tables = [
    ['Calls, while all is well', well],
    ['Calls, when something fails', words.slice(WELL)],
  ] as const;
  return tables.map(([title, columns]) => ({
    title,
    columns: ['', ...columns].map((name) => ({ name })),
    rows: entered.map(({ name, role }, row) => {
      const bill = bills[row];
      const cells = bill === undefined ? [] : columns.map((column) => costText(costIn(bill, column)));
      return { role, cells: [name, ...cells] };
    }),
  }));
}

function fewerTable(fewer: readonly Fewer[]): Table {
  return {
    title: 'Where a peer makes fewer calls, and what it does not do for that',
    columns: ['peer', 'what it does not do', 'where (its calls to ours)'].map((name) => ({ name })),
    rows: byReason(fewer).map(({ peer, why, where }) => ({ role: 'peer', cells: [peer, why, where] })),
  };
}
