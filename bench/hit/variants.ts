/** What a hit is timed as: each variant is set up, answers with the secret, and makes no further call. */

import assert from 'node:assert/strict';

import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { contenders } from '../contenders.ts';
import { clientOf, isInstalled, textOf, type Contender, type Service } from '../contenders/contender.ts';
import { MAP_WITH_TTL } from '../contenders/controls.ts';
import type { Variant } from '../measure.ts';
import type { Role } from '../question.ts';
import { controls } from './controls.ts';
import { atOnce, awaited, ID, TTL_MS, VALUE, type Opened } from './opened.ts';

export const GET = 'cache.get';
export const PEEK = 'cache.peek';

/** One way to be answered from memory. */
interface Hit {
  readonly role: Role;
  /** Readies it on a service that has the secret, and gives what is timed and a look at what it answered. */
  open(service: Service): Promise<Opened>;
}

const hits: ReadonlyMap<string, Hit> = new Map<string, Hit>([
  [GET, { role: 'ours', open: (service) => ourGet(service) }],
  ['cache.getText', { role: 'ours', open: (service) => ourText(service) }],
  ['cache.getJson', { role: 'ours', open: (service) => ourJson(service) }],
  [PEEK, { role: 'ours', open: (service) => ourPeek(service) }],
  ...contenders.filter(isTimed).map(hitOf),
  ...Object.entries(controls).map(([name, open]) => [name, control(open)] as const),
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
