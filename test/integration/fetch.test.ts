/** The fetch recipe against a real HTTP server that answers 401 to any key but the newest. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { fetchWithSecret, Unauthorized } from '../../examples/fetch-401.ts';
import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

import { Load } from './load.ts';

const SECRET = 'prod/api-key';
const CLIENTS = 8;
const WAIT = { timeout: 20_000, interval: 20 };

let server: LocalSecretsManager;
let cache: SecretCache;
let api: Server;
let url: string;
/** The key that the API takes, and how often it took one and refused one. */
let key: string;
let taken: number;
let refused: number;

beforeEach(async () => {
  [key, taken, refused] = ['key-1', 0, 0];
  server = await LocalSecretsManager.start();
  server.createSecret({ name: SECRET, secretString: key });
  cache = new SecretCache({ client: server.client() });
  api = createServer((request, response) => {
    const isTaken = request.headers.authorization === `Bearer ${key}`;
    if (isTaken) taken += 1;
    else refused += 1;
    response.writeHead(isTaken ? 200 : 401).end(isTaken ? 'welcome' : 'go away');
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/orders`;
});

afterEach(async () => {
  await cache.close();
  await server.close();
  api.closeAllConnections();
  api.close();
});

async function order(): Promise<string> {
  const response = await fetchWithSecret(cache, SECRET, url, { method: 'POST', body: 'one of everything' });
  return response.text();
}

test('a key is rotated under load: no request fails, and the service is asked once for all of them', async () => {
  const load = new Load(CLIENTS, order);
  await vi.waitFor(() => expect(taken).toBeGreaterThan(CLIENTS), WAIT);
  server.putSecretValue(SECRET, { secretString: 'key-2' });
  key = 'key-2';
  const before = taken;
  await vi.waitFor(() => expect(taken).toBeGreaterThan(before + 4 * CLIENTS), WAIT);
  await load.stop();

  expect(load.failures).toEqual([]);
  expect(new Set(load.answers)).toEqual(new Set(['welcome']));
  expect(refused).toBeGreaterThanOrEqual(1);
  expect(refused).toBeLessThanOrEqual(CLIENTS);

  expect(server.count('GetSecretValue')).toBe(2);
  // A refusal told while that read was under way is younger than it: the next request checks once more.
  expect(server.count('DescribeSecret')).toBeLessThanOrEqual(1);
});

test('the API knows the new key before the label has moved: the request waits for it', async () => {
  expect(await order()).toBe('welcome');
  const rotation = server.startRotation(SECRET).createSecret('key-2');
  key = 'key-2';
  const ordered = order();
  await vi.waitFor(() => expect(server.count('GetSecretValue')).toBe(2), WAIT);
  rotation.setSecret().testSecret().finishSecret();
  expect(await ordered).toBe('welcome');
  expect([refused, server.count('GetSecretValue')]).toEqual([1, 3]);
});

test('what is not a 401 is nobody else’s business', async () => {
  const response = await fetchWithSecret(cache, SECRET, `${url}?x`, { headers: { 'x-trace': '1' } });
  expect(response.status).toBe(200);
  await expect(fetchWithSecret(cache, SECRET, 'http://127.0.0.1:1/')).rejects.toThrow('fetch failed');
  expect(server.count()).toBe(1);
});

test('a key that stays refused ends in an error without the key', async () => {
  await order();
  key = 'of somebody else';
  const error: unknown = await order().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unauthorized);
  expect(String(error)).not.toContain('key-1');
  expect(refused).toBe(1);
  expect(server.count('GetSecretValue')).toBeLessThanOrEqual(7);
});
