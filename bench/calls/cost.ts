/** What a situation cost: calls on the wire, by kind, and what they bought. */

/** What callers see who can't even ask. */
export const NO_WAY = 'no way to ask';

/** Calls on the wire, and what the callers saw: `values`, if every one of them had the right one. */
export interface Cost {
  readonly describes: number;
  readonly reads: number;
  readonly batches: number;
  readonly seen: string;
}

export function totalOf({ describes, reads, batches }: Cost): number {
  return describes + reads + batches;
}

/** `1 D + 1 G`, and what the callers saw if that isn't the right values for all. */
export function costText(cost: Cost): string {
  if (cost.seen === NO_WAY) return NO_WAY;
  const kinds = [
    [cost.describes, 'D'],
    [cost.reads, 'G'],
    [cost.batches, 'B'],
  ] as const;
  const made = kinds.filter(([count]) => count > 0).map(([count, kind]) => `${count} ${kind}`);
  const calls = made.join(' + ') || 'no call';
  return cost.seen === 'values' ? calls : `${calls}: ${cost.seen}`;
}
