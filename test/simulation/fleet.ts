/**
 * Many processes on one service: what a fleet does to it after a mass start, under a batch quota, and after an outage.
 *
 *     npx tsx test/simulation/fleet.ts [--caches 10000]
 */

import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import type { SecretCache, SecretCacheOptions } from '../../src/index.ts';
import * as errors from '../support/service-errors.ts';
import { Dice } from './dice.ts';
import { loadLibrary, type Library } from './library.ts';
import { Quota } from './policy.ts';
import { Process } from './process.ts';
import { World } from './world.ts';

const TTL_MS = 300_000;
export const ROUND_TRIP_MS = 20;
const GET_QUOTA = 10_000;
const BATCH_QUOTA = 100;
const HOUR_MS = 3_600_000;

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: { readonly SecretId?: string; readonly SecretIdList?: readonly string[] };
}

/** A service that only counts, throttles and fails; every secret has one version. */
class CountingService {
  readonly config = { region: 'us-east-1' };
  /** When each call arrived. */
  readonly arrivalsMs: number[] = [];
  isDown = false;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #batches: Quota;
  readonly #reads: Quota;

  /** `share`: how much of the account's quotas there is. */
  constructor(world: World, seed: number, share: number) {
    this.#world = world;
    this.#dice = new Dice(seed);
    this.#batches = new Quota(BATCH_QUOTA * share);
    this.#reads = new Quota(GET_QUOTA * share);
  }

  send(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => this.#attempt(command, 1, resolve, reject));
  }

  /** One attempt of the SDK's three: a throttled one is made again after a while, but for a batch. */
  #attempt(
    command: Command,
    nth: number,
    resolve: (output: unknown) => void,
    reject: (error: Error) => void,
  ): void {
    const world = this.#world;
    const isBatch = command.constructor.name === 'BatchGetSecretValueCommand';
    world.at(world.nowMs + ROUND_TRIP_MS / 2, () => {
      this.arrivalsMs.push(world.nowMs);
      const isDescribe = command.constructor.name === 'DescribeSecretCommand';
      const isThrottled = !isDescribe && !(isBatch ? this.#batches : this.#reads).take(world.nowMs);
      world.at(world.nowMs + ROUND_TRIP_MS / 2, () => {
        if (this.isDown) return reject(errors.internalError());
        if (!isThrottled) return resolve(answerTo(command));
        if (isBatch || nth === 3) return reject(errors.throttled());
        const pauseMs = this.#dice.next() * 1_000 * 2 ** (nth - 1);
        world.at(world.nowMs + pauseMs, () => this.#attempt(command, nth + 1, resolve, reject));
      });
    });
  }
}

function answerTo({ constructor, input }: Command): object {
  if (input.SecretIdList !== undefined)
    return { SecretValues: input.SecretIdList.map(versionOf), Errors: [] };
  const { ARN, Name, VersionId, ...rest } = versionOf(input.SecretId ?? '');
  if (constructor.name === 'DescribeSecretCommand')
    return { ARN, Name, VersionIdsToStages: { [VersionId]: rest.VersionStages } };
  return { ARN, Name, VersionId, ...rest };
}

function versionOf(name: string) {
  return {
    ARN: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`,
    Name: name,
    VersionId: 'v1',
    VersionStages: ['AWSCURRENT'],
    SecretString: name,
  };
}

interface Fleet {
  readonly world: World;
  readonly service: CountingService;
  readonly caches: readonly SecretCache[];
  readonly dice: Dice;
  readonly names: readonly string[];
}

function assemble(
  library: Library,
  size: number,
  secrets: number,
  options: SecretCacheOptions = {},
  share = 1,
): Fleet {
  const world = new World();
  const service = new CountingService(world, 1, share);
  // One process stands for all: nothing is shared in it but its clocks.
  const runtime = new Process(world, 2);
  const caches = Array.from(
    { length: size },
    () => new library.SecretCache({ ttlMs: TTL_MS, ...options, client: service, runtime }),
  );
  const names = Array.from({ length: secrets }, (_, index) => `s${index}`);
  return { world, service, caches, dice: new Dice(3), names };
}

/** Every cache is asked for every secret, all of them at once at first, then each at its own times. */
function poll({ world, caches, dice, names }: Fleet, everyMs: number, untilMs: number): void {
  for (const cache of caches) {
    const ask = (): void => {
      for (const name of names) cache.get(name).catch(() => {});
      if (world.nowMs + everyMs <= untilMs) world.at(world.nowMs + everyMs, ask);
    };
    world.at(0, () => {
      for (const name of names) cache.get(name).catch(() => {});
      world.at(dice.next() * everyMs, ask);
    });
  }
}

async function run({ world }: Fleet, untilMs: number): Promise<void> {
  while (await world.step(untilMs));
}

/** Calls a second: the highest over any bin of `binMs`, and the mean. */
function rates(
  service: CountingService,
  fromMs: number,
  toMs: number,
  binMs: number,
): { peak: number; mean: number } {
  const bins = Array.from({ length: Math.ceil((toMs - fromMs) / binMs) }, () => 0);
  let calls = 0;
  for (const atMs of service.arrivalsMs) {
    if (atMs < fromMs || atMs >= toMs) continue;
    const bin = Math.floor((atMs - fromMs) / binMs);
    bins[bin] = (bins[bin] ?? 0) + 1;
    calls += 1;
  }
  return { peak: (Math.max(...bins) * 1_000) / binMs, mean: (calls * 1_000) / (toMs - fromMs) };
}

/** Long enough that chance alone makes no peak: a cache checks its secrets together, so calls come in clumps. */
function binFor(size: number): number {
  return Math.max(10_000, 10_000_000 / size);
}

export interface Wave {
  readonly peak: number;
  readonly steady: number;
  /** The highest rate of a single second, clumps and all. */
  readonly peakSecond?: number;
}

/** All start cold at one instant: the highest rate of the checks that follow, and the mean once they have drifted apart. */
export async function secondWave(library: Library, size: number): Promise<Wave> {
  const fleet = assemble(library, size, 10);
  poll(fleet, 30_000, 3 * TTL_MS);
  await run(fleet, 3 * TTL_MS);
  // No TTL that is drawn is shorter than half of it: what comes before is still the first wave.
  const peakOver = (binMs: number): number => rates(fleet.service, TTL_MS / 2, 2 * TTL_MS, binMs).peak;
  const steady = rates(fleet.service, TTL_MS, 3 * TTL_MS, binFor(size)).mean;
  return { peak: peakOver(binFor(size)), steady, peakSecond: peakOver(1_000) };
}

/**
 * All ask for 10 secrets at one instant: when the last of them has them all, in milliseconds. `share`: how much there is
 * of the quotas.
 */
export async function coldStartMs(
  library: Library,
  size: number,
  { batch, share }: { batch: boolean; share: number },
): Promise<number> {
  const fleet = assemble(library, size, 10, { batch }, share);
  let warmAtMs = 0;
  let warm = 0;
  for (const cache of fleet.caches) {
    const start = (): void => {
      cache.getMany(fleet.names).then(
        () => {
          warm += 1;
          warmAtMs = Math.max(warmAtMs, fleet.world.nowMs);
        },
        () => fleet.world.at(fleet.world.nowMs + 1_000, start),
      );
    };
    fleet.world.at(0, start);
  }
  await run(fleet, 600_000);
  if (warm < size) throw new Error(`only ${warm} of ${size} got warm`);
  return warmAtMs;
}

/** The service is down for an hour: the highest rate after it is back, and the mean before. */
export async function recovery(library: Library, size: number): Promise<Wave> {
  const fleet = assemble(library, size, 10);
  const downMs = 3 * TTL_MS;
  const upMs = downMs + HOUR_MS;
  const endMs = upMs + 2 * TTL_MS;
  fleet.world.at(downMs, () => {
    fleet.service.isDown = true;
  });
  fleet.world.at(upMs, () => {
    fleet.service.isDown = false;
  });
  poll(fleet, 60_000, endMs);
  await run(fleet, endMs);
  const steady = rates(fleet.service, TTL_MS, downMs, binFor(size)).mean;
  return { peak: rates(fleet.service, upMs, endMs, binFor(size)).peak, steady };
}

function say(what: string, { peak, steady, peakSecond }: Wave): void {
  const single = peakSecond === undefined ? '' : `; a single second ${(peakSecond / steady).toFixed(2)}x`;
  console.log(
    `${what}: peak ${Math.round(peak)}/s, steady ${Math.round(steady)}/s, ${(peak / steady).toFixed(2)}x${single}`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { caches: { type: 'string', default: '10000' } } });
  Error.stackTraceLimit = 0;
  const size = Number(values.caches);
  const library = await loadLibrary();
  say(`${size} caches, second wave`, await secondWave(library, size));
  for (const starting of [size, size / 10]) {
    const batched = await coldStartMs(library, starting, { batch: true, share: 1 });
    const single = await coldStartMs(library, starting, { batch: false, share: 1 });
    console.log(
      `${starting} caches, cold start: ${Math.round(batched)} ms batched, ${Math.round(single)} ms singly`,
    );
  }
  say(`${size} caches, after an hour's outage`, await recovery(library, size));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
