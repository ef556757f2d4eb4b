// Replica lag: reads of values that answer from an older state than DescribeSecret does.

import { secretNotFound } from './errors.ts';
import type { SecretState } from './secret-state.ts';
import type { SecretStore } from './secret-store.ts';

/**
 * Secrets Manager is eventually consistent: DescribeSecret may name a version that GetSecretValue doesn't answer
 * with yet. While frozen, GetSecretValue and BatchGetSecretValue read the state of the freeze; DescribeSecret, the
 * lists and all writes go on with the live one. Driven by hand, without timers.
 */
export class ReplicaLag {
  readonly #live: SecretStore;
  #frozen: SecretStore | undefined;
  readonly #frozenSecrets = new Map<string, SecretState>();

  constructor(live: SecretStore) {
    this.#live = live;
  }

  /** From now on value reads see the present state, of one secret or, without an id, of all. Throws for an unknown id. */
  freezeReads(secretId?: string): void {
    if (secretId === undefined) {
      this.#frozen = this.#live.snapshot();
      return;
    }
    const secret = this.#live.find(secretId);
    if (secret === undefined) throw secretNotFound();
    this.#frozenSecrets.set(secret.arn, secret);
  }

  /** Value reads see the live state again: of one secret or, without an id, of all. */
  catchUp(secretId?: string): void {
    if (secretId === undefined) {
      this.#frozen = undefined;
      this.#frozenSecrets.clear();
      return;
    }
    const secret = this.#live.find(secretId);
    if (secret !== undefined) this.#frozenSecrets.delete(secret.arn);
  }

  /** @internal The secret as value reads see it. */
  find(secretId: string): SecretState | undefined {
    const secret = (this.#frozen ?? this.#live).find(secretId);
    return secret === undefined ? undefined : (this.#frozenSecrets.get(secret.arn) ?? secret);
  }

  /** @internal Every secret as value reads see it. */
  all(): SecretState[] {
    return (this.#frozen ?? this.#live).all().map((secret) => this.#frozenSecrets.get(secret.arn) ?? secret);
  }
}
