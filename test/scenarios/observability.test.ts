/** What the cache says of itself on `node:diagnostics_channel`: once an episode, and never a value. */

import { describe, expect, test } from 'vitest';

import { eventsOf } from '../support/events.ts';
import * as errors from '../support/service-errors.ts';
import { setup, TTL_MS } from '../support/setup.ts';

describe('one event an episode', () => {
  test('an outage is one failure and one stale-served, however many gets it lasts; the next outage is another', async () => {
    const failures = eventsOf('failure');
    const served = eventsOf('stale-served');
    const { service, runtime, read } = setup();
    const versionId = service.versionOf('a');
    await read('a');
    for (const nth of [1, 2]) {
      await runtime.advance(TTL_MS);
      const outage = service.fail(errors.internalError);
      for (let atMs = 0; atMs < 60_000; atMs += 1_000) {
        expect(await read('a')).toBe('a v1');
        await runtime.advance(1_000);
      }
      expect(failures).toHaveLength(nth);
      expect(served).toHaveLength(nth);
      outage.lift();
      await runtime.advance(TTL_MS);
      await read('a');
    }
    expect(failures[0]).toEqual({ secretId: 'a', code: 'ERR_SECRET_UNAVAILABLE' });
    expect(served[0]).toEqual({ secretId: 'a', versionId, ageMs: TTL_MS });
  });

  test('a revalidation that fails behind a stale answer is one failure, and no rejection that nobody handles', async () => {
    const failures = eventsOf('failure');
    const { service, runtime, read } = setup({ ttlMs: 1_000, staleWhileRevalidateMs: 60_000 });
    await read('a');
    await runtime.advance(1_000);
    service.fail(errors.throttled);
    for (let atMs = 0; atMs < 30_000; atMs += 500) {
      expect(await read('a')).toBe('a v1');
      await runtime.advance(500);
    }
    expect(failures).toEqual([{ secretId: 'a', code: 'ERR_SECRET_THROTTLED' }]);
  });

  test('a revocation is one suspicion and one confirmation', async () => {
    const suspects = eventsOf('suspect');
    const revoked = eventsOf('revoked');
    const { service, runtime, read, readCode } = setup({ revalidate: 'fetch' });
    await read('a');
    await runtime.advance(TTL_MS);
    service.deny({ action: 'GetSecretValue' });
    for (let nth = 0; nth < 10; nth += 1) await read('a');
    const denied = { secretId: 'a', code: 'ERR_SECRET_ACCESS_DENIED' };
    expect([suspects, revoked]).toEqual([[denied], []]);
    await runtime.advance(1_000);
    for (let nth = 0; nth < 10; nth += 1) expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
    expect([suspects, revoked]).toEqual([[denied], [denied]]);
  });

  test('a rotation is said once, with the two versions', async () => {
    const rotated = eventsOf('rotated');
    const { service, runtime, read } = setup();
    await read('a');
    const fromVersionId = service.versionOf('a');
    const toVersionId = service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    await read('a');
    await runtime.advance(TTL_MS);
    await read('a');
    const current = rotated.filter(
      (each) => (each as { versionStage: string }).versionStage === 'AWSCURRENT',
    );
    expect(current).toEqual([{ secretId: 'a', versionStage: 'AWSCURRENT', fromVersionId, toVersionId }]);
  });

  test('each call that brought something is said with its length', async () => {
    const loads = eventsOf('load');
    const revalidations = eventsOf('revalidate');
    const { cache, service, runtime } = setup();
    service.latencyMs = 40;
    await runtime.runFor(cache.get('a'), 40);
    await runtime.advance(TTL_MS);
    await runtime.runFor(cache.get('a'), 40);
    const versionId = service.versionOf('a');
    expect(loads).toEqual([{ secretId: 'a', versionId, versionStages: ['AWSCURRENT'], durationMs: 40 }]);
    expect(revalidations).toEqual([{ secretId: 'a', durationMs: 40 }]);
  });

  test('a secret that made room for another is said, one that was invalidated is not', async () => {
    const evicted = eventsOf('evicted');
    const { cache, read } = setup({ maxEntries: 1, secrets: ['a', 'b', 'c'] });
    await read('a');
    await read('b');
    cache.invalidate('b');
    await read('c');
    expect(evicted).toEqual([{ secretId: 'a' }]);
  });
});
