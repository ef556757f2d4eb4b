/** An agent that the caches of a run share: what a plan says of it, and what it lets happen to it. */

import type { AgentKind } from '../../src/agent/index.ts';
import type { Dice } from './dice.ts';
import type { Action, Plan, WorldAct } from './plan.ts';
import { REGIONS } from './regions.ts';
import { PATH_NAMES } from './paths.ts';
import { WEATHER_NAMES } from './weather.ts';

/** The agent's own way to the service, beside those of the Regions. */
export const AGENT_PLACE: number = REGIONS.length;

export interface AgentPlan {
  readonly kind: AgentKind;
  /** How long it answers from what it keeps, in milliseconds. */
  readonly ttlMs: number;
  /** Whether it goes on doing so while the service fails (`ignore_transient_errors`); the agent alone. */
  readonly ignoresFailures: boolean;
  /** What the service allows it. */
  readonly readsPerSecond: number;
  /** Whether the caches have the service itself behind it. */
  readonly hasBehind: boolean;
  readonly behindAfterMs: number;
  /** Of each cache. */
  readonly maxConnections: number;
}

/** Whether a cache can make sure that nothing kept answers: the extension alone can't be made to look. */
export function canLookThrough({ kind, hasBehind }: AgentPlan): boolean {
  return kind === 'agent' || hasBehind;
}

export function drawAgent(dice: Dice): AgentPlan {
  return {
    kind: dice.pick(['agent', 'agent', 'agent', 'extension'] as const),
    ttlMs: dice.pick([0, 1_000, 5_000, 30_000, 300_000, 300_000]),
    ignoresFailures: dice.chance(0.7),
    readsPerSecond: dice.pick([2, 10_000, 10_000]),
    hasBehind: dice.chance(0.5),
    behindAfterMs: dice.pick([50, 300, 1_000]),
    maxConnections: dice.pick([1, 2, 10, 10]),
  };
}

/** The actions of a plan for caches alone, told of an agent too: whose weather it is, whose denial, and what befalls it. */
export function drawThroughAgent(
  dice: Dice,
  { actions, names, caches }: Pick<Plan, 'actions' | 'names' | 'caches'>,
): readonly Action[] {
  const own = actions.map((action): Action => {
    if (action.cache === undefined) return { ...action, act: drawWhose(dice, action.act) };
    // An agent can't be searched.
    if (action.act.kind !== 'preload') return action;
    return { ...action, act: { ...action.act, ids: action.act.ids ?? names } };
  });
  const lastMs = actions.at(-1)?.atMs ?? 0;
  const episodes = Array.from({ length: dice.int(0, 5) }, () => drawEpisode(dice, dice.int(0, lastMs)));
  const scenes = Array.from({ length: dice.pick([0, 1, 1, 2]) }, () =>
    drawOvertaken(dice, dice.int(0, lastMs), dice.int(0, caches.length - 1), dice.pick(names)),
  );
  return [...own, ...episodes.flat(), ...scenes.flat()].toSorted((one, other) => one.atMs - other.atMs);
}

/** Most of what befalls the way to the service, or the right to read, befalls the agent. */
function drawWhose(dice: Dice, act: WorldAct): WorldAct {
  if (act.kind === 'weather') return { ...act, region: dice.chance(0.6) ? AGENT_PLACE : 0 };
  if (act.kind !== 'deny') return act;
  const role = dice.pick([undefined, undefined, 'agent', 'process'] as const);
  return { ...act, denial: { ...act.denial, role } };
}

/** For a while, the way to the agent is bad, the token is another, or it isn't ready; or it starts anew. */
function drawEpisode(dice: Dice, atMs: number): Action[] {
  const at = (afterMs: number, act: WorldAct): Action => ({ atMs: atMs + afterMs, cache: undefined, act });
  const forMs = dice.pick([300, 1_000, 5_000, 20_000, 90_000, 600_000]);
  const kind = dice.weighted({ path: 6, restart: 2, token: 1, ready: 1, upstream: 2 });
  switch (kind) {
    case 'path':
      return [
        at(0, { kind: 'path', name: dice.pick(PATH_NAMES) }),
        at(forMs, { kind: 'path', name: 'calm' }),
      ];
    case 'restart':
      return [at(0, { kind: 'restartAgent' })];
    case 'token':
      return [at(0, { kind: 'token', isRight: false }), at(forMs, { kind: 'token', isRight: true })];
    case 'ready':
      return [at(0, { kind: 'ready', isReady: false }), at(forMs, { kind: 'ready', isReady: true })];
    case 'upstream': {
      const name = dice.pick(WEATHER_NAMES);
      return [
        at(0, { kind: 'weather', name, region: AGENT_PLACE }),
        at(forMs, { kind: 'weather', name: 'calm', region: AGENT_PLACE }),
      ];
    }
  }
}

/** What the agent keeps is overtaken by a new version, and the cache is told so in one way or another. */
function drawOvertaken(dice: Dice, atMs: number, cache: number, name: string): Action[] {
  const upstream = (afterMs: number, act: WorldAct): Action => ({
    atMs: atMs + afterMs,
    cache: undefined,
    act,
  });
  const stage = dice.pick(['AWSCURRENT', 'AWSCURRENT', 'BLUE']);
  const get = (afterMs: number): Action => ({
    atMs: atMs + afterMs,
    cache,
    act: { kind: 'get', ask: { id: name, stage }, signal: false, maxAgeMs: dice.pick([undefined, 0]) },
    rank: 0,
    pauses: 0,
  });
  const told = dice.pick([
    { kind: 'invalidate', id: name },
    { kind: 'refresh', ask: { id: name, stage }, signal: false, rejects: false },
    { kind: 'notify', id: name, stage, version: dice.pick([undefined, 2, 3]) },
  ] as const);
  const isMeanwhile = dice.chance(0.5);
  return [
    upstream(0, { kind: 'label', name }),
    get(1),
    upstream(dice.int(50, 500), { kind: dice.pick(['put', 'put', 'rollBack'] as const), name }),
    get(999),
    {
      atMs: atMs + (isMeanwhile ? 999 + dice.int(0, 3) : 1_500),
      cache,
      act: told,
      rank: 3,
      pauses: dice.pick([0, 1, 3]),
    },
    ...[1_600, 1_700, 3_000, 9_000].map((afterMs) => get(afterMs)),
  ];
}
