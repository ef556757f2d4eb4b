/** A version asked for by its id: what it shares with the labels of its secret, and what not. */

import { describe, expect, test } from 'vitest';

import { eventsOf } from '../support/events.ts';
import * as errors from '../support/service-errors.ts';
import { setup, TTL_MS } from '../support/setup.ts';

describe('a version asked for by its id', () => {
  test('is not made due by a hint, which is about labels', async () => {
    const { cache, service, read } = setup();
    const versionId = service.versionOf('a');
    for (let nth = 0; nth < 2; nth += 1) await read('a', { versionId });
    service.newCounts();
    cache.notify({ secretId: 'a' });
    expect(await read('a', { versionId })).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('is said to be stale when it stands in, also if it was held for a label before', async () => {
    const { service, runtime, read } = setup();
    const versionId = service.versionOf('a');
    await read('a');
    await read('a', { versionId });
    const stale = eventsOf('stale-served');
    service.fail(errors.internalError);
    await runtime.advance(TTL_MS);
    for (let nth = 0; nth < 2; nth += 1) expect(await read('a', { versionId })).toBe('a v1');
    expect(stale).toEqual([{ secretId: 'a', versionId, ageMs: TTL_MS }]);
  });
});
