/** A secret asked for in more ways than are remembered: forty, the least useful going first. */

import { describe, expect, test } from 'vitest';

import { outcomeOf } from '../support/outcome.ts';
import { manyNames, setup, type TestBed } from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };

/** A secret with so many labels, each on a version of its own; AWSCURRENT is held. */
async function labelled(count: number): Promise<TestBed & { stages: string[]; absent: string[] }> {
  const bed = setup();
  const stages = manyNames(count, 'label-');
  for (const stage of stages) bed.service.put('a', `a ${stage}`, { stages: [stage] });
  await bed.read('a');
  return { ...bed, stages, absent: manyNames(count, 'absent-') };
}

describe('a secret asked for by many labels', () => {
  test('remembers AWSCURRENT and 39 more', async () => {
    const { service, read, stages } = await labelled(39);
    for (const versionStage of stages) await read('a', { versionStage });
    service.newCounts();
    expect(await read('a')).toBe('a v1');
    for (const versionStage of stages) expect(await read('a', { versionStage })).toBe(`a ${versionStage}`);
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('lets go of the one asked for first by the fortieth, and of no other', async () => {
    const { cache, service, read, stages } = await labelled(40);
    for (const versionStage of stages) await read('a', { versionStage });
    const [first = '', ...others] = stages;
    service.newCounts();
    expect(await read('a')).toBe('a v1');
    for (const versionStage of others) expect(await read('a', { versionStage })).toBe(`a ${versionStage}`);
    expect(service.newCounts()).toEqual(NO_CALL);
    expect(cache.peek('a', { versionStage: first })).toBeUndefined();
    expect(await read('a', { versionStage: first })).toBe(`a ${first}`);
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('forgets that labels are missing before it forgets one that is held', async () => {
    const { service, read, readCode, stages, absent } = await labelled(30);
    for (const versionStage of stages) await read('a', { versionStage });
    for (const versionStage of absent) {
      expect(await readCode('a', { versionStage })).toBe('ERR_SECRET_NOT_FOUND');
    }
    service.newCounts();
    for (const versionStage of stages) expect(await read('a', { versionStage })).toBe(`a ${versionStage}`);
    const remembered = absent.slice(-9);
    for (const versionStage of remembered) await readCode('a', { versionStage });
    expect(service.newCounts()).toEqual(NO_CALL);
    for (const versionStage of absent.slice(0, 5)) await readCode('a', { versionStage });
    expect(service.newCounts()).toEqual({ G: 5, D: 0, B: 0 });
  });

  test('lets go of none that is being read, so that a later get joins that read', async () => {
    const { cache, service, runtime, read, stages } = await labelled(45);
    const [slow = '', ...others] = stages;
    const hold = service.hold({ versionStage: slow });
    const first = outcomeOf(cache.get('a', { versionStage: slow }));
    await runtime.settle();
    for (const versionStage of others) await read('a', { versionStage });
    service.newCounts();
    const second = outcomeOf(cache.get('a', { versionStage: slow }));
    await runtime.settle();
    expect(service.newCounts()).toEqual(NO_CALL);
    hold.lift();
    await runtime.settle();
    expect([first.value?.text(), second.value?.text()]).toEqual([`a ${slow}`, `a ${slow}`]);
  });
});
