/** The plots and the table of the weights. */

import type { Plot, Table } from '../question.ts';
import { median, spread } from '../statistics.ts';
import { NOTHING, type Weighed } from './subjects.ts';

export function sizePlot(weighed: readonly Weighed[]): Plot {
  const marks = weighed
    .filter(({ subject }) => subject.role !== 'control')
    .map(({ subject: { name, role }, bundles }) => {
      return { name, role, value: bundles['in all'].gzippedBytes / 1_000 };
    });
  return {
    kind: 'ranking',
    title: 'Size in all, without the SDK',
    value: { label: 'kB, minified and gzipped' },
    marks: marks.toSorted((one, other) => one.value - other.value),
  };
}

/** `emptyMs` is what the import of nothing takes. */
export function importPlot(weighed: readonly Weighed[], emptyMs: number): Plot {
  const marks = weighed
    .filter(({ subject }) => subject.name !== NOTHING)
    .map(({ subject: { name, role }, rounds }) => {
      const { median: value, low, high } = spread(rounds);
      return { name, role, value: value - emptyMs, low: low - emptyMs, high: high - emptyMs };
    });
  return {
    kind: 'ranking',
    title: 'Import, with all that it loads at once',
    value: { label: `milliseconds of CPU beyond ${NOTHING}` },
    marks: marks.toSorted((one, other) => one.value - other.value),
  };
}

const COLUMNS = [
  { name: '' },
  { name: 'at import, kB' },
  { name: 'in all, kB' },
  { name: 'with the SDK, kB' },
  { name: 'import, ms', decimals: 1 },
  { name: 'after the SDK, ms', decimals: 1 },
  { name: 'dependencies' },
  { name: 'installed, kB' },
] as const;

export function weightTable(weighed: readonly Weighed[], emptyMs: number, emptyAfterSdkMs: number): Table {
  return {
    title: 'Each entry point, and the others; minified and gzipped',
    columns: COLUMNS,
    rows: weighed
      .filter(({ subject }) => subject.name !== NOTHING)
      .map(({ subject: { name, role }, bundles, closure, rounds, roundsAfterSdk }) => ({
        role,
        cells: [
          name,
          bundles['at import'].gzippedBytes / 1_000,
          bundles['in all'].gzippedBytes / 1_000,
          bundles['with the SDK'].gzippedBytes / 1_000,
          median(rounds) - emptyMs,
          median(roundsAfterSdk) - emptyAfterSdkMs,
          closure?.dependencies.length ?? null,
          closure === undefined ? null : closure.bytes / 1_000,
        ],
      })),
  };
}
