/** One piece of work on two builds, side by side, in a fresh process. */

import type * as Library from 'secretsmanager-cache';

import { answerParent } from '../child.ts';
import { compare } from '../measure.ts';
import { kernels } from './kernels.ts';

export interface Pairing {
  readonly kernel: string;
  /** URLs of the two builds' entry points. */
  readonly before: string;
  readonly now: string;
  /** Which one is loaded and set up first: the first one's code may be placed better. */
  readonly nowFirst: boolean;
}

const ROUNDS = 40;

answerParent(async ({ kernel, before, now, nowFirst }: Pairing): Promise<number> => {
  const setUp = kernels[kernel];
  if (setUp === undefined) throw new RangeError(`there is no "${kernel}" to compare`);
  const variantOf = async (url: string) => setUp((await import(url)) as typeof Library);
  const [first, second] = nowFirst ? [now, before] : [before, now];
  const [one, other] = [await variantOf(first), await variantOf(second)];
  const { ratio } = await compare(one, other, ROUNDS);
  return nowFirst ? ratio.median : 1 / ratio.median;
});
