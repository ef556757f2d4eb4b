/** What people read secrets with, this cache first: all that a question may compare. */

import type { Contender } from './contenders/contender.ts';
import { controls } from './contenders/controls.ts';
import { genericCaches } from './contenders/generic-caches.ts';
import { ours } from './contenders/ours.ts';
import { secretsCaches } from './contenders/secrets-caches.ts';

export const contenders: readonly Contender[] = [...ours, ...secretsCaches, ...genericCaches, ...controls];

export function contenderNamed(name: string): Contender {
  const found = contenders.find((contender) => contender.name === name);
  if (found === undefined) throw new RangeError(`there is no contender "${name}"`);
  return found;
}
