/** A hit that is ready: what is timed, and what it answered last. */

import type { Variant } from '../measure.ts';

export const ID = 'prod/db';
export const TTL_MS = 300_000;
/** JSON, since some contenders parse what they read. */
export const VALUE = '{"username":"app","password":"hunter2"}';

export interface Opened {
  readonly variant: Variant;
  answer(): unknown;
}

/** What is answered is kept, or the compiler might leave the work out. */
export function awaited(get: (id: string) => Promise<unknown>): Opened {
  let sink: unknown;
  const variant = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) sink = await get(ID);
  };
  return { variant, answer: () => sink };
}

export function atOnce(get: (id: string) => unknown): Opened {
  let sink: unknown;
  const variant = (times: number): void => {
    for (let time = 0; time < times; time += 1) sink = get(ID);
  };
  return { variant, answer: () => sink };
}
