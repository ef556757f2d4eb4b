/**
 * What a failed call means for what is held.
 *
 * Transient: nothing; the value stands in. Denied: the record is suspect at first, and only a second denial at least
 * a second later drops its versions, because permissions and replicas settle slowly. Rejected: the request is at
 * fault; the value stays, unserved.
 */

import { backoffMs, type BackoffOptions } from './backoff.ts';
import { failureKind, type SecretCacheError } from './errors.ts';
import { publish } from './events.ts';
import type { Departure } from './flight.ts';
import type { Policy } from './policy.ts';
import { CURRENT, type SecretRecord } from './record.ts';
import type { Ref } from './ref.ts';
import type { Runtime } from './runtime.ts';

/** How long after the first denial the confirming call may be made. */
export const CONFIRM_AFTER_MS = 1_000;

/** Caps where no held value stands in: the caller sees each failure, so it must end soon after its cause does. */
const UNSERVED_TRANSIENT_CAP_MS = 10_000;
const UNSERVED_DENIED_CAP_MS = 30_000;
const PENDING_CAP_MS = 5_000;

export interface FailuresOptions {
  readonly policy: Policy;
  readonly backoff: BackoffOptions;
  readonly runtime: Runtime;
}

export class Failures {
  readonly #options: FailuresOptions;

  constructor(options: FailuresOptions) {
    this.#options = options;
  }

  /** Takes note of the failure of a request. */
  note(record: SecretRecord, ref: Ref, error: SecretCacheError, departure: Departure): void {
    const said = ref.saidFailure;
    ref.saidFailure = true;
    const verdict = this.#judge(record, ref, error, departure);
    // Last, since a subscriber may use the cache.
    const message = { secretId: record.secretId, code: error.code };
    if (!said) publish('failure', message);
    if (verdict !== undefined) publish(verdict, message);
  }

  #judge(
    record: SecretRecord,
    ref: Ref,
    error: SecretCacheError,
    departure: Departure,
  ): 'suspect' | 'revoked' | undefined {
    if (failureKind(error) !== 'denied') {
      this.#pause(ref, error, UNSERVED_TRANSIENT_CAP_MS);
      return undefined;
    }
    const isNotFound = error.code === 'ERR_SECRET_NOT_FOUND';
    const isPending = isNotFound && ref.versionStage === 'AWSPENDING';
    const capMs = isPending ? PENDING_CAP_MS : UNSERVED_DENIED_CAP_MS;
    const isCurrent = ref.versionStage === CURRENT && ref.isLabel;
    const isInDoubt = (!isNotFound || isCurrent) && this.#options.policy.isServable(ref);
    if (isInDoubt && !this.#isConfirmed(record, departure)) {
      return record.suspectFrom(departure.sequence) ? 'suspect' : undefined;
    }
    if (isInDoubt) record.revoke(departure.sequence);
    else if (isNotFound && !isCurrent) record.dropRef(ref, departure.sequence);
    this.#pause(ref, error, capMs);
    return isInDoubt ? 'revoked' : undefined;
  }

  /** By the start of the second call, so that a slow first one never confirms itself. */
  #isConfirmed({ suspect }: SecretRecord, { at }: Departure): boolean {
    const { clock } = this.#options.policy;
    return suspect !== undefined && clock.ageMs(suspect.since) - clock.ageMs(at) >= CONFIRM_AFTER_MS;
  }

  #pause(ref: Ref, error: SecretCacheError, unservedCapMs: number): void {
    const { policy, backoff, runtime } = this.#options;
    const { baseMs } = backoff;
    const unservedBackoff = { baseMs, capMs: Math.min(backoff.capMs, unservedCapMs) };
    const chance = runtime.random();
    const unservedDelayMs = backoffMs(ref.failures, unservedBackoff, chance);
    const isServed = failureKind(error) === 'transient';
    const delayMs = isServed ? backoffMs(ref.failures, backoff, chance) : unservedDelayMs;
    ref.pause = { since: policy.clock.now(), delayMs, unservedDelayMs, error };
    ref.failures += 1;
  }
}
