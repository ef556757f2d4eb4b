/** Denials that come twice at once, late witnesses, and reads from before a denial or of an older secret. */

import { describe, expect, test } from 'vitest';

import { eventsOf } from '../support/events.ts';
import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { setup, TTL_MS } from '../support/setup.ts';

const PREVIOUS = { versionStage: 'AWSPREVIOUS' };

describe('a denial', () => {
  test('that repeats the first within its second is told of once, and puts the confirmation off by nothing', async () => {
    const { cache, service, runtime, read, code, readCode } = setup();
    service.put('a', 'a v2');
    await read('a');
    await read('a', PREVIOUS);
    const suspect = eventsOf('suspect');
    service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    await runtime.advance(900);
    expect(await code(cache.refresh('a', PREVIOUS))).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(suspect).toEqual([{ secretId: 'a', code: 'ERR_SECRET_ACCESS_DENIED' }]);
    await runtime.advance(100);
    expect(await readCode('a')).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(cache.peek('a')).toBeUndefined();
  });

  test('is not confirmed by a mark for deletion that a describe saw before the last read', async () => {
    const { cache, service, runtime, read, code } = setup();
    await read('a');
    await runtime.advance(TTL_MS);
    service.scheduleDeletion('a');
    const hold = service.hold({ op: 'D' });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.restore('a');
    expect((await runtime.run(cache.refresh('a'))).text()).toBe('a v1');
    const outage = service.fail(errors.internalError);
    hold.lift();
    await runtime.settle();
    expect(before.value?.text()).toBe('a v1');
    outage.lift();

    service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(cache.peek('a')?.text()).toBe('a v1');
  });

  test('that was confirmed while a preload by filters was out is what the preload reports', async () => {
    const { cache, service, runtime, read, code } = setup({ batch: false });
    await read('a');
    const hold = service.hold({ op: 'B' });
    const preloaded = cache.preload({ filters: [{ key: 'name', values: ['a'] }] });
    await runtime.settle();
    service.deny({ action: 'GetSecretValue' });
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    await runtime.advance(1_000);
    expect(await code(cache.refresh('a'))).toBe('ERR_SECRET_ACCESS_DENIED');
    hold.lift();
    const { loaded, failed } = await runtime.run(preloaded);
    expect(loaded).toEqual([]);
    expect(failed.get('a')?.code).toBe('ERR_SECRET_ACCESS_DENIED');
  });
});

describe('a read of a secret that was deleted and made again since', () => {
  test('leaves nothing behind: its version is not to be had by its id', async () => {
    const { cache, service, runtime, read } = setup();
    const versionId = service.versionOf('a');
    const hold = service.hold({ times: 1 });
    const before = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.destroy('a');
    service.create('a', 'a of another life');
    await runtime.run(cache.refresh('a'));
    hold.lift();
    await runtime.settle();
    expect(before.value?.text()).toBe('a v1');
    expect(cache.peek('a', { versionId })).toBeUndefined();
    expect(await read('a')).toBe('a of another life');
  });
});

describe('a request that is refused for another reason', () => {
  test('is made again within 10 s although a value is held: each of its callers sees the refusal', async () => {
    const { service, runtime, read, readCode } = setup({ revalidate: 'fetch' });
    await read('a');
    await runtime.advance(TTL_MS);
    const refusal = service.fail(() => errors.invalidRequest());
    while (refusal.calls.length < 8) {
      expect(await readCode('a')).toBe('ERR_SECRET_INVALID_REQUEST');
      await runtime.advance(1_000);
    }
    refusal.lift();
    await runtime.advance(10_000);
    expect(await readCode('a')).toBe('fulfilled');
  });
});
