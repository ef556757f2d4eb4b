// One behaviour that every source has, or every source that has what it needs.

import type { SourceBed } from './source-bed.ts';
import type { Need } from './source-list.ts';

export interface SourceCase {
  readonly title: string;
  readonly needs?: readonly Need[];
  readonly observe: (bed: SourceBed) => Promise<unknown>;
  readonly expected: unknown;
  /** moto 5.2.1 departs here: what is seen over it instead. Goes red when moto is mended. */
  readonly moto?: unknown;
  /** What an agent in between doesn't pass on as it is: what is seen through it instead. */
  readonly agent?: unknown;
  /** What is seen over replicas while their primary, whose refusals alone count, is out of reach. */
  readonly outage?: unknown;
}
