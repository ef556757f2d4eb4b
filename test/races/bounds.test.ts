/** What is remembered is bounded, however it came about. */

import { expect, test } from 'vitest';

import { manyNames, setup } from '../support/setup.ts';

test('failures of many labels of one secret are forgotten down to a bound, even when all failed at one time', async () => {
  const { cache, service, runtime } = setup({ maxEntries: 10 });
  await runtime.run(cache.get('a'));
  const ask = async (): Promise<void> => {
    const gets = manyNames(200).map((versionStage) => cache.get('a', { versionStage }));
    await runtime.run(Promise.allSettled(gets));
  };
  await ask();
  service.newCounts();
  await ask();
  expect(200 - service.newCounts().G).toBeLessThanOrEqual(40);
});
