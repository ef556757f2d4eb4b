/** Times one way to be answered from memory, or two side by side, in a fresh process. */

import { answerParent } from '../child.ts';
import { compare, nanoseconds, type Comparison } from '../measure.ts';
import { openHits } from './variants.ts';

/** Two names: side by side; one: alone. */
export type Request = readonly [string] | readonly [string, string];

answerParent(async (names: Request): Promise<number | Comparison> => {
  const { variants, check } = await openHits(names);
  const [first, second] = variants;
  if (first === undefined) throw new RangeError('nothing to time');
  const result = second === undefined ? await nanoseconds(first) : await compare(first, second);
  // It was hits that were timed, to the end.
  check();
  return result;
});
