/** Which secret is read next: popularity after Zipf, and jobs that now and then read everything. */

import { Dice } from '../../test/simulation/dice.ts';

export interface Mix {
  readonly name: string;
  readonly secrets: number;
  /** The n-th most read is read in proportion to 1 / n to this power: 0 for all alike, 1 for Zipf's law. */
  readonly exponent: number;
  /** A scan reads all of them once, in order, after so many reads; absent for none. */
  readonly scanEvery?: number;
}

/** The numbers of the secrets in the order in which they are read; the same for the same seed. */
export function traceOf({ secrets, exponent, scanEvery }: Mix, reads: number, seed: number): Uint16Array {
  const dice = new Dice(seed);
  const pick = zipf(secrets, exponent);
  const trace = new Uint16Array(reads);
  let scanned = 0;
  for (let nth = 0; nth < reads; nth += 1) {
    const isScan = scanEvery !== undefined && nth % scanEvery >= scanEvery - secrets;
    if (!isScan) scanned = 0;
    trace[nth] = isScan ? scanned++ : pick(dice.next());
  }
  return trace;
}

/** A sampler: from a chance in [0, 1) to a number from 0, the most likely, to `count` - 1. */
export function zipf(count: number, exponent: number): (chance: number) => number {
  const cumulative = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) {
    sum += 1 / (rank + 1) ** exponent;
    cumulative[rank] = sum;
  }
  return (chance) => {
    const target = chance * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
