// Workloads, and the plain LRU that the cache is held against.

import { describe, expect, test } from 'vitest';

import { replay } from '../../bench/workload/lru-model.ts';
import { runWorkload } from '../../bench/workload/run.ts';
import { traceOf, zipf } from '../../bench/workload/trace.ts';
import * as library from '../../src/index.ts';

describe('a trace', () => {
  test("follows Zipf's law: the n-th most read is read a n-th as often", () => {
    const counts = Array.from({ length: 100 }, () => 0);
    for (const secret of traceOf({ name: '', secrets: 100, exponent: 1 }, 100_000, 1)) {
      counts[secret] = (counts[secret] ?? 0) + 1;
    }
    const [first = 0, second = 0, , fourth = 0] = counts;
    expect(first / second).toBeCloseTo(2, 0);
    expect(first / fourth).toBeCloseTo(4, 0);
  });

  test('picks from the first to the last', () => {
    const pick = zipf(10, 1);
    expect(pick(0)).toBe(0);
    expect(pick(1 - 1e-12)).toBe(9);
    const even = zipf(4, 0);
    expect([0.1, 0.3, 0.6, 0.9].map(even)).toEqual([0, 1, 2, 3]);
  });

  test('has scans that read everything once, in order', () => {
    const trace = [...traceOf({ name: '', secrets: 5, exponent: 1, scanEvery: 20 }, 40, 1)];
    expect(trace.slice(15, 20)).toEqual([0, 1, 2, 3, 4]);
    expect(trace.slice(35, 40)).toEqual([0, 1, 2, 3, 4]);
  });

  test('is the same for the same seed', () => {
    const mix = { name: '', secrets: 50, exponent: 1 };
    expect(traceOf(mix, 100, 3)).toEqual(traceOf(mix, 100, 3));
    expect(traceOf(mix, 100, 3)).not.toEqual(traceOf(mix, 100, 4));
  });
});

describe('a plain LRU', () => {
  test('drops the least recently used', () => {
    // 0 is used again before 2 comes, so 1 goes.
    expect(replay([0, 1, 0, 2, 0, 1], 2, 1_000_000, 1)).toEqual({ hits: 2, evictions: 2 });
  });

  test('lets go at the TTL, counted from the load', () => {
    expect(replay([0, 0, 0, 0], 1, 20, 10)).toEqual({ hits: 2, evictions: 0 });
  });
});

test.each([
  [10, 60_000],
  [25, 5_000],
  [50, 20_000],
])('the cache hits when a plain LRU of %i entries with a TTL of %i ms does', async (maxEntries, ttlMs) => {
  const trace = traceOf({ name: '', secrets: 50, exponent: 1, scanEvery: 300 }, 1_000, maxEntries);
  const { hits, evictions } = await runWorkload({
    library,
    trace,
    everyMs: 50,
    maxEntries,
    ttlMs,
    ttlJitter: 0,
  });
  expect({ hits, evictions }).toEqual(replay(trace, maxEntries, ttlMs, 50));
  expect(hits).toBeGreaterThan(50);
});
