/** A run with one of everything that a report shows, and text that would break a careless one. */

import { atLeast, atMost, type Answer } from '../../bench/question.ts';
import type { Run } from '../../bench/run.ts';

/** In a name, a finding and a cell. */
export const HOSTILE = '<script>alert("1 & 2")</script>';

export const CURVES: readonly string[] = Array.from(
  { length: 10 },
  (_, nth) => `SecretCache, batches denied before ${nth}`,
);

const answer: Answer = {
  findings: ['A hit takes 90 ns in `cache.get`.', HOSTILE],
  method: 'CPU time, in blocks.',
  bars: [atMost('a hit, beside an LRU', 1.2, 1.5), atLeast('sooner than the other', 2.5, 3)],
  plots: [
    {
      kind: 'ranking',
      title: 'Bars',
      value: { label: 'calls' },
      marks: [
        { name: 'this cache', role: 'ours', value: 5, panel: 'cold' },
        { name: 'a peer with rather a long name', role: 'peer', value: 100, panel: 'cold' },
        { name: 'this cache', role: 'ours', value: 0, panel: 'past the TTL' },
        { name: 'a control', role: 'control', value: 40, panel: 'past the TTL' },
      ],
      rules: [{ at: 20, label: 'the limit' }],
    },
    {
      kind: 'ranking',
      title: 'Dots',
      value: { label: 'nanoseconds (log scale)', scale: 'log' },
      marks: [
        { name: 'this cache', role: 'ours', value: 90, low: 85, high: 99 },
        { name: 'a peer', role: 'peer', value: 9_000, low: 8_000, high: 9_900 },
      ],
    },
    {
      kind: 'curves',
      title: 'Curves',
      x: { label: 'secrets (log scale)', scale: 'log' },
      y: { label: 'milliseconds (log scale)', scale: 'log' },
      // The ends lie on each other, at the top: their labels must neither do that nor leave the plot.
      curves: CURVES.map((name, nth) => ({
        name,
        role: (['ours', 'ours', 'peer', 'control'] as const)[nth % 4] ?? 'peer',
        points: [
          [1, 20 + nth],
          [1_000, 500 - nth],
        ],
      })),
      rules: [{ at: 20, label: 'one round trip' }],
    },
  ],
  tables: [
    {
      title: 'Everything',
      columns: [{ name: '' }, { name: 'a hit, ns' }, { name: 'a cold start, ms', decimals: 1 }],
      rows: [
        { role: 'ours', cells: ['this cache', 90.04, 2] },
        { role: 'peer', cells: [HOSTILE, 12_345.6, null] },
        { role: 'peer', cells: ['a | b', 0.012345, 3.25] },
      ],
      note: 'Measured `side by side`.',
    },
  ],
};

export const sampleRun: Run = {
  startedAt: '2026-11-23T04:05:06.789Z',
  tookMs: 123_456,
  machine: {
    node: 'v20.20.2',
    platform: 'linux x64',
    cpu: 'Some CPU',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    loadBefore: 0.25,
    commit: 'abc1234',
    versions: { 'lru-cache': '11.5.3' },
  },
  answers: [{ name: 'hit', title: 'What does a hit cost?', tookMs: 61_000, answer }],
};
