/** Which Region a call goes to, and where it goes from there: the first that is up, then those that are down. */

import { publishSwitch } from './events.ts';
import type { SecretCacheError } from '../errors.ts';
import type { Instant } from '../clock.ts';
import type { Pass } from './health.ts';
import type { CallEnd, Region, RegionStats } from './region.ts';

/** What has become of the calls, Region by Region. */
export interface FailoverStats {
  /** The Region that reads go to. */
  readonly serving: string;
  /** How often that has changed. */
  readonly switches: number;
  /** By the Region's name, in the order of `regions`. */
  readonly regions: Readonly<Record<string, RegionStats>>;
}

/** A Region that a call may ask, and its leave to do so. */
export interface Stop {
  readonly region: Region;
  readonly pass: Pass;
  /** Nobody is left to ask after it. */
  readonly isLast: boolean;
}

export class Router {
  readonly #regions: readonly Region[];
  #serving: Region;
  #switches = 0;

  constructor(regions: readonly [Region, ...Region[]]) {
    this.#regions = regions;
    [this.#serving] = regions;
  }

  get regions(): readonly Region[] {
    return this.#regions;
  }

  /**
   * The Regions for one call, in the order in which to ask them; each is chosen when the ones before it have failed. One
   * that is down comes last and not never: a secret that no replica has can be had from nowhere else.
   */
  *route(): Generator<Stop, void, undefined> {
    this.#noteServing();
    const down: Region[] = [];
    let left = this.#regions.length;
    for (const region of this.#regions) {
      const pass = region.health.admit();
      if (pass === undefined) down.push(region);
      else yield { region, pass, isLast: (left -= 1) === 0 };
    }
    for (const region of down) yield { region, pass: region.health.pass(), isLast: (left -= 1) === 0 };
  }

  /** The Region answered, be it with an error of the request's own. */
  answered({ region, pass }: Stop, how: Exclude<CallEnd, 'failures' | 'left'>): void {
    region.end(how);
    region.health.answered(pass);
    this.#noteServing();
  }

  /** The Region failed: what waits in its queue had better go elsewhere. */
  failed({ region, pass }: Stop, { code }: SecretCacheError): void {
    region.end('failures');
    region.lastFailure = code;
    region.health.failed(pass);
    this.#noteServing();
    for (const call of region.queued) call.abandon();
  }

  /** Nobody waits for it any more. */
  left({ region, pass }: Stop, askedAt: Instant): void {
    region.end('left');
    region.lastFailure = 'ERR_SECRET_TIMEOUT';
    region.health.left(pass, askedAt);
    this.#noteServing();
  }

  /** The call came to nothing for a reason that isn't the Region's. */
  spared({ region, pass }: Stop): void {
    region.end('left');
    region.health.spared(pass);
  }

  stats(): FailoverStats {
    this.#noteServing();
    const regions = Object.fromEntries(this.#regions.map((region) => [region.name, region.stats()]));
    return { serving: this.#serving.name, switches: this.#switches, regions };
  }

  /** Reads go to the first Region that is up; with none up, to where they went before. */
  #noteServing(): void {
    const from = this.#serving;
    const to = this.#regions.find(({ health }) => health.state === 'up') ?? from;
    if (to === from) return;
    this.#serving = to;
    this.#switches += 1;
    const isBack = this.#regions.indexOf(to) < this.#regions.indexOf(from);
    const reason = isBack ? 'recovered' : from.lastFailure;
    publishSwitch({ from: from.name, to: to.name, reason });
  }
}
