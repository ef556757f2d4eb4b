/** Who takes part in the cold starts, and how they take turns. */

import { Child } from '../child.ts';
import { contenders } from '../contenders.ts';
import { isInstalled, type Service } from '../contenders/contender.ts';
import { NO_CACHE } from '../contenders/controls.ts';
import { LRU_FETCH } from '../contenders/generic-caches.ts';
import { DEFAULT, UNBATCHED } from '../contenders/ours.ts';
import type { Role } from '../question.ts';
import { inBothOrders } from '../statistics.ts';
import { FIFTY_AT_A_TIME, nameOf, ROUND_TRIP, WARMING, type Fill } from './fill.ts';
import type { ServerRequest } from './server.ts';

export const OURS = 'SecretCache';
export const DENIED = 'SecretCache, batches denied';
export const KNOWN_DENIED = 'SecretCache, batches denied before';
export const RAW = 'the SDK, all at once';
export const MOST = 1_000;

/** Learns of a denial, if there is one, from the first batch. */
const BEFORE = ['prod/before-a', 'prod/before-b'] as const;

/** Of the caches for anything: one that asks singly, as all do but the other. */
const GENERIC: ReadonlySet<string> = new Set([LRU_FETCH, 'dataloader']);

export interface Entrant {
  readonly label: string;
  readonly role: Role;
  readonly contender: string;
  readonly deniesBatches?: boolean;
  readonly after?: readonly string[];
}

function entrants(): Entrant[] {
  const peers = contenders
    .filter((entered) => entered.role === 'peer' && isInstalled(entered))
    .filter(({ name, isForSecrets, ttl }) => (isForSecrets && ttl === 'any') || GENERIC.has(name))
    .map(({ name, role }): Entrant => ({ label: name, role, contender: name }));
  return [
    { label: OURS, role: 'ours', contender: DEFAULT },
    { label: UNBATCHED, role: 'ours', contender: UNBATCHED },
    { label: DENIED, role: 'ours', contender: DEFAULT, deniesBatches: true },
    { label: KNOWN_DENIED, role: 'ours', contender: DEFAULT, deniesBatches: true, after: BEFORE },
    ...peers,
    { label: RAW, role: 'control', contender: NO_CACHE },
    { label: FIFTY_AT_A_TIME, role: 'control', contender: FIFTY_AT_A_TIME },
    { label: ROUND_TRIP, role: 'control', contender: ROUND_TRIP },
  ];
}

/** The services and one process for each entrant; all end with it. */
export class Race {
  readonly entrants: readonly Entrant[];
  readonly #servers: readonly { readonly child: Child; readonly service: Service }[];
  readonly #children: ReadonlyMap<Entrant, Child>;

  private constructor(entered: readonly Entrant[], servers: readonly { child: Child; service: Service }[]) {
    this.entrants = entered;
    this.#servers = servers;
    this.#children = new Map(entered.map((entrant) => [entrant, new Child('cold/filling.ts')]));
  }

  static async start(): Promise<Race> {
    const names = [WARMING, ...BEFORE, ...Array.from({ length: MOST }, (_, nth) => nameOf(nth))];
    const seeding = [false, true].map(async (deniesBatches) => {
      const child = new Child('cold/server.ts');
      const service = await child.ask<Service>({
        kind: 'seed',
        names,
        deniesBatches,
      } satisfies ServerRequest);
      return { child, service };
    });
    return new Race(entrants(), await Promise.all(seeding));
  }

  async setLatency(ms: number): Promise<void> {
    for (const { child } of this.#servers) await child.ask({ kind: 'latency', ms } satisfies ServerRequest);
  }

  /** Milliseconds that each took to hold so many secrets, one after another, in the order of this round. */
  async round(
    count: number,
    nth: number,
    among: readonly Entrant[] = this.entrants,
  ): Promise<Map<Entrant, number>> {
    const names = Array.from({ length: count }, (_, each) => nameOf(each));
    const took = new Map<Entrant, number>();
    for (const entrant of inBothOrders(among, nth)) {
      const server = this.#servers[entrant.deniesBatches === true ? 1 : 0];
      const child = this.#children.get(entrant);
      if (server === undefined || child === undefined)
        throw new RangeError(`${entrant.label} has not entered`);
      const { contender, after = [] } = entrant;
      const { service } = server;
      took.set(entrant, await child.ask<number>({ contender, service, names, after } satisfies Fill));
    }
    return took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const children = [...this.#children.values(), ...this.#servers.map(({ child }) => child)];
    await Promise.all(children.map((child) => child.stop()));
  }
}
