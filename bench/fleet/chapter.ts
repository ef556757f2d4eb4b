/** A part of an answer: each scenario of the fleet makes one. */

import type { Answer, Column, Progress } from '../question.ts';
import { readable } from '../report/numbers.ts';
import type { CacheLibrary } from './ours.ts';
import type { Estimate } from './sampling.ts';

export type Chapter = Omit<Answer, 'method' | 'raw'>;

/** One scenario: measures, and makes its part of the answer. */
export type Scenario = (library: CacheLibrary, progress: Progress) => Promise<Chapter>;

export function joined(chapters: readonly Chapter[]): Chapter {
  return {
    findings: chapters.flatMap(({ findings }) => findings),
    bars: chapters.flatMap(({ bars }) => bars),
    plots: chapters.flatMap(({ plots }) => plots),
    tables: chapters.flatMap(({ tables }) => tables),
  };
}

/** The progress of one part of many, each taking as long as its weight says. */
export function partOf(progress: Progress, weights: readonly number[], nth: number): Progress {
  const sum = (until: number): number => weights.slice(0, until).reduce((total, weight) => total + weight, 0);
  const whole = sum(weights.length);
  return (what, share) => progress(what, (sum(nth) + share * (weights[nth] ?? 0)) / whole);
}

export function columns(...names: readonly string[]): Column[] {
  return names.map((name) => ({ name }));
}

/** `1,234 ± 5`. */
export function withError({ value, error }: Estimate): string {
  return error === 0 ? readable(value) : `${readable(value)} ± ${readable(error)}`;
}

/** The same, from milliseconds in seconds. */
export function secondsWithError({ value, error }: Estimate): string {
  return withError({ value: value / 1_000, error: error / 1_000 });
}
