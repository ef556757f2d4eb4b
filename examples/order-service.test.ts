/**
 * A test file of code that reads a secret, with a Secrets Manager on a loopback port in place of AWS: rotations, outages
 * and denials are a line each, and nothing sleeps.
 *
 * Run by the tests, as one of them: `npx vitest run --project wire examples`.
 */

import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

/** The code under test; yours is in a module of its own. */
class OrderService {
  readonly #secrets: SecretCache;

  constructor(secrets: SecretCache) {
    this.#secrets = secrets;
  }

  async authorize(order: string): Promise<string> {
    return `${order} with ${await this.#secrets.getText('app/payment-key')}`;
  }
}

let server: LocalSecretsManager;
let cache: SecretCache;
let orders: OrderService;

beforeAll(async () => {
  server = await LocalSecretsManager.start();
});

afterAll(async () => {
  await server.close();
});

beforeEach(() => {
  server.createSecret({ name: 'app/payment-key', secretString: 'key-1' });
  // Checks at every get, and doesn't retry: a test sees what happens when it happens.
  cache = new SecretCache({ client: server.client({ maxAttempts: 1 }), ttlMs: 0 });
  orders = new OrderService(cache);
});

afterEach(async () => {
  await cache.close();
  server.reset();
});

test('an order is authorized with the key of now, and with the new one after a rotation', async () => {
  expect(await orders.authorize('order 1')).toBe('order 1 with key-1');
  server.startRotation('app/payment-key').createSecret('key-2').setSecret().testSecret().finishSecret();
  expect(await orders.authorize('order 2')).toBe('order 2 with key-2');
});

test('an outage of AWS is not noticed', async () => {
  await orders.authorize('order 1');
  server.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 });
  expect(await orders.authorize('order 2')).toBe('order 2 with key-1');
});

test('without the right to read the key, the caller is told so', async () => {
  server.policy.denyAction('GetSecretValue', { secretId: 'app/payment-key' });
  await expect(orders.authorize('order 1')).rejects.toMatchObject({ code: 'ERR_SECRET_ACCESS_DENIED' });
});

test('a hundred orders at once ask for the key once', async () => {
  await Promise.all(Array.from({ length: 100 }, (_, nth) => orders.authorize(`order ${nth}`)));
  expect(server.count('GetSecretValue')).toBe(1);
});
