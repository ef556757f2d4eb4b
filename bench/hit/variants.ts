/** What a hit is timed as: each variant is set up, answers with the secret, and makes no further call. */

import assert from 'node:assert/strict';

import { LRUCache } from 'lru-cache';
import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { contenders } from '../contenders.ts';
import { clientOf, isInstalled, textOf, type Contender, type Service } from '../contenders/contender.ts';
import { MAP_WITH_TTL } from '../contenders/controls.ts';
import type { Variant } from '../measure.ts';
import type { Role } from '../question.ts';

export const GET = 'cache.get';
export const PEEK = 'cache.peek';
export const ASYNC_LRU = 'await (async () => lru.get(id))()';
export const LRU_AND_CLOCKS = 'lru.get + both clocks';
export const CONSTANT_AND_CLOCK = 'await of a constant + Date.now';

const ID = 'prod/db';
const TTL_MS = 300_000;
/** JSON, since some contenders parse what they read. */
const VALUE = '{"username":"app","password":"hunter2"}';

/** One way to be answered from memory. */
interface Hit {
  readonly role: Role;
  /** Readies it on a service that has the secret, and gives what is timed and a look at what it answered. */
  open(service: Service): Promise<Opened>;
}

interface Opened {
  readonly variant: Variant;
  answer(): unknown;
}

const hits: ReadonlyMap<string, Hit> = new Map<string, Hit>([
  [GET, { role: 'ours', open: (service) => ourGet(service) }],
  ['cache.getText', { role: 'ours', open: (service) => ourText(service) }],
  ['cache.getJson', { role: 'ours', open: (service) => ourJson(service) }],
  [PEEK, { role: 'ours', open: (service) => ourPeek(service) }],
  ...contenders.filter(isTimed).map(hitOf),
  ['map.get', control(plainMap)],
  ['lru.get', control(plainLru)],
  [LRU_AND_CLOCKS, control(lruAndClocks)],
  ['await of a constant', control(constant)],
  [CONSTANT_AND_CLOCK, control(constantAndClock)],
  [ASYNC_LRU, control(asyncLru)],
  ['await lruGet(id), an async function', control(asyncLruMadeOnce)],
]);

/** The caches that aren't this one: of this one, more than `get` is timed. */
function isTimed({ name, role }: Contender): boolean {
  return role === 'peer' || name === MAP_WITH_TTL;
}

export function installedHits(): ReadonlyMap<string, Hit> {
  const missing = new Set(contenders.filter((entered) => !isInstalled(entered)).map(({ name }) => name));
  return new Map([...hits].filter(([name]) => !missing.has(name)));
}

/** Each of these on one server, right before fast: answers with the value, and `calls` says how many calls there were. */
export async function openHits(names: readonly string[]): Promise<{ variants: Variant[]; check(): void }> {
  const server = await LocalSecretsManager.start();
  server.createSecret({ name: ID, secretString: VALUE });
  const opened: Opened[] = [];
  for (const name of names) {
    const hit = hits.get(name);
    if (hit === undefined) throw new RangeError(`there is no hit "${name}"`);
    opened.push(await hit.open(server));
  }
  for (const { variant } of opened) await variant(2);
  const calls = server.count();
  const check = (): void => {
    for (const { answer } of opened) assert.equal(textOf(answer()), VALUE);
    assert.equal(server.count(), calls, 'a hit made a call');
  };
  check();
  return { variants: opened.map(({ variant }) => variant), check };
}

function hitOf({ name, role, open }: Contender): [string, Hit] {
  const openHit = async (service: Service): Promise<Opened> => {
    const peer = await open(service, TTL_MS, 1_024);
    return awaited((id) => peer.get(id));
  };
  return [name, { role, open: openHit }];
}

async function cacheOn(service: Service): Promise<SecretCache> {
  const cache = new SecretCache({ client: clientOf(service), ttlMs: TTL_MS });
  await cache.get(ID);
  return cache;
}

async function ourGet(service: Service): Promise<Opened> {
  const cache = await cacheOn(service);
  return awaited((id) => cache.get(id));
}

async function ourText(service: Service): Promise<Opened> {
  const cache = await cacheOn(service);
  return awaited((id) => cache.getText(id));
}

async function ourJson(service: Service): Promise<Opened> {
  const cache = await cacheOn(service);
  return awaited((id) => cache.getJson(id));
}

async function ourPeek(service: Service): Promise<Opened> {
  const cache = await cacheOn(service);
  return atOnce((id) => cache.peek(id));
}

function control(open: () => Opened): Hit {
  return { role: 'control', open: () => Promise.resolve(open()) };
}

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

/** What is answered is kept, or the compiler might leave the work out. */
function awaited(get: (id: string) => Promise<unknown>): Opened {
  let sink: unknown;
  const variant = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) sink = await get(ID);
  };
  return { variant, answer: () => sink };
}

function atOnce(get: (id: string) => unknown): Opened {
  let sink: unknown;
  const variant = (times: number): void => {
    for (let time = 0; time < times; time += 1) sink = get(ID);
  };
  return { variant, answer: () => sink };
}
