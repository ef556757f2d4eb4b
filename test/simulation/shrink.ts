/** Makes a failing plan small: leaves out whatever the violation doesn't need. */

import type { Library } from './library.ts';
import type { Action, Plan } from './plan.ts';
import { runPlan, type Result } from './simulate.ts';

/** Most runs that are spent on it. */
const MOST_RUNS = 600;

/** The smallest plan found that still breaks the same invariant, and its run with a trace. */
export async function shrink(library: Library, plan: Plan, invariant: string): Promise<Result> {
  const spent = { runs: 0 };
  let best = plan;
  const breaks = async (candidate: Plan): Promise<boolean> => {
    spent.runs += 1;
    const { violation } = await runPlan(library, candidate);
    return violation?.invariant === invariant;
  };
  for (let size = Math.ceil(best.actions.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = best.actions.length - size; from > -size; from -= size) {
      if (spent.runs >= MOST_RUNS) break;
      const candidate = { ...best, actions: without(best.actions, Math.max(0, from), from + size) };
      if (await breaks(candidate)) best = candidate;
    }
  }
  for (const action of best.actions) {
    if (action.cache === undefined || action.pauses === 0 || spent.runs >= MOST_RUNS) continue;
    const candidate = {
      ...best,
      actions: best.actions.map((each) => (each === action ? { ...action, pauses: 0 } : each)),
    };
    if (await breaks(candidate)) best = candidate;
  }
  return runPlan(library, best, { keepsTrace: true });
}

function without(actions: readonly Action[], from: number, to: number): readonly Action[] {
  return [...actions.slice(0, from), ...actions.slice(to)];
}
