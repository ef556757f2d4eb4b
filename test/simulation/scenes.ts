/** What chance alone brings about too seldom: answers that overtake each other, and a storm of wrong ids. */

import type { Dice } from './dice.ts';
import { GHOSTS } from './draw-acts.ts';
import type { Action, WorldAct } from './plan.ts';

export function drawScene(dice: Dice, atMs: number, cache: number, name: string): Action[] {
  const get = (afterMs: number, id: string, stage?: string, maxAgeMs?: number): Action => ({
    atMs: atMs + afterMs,
    cache,
    act: { kind: 'get', ask: { id, stage }, signal: false, maxAgeMs },
    rank: 0,
    pauses: 0,
  });
  if (dice.chance(0.5)) {
    const storm = [...GHOSTS, ...dice.shuffle(GHOSTS)].map((ghost, nth) => get(nth * dice.int(5, 30), ghost));
    return storm.toSorted((a, b) => a.atMs - b.atMs);
  }
  const upstream = (afterMs: number, act: WorldAct): Action => ({
    atMs: atMs + afterMs,
    cache: undefined,
    act,
  });
  if (dice.chance(0.4)) {
    const invalidate: Action = {
      atMs: atMs + 40,
      cache,
      act: { kind: 'invalidate', id: name },
      rank: 0,
      pauses: 0,
    };
    const later = [300, 600, 1_100, 1_700, 2_400].map((afterMs) => get(afterMs, name));
    return [
      upstream(0, { kind: 'weather', name: 'slow' }),
      get(1, name, undefined, 0),
      invalidate,
      get(41, name),
      ...later,
    ];
  }
  const putMs = dice.int(100, 1_500);
  return [
    upstream(0, { kind: 'label', name }),
    upstream(0, { kind: 'weather', name: 'slow' }),
    get(1, name, 'BLUE', 0),
    upstream(putMs, { kind: 'put', name }),
    upstream(putMs, { kind: 'weather', name: 'calm' }),
    get(putMs + 1, name, 'AWSCURRENT', 0),
    ...[500, 1_000, 2_000].map((afterMs) => get(putMs + afterMs, name)),
  ];
}
