/** What comes of one call to the service, in the weather of its moment: an answer, a failure, nonsense, or nothing at all. */

import type { Dice } from './dice.ts';
import { fault, GARBAGE } from './faults.ts';
import type { Answer } from './service.ts';
import { drawLatencyMs, type Weather } from './weather.ts';

export type Settled = Answer | { readonly garbage: unknown };

/** After how long it comes, and what, told when the service serves the call; `undefined` never comes. */
export type Fate = { readonly afterMs: number; readonly settle: (servedAtMs: number) => Settled } | undefined;

/** What a call that is served finds: the moment that its replica knows, and how unusual the answer may be. */
export interface Served {
  readonly atMs: number;
  readonly oddRate: number;
}

export function drawFate(weather: Weather, dice: Dice, serve: (served: Served) => Answer): Fate {
  const { faultRate, faults, hangRate, garbageRate, lagMs, oddRate } = weather;
  const afterMs = drawLatencyMs(weather, dice);
  if (dice.chance(hangRate)) return undefined;
  if (dice.chance(faultRate)) {
    const failure = fault(dice.pick(faults));
    // The SDK has tried three times by then.
    return { afterMs: afterMs * 2, settle: () => ({ failure }) };
  }
  if (dice.chance(garbageRate)) {
    const garbage = dice.pick(GARBAGE);
    return { afterMs, settle: () => ({ garbage }) };
  }
  const lag = lagMs === 0 ? 0 : dice.int(0, lagMs);
  return { afterMs, settle: (nowMs) => serve({ atMs: nowMs - lag, oddRate }) };
}
