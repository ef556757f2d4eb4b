/** Side-by-side timing: blocks of about 5 ms of CPU in the order A B B A, and the median of their ratios. */

/** Does its work `times` times over. */
export type Variant = (times: number) => Promise<void> | void;

export interface Comparison {
  /** Nanoseconds of CPU a call, the median of all blocks. */
  readonly nsA: number;
  readonly nsB: number;
  /** A / B, the median over the rounds, and its quartiles. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
}

const ROUNDS = 100;
const BLOCK_MICROSECONDS = 5_000;

// CPU time, not wall time: a neighbour on the machine slows both sides of a ratio less.
function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function block(variant: Variant, times: number): Promise<number> {
  const start = cpuMicroseconds();
  await variant(times);
  return cpuMicroseconds() - start;
}

/** How many calls make a block; the search warms the variant up too. */
async function sizeOf(variant: Variant): Promise<number> {
  let times = 1_000;
  for (;;) {
    const spent = await block(variant, times);
    if (spent >= BLOCK_MICROSECONDS) return Math.ceil((times * BLOCK_MICROSECONDS) / spent);
    times *= 2;
  }
}

export async function compare(a: Variant, b: Variant): Promise<Comparison> {
  const timesA = await sizeOf(a);
  const timesB = await sizeOf(b);
  const perA: number[] = [];
  const perB: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
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
  return {
    nsA: quantile(perA, 0.5),
    nsB: quantile(perB, 0.5),
    ratio: quantile(ratios, 0.5),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
