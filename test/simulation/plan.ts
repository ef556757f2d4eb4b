/** What will be done in a run: a list of actions, so that a shrinker can leave some out. */

import type { SecretCacheOptions } from '../../src/index.ts';
import type { AgentPlan } from './agents.ts';
import type { Denial } from './policy.ts';
import type { RegionsPlan } from './regions.ts';
import type { ServiceOptions } from './service.ts';

/** What is asked of one cache. */
export interface Ask {
  readonly id: string;
  readonly stage?: string | undefined;
  /** The nth version made in the run. */
  readonly version?: number | undefined;
}

export type ClientAct =
  | {
      readonly kind: 'get';
      readonly ask: Ask;
      readonly signal: boolean;
      readonly maxAgeMs?: number | undefined;
    }
  | { readonly kind: 'getMany'; readonly ids: readonly string[]; readonly signal: boolean }
  | { readonly kind: 'refresh'; readonly ask: Ask; readonly signal: boolean; readonly rejects: boolean }
  | { readonly kind: 'invalidate'; readonly id: string }
  | {
      readonly kind: 'notify';
      readonly id: string;
      readonly stage?: string | undefined;
      readonly version?: number | undefined;
    }
  | {
      readonly kind: 'withSecret';
      readonly ask: Ask;
      readonly refusals: number;
      readonly fallback: boolean;
      readonly signal: boolean;
    }
  | { readonly kind: 'watch'; readonly id: string; readonly stage: string; readonly signal: boolean }
  | { readonly kind: 'next' | 'return' }
  | { readonly kind: 'preload'; readonly ids?: readonly string[] | undefined }
  | { readonly kind: 'peek'; readonly ask: Ask }
  | { readonly kind: 'abort'; readonly nth: number }
  | { readonly kind: 'clear' | 'close' };

export type WorldAct =
  | {
      readonly kind:
        | 'put'
        | 'announce'
        | 'fill'
        | 'rollBack'
        | 'delete'
        | 'restore'
        | 'recreate'
        | 'destroy'
        | 'label'
        | 'unlabel';
      readonly name: string;
    }
  | { readonly kind: 'finish'; readonly name: string; readonly leavesPending: boolean }
  | { readonly kind: 'deny'; readonly denial: Denial }
  | { readonly kind: 'allow' }
  | SurroundingsAct
  | { readonly kind: 'freeze'; readonly cache: number; readonly forMs: number; readonly isSuspended: boolean }
  | { readonly kind: 'stepWall'; readonly cache: number; readonly byMs: number };

/** What befalls what is between the caches and the service. */
export type SurroundingsAct =
  | { readonly kind: 'weather'; readonly name: string; readonly region?: number }
  /** What the way to the agent is like. */
  | { readonly kind: 'path'; readonly name: string }
  | { readonly kind: 'restartAgent' }
  | { readonly kind: 'token'; readonly isRight: boolean }
  | { readonly kind: 'ready'; readonly isReady: boolean };

export type Action = { readonly atMs: number } & (
  | { readonly cache: number; readonly act: ClientAct; readonly rank: number; readonly pauses: number }
  | { readonly cache: undefined; readonly act: WorldAct }
);

export interface Plan {
  readonly seed: number;
  readonly caches: readonly Omit<SecretCacheOptions, 'client' | 'runtime'>[];
  readonly service: ServiceOptions;
  readonly names: readonly string[];
  readonly actions: readonly Action[];
  /** With a failover between the caches and as many Regions; without, they talk to the one. */
  readonly regions?: RegionsPlan;
  /** With an agent between the caches and the service. */
  readonly agent?: AgentPlan;
}
