/**
 * What a failed call means for what is held.
 *
 * Transient: nothing; the value stands in. Denied: the record is suspect at first, and only a second denial at least
 * a second later drops its versions, because permissions and replicas settle slowly. Rejected: the request is at
 * fault; the value stays, unserved.
 */

import { backoffMs, type BackoffOptions } from './backoff.ts';
import { failureKind, type SecretCacheError, type SecretCacheErrorCode } from './errors.ts';
import { publish } from './events.ts';
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

  /** Takes note of the failure of the request numbered `sequence`. */
  note(record: SecretRecord, ref: Ref, error: SecretCacheError, sequence: number): void {
    if (ref.failures === 0) publish('failure', { secretId: record.secretId, code: error.code });
    if (failureKind(error) !== 'denied') return this.#pause(ref, error, UNSERVED_TRANSIENT_CAP_MS);
    const isNotFound = error.code === 'ERR_SECRET_NOT_FOUND';
    const isCurrent = ref.versionStage === CURRENT && ref.versionId === undefined;
    if (isNotFound && !isCurrent) {
      record.dropRef(ref);
    } else if (this.#options.policy.isServable(ref)) {
      if (!this.#isConfirmed(record)) return this.#suspect(record, error.code, sequence);
      record.dropVersions();
      publish('revoked', { secretId: record.secretId, code: error.code });
    }
    const isPending = isNotFound && ref.versionStage === 'AWSPENDING';
    this.#pause(ref, error, isPending ? PENDING_CAP_MS : UNSERVED_DENIED_CAP_MS);
  }

  #isConfirmed({ suspect }: SecretRecord): boolean {
    return suspect !== undefined && this.#options.policy.clock.ageMs(suspect.since) >= CONFIRM_AFTER_MS;
  }

  #suspect(record: SecretRecord, code: SecretCacheErrorCode, sequence: number): void {
    if (record.suspect !== undefined) return;
    record.suspect = { since: this.#options.policy.clock.now(), sequence };
    record.expire();
    publish('suspect', { secretId: record.secretId, code });
  }

  #pause(ref: Ref, error: SecretCacheError, unservedCapMs: number): void {
    const { policy, backoff, runtime } = this.#options;
    const isServed = policy.isServable(ref) && failureKind(error) === 'transient';
    const capMs = isServed ? backoff.capMs : Math.min(backoff.capMs, unservedCapMs);
    const delayMs = backoffMs(ref.failures, { baseMs: backoff.baseMs, capMs }, () => runtime.random());
    ref.pause = { since: policy.clock.now(), delayMs, error };
    ref.failures += 1;
  }
}
