/** Where the record of a secret is found: held, with a flight under way, or only remembering a failure. */

import type { Flights } from './flights.ts';
import type { Policy } from './policy.ts';
import { SecretRecord } from './record.ts';
import type { Ref } from './ref.ts';
import type { Ask } from './requests.ts';
import type { Store } from './store.ts';

/** A ref and the record it belongs to. */
export interface Target {
  readonly record: SecretRecord;
  readonly ref: Ref;
}

export interface RecordsParts {
  readonly store: Store;
  readonly flights: Flights;
  readonly policy: Policy;
}

export class Records {
  readonly #parts: RecordsParts;

  constructor(parts: RecordsParts) {
    this.#parts = parts;
  }

  /** The record of an id, if there is one; no use in the order of eviction. */
  find(secretId: string): SecretRecord | undefined {
    const { store, flights } = this.#parts;
    return store.peek(secretId) ?? flights.record(secretId) ?? store.failing(secretId);
  }

  /** The record of an id, made if there is none. */
  use(secretId: string): SecretRecord {
    const { store, policy } = this.#parts;
    return store.use(secretId) ?? this.find(secretId) ?? new SecretRecord(secretId, policy);
  }

  /** What a caller asks for. */
  target(secretId: string, { versionStage, versionId }: Ask): Target {
    const record = this.use(secretId);
    return { record, ref: record.ask(versionStage, versionId) };
  }

  /** Every record that may hold the secret `secretId` names, whether the store or only a flight knows it. */
  aliasesOf(secretId: string): Set<SecretRecord> {
    const records = this.#parts.store.aliasesOf(secretId);
    const own = this.find(secretId);
    return own === undefined ? records : records.add(own);
  }
}
