// A watched secret over the real SDK and real sockets. Time passes when it is stepped.

import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { parseSecretEvent, SecretCache, type Secret, type SecretCacheOptions } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import { SteppedTime } from '../support/stepped-time.ts';

const TTL_MS = 300_000;
const LONG_MS = 3_600_000;

let server: LocalSecretsManager;
let time: SteppedTime;
const caches: SecretCache[] = [];

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  time = new SteppedTime();
});

afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await server.close();
});

function makeCache(options: SecretCacheOptions = {}): SecretCache {
  // Real answers take real time, which doesn't pass here: what bounds them is the test's own timeout.
  const cache = new SecretCache({
    client: server.client({ maxAttempts: 1 }),
    ttlMs: TTL_MS,
    ttlJitter: 0,
    attemptTimeoutMs: LONG_MS,
    waitBudgetMs: LONG_MS,
    staleWaitMs: LONG_MS,
    runtime: time,
    ...options,
  });
  caches.push(cache);
  return cache;
}

function counts(): { G: number; D: number } {
  return { G: server.count('GetSecretValue'), D: server.count('DescribeSecret') };
}

function collect(cache: SecretCache, signal?: AbortSignal): { texts: string[]; end: Promise<void> } {
  const texts: string[] = [];
  const end = (async () => {
    for await (const secret of cache.watch('prod/db', signal === undefined ? {} : { signal }))
      texts.push(secret.text());
  })();
  return { texts, end };
}

describe('a watch', () => {
  test('shows the new version of a rotation at its last step and not before, at one describe a TTL and one read', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    const { texts, end } = collect(cache);
    await time.asleep(TTL_MS);
    server.resetCalls();

    const rotation = server.startRotation('prod/db');
    const steps = [
      () => {},
      () => rotation.createSecret('new'),
      () => rotation.setSecret(),
      () => rotation.testSecret(),
    ];
    for (const step of steps) {
      step();
      time.step(TTL_MS);
      await time.asleep(TTL_MS);
      expect(texts).toEqual(['old']);
    }
    expect(counts()).toEqual({ G: 0, D: 4 });
    rotation.finishSecret();
    time.step(TTL_MS);
    await time.asleep(TTL_MS);
    expect(texts).toEqual(['old', 'new']);
    expect(counts()).toEqual({ G: 1, D: 5 });

    await cache.close();
    await end;
    expect(time.timers).toBe(0);
  });

  test('ten of one secret share each call', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    const all = Array.from({ length: 10 }, () => collect(cache));
    await time.asleep(TTL_MS);
    server.putSecretValue('prod/db', { secretString: 'new' });
    time.step(TTL_MS);
    await time.asleep(TTL_MS);
    expect(all.map(({ texts }) => texts)).toEqual(all.map(() => ['old', 'new']));
    expect(counts()).toEqual({ G: 2, D: 1 });
    await cache.close();
    await Promise.all(all.map(({ end }) => end));
  });

  test('survives connections that are reset, and shows what changed meanwhile', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    const { texts, end } = collect(cache);
    await time.asleep(TTL_MS);
    const outage = server.faults.inject({ kind: 'reset' });
    for (let nth = 0; nth < 5; nth += 1) {
      time.step(TTL_MS);
      await time.asleep(TTL_MS);
    }
    server.putSecretValue('prod/db', { secretString: 'new' });
    outage.remove();
    time.step(TTL_MS);
    await time.asleep(TTL_MS);
    expect(texts).toEqual(['old', 'new']);
    await cache.close();
    await end;
  });

  test('is woken by the event of the rotation, long before its TTL', async () => {
    const { arn } = server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    const { texts, end } = collect(cache);
    await time.asleep(TTL_MS);
    const { versionId } = server.putSecretValue('prod/db', { secretString: 'new' });
    const hint = parseSecretEvent({
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      resources: [arn],
      detail: { name: 'prod/db', labelUpdated: 'AWSCURRENT', versionId },
    });
    if (hint !== undefined) cache.notify(hint);
    time.step(5_000);
    await time.asleep(TTL_MS);
    expect(texts).toEqual(['old', 'new']);
    await cache.close();
    await end;
  });

  test('that is aborted while its check is on the wire ends at once and takes the call off it', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    const controller = new AbortController();
    const { texts, end } = collect(cache, controller.signal);
    await time.asleep(TTL_MS);
    const gate = server.hold('DescribeSecret');
    time.step(TTL_MS);
    await gate.arrived();
    controller.abort();
    await end;
    expect(texts).toEqual(['old']);
    while (gate.waiting > 0) await turn();
    expect(time.timers).toBe(0);
    gate.release();
  });

  test('that is left by `break` leaves the cache idle, and the secret held', async () => {
    server.createSecret({ name: 'prod/db', secretString: 'old' });
    const cache = makeCache();
    let first: Secret | undefined;
    for await (const secret of cache.watch('prod/db')) {
      first = secret;
      break;
    }
    expect(time.timers).toBe(0);
    expect(await cache.get('prod/db')).toBe(first);
    expect(counts()).toEqual({ G: 1, D: 0 });
  });
});
