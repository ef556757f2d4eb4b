/** The virtual clock itself: a test bed that lies would make every other test lie. */

import { expect, test } from 'vitest';

import { VirtualRuntime } from './virtual-runtime.ts';

const draw = (runtime: VirtualRuntime): number[] => Array.from({ length: 100 }, () => runtime.random());

test('timers run in the order in which they are due, each at its own instant, promises settling in between', async () => {
  const runtime = new VirtualRuntime();
  const fromMs = runtime.monotonicNowMs();
  const seen: [string, number][] = [];
  const note = (name: string): number => seen.push([name, runtime.monotonicNowMs() - fromMs]);
  runtime.setTimeout(() => note('late'), 30);
  runtime.setTimeout(() => {
    note('early');
    void Promise.resolve().then(() => runtime.setTimeout(() => note('chained'), 10));
    runtime.setImmediate(() => note('immediate'));
  }, 10);
  const cleared = runtime.setTimeout(() => note('cleared'), 15);
  runtime.setTimeout(() => runtime.clearTimeout(cleared), 15 - 1);

  await runtime.advance(25);
  expect(seen).toEqual([
    ['early', 10],
    ['immediate', 10],
    ['chained', 20],
  ]);
  expect(runtime.monotonicNowMs() - fromMs).toBe(25);
  await runtime.advance(5);
  expect(seen.at(-1)).toEqual(['late', 30]);
});

test('both clocks move together; a step moves the wall clock alone; a suspended machine too', async () => {
  const runtime = new VirtualRuntime();
  const [wallMs, monotonicMs] = [runtime.wallNowMs(), runtime.monotonicNowMs()];
  const elapsed = (): number[] => [runtime.wallNowMs() - wallMs, runtime.monotonicNowMs() - monotonicMs];
  await runtime.advance(10);
  expect(elapsed()).toEqual([10, 10]);
  runtime.stepWall(-100);
  expect(elapsed()).toEqual([-90, 10]);
  runtime.freeze(50);
  expect(elapsed()).toEqual([-40, 60]);
  runtime.freeze(50, { monotonic: false });
  expect(elapsed()).toEqual([10, 60]);
});

test('no timer runs during a freeze; overdue ones run at the thaw, before what the network brought', async () => {
  const runtime = new VirtualRuntime();
  const seen: string[] = [];
  runtime.later(() => seen.push('network'), 10);
  runtime.setTimeout(() => seen.push('timer'), 20);
  runtime.freeze(100);
  await runtime.settle();
  expect(seen).toEqual([]);
  await runtime.advance(0);
  expect(seen).toEqual(['timer', 'network']);
});

test('the timers that are left are listed, with whether they keep the process alive', () => {
  const runtime = new VirtualRuntime();
  runtime.setTimeout(() => {}, 20).unref();
  runtime.setTimeout(() => {}, 10);
  runtime.later(() => {}, 5);
  expect(runtime.pendingTimers().map(({ delayMs, ref }) => [delayMs, ref])).toEqual([
    [10, true],
    [20, false],
  ]);
});

test('a delay that Node would cut to 1 ms is cut and counted', async () => {
  const runtime = new VirtualRuntime();
  let fired = 0;
  for (const delayMs of [2 ** 31, Infinity, Number.NaN]) runtime.setTimeout(() => (fired += 1), delayMs);
  await runtime.advance(1);
  expect([fired, runtime.overflows]).toEqual([3, 3]);
});

test('the same seed gives the same numbers in [0, 1), and a test may put its own before them', () => {
  const one = draw(new VirtualRuntime({ seed: 5 }));
  expect(one).toEqual(draw(new VirtualRuntime({ seed: 5 })));
  expect(one).not.toEqual(draw(new VirtualRuntime({ seed: 6 })));
  expect(one.every((number) => number >= 0 && number < 1)).toBe(true);
  const forced = new VirtualRuntime();
  forced.forceRandom(0.25, 0.75);
  expect(draw(forced).slice(0, 2)).toEqual([0.25, 0.75]);
});

test('a promise that needs time is told apart from one that does not', async () => {
  const runtime = new VirtualRuntime();
  const later = (ms: number): Promise<string> =>
    new Promise((resolve) => {
      runtime.setTimeout(() => resolve('done'), ms);
    });
  await expect(runtime.run(later(10))).rejects.toThrow("didn't settle");
  expect(await runtime.runFor(later(10), 10)).toBe('done');
  expect(await runtime.run(Promise.resolve('at once'))).toBe('at once');
});

test('a program that never comes to rest is reported instead of hanging the test', async () => {
  const runtime = new VirtualRuntime();
  const again = (): void => runtime.setImmediate(again);
  again();
  await expect(runtime.settle()).rejects.toThrow('busy loop');
});
