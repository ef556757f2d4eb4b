/** Two Regions of the model service with the same secrets, a failover over them, and a cache over that, on one virtual clock. */

import '@aws-sdk/client-secrets-manager';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, onTestFinished } from 'vitest';

import { failover, type FailoverOptions, type FailoverSource } from '../../src/failover/index.ts';
import {
  awsSource,
  SecretCache,
  type GetOptions,
  type SecretCacheOptions,
  type SecretSource,
} from '../../src/index.ts';
import { ModelService } from '../support/model-service.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { swapRegions } from '../support/region-arns.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

export const PRIMARY = 'us-east-1';
export const REPLICA = 'us-west-2';

/** One Region's service. The model knows one Region alone: ARNs are translated on their way in and out. */
export class ModelRegion extends ModelService {
  override readonly config: { region: () => Promise<string> };
  readonly region: string;

  constructor(runtime: VirtualRuntime, region: string) {
    super(runtime);
    this.region = region;
    this.config = { region: () => Promise.resolve(region) };
  }

  override async send(command: object, options: { abortSignal?: AbortSignal } = {}): Promise<unknown> {
    const { input } = command as { input: Record<string, unknown> };
    const inside = { value: swapRegions(input, this.region, PRIMARY) };
    const output = await super.send(Object.create(command, { input: inside }), options);
    return swapRegions(output, PRIMARY, this.region);
  }
}

export interface BedOptions extends Omit<SecretCacheOptions, 'source' | 'runtime'> {
  readonly failover?: Omit<FailoverOptions, 'regions' | 'source' | 'runtime'>;
  readonly regions?: readonly [string, ...string[]];
  /** Secrets made beforehand in every Region: each one's value is its name followed by ` v1`. */
  readonly secrets?: readonly string[];
  readonly seed?: number;
}

export interface Switch {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** A cache that checks at every get, so that each get is one call; TTL jitter is off. */
export class RegionsBed {
  readonly runtime: VirtualRuntime;
  readonly regions: readonly ModelRegion[];
  /** Over `awsSource`s, and so with every method. */
  readonly source: FailoverSource & Required<SecretSource>;
  readonly cache: SecretCache;
  readonly switches: Switch[] = [];

  constructor({
    failover: more,
    regions = [PRIMARY, REPLICA],
    secrets = ['a'],
    seed = 1,
    ...options
  }: BedOptions) {
    const runtime = new VirtualRuntime({ seed });
    this.runtime = runtime;
    this.regions = regions.map((region) => new ModelRegion(runtime, region));
    const serviceOf = (name: string): ModelRegion =>
      this.regions.find(({ region }) => region === name) ?? expect.fail(`no Region ${name}`);
    const source = failover({
      ...more,
      regions,
      source: (name) => awsSource({ client: serviceOf(name), maxConcurrency: 50 }),
      runtime,
    });
    this.source = source as FailoverSource & Required<SecretSource>;
    this.cache = new SecretCache({ ttlMs: 0, ttlJitter: 0, ...options, source: this.source, runtime });
    for (const name of secrets) this.create(name);
  }

  get primary(): ModelRegion {
    return this.#at(0);
  }

  get replica(): ModelRegion {
    return this.#at(1);
  }

  /** Makes a secret in every Region, replicated at once. */
  create(name: string, value: string = `${name} v1`): void {
    const versionId = `${name}-v1`.padEnd(32, '-');
    for (const service of this.regions) service.create(name, value, { versionId });
  }

  /** A new AWSCURRENT version in the primary; `replicate` brings it to the others. */
  put(name: string, value: string): string {
    const versionId = `${name}-${value}`.replaceAll(/[^\w-]/g, '-').padEnd(32, '-');
    this.primary.put(name, value, { versionId });
    return versionId;
  }

  replicate(name: string, value: string): void {
    const versionId = this.primary.versionOf(name);
    for (const service of this.regions.slice(1)) service.put(name, value, { versionId });
  }

  /** A get's text, without time moving. */
  async read(secretId: string, options?: GetOptions): Promise<string> {
    return (await this.runtime.run(this.cache.get(secretId, options))).text();
  }

  /** Any promise's error code, moving time by at most `ms`; `fulfilled` when it has none. */
  async code(promise: Promise<unknown>, ms = 0): Promise<string> {
    const outcome = outcomeOf(promise);
    await this.runtime.runFor(
      promise.catch(() => {}),
      ms,
    );
    return codeOf(outcome);
  }

  /** Calls that have arrived in each Region since this was last asked, in the order of the Regions. */
  newCalls(): number[] {
    return this.regions.map((service) => {
      const { G, D, B } = service.newCounts();
      return G + D + B;
    });
  }

  #at(place: number): ModelRegion {
    return this.regions[place] ?? expect.fail(`no Region ${place}`);
  }
}

/** A bed that is checked when its test is over: the cache idle, no timer left, the counters add up. */
export function setupRegions(options: BedOptions = {}): RegionsBed {
  const bed = new RegionsBed(options);
  const hear = (message: unknown): void => void bed.switches.push(message as Switch);
  subscribe('secretsmanager-cache:failover', hear);
  onTestFinished(async ({ task }) => {
    unsubscribe('secretsmanager-cache:failover', hear);
    await bed.runtime.settle();
    if (task.result?.state === 'fail') return;
    for (const service of bed.regions) expect(service.heldCalls, 'calls still kept back').toBe(0);
    expect(bed.runtime.pendingTimers(), 'timers of an idle cache').toEqual([]);
    checkStats(bed);
  });
  return bed;
}

function checkStats({ source, switches, regions }: RegionsBed): void {
  const stats = source.stats();
  expect(stats.switches).toBe(switches.length);
  expect(stats.serving).toBe(switches.at(-1)?.to ?? regions[0]?.region);
  for (const { calls, answers, lagging, refusals, failures, left, pending } of Object.values(stats.regions)) {
    expect(answers + lagging + refusals + failures + left + pending).toBe(calls);
    expect(pending).toBe(0);
  }
}

// The first call imports the SDK, which takes the real event loop an unknown number of turns; later ones few.
const warmUp = new RegionsBed({ secrets: [], batch: false });
await warmUp.cache.get('warm-up').catch(() => {});
await warmUp.cache.close();
