/** What is asked of a process that fills a cache. */

import type { Service } from '../contenders/contender.ts';

export interface Fill {
  readonly contender: string;
  readonly service: Service;
  readonly names: readonly string[];
  /** Gets these first, so that what it learns of the service by then, it knows. */
  readonly after: readonly string[];
}

/** In place of a contender: what no client can be faster than. */
export const ROUND_TRIP = 'one round trip';

/** In place of a contender too: as this cache reads singly, within the SDK's 50 sockets. */
export const FIFTY_AT_A_TIME = 'the SDK, 50 at a time';

/** A secret that is asked for before the time is taken, so that the client is ready. */
export const WARMING = 'prod/warming';

export function nameOf(nth: number): string {
  return `prod/service-${nth}`;
}

export function valueOf(name: string): string {
  return JSON.stringify({ name });
}
