/**
 * What does a warm hit cost, beside the cheapest thing that could answer it?
 *
 * `npm run bench` builds and runs this. Bars: a get at most 1.5x `await (async () => lru.get(id))()`; a peek at most
 * 1.5x `lru.get(id)` and one read of each clock. It exits 1 when a bar is missed. After `npm --prefix bench ci` it
 * also times the other caches that are called as functions.
 */

import assert from 'node:assert/strict';

import { LRUCache } from 'lru-cache';
import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { contenders, isInstalled } from './contenders.ts';
import { compare, type Variant } from './measure.ts';

/** Caches of secrets to be timed too, where they are installed. */
const OTHERS: ReadonlySet<string> = new Set(['Powertools', 'aws-secrets-manager-cache']);
const id = 'prod/db';
const server = await LocalSecretsManager.start();
server.createSecret({ name: id, secretString: 'hunter2' });
const client = server.client();
const cache = new SecretCache({ client });
const held = await cache.get(id);

const lru = new LRUCache<string, object>({ max: 1024 });
lru.set(id, held);
const fetching = new LRUCache<string, object>({ max: 1024, ttl: 300_000, fetchMethod: () => held });
await fetching.fetch(id);

let sink: unknown;
const asyncGet = async (): Promise<object | undefined> => lru.get(id);

const variants = {
  'await cache.get(id)': async (times) => {
    for (let time = 0; time < times; time += 1) sink = await cache.get(id);
  },
  'await (async () => lru.get(id))()': async (times) => {
    for (let time = 0; time < times; time += 1) sink = await asyncGet();
  },
  'await lru.fetch(id)': async (times) => {
    for (let time = 0; time < times; time += 1) sink = await fetching.fetch(id);
  },
  'cache.peek(id)': (times) => {
    for (let time = 0; time < times; time += 1) sink = cache.peek(id);
  },
  'lru.get(id) + both clocks': (times) => {
    for (let time = 0; time < times; time += 1) sink = [lru.get(id), Date.now() + performance.now()][0];
  },
} satisfies Record<string, Variant>;

const rows: readonly (readonly [keyof typeof variants, keyof typeof variants, number | undefined])[] = [
  ['await cache.get(id)', 'await (async () => lru.get(id))()', 1.5],
  ['await cache.get(id)', 'await lru.fetch(id)', undefined],
  ['cache.peek(id)', 'lru.get(id) + both clocks', 1.5],
];

// Right before fast: each variant answers with the secret itself, and a hit makes no call.
for (const run of Object.values(variants)) {
  sink = undefined;
  await run(1);
  assert.equal(sink, held);
}
assert.equal(server.count(), 1);

console.log(`Node ${process.version}, ${process.arch}; CPU time, medians of 100 rounds ABBA.\n`);
for (const [nameA, nameB, bar] of rows) await report(nameA, nameB, variants[nameB], bar);
assert.equal(sink, held);
assert.equal(server.count(), 1);

const others = contenders.filter(({ name }) => OTHERS.has(name));
for (const { name, open } of others.filter(isInstalled)) {
  const peer = await open(server, 300_000);
  const theirs: Variant = async (times) => {
    for (let time = 0; time < times; time += 1) sink = await peer.get(id);
  };
  await theirs(1);
  assert.equal(sink, 'hunter2');
  const calls = server.count();
  await report('await cache.get(id)', name, theirs);
  assert.equal(server.count(), calls);
  await peer.close?.();
}

await cache.close();
client.destroy();
await server.close();

async function report(nameA: keyof typeof variants, nameB: string, b: Variant, bar?: number): Promise<void> {
  const { nsA, nsB, ratio, quartiles } = await compare(variants[nameA], b);
  const [low, high] = quartiles.map((value) => value.toFixed(2));
  const verdict = bar === undefined ? '' : `  at most ${bar}: ${ratio <= bar ? 'met' : 'MISSED'}`;
  console.log(`${nameA} ${nsA.toFixed(0)} ns  /  ${nameB} ${nsB.toFixed(0)} ns`);
  console.log(`    ratio ${ratio.toFixed(2)} (quartiles ${low} to ${high})${verdict}\n`);
  if (bar !== undefined && ratio > bar) process.exitCode = 1;
}
