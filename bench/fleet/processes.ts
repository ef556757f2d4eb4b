/** A fleet: processes that each have their own cache of the same secrets, one model of the service, and requests to serve. */

import type { Held, Policy, Reader } from './reader.ts';
import { SdkModel } from './sdk.ts';
import { ServiceModel, type ServiceOptions } from './service.ts';
import { GROUPS } from './traffic.ts';
import { VirtualTime } from './virtual-time.ts';
import type { Read } from './witness.ts';

export interface FleetOptions extends Pick<ServiceOptions, 'quotas' | 'roundTripMs'> {
  readonly policy: Policy;
  readonly processes: number;
  /** How many of them are simulated, on their share of the quotas: a multiple of `GROUPS`. Default all. */
  readonly sample?: number | undefined;
  /** Secrets that each process reads. */
  readonly secrets: number;
  readonly seed?: number | undefined;
}

export interface Requests {
  /** In the whole fleet, a second. Each falls to a random process, and to none where that one hasn't started yet. */
  readonly perSecond: number;
  /** How many of its secrets a request reads, at random. Default 1. */
  readonly reads?: number | undefined;
  /** Default now. */
  readonly fromMs?: number | undefined;
  readonly untilMs: number;
  /** Throws where what was read is refused, as a database refuses a password: the read has failed then. */
  readonly use?: ((held: Held, secretId: string) => void) | undefined;
  readonly onRead?: ((read: Read) => void) | undefined;
}

/** Requests come in on a grid, so that many share an instant. */
const COARSEST_GRID_MS = 50;
const FINEST_GRID_MS = 5;

/** A process whose start failed starts again after so long, as an orchestrator would have it. */
const RESTART_MS = 1_000;

/** A mass start that wasn't over within its limit. */
export class NotWarmError extends Error {}

export class Fleet {
  readonly time: VirtualTime;
  readonly service: ServiceModel;
  readonly secretIds: readonly string[];
  /** How many processes each simulated one stands for. */
  readonly weight: number;
  /** When each process had all its secrets; undefined until then. */
  readonly warmAtMs: (number | undefined)[];
  /** Starts that failed and were tried again, in the simulated processes. */
  failedStarts = 0;
  readonly #readers: readonly Reader[];
  readonly #started = new Set<number>();
  #warm = 0;

  constructor({ policy, processes, sample = processes, secrets, seed = 1, ...service }: FleetOptions) {
    // Groups of unlike sizes would differ for that alone, and the sampling error come out too large.
    if (sample !== processes && sample % GROUPS !== 0)
      throw new RangeError(`a sample must be a multiple of ${GROUPS}, got ${sample}`);
    this.weight = processes / sample;
    this.time = new VirtualTime(seed);
    this.service = new ServiceModel({ ...service, time: this.time, share: 1 / this.weight });
    this.secretIds = Array.from({ length: secrets }, (_, nth) => `s${nth}`);
    this.warmAtMs = Array.from({ length: sample }, () => undefined);
    this.#readers = this.warmAtMs.map((_, process) =>
      policy.open({
        client: new SdkModel(this.service, this.time, process),
        time: this.time,
        secretIds: this.secretIds,
      }),
    );
  }

  get isWarm(): boolean {
    return this.#warm === this.#readers.length;
  }

  /** Every process starts, and reads all its secrets at once: all at this instant, or spread evenly over a while. */
  start(overMs = 0): void {
    const { time } = this;
    const size = this.#readers.length;
    for (const [process, reader] of this.#readers.entries()) {
      const attempt = (): void => {
        Promise.all(this.secretIds.map((secretId) => reader.get(secretId))).then(
          () => {
            this.warmAtMs[process] = time.nowMs;
            this.#warm += 1;
          },
          () => {
            this.failedStarts += 1;
            time.at(time.nowMs + RESTART_MS, attempt);
          },
        );
      };
      time.at(time.nowMs + (overMs * process) / size, () => {
        this.#started.add(process);
        attempt();
      });
    }
  }

  /** Has requests come in, from one instant to another. */
  serve(requests: Requests): void {
    const { perSecond, fromMs = this.time.nowMs, untilMs } = requests;
    const { time } = this;
    const simulated = perSecond / this.weight;
    const gridMs = gridFor(simulated, this.#readers.length);
    const perTick = (simulated * gridMs) / 1_000;
    let owed = 0;
    const tick = (): void => {
      for (owed += perTick; owed >= 1; owed -= 1) this.#request(requests);
      if (time.nowMs + gridMs < untilMs) time.at(time.nowMs + gridMs, tick);
    };
    time.at(fromMs, tick);
  }

  /** Runs until then. */
  run(untilMs: number): Promise<void> {
    return this.time.runUntil(untilMs);
  }

  /** Runs until every process is warm. Throws a `NotWarmError` if that isn't so by then. */
  async runUntilWarm(limitMs: number): Promise<readonly number[]> {
    await this.time.runUntil(limitMs, () => this.isWarm);
    const warmAtMs = this.warmAtMs.filter((atMs) => atMs !== undefined);
    if (!this.isWarm)
      throw new NotWarmError(
        `only ${warmAtMs.length} of ${this.#readers.length} are warm after ${limitMs} ms`,
      );
    return warmAtMs;
  }

  #request(requests: Requests): void {
    const process = this.#pick(this.#readers.length);
    const reader = this.#readers[process];
    if (reader === undefined || !this.#started.has(process)) return;
    const first = this.#pick(this.secretIds.length);
    for (let nth = 0; nth < (requests.reads ?? 1); nth += 1) {
      const secretId = this.secretIds[(first + nth) % this.secretIds.length] ?? '';
      this.#read(process, reader, secretId, requests);
    }
  }

  #read(process: number, reader: Reader, secretId: string, { use, onRead }: Requests): void {
    const askedAtMs = this.time.nowMs;
    const over = (versionId: string | undefined): void =>
      onRead?.({ process, secretId, versionId, askedAtMs, answeredAtMs: this.time.nowMs });
    readWith(reader, secretId, use).then(
      ({ versionId }) => over(versionId),
      () => over(undefined),
    );
  }

  #pick(choices: number): number {
    return Math.floor(this.time.random() * choices);
  }
}

/** As coarse as leaves a process half a request at a time, but no finer than for one request in all. */
function gridFor(perSecond: number, processes: number): number {
  const forOneProcess = Math.floor((500 * processes) / perSecond);
  const coarse = Math.max(FINEST_GRID_MS, Math.min(COARSEST_GRID_MS, forOneProcess));
  return Math.max(coarse, Math.floor(1_000 / perSecond));
}

/** The version that was used in the end. */
async function used(reader: Reader, secretId: string, use: NonNullable<Requests['use']>): Promise<Held> {
  let last: Held | undefined;
  const useIt = (held: Held): void => {
    last = held;
    use(held, secretId);
  };
  if (reader.withSecret === undefined) useIt(await reader.get(secretId));
  else await reader.withSecret(secretId, useIt);
  if (last === undefined) throw new Error('nothing was used');
  return last;
}

function readWith(reader: Reader, secretId: string, use: Requests['use']): Promise<Held> {
  return use === undefined ? reader.get(secretId) : used(reader, secretId, use);
}
