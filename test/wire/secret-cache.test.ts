// The main job over the real SDK and real sockets, its calls counted by the server. Time passes by stepping the clocks.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { SecretCache, SecretCacheError, type SecretCacheOptions } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

const TTL_MS = 300_000;

let server: LocalSecretsManager;
let skippedMs: number;
const caches: SecretCache[] = [];

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  skippedMs = 0;
});

afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await server.close();
});

function makeCache(options: SecretCacheOptions = {}): SecretCache {
  const runtime = {
    monotonicNowMs: () => performance.now() + skippedMs,
    wallNowMs: () => Date.now() + skippedMs,
  };
  const cache = new SecretCache({
    client: server.client(),
    ttlMs: TTL_MS,
    ttlJitter: 0,
    runtime,
    ...options,
  });
  caches.push(cache);
  return cache;
}

function counts(): { G: number; B: number; D: number } {
  return {
    G: server.count('GetSecretValue'),
    B: server.count('BatchGetSecretValue'),
    D: server.count('DescribeSecret'),
  };
}

describe('calls on the wire', () => {
  test('1,000 concurrent gets of one cold id are one GetSecretValue', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'one' });
    const cache = makeCache();
    const secrets = await Promise.all(Array.from({ length: 1_000 }, () => cache.getText('prod/db')));
    expect(new Set(secrets)).toEqual(new Set(['one']));
    expect(counts()).toEqual({ G: 1, B: 0, D: 0 });
  });

  test('100 distinct cold ids in one turn are five BatchGetSecretValue', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `app/${index}`);
    for (const name of ids) server.createSecret({ name, secretString: `value of ${name}` });
    const cache = makeCache();
    const secrets = await cache.getMany(ids);
    expect([...secrets].map(([id, secret]) => [id, secret.text()])).toEqual(
      ids.map((id) => [id, `value of ${id}`]),
    );
    expect(counts()).toEqual({ G: 0, B: 5, D: 0 });
  });

  test('a TTL window in which nothing changed is one DescribeSecret a secret and nothing else', async () => {
    const ids = ['a', 'b', 'c'];
    for (const name of ids) server.createSecret({ name, secretString: name });
    const cache = makeCache();
    await cache.getMany(ids);
    server.resetCalls();
    for (let window = 1; window <= 3; window += 1) {
      skippedMs += TTL_MS;
      for (let again = 0; again < 5; again += 1) await cache.getMany(ids);
      expect(counts()).toEqual({ G: 0, B: 0, D: 3 * window });
    }
  });

  test('a rotation is one DescribeSecret and one GetSecretValue, and AWSPREVIOUS is free after it', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    await cache.get('prod/db');
    server.startRotation('prod/db').createSecret('new').setSecret().testSecret().finishSecret();
    server.resetCalls();
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('new');
    expect(counts()).toEqual({ G: 1, B: 0, D: 1 });
    expect(await cache.getText('prod/db', { versionStage: 'AWSPREVIOUS' })).toBe('old');
    expect(counts()).toEqual({ G: 1, B: 0, D: 1 });
  });

  test('a rollback is one DescribeSecret, and one that confirms it within five seconds', async () => {
    const { versionId } = server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    await cache.get('prod/db');
    server.putSecretValue('prod/db', { secretString: 'new' });
    skippedMs += TTL_MS;
    await cache.get('prod/db');
    server.moveLabel('prod/db', 'AWSCURRENT', versionId);
    server.resetCalls();
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('old');
    expect(counts()).toEqual({ G: 0, B: 0, D: 1 });
    skippedMs += 5_000;
    expect(await cache.getText('prod/db')).toBe('old');
    expect(counts()).toEqual({ G: 0, B: 0, D: 2 });
    skippedMs += 5_000;
    await cache.get('prod/db');
    expect(counts()).toEqual({ G: 0, B: 0, D: 2 });
  });

  test('without the right to batch, 45 ids cost three refused batches and are all had singly', async () => {
    const ids = Array.from({ length: 45 }, (_, index) => `app/${index}`);
    for (const name of ids) server.createSecret({ name, secretString: name });
    server.policy.denyAction('BatchGetSecretValue');
    const cache = makeCache();
    expect((await cache.getMany(ids)).size).toBe(45);
    expect(counts().G).toBe(45);
    expect(counts().B).toBeLessThanOrEqual(3);
  });

  test('without the right to describe, a held secret is revalidated by GetSecretValue', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'one' });
    server.policy.denyAction('DescribeSecret');
    const cache = makeCache();
    await cache.get('prod/db');
    skippedMs += TTL_MS;
    await cache.get('prod/db');
    skippedMs += TTL_MS;
    await cache.get('prod/db');
    expect(counts()).toEqual({ G: 3, B: 0, D: 1 });
  });
});

describe('a rotation, an outage and a revocation', () => {
  test('the old value is served through an outage, the new one after it', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    await cache.get('prod/db');
    server.putSecretValue('prod/db', { secretString: 'new' });
    const outage = server.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 });
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('old');
    const during = server.count();
    expect(await cache.getText('prod/db')).toBe('old');
    expect(server.count()).toBe(during);
    outage.remove();
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('new');
  });

  test('a revoked secret is served once more, then confirmed gone, and an outage does not bring it back', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'one' });
    const cache = makeCache({ revalidate: 'fetch' });
    await cache.get('prod/db');
    server.policy.denyAction('GetSecretValue', { secretId: 'prod/db' });
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('one');
    skippedMs += 1_000;
    await expect(cache.get('prod/db')).rejects.toMatchObject({ code: 'ERR_SECRET_ACCESS_DENIED' });
    server.faults.inject({ kind: 'reset' });
    skippedMs += TTL_MS;
    await expect(cache.get('prod/db')).rejects.toBeInstanceOf(SecretCacheError);
    expect(cache.peek('prod/db')).toBeUndefined();
  });

  test('a value that was on its way when the secret was invalidated is not kept', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    const gate = server.hold('GetSecretValue');
    const before = cache.getText('prod/db');
    await gate.arrived();
    server.putSecretValue('prod/db', { secretString: 'new' });
    cache.invalidate('prod/db');
    const after = cache.getText('prod/db');
    await gate.arrived(2);
    gate.releaseOne(1);
    expect(await after).toBe('new');
    gate.release();
    expect(await before).toBe('old');
    expect(await cache.getText('prod/db')).toBe('new');
    expect(counts().G).toBe(2);
  });

  test('a preload by filters holds every match under its name', async () => {
    for (let index = 0; index < 45; index += 1) {
      server.createSecret({ name: `app/${index}`, secretString: `${index}` });
    }
    server.createSecret({ name: 'other', secretString: 'x' });
    server.policy.denyAction('GetSecretValue', { secretId: 'app/7' });
    const cache = makeCache();
    const { loaded, failed } = await cache.preload({ filters: [{ key: 'name', values: ['app/'] }] });
    expect(loaded).toHaveLength(44);
    expect([...failed.keys()].map((id) => id.includes('app/7'))).toEqual([true]);
    server.resetCalls();
    expect(await cache.getText('app/44')).toBe('44');
    expect(server.count()).toBe(0);
  });
});

describe('the drop-in', () => {
  test("answers in the SDK's shape and throws the SDK's own exception", async () => {
    const sdk = await import('@aws-sdk/client-secrets-manager');
    server.createSecret({ name: 'text', secretString: 'one' });
    server.createSecret({ name: 'binary', secretBinary: Uint8Array.of(1, 2, 3) });
    const cache = makeCache();
    const plain = await server.client().send(new sdk.GetSecretValueCommand({ SecretId: 'text' }));
    const output = await cache.getSecretValue({ SecretId: 'text' });
    expect({ ...output, $metadata: undefined }).toEqual({ ...plain, $metadata: undefined });
    expect((await cache.getSecretValue({ SecretId: 'binary' })).SecretBinary).toEqual(Uint8Array.of(1, 2, 3));
    const missing = cache.getSecretValue({ SecretId: 'missing' });
    await expect(missing).rejects.toBeInstanceOf(sdk.ResourceNotFoundException);
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException', $fault: 'client' });
  });
});
