/** Failures of requests count for nothing once something later has overtaken them, and only then. */

import { describe, expect, test } from 'vitest';

import { eventsOf } from '../support/events.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { setup, TTL_MS } from '../support/setup.ts';

const BLUE = { versionStage: 'blue' };
const ONE_READ = { G: 1, D: 0, B: 0 };

describe('a check that fails', () => {
  test('after a later read of another label has shown the same is no failure, and puts nothing off', async () => {
    const { cache, service, runtime, read } = setup({ revalidate: 'fetch' });
    service.moveLabel('a', 'blue', service.versionOf('a'));
    for (const ask of [{}, BLUE]) await read('a', ask);
    await runtime.advance(TTL_MS);
    const failures = eventsOf('failure');
    const hold = service.hold({ versionStage: 'AWSCURRENT', times: 1 });
    const got = outcomeOf(cache.get('a'));
    await runtime.settle();
    await read('a', BLUE);
    hold.held[0]?.fail(errors.internalError());
    await runtime.settle();
    expect(got.value?.text()).toBe('a v1');
    expect(failures).toEqual([]);
    await runtime.advance(1);
    service.newCounts();
    await read('a', { maxAgeMs: 1 });
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('while a refresh that began later is out leaves the next get waiting for that', async () => {
    const { cache, service, runtime, read } = setup({ revalidate: 'fetch' });
    await read('a');
    await runtime.advance(TTL_MS);
    service.put('a', 'a v2');
    const hold = service.hold();
    const checked = outcomeOf(cache.get('a'));
    await runtime.settle();
    const refreshed = outcomeOf(cache.refresh('a'));
    await runtime.settle();
    hold.held[0]?.fail(errors.internalError());
    await runtime.settle();
    const got = outcomeOf(cache.get('a'));
    await runtime.settle();
    expect([checked.value?.text(), got.state]).toEqual(['a v1', 'pending']);
    hold.lift();
    await runtime.settle();
    expect([refreshed.value?.text(), got.value?.text()]).toEqual(['a v2', 'a v2']);
  });

  test('in a read sent after an invalidation is a failure, although its describe was sent before', async () => {
    const { cache, service, runtime, read, readCode } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D', times: 1 });
    const checked = outcomeOf(cache.get('a'));
    await runtime.settle();
    cache.invalidate('a');
    service.fail(errors.internalError, { op: 'G', times: 1 });
    hold.lift();
    await runtime.settle();
    expect(codeOf(checked)).toBe('ERR_SECRET_UNAVAILABLE');
    service.newCounts();
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
    expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });
});
