/** Replicas that lag: no label goes back behind what the primary has shown, for as long as a replica may be behind. */

import { describe, expect, test } from 'vitest';

import type { SecretVersion } from '../../src/index.ts';
import * as errors from '../support/service-errors.ts';
import { PRIMARY, REPLICA, setupRegions, type RegionsBed } from './bed.ts';

const WINDOW_MS = 60_000;
const call = { signal: new AbortController().signal, onDispatch: (): void => {} };

const idOf = (version: SecretVersion): string => version.versionId;

/** What a load brings past the cache: a version id, or a code. */
async function loaded(bed: RegionsBed, versionStage = 'AWSCURRENT'): Promise<string> {
  const load = bed.source.load({ secretId: 'a', versionStage }, call);
  return bed.runtime.run(load.then(idOf, (error: { code: string }) => error.code));
}

/** Where a description shows a label, or a code. */
async function described(bed: RegionsBed, label = 'AWSCURRENT'): Promise<string | undefined> {
  const description = bed.source.describe('a', call);
  return bed.runtime.run(
    description.then(
      ({ versionIdsToStages }) => [...versionIdsToStages].find(([, labels]) => labels.includes(label))?.[0],
      (error: { code: string }) => error.code,
    ),
  );
}

describe('a rotation that has not reached the replica when the primary goes down', () => {
  test('is not undone: what the cache holds of it is served, checks back off, and clients see no label move', async () => {
    const bed = setupRegions({ failover: { lagWindowMs: WINDOW_MS } });
    await bed.read('a');
    bed.put('a', 'a v2');
    expect(await bed.read('a')).toBe('a v2');
    bed.primary.fail(errors.unavailable);
    for (let second = 0; second < 59; second += 1) {
      expect(await bed.read('a')).toBe('a v2');
      await bed.runtime.advance(1_000);
    }
    expect(bed.cache.stats()).toMatchObject({ rotations: 1, failures: 0 });
    expect(bed.source.stats().regions[REPLICA]?.lagging).toBeGreaterThan(3);
    bed.replicate('a', 'a v2');
    await bed.runtime.advance(60_000);
    expect(await bed.read('a')).toBe('a v2');
    expect(bed.cache.stats().rotations).toBe(1);
  });

  test('is believed to be undone once the window is over', async () => {
    const bed = setupRegions({ failover: { lagWindowMs: WINDOW_MS } });
    const first = bed.primary.versionOf('a');
    const second = bed.put('a', 'a v2');
    expect(await loaded(bed)).toBe(second);
    bed.primary.fail(errors.unavailable);
    await bed.runtime.advance(WINDOW_MS - 1);
    expect([await loaded(bed), await described(bed)]).toEqual([
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
    ]);
    await bed.runtime.advance(1);
    expect([await loaded(bed), await described(bed)]).toEqual([first, first]);
  });

  test('has its window counted from when the primary last showed it', async () => {
    const bed = setupRegions({ failover: { lagWindowMs: WINDOW_MS } });
    const first = bed.primary.versionOf('a');
    bed.put('a', 'a v2');
    await loaded(bed);
    await bed.runtime.advance(WINDOW_MS - 1_000);
    await described(bed);
    bed.primary.fail(errors.unavailable);
    await bed.runtime.advance(WINDOW_MS - 1);
    expect(await loaded(bed)).toBe('ERR_SECRET_UNAVAILABLE');
    await bed.runtime.advance(1);
    expect(await loaded(bed)).toBe(first);
  });

  test.each([
    ['AWSCURRENT', 'AWSPREVIOUS'],
    ['AWSPREVIOUS', 'AWSCURRENT'],
  ])(
    'known by a read of %s alone, keeps a lagging read of %s back where they contradict',
    async (shown, asked) => {
      const bed = setupRegions();
      bed.put('a', 'a v2');
      bed.replicate('a', 'a v2');
      bed.put('a', 'a v3');
      await loaded(bed, shown);
      bed.primary.fail(errors.unavailable);
      // v3 is current, v2 previous; the replica has v2 as current, v1 as previous.
      const isContradiction = shown === 'AWSPREVIOUS';
      expect(await loaded(bed, shown)).toBe('ERR_SECRET_UNAVAILABLE');
      expect((await loaded(bed, asked)) === 'ERR_SECRET_UNAVAILABLE').toBe(isContradiction);
    },
  );

  test('is seen in a third Region that has heard of it', async () => {
    const bed = setupRegions({ regions: [PRIMARY, REPLICA, 'eu-west-1'] });
    const second = bed.put('a', 'a v2');
    bed.regions[2]?.put('a', 'a v2', { versionId: second });
    await loaded(bed);
    bed.primary.fail(errors.unavailable);
    expect([await loaded(bed), await described(bed)]).toEqual([second, second]);
    expect(bed.source.stats().regions).toMatchObject({ [REPLICA]: { lagging: 2, state: 'up' } });
  });
});

describe('a label', () => {
  test('of the user’s own, moved, attached or taken off in the primary, stays so', async () => {
    const bed = setupRegions();
    const first = bed.primary.versionOf('a');
    const second = bed.put('a', 'a v2');
    bed.replicate('a', 'a v2');
    bed.replica.moveLabel('a', 'MOVED', first);
    bed.replica.moveLabel('a', 'OFF', first);
    bed.primary.moveLabel('a', 'OFF', first);
    await described(bed);
    bed.primary.removeLabel('a', 'OFF');
    bed.primary.moveLabel('a', 'MOVED', second);
    bed.primary.moveLabel('a', 'NEW', second);
    await described(bed);
    bed.primary.fail(errors.unavailable);
    const lagging = 'ERR_SECRET_UNAVAILABLE';
    // The version without NEW is as much behind as the label elsewhere.
    expect([await loaded(bed, 'MOVED'), await loaded(bed, 'OFF'), await loaded(bed)]).toEqual([
      lagging,
      lagging,
      lagging,
    ]);
    expect(await described(bed)).toBe(lagging);
  });

  test('taken off in the primary does not come back', async () => {
    const bed = setupRegions();
    const first = bed.primary.versionOf('a');
    for (const service of bed.regions) service.moveLabel('a', 'OFF', first);
    expect(await described(bed, 'OFF')).toBe(first);
    bed.primary.removeLabel('a', 'OFF');
    expect(await described(bed, 'OFF')).toBe(undefined);
    bed.primary.fail(errors.unavailable);
    expect([await loaded(bed, 'OFF'), await described(bed, 'OFF')]).toEqual([
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
    ]);
  });

  test('AWSPENDING that has ended its rotation is no contradiction', async () => {
    const bed = setupRegions();
    const pending = bed.primary.startRotation('a');
    bed.primary.putPendingValue('a', 'a v2');
    bed.replica.put('a', 'a v2', { versionId: pending });
    await bed.runtime.advance(600_000);
    expect(await loaded(bed, 'AWSPENDING')).toBe(pending);
    bed.primary.fail(errors.unavailable);
    // The replica has seen more than the primary has shown: the label went from a version that is there.
    expect(await loaded(bed)).toBe(pending);
    expect(await described(bed)).toBe(pending);
  });

  test('AWSPENDING of a version that the replica has not heard of is behind', async () => {
    const bed = setupRegions();
    bed.primary.startRotation('a');
    bed.primary.putPendingValue('a', 'a v2');
    await described(bed, 'AWSPENDING');
    bed.primary.fail(errors.unavailable);
    expect(await described(bed)).toBe('ERR_SECRET_UNAVAILABLE');
  });

  test('is where the primary says, whatever a replica said before', async () => {
    const bed = setupRegions();
    const outage = bed.primary.fail(errors.unavailable);
    const second = bed.put('a', 'a v2');
    expect(await loaded(bed)).not.toBe(second);
    outage.lift();
    await bed.runtime.advance(60_000);
    expect(await loaded(bed)).toBe(second);
  });

  test('is where the later request to the primary showed it, though an earlier one was answered last', async () => {
    const bed = setupRegions();
    const first = bed.primary.versionOf('a');
    const hold = bed.primary.hold({ times: 1 });
    const late = bed.source.load({ secretId: 'a' }, call);
    await bed.runtime.settle();
    const second = bed.put('a', 'a v2');
    expect(await loaded(bed)).toBe(second);
    hold.lift();
    expect((await bed.runtime.run(late)).versionId).toBe(first);
    bed.primary.fail(errors.unavailable);
    expect(await loaded(bed)).toBe('ERR_SECRET_UNAVAILABLE');
  });
});

test('a secret deleted and made again under its name is not the old one again', async () => {
  const bed = setupRegions();
  bed.primary.destroy('a');
  bed.primary.create('a', 'another');
  await loaded(bed);
  bed.primary.fail(errors.unavailable);
  expect([await loaded(bed), await described(bed)]).toEqual([
    'ERR_SECRET_UNAVAILABLE',
    'ERR_SECRET_UNAVAILABLE',
  ]);
});

test('`lagWindowMs: 0` believes replicas at once', async () => {
  const bed = setupRegions({ failover: { lagWindowMs: 0 } });
  const first = bed.primary.versionOf('a');
  bed.put('a', 'a v2');
  await loaded(bed);
  bed.primary.fail(errors.unavailable);
  expect([await loaded(bed), await described(bed)]).toEqual([first, first]);
});
