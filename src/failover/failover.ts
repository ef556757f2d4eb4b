/**
 * A source over the Regions that secrets are replicated to: the first healthy one answers.
 *
 *     load ──> us-east-1 ── throttled, 5xx, network, no answer in time ──> us-west-2 ──> …  ──> the primary's error
 *                  │                                                           │
 *                  └── a value, or a denial: the answer                        ├── a value that isn't behind: the answer
 *                                                                              └── a denial: not believed
 *
 * Whoever answers, the ARN is that of the primary, and no label goes back behind what the primary has just shown.
 */

import { Clock } from '../clock.ts';
import { SecretCacheError } from '../errors.ts';
import type {
  Filter,
  SecretDescription,
  SecretRef,
  SecretSource,
  SecretVersion,
  SourceCall,
} from '../source/secret-source.ts';
import { Health } from './health.ts';
import { readFailoverOptions, type FailoverOptions, type FailoverSettings } from './options.ts';
import { PrimaryView, type Showing } from './primary-view.ts';
import { RegionByRegion } from './region-by-region.ts';
import { RegionIds } from './region-ids.ts';
import { Region } from './region.ts';
import { Router, type FailoverStats } from './router.ts';
import { searchRegions } from './search.ts';
import { behind, isAnswer, isBatchAnswer, unsettled } from './verdict.ts';

/** A source that reads from the first healthy one of several Regions. */
export interface FailoverSource extends SecretSource {
  /** The counters of now, Region by Region. */
  stats(): FailoverStats;
  /** Closes the source of every Region. */
  close(): Promise<void>;
}

type Found = SecretVersion | SecretCacheError;

/**
 * A source over replicated secrets, to be given to a `SecretCache`. Throws `TypeError` or `RangeError` for options that
 * are unknown, out of range or contradict each other. It has `describe`, `loadBatch` and `search` where the sources of
 * all its Regions have them.
 */
export function failover(options: FailoverOptions): FailoverSource {
  const source = new Failover(readFailoverOptions(options));
  return {
    load: (ref, call) => source.load(ref, call),
    ...(source.haveAll('describe') && { describe: (secretId, call) => source.describe(secretId, call) }),
    ...(source.haveAll('loadBatch') && { loadBatch: (secretIds, call) => source.loadBatch(secretIds, call) }),
    ...(source.haveAll('search') && { search: (filters, call) => source.search(filters, call) }),
    close: () => source.close(),
    stats: () => source.stats(),
  };
}

class Failover implements Required<SecretSource> {
  readonly #ids: RegionIds;
  readonly #router: Router;
  readonly #regions: RegionByRegion;
  /** `undefined` where no replica can be behind. */
  readonly #view: PrimaryView | undefined;

  constructor(settings: FailoverSettings) {
    const { runtime, regions, regionTimeoutMs, lagWindowMs, source, announces } = settings;
    const clock = new Clock(runtime);
    const [primary, ...replicas] = regions;
    const region = (name: string): Region =>
      new Region(source(name), {
        name,
        isPrimary: name === primary,
        health: new Health({ ...settings, clock }),
        announces,
      });
    this.#ids = new RegionIds(regions);
    this.#router = new Router([region(primary), ...replicas.map(region)]);
    this.#regions = new RegionByRegion({
      runtime,
      clock,
      regionTimeoutMs,
      router: this.#router,
      ids: this.#ids,
    });
    if (replicas.length > 0 && lagWindowMs > 0) this.#view = new PrimaryView(clock, lagWindowMs);
  }

  haveAll(method: 'describe' | 'loadBatch' | 'search'): boolean {
    return this.#router.regions.every(({ source }) => (source as SecretSource)[method] !== undefined);
  }

  load(ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    const { secretId } = ref;
    return this.#regions.ask({
      secretId,
      call,
      isAnswer,
      send: ({ name, source }, own) => source.load({ ...ref, secretId: this.#ids.idIn(name, secretId) }, own),
      take: (region, version, showing) => this.#take(region, version, secretId, showing),
    });
  }

  describe(secretId: string, call: SourceCall): Promise<SecretDescription> {
    return this.#regions.ask({
      secretId,
      call,
      isAnswer,
      send: ({ name, source }, own) => source.describe(this.#ids.idIn(name, secretId), own),
      take: (region, description, showing) => this.#takeDescription(region, description, secretId, showing),
    });
  }

  /** What a replica refuses, or is behind with, is left out: asked for singly, it goes on to the next Region. */
  async loadBatch(secretIds: readonly string[], call: SourceCall): Promise<Map<string, Found>> {
    const refused = new Map<string, Found>();
    for (const secretId of secretIds) {
      const refusal = this.#ids.refusal(secretId);
      if (refusal !== undefined) refused.set(secretId, refusal);
    }
    const asked = secretIds.filter((secretId) => !refused.has(secretId));
    if (asked.length === 0 && refused.size > 0) return refused;
    const answers = await this.#regions.ask({
      secretId: undefined,
      call,
      isAnswer: isBatchAnswer,
      // One secret by the ARNs of two Regions is one id in each of them, and the service refuses repeats.
      send: ({ name, source }, own) =>
        source.loadBatch([...new Set(asked.map((secretId) => this.#ids.idIn(name, secretId)))], own),
      take: (region, found, showing) => this.#takeBatch(region, found, asked, showing),
    });
    return new Map([...refused, ...answers]);
  }

  /** All of it from one Region: another one is asked only while nothing has been found. */
  search(filters: readonly Filter[], call: SourceCall): AsyncGenerator<Found, void, undefined> {
    return searchRegions({
      router: this.#router,
      regions: this.#regions,
      call,
      send: ({ source }, own) => source.search(filters, own),
      take: (region, found, showing) => {
        if (!(found instanceof SecretCacheError))
          return this.#take(region, found, found.name, showing) ?? behind(region, found.name);
        return region.isPrimary ? found : unsettled(region, found);
      },
    });
  }

  async close(): Promise<void> {
    const closings = this.#router.regions.map(async ({ source }) => (source as SecretSource).close?.());
    await Promise.allSettled(closings);
    await Promise.all(closings);
  }

  stats(): FailoverStats {
    return this.#router.stats();
  }

  /** The version in the words of who asked; `undefined` if it is behind what the primary has shown. */
  #take(
    region: Region,
    version: SecretVersion,
    secretId: string,
    showing: Showing,
  ): SecretVersion | undefined {
    if (region.isPrimary) this.#view?.noteVersion(version, showing);
    else if (this.#view?.isVersionBehind(this.#ids.asPrimary(version)) === true) return undefined;
    return this.#ids.asAsked(region.name, version, secretId);
  }

  #takeDescription(
    region: Region,
    description: SecretDescription,
    secretId: string,
    showing: Showing,
  ): SecretDescription | undefined {
    if (region.isPrimary) this.#view?.noteDescription(description, showing);
    else if (this.#view?.isDescriptionBehind(this.#ids.asPrimary(description)) === true) return undefined;
    return this.#ids.asAsked(region.name, description, secretId);
  }

  #takeBatch(
    region: Region,
    found: ReadonlyMap<string, Found>,
    asked: readonly string[],
    showing: Showing,
  ): Map<string, Found> {
    const taken = new Map<string, Found>();
    for (const secretId of asked) {
      const answer = found.get(this.#ids.idIn(region.name, secretId));
      if (answer === undefined) continue;
      const isError = answer instanceof SecretCacheError;
      if (isError && region.isPrimary)
        taken.set(secretId, this.#ids.inWordsOf(secretId, region.name, answer));
      const version = isError ? undefined : this.#take(region, answer, secretId, showing);
      if (version !== undefined) taken.set(secretId, version);
    }
    return taken;
  }
}
