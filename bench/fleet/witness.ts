/** What the callers in a fleet saw: reads that failed, or were answered with a version that the label had left. */

/** One read, when it is over. `versionId` is undefined when it failed. */
export interface Read {
  readonly process: number;
  readonly secretId: string;
  readonly versionId: string | undefined;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** Reads, by the second in which they were asked for. */
export class Witness {
  readonly #reads: number[] = [];
  readonly #failed: number[] = [];
  readonly #stale: number[] = [];

  note({ versionId, askedAtMs }: Read, currentVersionId: string): void {
    const second = Math.floor(askedAtMs / 1_000);
    increment(this.#reads, second);
    if (versionId === undefined) increment(this.#failed, second);
    else if (versionId !== currentVersionId) increment(this.#stale, second);
  }

  reads(fromMs = 0, toMs: number = Number.POSITIVE_INFINITY): number {
    return total(this.#reads, fromMs, toMs);
  }

  failed(fromMs = 0, toMs: number = Number.POSITIVE_INFINITY): number {
    return total(this.#failed, fromMs, toMs);
  }

  stale(fromMs = 0, toMs: number = Number.POSITIVE_INFINITY): number {
    return total(this.#stale, fromMs, toMs);
  }
}

function increment(counts: number[], second: number): void {
  while (counts.length <= second) counts.push(0);
  counts[second] = (counts[second] ?? 0) + 1;
}

function total(counts: readonly number[], fromMs: number, toMs: number): number {
  return counts.slice(Math.floor(fromMs / 1_000), toMs / 1_000).reduce((sum, count) => sum + count, 0);
}
