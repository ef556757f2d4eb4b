/** Which moves of a label look like a lagging replica's, and so are looked at again soon: those to one of the last four it left. */

import { describe, expect, test } from 'vitest';

import { LOOK_AGAIN_MS, setup } from '../support/setup.ts';

interface Moves {
  /** Moves AWSCURRENT to the nth version, and lets the cache see it. */
  readonly to: (nth: number) => Promise<void>;
  /** Drops what is held, and loads it again. */
  readonly invalidate: () => Promise<void>;
  /** Whether the next look comes within seconds, and not a TTL later. */
  readonly isLookedAtSoon: () => Promise<boolean>;
}

async function moves(): Promise<Moves> {
  const { cache, service, runtime, read } = setup();
  await read('a');
  const ids = [service.versionOf('a')];
  return {
    to: async (nth) => {
      const id = ids[nth];
      if (id === undefined) ids[nth] = service.put('a', `a v${nth + 1}`);
      else service.moveLabel('a', 'AWSCURRENT', id);
      await runtime.run(cache.refresh('a'));
    },
    invalidate: async () => {
      cache.invalidate('a');
      await read('a');
    },
    isLookedAtSoon: async () => {
      service.newCounts();
      await runtime.advance(LOOK_AGAIN_MS);
      await read('a');
      return service.newCounts().D > 0;
    },
  };
}

describe('a label that moves', () => {
  test('to a version never seen is not looked at again soon', async () => {
    const { to, isLookedAtSoon } = await moves();
    await to(1);
    expect(await isLookedAtSoon()).toBe(false);
  });

  test('back by four is looked at again soon', async () => {
    const { to, isLookedAtSoon } = await moves();
    for (const nth of [1, 2, 3, 4, 0]) await to(nth);
    expect(await isLookedAtSoon()).toBe(true);
  });

  test('back by four is looked at again soon, also when the secret was invalidated meanwhile', async () => {
    const { to, invalidate, isLookedAtSoon } = await moves();
    for (const nth of [1, 2, 3, 4]) await to(nth);
    await invalidate();
    await to(0);
    expect(await isLookedAtSoon()).toBe(true);
  });

  test('back by more than the four that are remembered is not', async () => {
    const { to, isLookedAtSoon } = await moves();
    for (const nth of [1, 2, 3, 4, 5, 0]) await to(nth);
    expect(await isLookedAtSoon()).toBe(false);
  });

  test('to and fro between two versions forgets none of the others for that', async () => {
    const { to, isLookedAtSoon } = await moves();
    for (const nth of [1, 2, 1, 2, 1, 2, 0]) await to(nth);
    expect(await isLookedAtSoon()).toBe(true);
  });
});
