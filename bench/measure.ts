/** Timing by CPU, in blocks: what a neighbour on the machine takes is not counted, and two sides are timed in turns. */

import { median, spread, type Spread } from './statistics.ts';

/** Does its work `times` times over. */
export type Variant = (times: number) => Promise<void> | void;

export interface Comparison {
  /** Nanoseconds of CPU a call, the median of all blocks. */
  readonly nsA: number;
  readonly nsB: number;
  /** A / B of each round. */
  readonly ratios: readonly number[];
  readonly ratio: Spread;
}

const BLOCK_MICROSECONDS = 5_000;
const WARM_UP_MICROSECONDS = 100_000;

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function block(variant: Variant, times: number): Promise<number> {
  const start = cpuMicroseconds();
  await variant(times);
  return cpuMicroseconds() - start;
}

/** How many calls make a block, found once the code is compiled: cold, it would be far too few of them. */
async function sizeOf(variant: Variant): Promise<number> {
  let times = 16;
  for (let spent = 0; spent < WARM_UP_MICROSECONDS; times *= 2) spent += await block(variant, times);
  const spent = await block(variant, times);
  return Math.max(1, Math.round((times * BLOCK_MICROSECONDS) / spent));
}

/** Nanoseconds of CPU a call: the median of some blocks. */
export async function nanoseconds(variant: Variant, blocks = 40): Promise<number> {
  const times = await sizeOf(variant);
  const perCall: number[] = [];
  for (let nth = 0; nth < blocks; nth += 1) perCall.push((await block(variant, times)) * (1_000 / times));
  return median(perCall);
}

/** Side by side: blocks in the order A B B A, so that neither a drift nor the place in the order favours one. */
export async function compare(a: Variant, b: Variant, rounds = 40): Promise<Comparison> {
  const timesA = await sizeOf(a);
  const timesB = await sizeOf(b);
  const perA: number[] = [];
  const perB: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const a1 = await block(a, timesA);
    const b1 = await block(b, timesB);
    const b2 = await block(b, timesB);
    const a2 = await block(a, timesA);
    const nsA = ((a1 + a2) * 500) / timesA;
    const nsB = ((b1 + b2) * 500) / timesB;
    perA.push(nsA);
    perB.push(nsB);
    ratios.push(nsA / nsB);
  }
  return { nsA: median(perA), nsB: median(perB), ratios, ratio: spread(ratios) };
}
