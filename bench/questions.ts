/** The questions of the bench, in the order in which they are asked and reported. */

import type { Question } from './question.ts';

/** Loaded one at a time: each runs in a process of its own. A new question is a file and a line here. */
export const questions: Readonly<Record<string, () => Promise<{ readonly question: Question }>>> = {
  hit: () => import('./hit.ts'),
  calls: () => import('./calls.ts'),
  cold: () => import('./cold.ts'),
  memory: () => import('./memory.ts'),
  weight: () => import('./weight.ts'),
  fleet: () => import('./fleet.ts'),
  outage: () => import('./outage.ts'),
  workload: () => import('./workload.ts'),
  failover: () => import('./failover.ts'),
};
