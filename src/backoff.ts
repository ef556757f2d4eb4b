/** How long to leave the service alone after a failure: exponential, with jitter, under a cap. */

import type { Instant } from './clock.ts';
import type { SecretCacheError } from './errors.ts';

export interface BackoffOptions {
  /** The first delay, in milliseconds, before jitter. Default 1_000. Must be > 0. */
  readonly baseMs: number;
  /** The longest delay, in milliseconds. Default 300_000. Must be >= `baseMs`. */
  readonly capMs: number;
}

/** Until when no call is made for something; a get meanwhile is answered from what is remembered. */
export interface Pause {
  readonly since: Instant;
  readonly delayMs: number;
  /** The delay once nothing held stands in any more. */
  readonly unservedDelayMs: number;
  /** The failure to repeat where no held value stands in; none when the pause is only a "look again soon". */
  readonly error: SecretCacheError | undefined;
}

/** min(cap, base x 2^failures) x U(0.5, 1). `failures` counts those before this one; `chance` is in [0, 1). */
export function backoffMs(failures: number, { baseMs, capMs }: BackoffOptions, chance: number): number {
  return Math.min(capMs, baseMs * 2 ** failures) * (0.5 + chance / 2);
}
