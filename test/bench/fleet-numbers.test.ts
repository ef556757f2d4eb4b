// What is made of the counts: dollars, errors of a sample, and the flags of one's own fleet.

import { describe, expect, test } from 'vitest';

import { readFlags } from '../../bench/fleet/flags.ts';
import { dollarsOf, perMonth } from '../../bench/fleet/prices.ts';
import { disagreement, quantileOf, studentT, totalOf } from '../../bench/fleet/sampling.ts';
import { mulberry32 } from '../support/virtual-runtime.ts';

describe('dollars', () => {
  const usage = { loads: 10_000, describes: 20_000, batches: 1_000, secretsInBatches: 15_000 };

  test('count a batch once or by secret, and decrypts of reads alone', () => {
    const prices = { perTenThousandCalls: 0.05, perTenThousandDecrypts: 0.03 };
    expect(dollarsOf(usage, 'once', prices)).toBeCloseTo(3.1 * 0.05 + 2.5 * 0.03, 12);
    expect(dollarsOf(usage, 'by secret', prices)).toBeCloseTo(4.5 * 0.05 + 2.5 * 0.03, 12);
  });

  test("cost nothing for decrypts under AWS's own key", () => {
    const prices = { perTenThousandCalls: 0.05, perTenThousandDecrypts: 0 };
    expect(dollarsOf({ ...usage, describes: 0 }, 'once', prices)).toBeCloseTo(1.1 * 0.05, 12);
  });

  test('go on for thirty days', () => {
    expect(perMonth(1, 24 * 3_600_000)).toBe(30);
  });
});

/** Twenty groups of so many calls, and a spread as chance has it. */
function groupsOf(size: number): number[] {
  return Array.from({ length: 20 }, (_, nth) => size + (nth % 2) * Math.sqrt(size));
}

describe('the error of a sample', () => {
  test("uses Student's t for so few groups", () => {
    // From tables: 2.861 for 19 degrees of freedom, 2.756 for 29.
    expect(studentT(19)).toBeCloseTo(2.861, 2);
    expect(studentT(29)).toBeCloseTo(2.756, 2);
  });

  test('covers the true total in about 99 of 100 samples, however the calls of a process hang together', () => {
    const random = mulberry32(11);
    const trials = 2_000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      // Twenty groups of ten processes, each of which calls ten times at once with a chance of 0.3.
      const groups = Array.from({ length: 20 }, () => {
        let calls = 0;
        for (let process = 0; process < 10; process += 1) calls += random() < 0.3 ? 10 : 0;
        return calls;
      });
      const { value, error } = totalOf(groups, 5);
      covered += Math.abs(value - 5 * 200 * 3) <= error ? 1 : 0;
    }
    expect(covered / trials).toBeGreaterThan(0.98);
    expect(covered / trials).toBeLessThan(0.999);
  });

  test('covers the true quantile in about 99 of 100 samples', () => {
    const random = mulberry32(12);
    const trials = 1_000;
    for (const share of [0.5, 0.9]) {
      let covered = 0;
      for (let trial = 0; trial < trials; trial += 1) {
        const { value, error } = quantileOf(
          Array.from({ length: 100 }, () => random()),
          share,
        );
        covered += Math.abs(value - share) <= error ? 1 : 0;
      }
      expect(covered / trials).toBeGreaterThan(0.98);
    }
  });

  test('falls with the root of the size', () => {
    const small = totalOf(groupsOf(100), 100);
    const large = totalOf(groupsOf(10_000), 1);
    expect(small.error / large.error).toBeCloseTo(10, 5);
  });

  test('is none where all are alike, and there is no quantile of nothing', () => {
    expect(quantileOf([7, 7, 7], 0.5)).toEqual({ value: 7, error: 0 });
    expect(() => quantileOf([], 0.5)).toThrow(RangeError);
  });

  test('says how far two numbers are apart in terms of what both may be wrong by', () => {
    expect(disagreement({ value: 10, error: 3 }, { value: 15, error: 4 })).toBe(1);
    expect(disagreement({ value: 10, error: 0 }, { value: 10, error: 0 })).toBe(0);
    expect(disagreement({ value: 10, error: 0 }, { value: 11, error: 0 })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the flags of one's own fleet", () => {
  const given = ['--processes', '5000', '--secrets', '12', '--requests', '2000/s'];

  test('have units', () => {
    expect(readFlags([...given, '--ttl', '5m'])).toMatchObject({
      processes: 5_000,
      secrets: 12,
      requestsPerSecond: 2_000,
      reads: 1,
      ttlMs: 300_000,
      restartEveryMs: 86_400_000,
      prices: { perTenThousandCalls: 0.05, perTenThousandDecrypts: 0.03 },
    });
    expect(readFlags([...given, '--requests', '120,000/min']).requestsPerSecond).toBe(2_000);
    expect(readFlags([...given, '--requests', '3.6e6/h']).requestsPerSecond).toBe(1_000);
    expect(readFlags([...given, '--ttl', '1.5h', '--restart-every', '2d'])).toMatchObject({
      ttlMs: 5_400_000,
      restartEveryMs: 172_800_000,
    });
  });

  test.each([
    [
      ['--ttl', '5 apples'],
      '--ttl must be a duration of at least 1ms as 500ms, 30s, 5m, 1h or 1d, got "5 apples"',
    ],
    [['--ttl', '0s'], '--ttl must be a duration of at least 1ms as 500ms, 30s, 5m, 1h or 1d, got "0s"'],
    [['--processes', '2.5'], '--processes must be a whole number from 1 to 10,000,000, got "2.5"'],
    [['--processes', '0'], '--processes must be a whole number from 1 to 10,000,000, got "0"'],
    [['--secrets', '1e9'], '--secrets must be a whole number from 1 to 1,000, got "1e9"'],
    [['--reads', '13'], '--reads must be a whole number from 1 to 12, got "13"'],
    [
      ['--requests', '2000/fortnight'],
      '--requests must be a rate above 0 as 2000/s, 500/min or 3e6/h, got "2000/fortnight"',
    ],
    [['--requests', '0'], '--requests must be a rate above 0 as 2000/s, 500/min or 3e6/h, got "0"'],
    [['--call-price', 'cheap'], '--call-price must be dollars for 10,000, at least 0, got "cheap"'],
  ])('say what is wrong with %j', (wrong, message) => {
    expect(() => readFlags([...given, ...wrong])).toThrow(new RangeError(message));
  });

  test('say what is missing or unknown', () => {
    expect(() => readFlags(['--processes', '5'])).toThrow(new TypeError('--secrets is missing'));
    expect(() => readFlags([...given, '--ttk', '5m'])).toThrow("Unknown option '--ttk'");
  });
});
