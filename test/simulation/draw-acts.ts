/** Draws what callers and the world do, one act at a time. */

import type { Dice } from './dice.ts';
import type { Action, Ask, ClientAct, WorldAct } from './plan.ts';
import { arnOf, partialArnOf } from './secrets.ts';
import { WEATHER_NAMES } from './weather.ts';

/** Never made. */
export const GHOSTS: readonly string[] = ['ghost-1', 'ghost-2', 'ghost-3', 'ghost-4', 'ghost-5'];
export const STAGES: readonly string[] = ['AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'BLUE'];

/** What a run is about. */
export interface Style {
  readonly names: readonly string[];
  readonly ghosts: boolean;
  readonly aliases: boolean;
  readonly stages: boolean;
  readonly troubles: boolean;
}

export function drawAction(dice: Dice, atMs: number, caches: number, style: Style): Action {
  if (dice.chance(0.68)) {
    const act = drawClientAct(dice, style);
    // After a thaw, code of the program may run before its overdue timers do.
    return {
      atMs,
      cache: dice.int(0, caches - 1),
      act,
      rank: dice.pick([0, 3]),
      pauses: dice.pick([0, 0, 0, 1, 3, 8]),
    };
  }
  return { atMs, cache: undefined, act: drawWorldAct(dice, caches, style) };
}

function drawId(dice: Dice, { names, ghosts, aliases }: Style): string {
  if (ghosts && dice.chance(0.4)) return dice.pick(GHOSTS);
  // Most of what happens, happens to one secret.
  const name = dice.chance(0.5) ? (names[0] ?? '') : dice.pick(names);
  if (!aliases) return name;
  const kind = dice.int(0, 5);
  if (kind === 0) return partialArnOf(name);
  // The first secrets of a run are made in this order.
  return kind < 3 ? arnOf(name, names.indexOf(name) + 1) : name;
}

function drawAsk(dice: Dice, style: Style): Ask {
  const id = drawId(dice, style);
  if (!style.stages || dice.chance(0.6)) return { id };
  const version = dice.chance(0.25) ? dice.int(1, 6) : undefined;
  const stage = version !== undefined && dice.chance(0.6) ? undefined : dice.pick(STAGES);
  return { id, stage, version };
}

function drawClientAct(dice: Dice, style: Style): ClientAct {
  const ask = drawAsk(dice, style);
  const signal = dice.chance(0.35);
  const kind = dice.weighted({
    get: 40,
    getMany: 7,
    refresh: 7,
    invalidate: 5,
    clear: 1,
    close: 0.3,
    notify: 4,
    withSecret: 4,
    watch: 2,
    next: 4,
    return: 1,
    preload: 2,
    peek: 4,
    abort: 7,
  });
  switch (kind) {
    case 'get': {
      const maxAgeMs = dice.chance(0.1) ? dice.pick([0, 500, 3_000, 100_000]) : undefined;
      return { kind, ask, signal, maxAgeMs };
    }
    case 'getMany':
      return { kind, ids: [ask.id, drawId(dice, style), drawId(dice, style), drawId(dice, style)], signal };
    case 'refresh':
      return { kind, ask: { ...ask, version: undefined }, signal, rejects: dice.chance(0.4) };
    case 'invalidate':
      return { kind, id: ask.id };
    case 'notify':
      return {
        kind,
        id: ask.id,
        stage: dice.chance(0.8) ? dice.pick(STAGES) : undefined,
        version: dice.chance(0.7) ? dice.int(1, 8) : undefined,
      };
    case 'withSecret':
      return {
        kind,
        ask: { ...ask, version: undefined },
        refusals: dice.int(0, 3),
        fallback: dice.chance(0.3),
        signal,
      };
    case 'watch':
      return { kind, id: ask.id, stage: ask.stage ?? 'AWSCURRENT', signal };
    case 'preload':
      return { kind, ids: dice.chance(0.5) ? [ask.id, drawId(dice, style)] : undefined };
    case 'peek':
      return { kind, ask };
    case 'abort':
      return { kind, nth: dice.int(0, 9) };
    case 'next':
    case 'return':
    case 'clear':
    case 'close':
      return { kind };
  }
}

function drawWorldAct(dice: Dice, caches: number, { names, troubles }: Style): WorldAct {
  const name = dice.pick(names);
  const trouble = troubles ? 1 : 0;
  const kind = dice.weighted({
    put: 8,
    announce: 5,
    fill: 5,
    finish: 5,
    rollBack: 3,
    label: 2,
    unlabel: 2,
    delete: 1.5 * trouble,
    restore: 2 * trouble,
    recreate: 1.5 * trouble,
    destroy: 0.7 * trouble,
    deny: 3 * trouble,
    allow: 3 * trouble,
    weather: 12 * trouble,
    freeze: 4,
    stepWall: 3,
  });
  switch (kind) {
    case 'finish':
      return { kind, name, leavesPending: dice.chance(0.5) };
    case 'deny': {
      const action = dice.pick([
        'GetSecretValue',
        'GetSecretValue',
        'DescribeSecret',
        'BatchGetSecretValue',
        'kms',
      ] as const);
      return {
        kind,
        denial: {
          action,
          name: dice.chance(0.6) ? name : undefined,
          stage: dice.chance(0.2) ? dice.pick(STAGES) : undefined,
        },
      };
    }
    case 'weather':
      return { kind, name: dice.pick(WEATHER_NAMES) };
    case 'freeze':
      return {
        kind,
        cache: dice.int(0, caches - 1),
        forMs: dice.pick([500, 2_000, 20_000, 400_000, 4_000_000]),
        isSuspended: dice.chance(0.4),
      };
    case 'stepWall':
      return {
        kind,
        cache: dice.int(0, caches - 1),
        byMs: dice.pick([-86_400_000, -5_000, -500, 500, 5_000, 400_000, 86_400_000]),
      };
    case 'allow':
      return { kind };
    case 'put':
    case 'announce':
    case 'fill':
    case 'rollBack':
    case 'label':
    case 'unlabel':
    case 'delete':
    case 'restore':
    case 'recreate':
    case 'destroy':
      return { kind, name };
  }
}
