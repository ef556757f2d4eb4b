/** Regression or noise: what the ratios of some processes say, when nothing but chance may lie between them. */

import { median } from '../statistics.ts';

/** Of the median of all processes: less is not worth a word. */
export const WORTH_A_WORD = 1.1;
/** Of every single process: what only some of them show is chance. */
export const IN_EVERY_PROCESS = 1.05;

export type Verdict = 'regression' | 'improvement' | 'no difference shown';

/** `ratios`: time now / time before, the median of each process. Throws for none. */
export function verdictOf(ratios: readonly number[]): Verdict {
  if (isSlower(ratios)) return 'regression';
  return isSlower(ratios.map((ratio) => 1 / ratio)) ? 'improvement' : 'no difference shown';
}

function isSlower(ratios: readonly number[]): boolean {
  return median(ratios) > WORTH_A_WORD && Math.min(...ratios) > IN_EVERY_PROCESS;
}
