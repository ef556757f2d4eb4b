/** Where a peer makes fewer calls than this cache, and what it doesn't do for that: judged by what was measured alone. */

import { costText, NO_WAY, totalOf, type Cost } from './cost.ts';

/** What one contender's situations cost, by the words for each. */
export interface Bill {
  readonly name: string;
  readonly costs: Readonly<Record<string, Cost>>;
}

/** What is compared: this cache with its defaults, and with each other policy. */
export interface OwnBills {
  readonly defaults: Bill;
  readonly others: readonly Bill[];
  /** The situation that shows whether a cache looks at all. */
  readonly rotated: string;
}

export interface Fewer {
  readonly situation: string;
  readonly peer: string;
  readonly its: Cost;
  readonly ours: Cost;
  /** Absent: nothing that was measured explains it. */
  readonly why: string | undefined;
}

export function whereFewer(own: OwnBills, peers: readonly Bill[]): Fewer[] {
  return peers.flatMap((peer) =>
    Object.entries(own.defaults.costs).flatMap(([situation, ours]) => {
      const its = peer.costs[situation];
      if (its === undefined || totalOf(its) >= totalOf(ours)) return [];
      return [{ situation, peer: peer.name, its, ours, why: reasonFor(own, peer, situation, its, ours) }];
    }),
  );
}

function reasonFor(own: OwnBills, peer: Bill, situation: string, its: Cost, ours: Cost): string | undefined {
  const afterRotation = peer.costs[own.rotated];
  if (afterRotation !== undefined && afterRotation.seen !== 'values') {
    return `it does not look: after a rotation its callers saw ${afterRotation.seen}`;
  }
  if (its.seen === NO_WAY) return 'it has no way to ask';
  if (its.seen !== ours.seen) return `its callers saw ${its.seen}`;
  const alike = own.others.find(({ costs }) => isAtMost(costs[situation], its));
  return alike === undefined
    ? undefined
    : `it has the policy of \`${alike.name}\`, which makes no more calls`;
}

function isAtMost(cost: Cost | undefined, its: Cost): boolean {
  return cost !== undefined && cost.seen === its.seen && totalOf(cost) <= totalOf(its);
}

/** One line for a peer and a reason: the situations, each with its calls and ours. */
export function byReason(fewer: readonly Fewer[]): { peer: string; why: string; where: string }[] {
  const lines = new Map<string, { peer: string; why: string; where: string[] }>();
  for (const { peer, why = 'UNEXPLAINED', situation, its, ours } of fewer) {
    const key = JSON.stringify([peer, why]);
    const line = lines.get(key) ?? { peer, why, where: [] };
    line.where.push(`${situation} (${costText(its)} to ${costText(ours)})`);
    lines.set(key, line);
  }
  return [...lines.values()].map((line) => ({ ...line, where: line.where.join('; ') }));
}
