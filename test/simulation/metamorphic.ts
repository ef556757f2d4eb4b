/**
 * I15 and I16: the same callers and the same upstream history under two settings that must not matter, or through an agent
 * that keeps nothing for long.
 *
 * No faults, no lag, no latency, no revocation: what is left to differ is what the settings change, and that is how the
 * cache asks, never what it answers.
 */

import type { SecretCacheOptions } from '../../src/index.ts';
import { perform } from './callers.ts';
import { AGENT_PLACE, type AgentPlan } from './agents.ts';
import { Dice } from './dice.ts';
import type { Library } from './library.ts';
import type { ClientAct, WorldAct } from './plan.ts';
import { Process } from './process.ts';
import { arnOf, partialArnOf } from './secrets.ts';
import { Service } from './service.ts';
import { nameOf, Subject } from './subject.ts';
import { Surroundings } from './surroundings.ts';
import { contentOf } from './values.ts';
import { World } from './world.ts';

type Options = Omit<SecretCacheOptions, 'client' | 'runtime'>;

/** What happens at one instant: callers in one turn of the event loop, or the world. */
type Moment = { readonly afterMs: number } & (
  | { readonly gets: readonly ClientAct[] }
  | { readonly act: WorldAct }
);

const NAMES = ['a', 'app/b', 'c'];

function drawMoments(dice: Dice): Moment[] {
  return Array.from({ length: dice.int(5, 40) }, () => {
    const afterMs = dice.pick([1, 100, 700, 3_000]);
    if (dice.chance(0.65))
      return { afterMs, gets: Array.from({ length: dice.int(1, 5) }, () => drawGet(dice)) };
    const name = dice.pick(NAMES);
    const kind = dice.pick([
      'put',
      'put',
      'announce',
      'fill',
      'finish',
      'rollBack',
      'label',
      'unlabel',
    ] as const);
    return {
      afterMs,
      act: kind === 'finish' ? { kind, name, leavesPending: dice.chance(0.5) } : { kind, name },
    };
  });
}

function drawGet(dice: Dice): ClientAct {
  const name = dice.pick(NAMES);
  const id = dice.pick([name, name, partialArnOf(name), arnOf(name, NAMES.indexOf(name) + 1), 'ghost']);
  const stage = dice.chance(0.3) ? dice.pick(['AWSPREVIOUS', 'AWSPENDING', 'BLUE']) : undefined;
  return { kind: 'get', ask: { id, stage }, signal: false };
}

/** Every answer in the order asked: a value, or an error's code. */
export async function answersOf(
  library: Library,
  seed: number,
  options: Options,
  agent?: AgentPlan,
): Promise<string[]> {
  const dice = new Dice(seed);
  const ttlMs = dice.pick([0, 1_000]);
  const moments = drawMoments(dice);
  const refusesRepeats = dice.chance(0.5);
  const world = new World();
  const process = new Process(world, seed);
  const service = new Service(world, dice, { batchPerSecond: 100, refusesRepeats });
  for (const name of NAMES) service.secrets.create(name);
  // Failures are remembered for so short that none is by the next moment.
  const given = { ttlMs, ttlJitter: 0, backoff: { baseMs: 0.001, capMs: 0.001 }, ...options };
  const subject = new Subject('c0', world, process, library, given);
  library.node.world = world;
  const plan = { ...(agent !== undefined && { agent }) };
  const surroundings = new Surroundings({ world, dice: new Dice(seed), plan, service, coverage: {} });
  for (const region of [0, AGENT_PLACE]) surroundings.befall({ kind: 'weather', name: 'instant', region });
  surroundings.befall({ kind: 'path', name: 'instant' });
  const origin = surroundings.originOf(subject, 0);
  subject.cache = new library.SecretCache({ ...given, ...origin, runtime: process });
  let atMs = 0;
  for (const moment of moments) {
    atMs += moment.afterMs;
    world.at(atMs, () => {
      if ('act' in moment) change(service, moment.act);
      else for (const get of moment.gets) perform(subject, get);
    });
  }
  while (await world.step(atMs + 60_000));
  return subject.ended
    .toSorted((a, b) => a.number - b.number)
    .map(({ end }) =>
      end?.failed === true
        ? nameOf(end.error)
        : (end?.secrets.map(({ secret }) => contentOf(secret)).join() ?? ''),
    );
}

function change({ secrets }: Service, act: WorldAct): void {
  switch (act.kind) {
    case 'finish':
      return secrets.finish(act.name, act.leavesPending);
    case 'label':
    case 'unlabel':
      return secrets[act.kind](act.name, 'BLUE');
    case 'put':
    case 'announce':
    case 'fill':
    case 'rollBack':
      return secrets[act.kind](act.name);
    case 'delete':
    case 'restore':
    case 'recreate':
    case 'destroy':
    case 'deny':
    case 'allow':
    case 'weather':
    case 'path':
    case 'restartAgent':
    case 'token':
    case 'ready':
    case 'freeze':
    case 'stepWall':
      throw new Error(`no part of these runs: ${act.kind}`);
  }
}
