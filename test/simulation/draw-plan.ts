/** Draws a plan from its seed: the caches, the service, and what happens when. */

import { drawAgent, drawThroughAgent } from './agents.ts';
import { Dice } from './dice.ts';
import { drawAction } from './draw-acts.ts';
import type { Action, Plan } from './plan.ts';
import { drawRegional, drawRegions } from './regions.ts';
import { drawScene } from './scenes.ts';

const NAMES = ['a', 'app/b', 'c', 'db-abc123'];

/** What stands between the caches and the service: nothing, a failover over several Regions, or an agent. */
export type Between = 'nothing' | 'regions' | 'agent';

/** The plan of a seed: the same actions whatever is between, and what befalls that. */
export function drawPlan(seed: number, between: Between = 'nothing'): Plan {
  const plan = drawPlanForOne(seed);
  switch (between) {
    case 'nothing':
      return plan;
    case 'regions': {
      const dice = new Dice(seed + 0x2e_91_05);
      const regions = drawRegions(dice, plan.names);
      return { ...plan, regions, actions: drawRegional(dice, plan, regions) };
    }
    case 'agent': {
      const dice = new Dice(seed + 0x61_9e_37);
      return { ...plan, agent: drawAgent(dice), actions: drawThroughAgent(dice, plan) };
    }
  }
}

function drawPlanForOne(seed: number): Plan {
  const dice = new Dice(seed);
  const caches = Array.from({ length: dice.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4]) }, () =>
    drawOptions(dice),
  );
  const names = dice.shuffle(NAMES).slice(0, dice.pick([1, 1, 1, 2, 2, 3, 4]));
  const service = { batchPerSecond: dice.pick([1, 3, 100]), refusesRepeats: dice.chance(0.5) };
  const actions: Action[] = [];
  const paces = drawPaces(dice, caches);
  const length = dice.int(8, 60);
  const style = {
    ghosts: dice.chance(0.12),
    aliases: dice.chance(0.3),
    stages: dice.chance(0.5),
    troubles: dice.chance(0.8),
  };
  let atMs = 0;
  while (actions.length < length) {
    atMs += drawPaceMs(dice, paces);
    if (dice.chance(0.03)) {
      const scene = drawScene(dice, atMs, dice.int(0, caches.length - 1), names[0] ?? '');
      actions.push(...scene);
      atMs = scene.at(-1)?.atMs ?? atMs;
    }
    const burst = dice.chance(0.15) ? dice.int(2, 5) : 1;
    for (let nth = 0; nth < burst; nth += 1)
      actions.push(drawAction(dice, atMs, caches.length, { names, ...style }));
  }
  return { seed, caches, service, names, actions };
}

function drawOptions(dice: Dice): Plan['caches'][number] {
  const ttlMs = dice.pick([0, 1, 1_000, 5_000, 30_000, 300_000]);
  const staleIfErrorMs = dice.pick([0, 1_000, 10_000, 60_000, 3_600_000, 86_400_000]);
  const baseMs = dice.pick([100, 1_000]);
  return {
    ttlMs,
    ttlJitter: dice.pick([0, 0.5, 0.9]),
    staleIfErrorMs,
    staleWhileRevalidateMs: Math.min(staleIfErrorMs, dice.pick([0, 0, 500, 5_000, staleIfErrorMs])),
    maxEntries: dice.pick([1, 2, 3, 4, 1_024, 1_024, 1_024, 1_024]),
    revalidate: dice.pick(['describe', 'describe', 'fetch'] as const),
    batch: dice.pick([
      true,
      true,
      false,
      { windowMs: 5, maxSize: 2 },
      { windowMs: 50, maxSize: 20 },
      { maxSize: 1 },
    ]),
    maxConcurrency: dice.pick([1, 2, 3, 50]),
    attemptTimeoutMs: dice.pick([200, 1_000, 3_000]),
    waitBudgetMs: dice.pick([500, 2_000, 5_000]),
    staleWaitMs: dice.pick([0, 100, 1_000]),
    backoff: { baseMs, capMs: dice.pick([baseMs, 10_000, 300_000]) },
  };
}

/** Time passes in steps that mean something to the caches of the run. */
function drawPaces(dice: Dice, caches: Plan['caches']): readonly number[] {
  const own = caches.flatMap(({ ttlMs = 0, staleIfErrorMs = 0, waitBudgetMs = 0, staleWaitMs = 0 }) => [
    ttlMs,
    ttlMs + staleIfErrorMs,
    waitBudgetMs,
    staleWaitMs,
  ]);
  return [0, 0, 0, 1, 10, 100, 1_000, 1_000, 3_000, 6_000, dice.pick([30_000, 600_000]), ...own];
}

function drawPaceMs(dice: Dice, paces: readonly number[]): number {
  const pace = dice.pick(paces);
  return dice.chance(0.2) ? pace : Math.floor(pace * dice.next() * 1.3);
}
