/** What many measurements say. */

import { describe, expect, test } from 'vitest';

import { inBothOrders, median, quantile, slope, spread } from '../../bench/statistics.ts';

describe('quantiles', () => {
  test('the median is the middle one, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('between two values it is taken in proportion', () => {
    expect(median([1, 2, 4, 10])).toBe(3);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
  });

  test('one bad round moves neither the median nor the quartiles', () => {
    const rounds = [10, 11, 12, 13, 14];
    expect(spread([...rounds, 1_000])).toEqual({ median: 12.5, low: 11.25, high: 13.75 });
  });

  test('of nothing there is none', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  test('what is measured is left in its order', () => {
    const rounds = [3, 1, 2];
    median(rounds);
    expect(rounds).toEqual([3, 1, 2]);
  });
});

test('the slope of a straight line is found through noise that cancels out', () => {
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBe(2);
  expect(
    slope([
      [0, 7],
      [1, 7],
      [2, 7],
    ]),
  ).toBe(0);
  expect(
    slope([
      [0, 1],
      [1, -1],
      [2, -1],
      [3, 1],
    ]),
  ).toBeCloseTo(0);
});

test('every other round goes from the last to the first', () => {
  expect([0, 1, 2].map((round) => inBothOrders(['a', 'b', 'c'], round).join(''))).toEqual([
    'abc',
    'cba',
    'abc',
  ]);
});
