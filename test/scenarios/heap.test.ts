/** What the garbage collector gets back: the values that rotations have pushed out. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { setup, TTL_MS } from '../support/setup.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects until nothing changes any more: finalizers run in turns of their own. */
async function collectAll(): Promise<void> {
  for (let times = 0; times < 4; times += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('the values that rotations have pushed out can be collected, and those held can not', async () => {
  const collected = new Set<string>();
  const registry = new FinalizationRegistry<string>((versionId) => collected.add(versionId));
  const { cache, service, runtime } = setup();
  const versionIds: string[] = [];
  const rotate = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) {
      const secret = await runtime.run(cache.get('a'));
      registry.register(secret, secret.versionId);
      versionIds.push(secret.versionId);
      service.startRotation('a');
      service.putPendingValue('a', `value ${done}`);
      service.finishRotation('a');
      await runtime.advance(TTL_MS + 1);
    }
  };
  await rotate(20);
  await runtime.run(cache.get('a'));
  await collectAll();
  // The current one was never registered, the previous and two spares may be held.
  expect(versionIds).toHaveLength(20);
  expect(versionIds.slice(0, -4).filter((versionId) => !collected.has(versionId))).toEqual([]);
  expect(cache.peek('a')?.text()).toBe('value 19');
});
