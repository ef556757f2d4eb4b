/** The calls that reached the service: by second, operation and outcome, and by group of processes for the sampling error. */

export type Operation = 'GetSecretValue' | 'DescribeSecret' | 'BatchGetSecretValue';
export type Outcome = 'answered' | 'throttled' | 'failed' | 'denied';

export const OPERATIONS: readonly Operation[] = ['GetSecretValue', 'DescribeSecret', 'BatchGetSecretValue'];
const OUTCOMES: readonly Outcome[] = ['answered', 'throttled', 'failed', 'denied'];

/** Processes are told apart by so many groups: enough for a variance, few enough to count in. */
export const GROUPS = 20;

/** A part of the traffic; what is left out is not restricted. */
export interface Part {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly operations?: readonly Operation[];
  readonly outcomes?: readonly Outcome[];
}

export class Traffic {
  /** [second][operation and outcome][group]. */
  readonly #seconds: Uint32Array[] = [];
  /** Secrets in answered batches, by second. */
  readonly #inBatches: number[] = [];

  /** `secrets`: how many the call asked for. */
  note(atMs: number, operation: Operation, outcome: Outcome, process: number, secrets: number): void {
    const second = Math.floor(atMs / 1_000);
    if (operation === 'BatchGetSecretValue' && outcome === 'answered') {
      this.#inBatches[second] = (this.#inBatches[second] ?? 0) + secrets;
    }
    while (this.#seconds.length <= second) {
      this.#seconds.push(new Uint32Array(OPERATIONS.length * OUTCOMES.length * GROUPS));
    }
    const place = placeOf(operation, outcome) + (process % GROUPS);
    const counts = this.#seconds[second];
    if (counts !== undefined) counts[place] = (counts[place] ?? 0) + 1;
  }

  count(part: Part = {}): number {
    return this.byGroup(part).reduce((sum, calls) => sum + calls, 0);
  }

  /** How many secrets the answered batches brought. */
  secretsInBatches({ fromMs = 0, toMs = this.#seconds.length * 1_000 }: Part = {}): number {
    let secrets = 0;
    for (let second = Math.floor(fromMs / 1_000); second < toMs / 1_000; second += 1) {
      secrets += this.#inBatches[second] ?? 0;
    }
    return secrets;
  }

  /** How many calls each group of processes made. */
  byGroup(part: Part = {}): number[] {
    const groups = Array.from({ length: GROUPS }, () => 0);
    const { fromMs = 0, toMs = this.#seconds.length * 1_000 } = part;
    for (let second = Math.floor(fromMs / 1_000); second < toMs / 1_000; second += 1) {
      this.#addSecond(groups, second, part);
    }
    return groups;
  }

  /** How many calls fell in each bin of so many whole seconds. */
  bins(
    binSeconds: number,
    { fromMs = 0, toMs = this.#seconds.length * 1_000, ...part }: Part = {},
  ): number[] {
    const binMs = binSeconds * 1_000;
    const bins = Math.floor((toMs - fromMs) / binMs);
    return Array.from({ length: bins }, (_, bin) =>
      this.count({ ...part, fromMs: fromMs + bin * binMs, toMs: fromMs + (bin + 1) * binMs }),
    );
  }

  #addSecond(groups: number[], second: number, part: Part): void {
    const counts = this.#seconds[second];
    if (counts === undefined) return;
    for (const operation of part.operations ?? OPERATIONS) {
      for (const outcome of part.outcomes ?? OUTCOMES) {
        const place = placeOf(operation, outcome);
        for (let group = 0; group < GROUPS; group += 1) {
          groups[group] = (groups[group] ?? 0) + (counts[place + group] ?? 0);
        }
      }
    }
  }
}

function placeOf(operation: Operation, outcome: Outcome): number {
  return (OPERATIONS.indexOf(operation) * OUTCOMES.length + OUTCOMES.indexOf(outcome)) * GROUPS;
}
