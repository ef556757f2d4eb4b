/** A fleet of 1,000 in `npm test`; `npx tsx test/simulation/fleet.ts` has the 10,000. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { coldStartMs, recovery, ROUND_TRIP_MS, secondWave } from './fleet.ts';
import { loadLibrary, type Library } from './library.ts';

const SIZE = 1_000;
/** Where these would take long: as many less, and as much less of the quotas. */
const FEWER = 100;
const LONG = { timeout: 300_000 };

let library: Library;
const stackTraceLimit = Error.stackTraceLimit;

beforeAll(async () => {
  library = await loadLibrary();
  // Nobody reads the stacks of the errors in a run, and taking them is most of its time.
  Error.stackTraceLimit = 0;
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe('a fleet', () => {
  test('that started at one instant comes back spread out: at most twice the mean', LONG, async () => {
    const { peak, steady } = await secondWave(library, SIZE);
    expect(steady).toBeGreaterThan(10);
    expect(peak / steady).toBeLessThanOrEqual(2);
  });

  test('that starts cold under the quotas is warm sooner than by single reads', LONG, async () => {
    const share = FEWER / 10_000;
    const batched = await coldStartMs(library, FEWER, { batch: true, share });
    const single = await coldStartMs(library, FEWER, { batch: false, share });
    expect(single).toBeGreaterThan(1_000);
    expect(batched).toBeLessThanOrEqual(single);
  });

  test('small enough for the quota of single reads is later by one refused batch at most', LONG, async () => {
    const share = FEWER / 1_000;
    const batched = await coldStartMs(library, FEWER, { batch: true, share });
    const single = await coldStartMs(library, FEWER, { batch: false, share });
    expect(batched).toBeLessThanOrEqual(single + ROUND_TRIP_MS);
  });

  test('comes back after an hour of outage with at most twice its steady rate', LONG, async () => {
    const { peak, steady } = await recovery(library, FEWER);
    expect(peak / steady).toBeLessThanOrEqual(2);
  });
});
