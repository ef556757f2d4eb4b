/** Which versions of a secret are kept, and which are let go: those in use, the previous one, and two more. */

import { describe, expect, test } from 'vitest';

import { setup, TTL_MS, type SetupOptions, type TestBed } from '../support/setup.ts';

const PREVIOUS = { versionStage: 'AWSPREVIOUS' };
const NO_CALL = { G: 0, D: 0, B: 0 };
const ONE_READ = { G: 1, D: 0, B: 0 };

interface Versions extends TestBed {
  /** The ids of `count` versions; the last one is AWSCURRENT, the one before it AWSPREVIOUS. */
  readonly ids: readonly string[];
  /** Which of them are held, by their places. */
  readonly held: () => number[];
}

function versions(count: number, options: SetupOptions = {}): Versions {
  const bed = setup(options);
  const { cache, service } = bed;
  const ids = [service.versionOf('a')];
  for (let nth = 2; nth <= count; nth += 1) ids.push(service.put('a', `a v${nth}`));
  const isHeld = (versionId: string): boolean => cache.peek('a', { versionId }) !== undefined;
  return { ...bed, ids, held: () => ids.flatMap((versionId, place) => (isHeld(versionId) ? [place] : [])) };
}

describe('of the versions of one secret', () => {
  test('those asked for by id are kept two at a time, and one that was let go is read again', async () => {
    const { service, read, ids, held } = versions(6);
    for (const versionId of ids.slice(0, 4)) await read('a', { versionId });
    expect(held()).toEqual([2, 3]);
    service.newCounts();
    expect(await read('a', { versionId: ids[2] })).toBe('a v3');
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(await read('a', { versionId: ids[0] })).toBe('a v1');
    expect(service.newCounts()).toEqual(ONE_READ);
  });

  test('the spare one that was shown last is kept longest', async () => {
    const { cache, runtime, read, ids, held } = versions(6);
    await read('a');
    for (const versionId of ids.slice(0, 2)) await read('a', { versionId });
    await runtime.run(cache.refresh('a', { versionId: ids[0] }));
    await read('a', { versionId: ids[2] });
    expect(held()).toEqual([0, 2, 5]);
  });

  test('those that labels in use and AWSPREVIOUS point at are kept besides, whatever else was shown since', async () => {
    const { service, runtime, read, ids, held } = versions(6);
    service.moveLabel('a', 'blue', ids[0] ?? '');
    service.moveLabel('a', 'green', ids[1] ?? '');
    for (const versionStage of ['blue', 'green', 'AWSPREVIOUS', 'AWSCURRENT'])
      await read('a', { versionStage });
    for (const versionId of [ids[2], ids[3]]) await read('a', { versionId });
    expect(held()).toEqual([0, 1, 2, 3, 4, 5]);
    await runtime.advance(TTL_MS);
    service.newCounts();
    for (const versionStage of ['blue', 'green', 'AWSPREVIOUS', 'AWSCURRENT'])
      await read('a', { versionStage });
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });

  test('AWSPREVIOUS is kept although nobody asked for it yet', async () => {
    const { service, runtime, read, ids, held } = versions(3);
    await read('a');
    const next = service.put('a', 'a v4');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v4');
    for (const versionId of [ids[0], ids[1]]) await read('a', { versionId });
    expect(held()).toEqual([0, 1, 2]);
    service.newCounts();
    expect(await read('a', PREVIOUS)).toBe('a v3');
    expect(await read('a', { versionId: next })).toBe('a v4');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('that of AWSCURRENT is kept, though it came by a preload and every get of it was a plain hit', async () => {
    const { cache, service, runtime, read, ids, held } = versions(6);
    await runtime.run(cache.preload({ filters: [{ key: 'name', values: ['a'] }] }));
    expect(await read('a')).toBe('a v6');
    for (const versionId of ids.slice(0, 3)) await read('a', { versionId });
    expect(held()).toEqual([1, 2, 5]);
    service.newCounts();
    expect(await read('a')).toBe('a v6');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('one with a label that nobody asked for is kept no longer than one without', async () => {
    const { service, read, ids, held } = versions(6);
    for (const [place, versionId] of ids.slice(0, 4).entries()) {
      service.moveLabel('a', `label-${place}`, versionId);
      await read('a', { versionId });
    }
    expect(held()).toEqual([2, 3]);
  });
});

describe('a version that is read again', () => {
  test('comes as the same object, and is held once', async () => {
    const { cache, service, runtime } = setup({ revalidate: 'fetch' });
    const first = await runtime.run(cache.get('a'));
    await runtime.advance(TTL_MS);
    expect(await runtime.run(cache.get('a'))).toBe(first);
    expect(service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('may be read for H since the later read, in whichever order the answers land', async () => {
    const { cache, service, runtime, read } = setup({ staleIfErrorMs: TTL_MS });
    const hold = service.hold({ times: 1 });
    const first = cache.get('a');
    await runtime.advance(2_000);
    await runtime.run(cache.refresh('a'));
    hold.lift();
    await runtime.run(first);
    for (const [ms, calls] of [
      [TTL_MS, { G: 0, D: 1, B: 0 }],
      [TTL_MS - 1, { G: 0, D: 1, B: 0 }],
      [1, { G: 1, D: 1, B: 0 }],
    ] as const) {
      await runtime.advance(ms);
      service.newCounts();
      expect(await read('a', { maxAgeMs: 1 })).toBe('a v1');
      expect(service.newCounts()).toEqual(calls);
    }
  });
});

test('a read after a suspension in which the monotonic clock stood still renews the right to read', async () => {
  const { service, runtime, read } = setup({ staleIfErrorMs: TTL_MS });
  await read('a');
  runtime.freeze(2 * TTL_MS, { monotonic: false });
  service.newCounts();
  await read('a');
  expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  await runtime.advance(TTL_MS);
  await read('a');
  expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
});
