/** One Region: its source, what is known of its health, and the calls it was asked for. */

import type { SecretCacheErrorCode } from '../errors.ts';
import type { SecretSource } from '../source/secret-source.ts';
import type { Health, RegionState } from './health.ts';

/** `calls = answers + lagging + refusals + failures + left + pending`, at every moment. */
export interface RegionStats {
  /** `up`: read from. `down`: left alone, but for a probe now and then. `returning`: it answers again, and is read from soon. */
  readonly state: RegionState;
  /** Calls to its source, of every kind. */
  readonly calls: number;
  /** Answered, and used. */
  readonly answers: number;
  /** Answered, and not used: the primary has just shown a label elsewhere. */
  readonly lagging: number;
  /** Refused for a reason of the request's own: denied, not found, invalid, or a batch throttled. */
  readonly refusals: number;
  /** Failed in passing, or not answered in time: what makes a Region go down. */
  readonly failures: number;
  /** Given up before an answer came, for no fault of the Region's that is known. */
  readonly left: number;
  /** Under way now. */
  readonly pending: number;
}

/** How a call ended. */
export type CallEnd = keyof Omit<RegionStats, 'state' | 'calls' | 'pending'>;

export class Region {
  readonly name: string;
  /** The one whose word counts: the first. */
  readonly isPrimary: boolean;
  /** What one of the sources lacks is not offered, and so never called. */
  readonly source: Required<SecretSource>;
  readonly health: Health;
  /** Whether its source is known to tell when a request leaves: until then it is in a queue of the source's own. */
  announces: boolean;
  /** Calls that haven't left yet, and may be moved to another Region. */
  readonly queued: Set<{ abandon(): void }> = new Set();
  lastFailure: SecretCacheErrorCode = 'ERR_SECRET_UNAVAILABLE';
  readonly #ends: Record<CallEnd, number> = { answers: 0, lagging: 0, refusals: 0, failures: 0, left: 0 };
  #pending = 0;

  constructor(source: SecretSource, parts: Pick<Region, 'name' | 'isPrimary' | 'health' | 'announces'>) {
    this.name = parts.name;
    this.isPrimary = parts.isPrimary;
    this.source = source as Required<SecretSource>;
    this.health = parts.health;
    this.announces = parts.announces;
  }

  begin(): void {
    this.#pending += 1;
  }

  end(how: CallEnd): void {
    this.#pending -= 1;
    this.#ends[how] += 1;
  }

  stats(): RegionStats {
    const pending = this.#pending;
    const calls = Object.values(this.#ends).reduce((sum, ended) => sum + ended, pending);
    return { state: this.health.state, calls, ...this.#ends, pending };
  }
}
