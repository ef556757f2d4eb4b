/** The plots and tables of the cold starts. */

import type { Plot, Table } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { ROUND_TRIP } from './fill.ts';
import { OURS, RAW, type Entrant } from './race.ts';
import type { Course, Timetable } from './timetable.ts';

export function rankingOf(entered: readonly Entrant[], times: Timetable, course: Course): Plot {
  const marks = entered.map(({ label: name, role }) => {
    const { median: value, low, high } = times.spread(name, course);
    return { name, role, value, low, high };
  });
  return {
    kind: 'ranking',
    title: `${course.count} secrets, a service ${course.latency} ms away`,
    value: { label: 'milliseconds until all are held' },
    marks: marks.toSorted((one, other) => one.value - other.value),
    rules: [{ at: course.latency, label: 'the latency' }],
  };
}

export function curvesOf(
  entered: readonly Entrant[],
  times: Timetable,
  latency: number,
  counts: readonly number[],
): Plot {
  const shown = entered.filter(({ label }) => label !== ROUND_TRIP);
  return {
    kind: 'curves',
    title: `A service ${latency} ms away`,
    x: { label: 'secrets (log scale)', scale: 'log' },
    y: { label: 'milliseconds until all are held (log scale)', scale: 'log' },
    curves: shown.map(({ label: name, role }) => ({
      name,
      role,
      points: counts.map((count) => [count, times.median(name, { count, latency })] as const),
    })),
    rules: [{ at: latency, label: 'the latency' }],
  };
}

export function tableOf(
  entered: readonly Entrant[],
  times: Timetable,
  latency: number,
  counts: readonly number[],
): Table {
  const heads = counts.map((count) => `${readable(count)} ${count === 1 ? 'secret' : 'secrets'}`);
  return {
    title: `A service ${latency} ms away: milliseconds until all are held`,
    columns: ['', ...heads].map((name) => ({ name })),
    rows: entered.map(({ label, role }) => {
      const medians = counts.map((count) => times.median(label, { count, latency }));
      // However many are asked for, a round trip is one.
      return { role, cells: [label, ...(label === ROUND_TRIP ? medians.slice(0, 1) : medians)] };
    }),
  };
}

/** This cache beside the SDK's own parallel calls, count by count. */
export function besideRawTable(times: Timetable, latency: number, counts: readonly number[]): Table {
  return {
    title: `Batched beside the SDK's parallel calls, a service ${latency} ms away`,
    columns: ['secrets', 'this cache, ms', "the SDK's parallel calls, ms", 'ratio'].map((name) => ({ name })),
    rows: counts.map((count) => {
      const course = { count, latency };
      const [own, raw] = [OURS, RAW].map((label) => times.median(label, course));
      return { role: 'peer', cells: [count, own ?? null, raw ?? null, times.ratio(OURS, RAW, course)] };
    }),
  };
}
