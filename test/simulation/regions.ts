/** Several Regions: what a plan says of them, and what it lets happen to them. */

import type { FailoverOptions } from '../../src/failover/index.ts';
import type { Dice } from './dice.ts';
import type { Action, Plan, WorldAct } from './plan.ts';

/** The first one is the primary, and writes ARNs as the model knows them. */
export const REGIONS: readonly string[] = ['us-east-1', 'us-west-2', 'eu-west-1'];

export interface RegionsPlan {
  /** How far each of them is behind the primary, in milliseconds; as many as there are Regions, the first one 0. */
  readonly lagMs: readonly number[];
  /** Secrets that no replica has. */
  readonly unreplicated: readonly string[];
  readonly failover: Omit<
    FailoverOptions,
    'regions' | 'source' | 'runtime' | 'clientConfig' | 'maxConcurrency'
  > & {
    readonly lagWindowMs: number;
    readonly regionTimeoutMs: number;
  };
}

export function drawRegions(dice: Dice, names: readonly string[]): RegionsPlan {
  const replicas = dice.pick([1, 1, 2]);
  const baseMs = dice.pick([100, 1_000]);
  return {
    lagMs: [0, ...Array.from({ length: replicas }, () => dice.pick([0, 100, 3_000, 30_000]))],
    unreplicated: names.filter(() => dice.chance(0.1)),
    failover: {
      regionTimeoutMs: dice.pick([50, 300, 1_000]),
      lagWindowMs: dice.pick([0, 1_000, 10_000, 60_000]),
      backoff: { baseMs, capMs: dice.pick([baseMs, 5_000, 60_000]) },
      switchBackMs: dice.pick([0, 1_000, 30_000]),
    },
  };
}

/** The actions of a plan for one Region, told of several: whose weather it is, whose denial, and what befalls a Region. */
export function drawRegional(
  dice: Dice,
  { actions, names, caches }: Pick<Plan, 'actions' | 'names' | 'caches'>,
  { lagMs }: RegionsPlan,
): readonly Action[] {
  // Most of what happens, happens to the primary.
  const region = (): number => (dice.chance(0.6) ? 0 : dice.int(0, lagMs.length - 1));
  const own = actions.map((action): Action => {
    if (action.cache !== undefined) return action;
    const { act } = action;
    if (act.kind === 'weather') return { ...action, act: { ...act, region: region() } };
    if (act.kind !== 'deny' || dice.chance(0.6)) return action;
    return { ...action, act: { ...act, denial: { ...act.denial, region: region() } } };
  });
  const lastMs = actions.at(-1)?.atMs ?? 0;
  const episodes = Array.from({ length: dice.int(0, 4) }, () =>
    drawEpisode(dice, dice.int(0, lastMs), region()),
  );
  const scenes = Array.from({ length: dice.pick([0, 0, 1, 2]) }, () =>
    drawLastMinute(dice, dice.int(0, lastMs), dice.int(0, caches.length - 1), dice.pick(names)),
  );
  return [...own, ...episodes.flat(), ...scenes.flat()].toSorted((one, other) => one.atMs - other.atMs);
}

/** A label that moves, is seen to have moved, and then its primary goes: what replicas lag behind. */
function drawLastMinute(dice: Dice, atMs: number, cache: number, name: string): Action[] {
  const upstream = (afterMs: number, act: WorldAct): Action => ({
    atMs: atMs + afterMs,
    cache: undefined,
    act,
  });
  const get = (afterMs: number): Action => ({
    atMs: atMs + afterMs,
    cache,
    act: {
      kind: 'get',
      ask: { id: name, stage: dice.pick(['AWSCURRENT', 'AWSCURRENT', 'AWSPREVIOUS']) },
      signal: false,
      maxAgeMs: 0,
    },
    rank: 0,
    pauses: 0,
  });
  return [
    upstream(0, { kind: 'weather', name: 'calm', region: 0 }),
    get(1),
    upstream(100, { kind: dice.pick(['put', 'put', 'rollBack', 'label'] as const), name }),
    get(dice.int(110, 3_000)),
    upstream(3_100, { kind: 'weather', name: dice.pick(['gone', 'swallows']), region: 0 }),
    ...[3_200, 4_000, 9_000, 40_000, 70_000].map((afterMs) => get(afterMs)),
    upstream(75_000, { kind: 'weather', name: 'calm', region: 0 }),
  ];
}

/** A Region that is gone, swallows what it is sent, or comes and goes. */
function drawEpisode(dice: Dice, atMs: number, region: number): Action[] {
  const turn = (afterMs: number, name: string): Action => {
    const act: WorldAct = { kind: 'weather', name, region };
    return { atMs: atMs + afterMs, cache: undefined, act };
  };
  const name = dice.pick(['gone', 'gone', 'swallows', 'swallows', 'outage']);
  if (dice.chance(0.3)) {
    const paceMs = dice.pick([100, 1_000, 7_000]);
    return Array.from({ length: 12 }, (_, nth) => turn(nth * paceMs, nth % 2 === 0 ? name : 'calm'));
  }
  const forMs = dice.pick([1_000, 20_000, 90_000, 600_000, 3_600_000]);
  return [turn(0, name), turn(forMs, 'calm')];
}
