/** Which kinds of batches are off, and until when: a refused batch says something about the next one too. */

import type { Clock, Instant } from '../clock.ts';
import type { Runtime } from '../runtime.ts';

/** Names go together, ARNs by their account: `undefined` is the group of names. */
export type Group = string | undefined;

/** Batches of one group are off for a while; their secrets are asked for singly. */
export interface BatchingDisabled {
  readonly reason: 'denied' | 'throttled';
  readonly forMs: number;
}

export interface BatchSwitchOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Called once each time a group is switched off; must not throw. */
  readonly onDisabled: (notice: BatchingDisabled) => void;
}

/** A permission isn't granted within seconds. */
const DENIED_FOR_MS = 300_000;
/** The longest; each process draws from its upper half, so that a fleet doesn't come back to batches all at once. */
const THROTTLED_FOR_MS = 60_000;

export class BatchSwitch {
  readonly #options: BatchSwitchOptions;
  readonly #off = new Map<Group, { readonly since: Instant; readonly forMs: number }>();

  constructor(options: BatchSwitchOptions) {
    this.#options = options;
  }

  isOff(group: Group): boolean {
    const off = this.#off.get(group);
    return off !== undefined && this.#options.clock.ageMs(off.since) < off.forMs;
  }

  /** Batches that were in flight together are refused together: the first of them counts, and is told of. */
  turnOff(group: Group, reason: BatchingDisabled['reason']): void {
    if (this.isOff(group)) return;
    const { runtime, clock, onDisabled } = this.#options;
    const forMs = reason === 'denied' ? DENIED_FOR_MS : THROTTLED_FOR_MS * (0.5 + 0.5 * runtime.random());
    for (const other of this.#off.keys()) if (!this.isOff(other)) this.#off.delete(other);
    this.#off.set(group, { since: clock.now(), forMs });
    onDisabled({ reason, forMs });
  }
}
