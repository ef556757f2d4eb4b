/** The cheapest things that could answer a get: the floor that a cache is measured from. */

import { LRUCache } from 'lru-cache';

import { atOnce, awaited, ID, TTL_MS, VALUE, type Opened } from './opened.ts';

export const ASYNC_LRU = 'await (async () => lru.get(id))()';
export const LRU_AND_CLOCKS = 'lru.get + both clocks';
export const CONSTANT_AND_CLOCK = 'await of a constant + Date.now';

export const controls: Readonly<Record<string, () => Opened>> = {
  'map.get': plainMap,
  'lru.get': plainLru,
  [LRU_AND_CLOCKS]: lruAndClocks,
  'await of a constant': constant,
  [CONSTANT_AND_CLOCK]: constantAndClock,
  [ASYNC_LRU]: asyncLru,
  'await lruGet(id), an async function': asyncLruMadeOnce,
};

function plainMap(): Opened {
  const map = new Map([[ID, VALUE]]);
  return atOnce((id) => map.get(id));
}

function heldLru(): LRUCache<string, string> {
  const lru = new LRUCache<string, string>({ max: 1_024, ttl: TTL_MS });
  lru.set(ID, VALUE);
  return lru;
}

function plainLru(): Opened {
  const lru = heldLru();
  return atOnce((id) => lru.get(id));
}

/** Without a TTL of its own: the clocks are read beside it, as a hit of this cache does. */
function lruAndClocks(): Opened {
  const lru = new LRUCache<string, string>({ max: 1_024 });
  lru.set(ID, VALUE);
  return atOnce((id) => [lru.get(id), Date.now() + performance.now()][0]);
}

function constant(): Opened {
  const promise = Promise.resolve(VALUE);
  return awaited(() => promise);
}

/** What a get can't do without: a promise, and a look at the clock that a frozen process can't fool. */
function constantAndClock(): Opened {
  const promise = Promise.resolve(VALUE);
  return awaited(() => (Date.now() > 0 ? promise : Promise.resolve()));
}

function asyncLru(): Opened {
  const lru = new LRUCache<string, string>({ max: 1_024 });
  lru.set(ID, VALUE);
  return awaited((id) => (async () => lru.get(id))());
}

function asyncLruMadeOnce(): Opened {
  const lru = new LRUCache<string, string>({ max: 1_024 });
  lru.set(ID, VALUE);
  return awaited(async (id) => lru.get(id));
}
