/** What no scenario shows of the two clocks: how often a hit reads them, and moments that are still to come. */

import { expect, test } from 'vitest';

import { Clock } from '../../src/clock.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

class CountingRuntime extends VirtualRuntime {
  monotonicReadings = 0;

  override monotonicNowMs(): number {
    this.monotonicReadings += 1;
    return super.monotonicNowMs();
  }
}

test('nothing is within a limit of zero, not even a moment that is still to come by both clocks', () => {
  const clock = new Clock(new VirtualRuntime());
  const { wallMs, monotonicMs } = clock.now();
  const ahead = { wallMs: wallMs + 1, monotonicMs: monotonicMs + 1 };
  expect([0, 1].map((limitMs) => clock.isWithin(ahead, limitMs))).toEqual([false, true]);
});

test('64 hits of one wall millisecond share a reading of the monotonic clock, and none outlives a commit', async () => {
  const runtime = new CountingRuntime();
  const clock = new Clock(runtime);
  const since = clock.now();
  const readingsOf = (hits: number): number => {
    const before = runtime.monotonicReadings;
    for (let nth = 0; nth < hits; nth += 1) clock.isWithin(since, 1_000);
    return runtime.monotonicReadings - before;
  };
  expect([readingsOf(64), readingsOf(64), readingsOf(1)]).toEqual([1, 1, 1]);
  await runtime.advance(1);
  expect([readingsOf(1), readingsOf(63)]).toEqual([1, 0]);
  await runtime.advance(1);
  expect(readingsOf(1)).toBe(1);
  clock.forgetReading();
  expect([readingsOf(1), readingsOf(1)]).toEqual([1, 0]);
});
