/** When a difference between two builds is a regression, and when it may be chance. */

import { describe, expect, test } from 'vitest';

import { verdictOf } from '../../bench/compare/decision.ts';

describe('the verdict on five processes', () => {
  test('a tenth slower in the median, and slower in every process, is a regression', () => {
    expect(verdictOf([1.43, 1.42, 1.49, 1.48, 1.06])).toBe('regression');
  });

  test('one process that is no slower makes it chance', () => {
    expect(verdictOf([1.43, 1.42, 1.49, 1.48, 1.02])).toBe('no difference shown');
  });

  test('every process a little slower is not worth a word', () => {
    expect(verdictOf([1.06, 1.07, 1.08, 1.09, 1.09])).toBe('no difference shown');
  });

  test('the same build against itself on a loaded machine shows no difference', () => {
    // As measured: 100 cold secrets, batched.
    expect(verdictOf([1.08, 0.8, 0.92, 0.87, 1.09])).toBe('no difference shown');
  });

  test('what is a regression in one direction is an improvement in the other', () => {
    const slower = [1.43, 1.42, 1.49, 1.48, 1.06];
    expect(verdictOf(slower.map((ratio) => 1 / ratio))).toBe('improvement');
  });

  test('no process says nothing', () => {
    expect(() => verdictOf([])).toThrow(RangeError);
  });
});
