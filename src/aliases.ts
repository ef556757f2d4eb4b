/** Which records hold one secret under several ids: found by the ARN and the Name they were answered with. */

import { names, type SecretIdentity } from './identity.ts';
import type { SecretRecord } from './record.ts';

export class Aliases {
  /** By ARN and by Name; most secrets are asked for under one id, so a record stands there without an array. */
  readonly #records = new Map<string, SecretRecord | SecretRecord[]>();
  readonly #filedAs = new WeakMap<SecretRecord, SecretIdentity>();

  /** Files a record under the identity it has now. */
  add(record: SecretRecord): void {
    const { identity } = record;
    if (identity === this.#filedAs.get(record)) return;
    this.delete(record);
    if (identity === undefined) return;
    this.#filedAs.set(record, identity);
    this.#file(identity.arn, record);
    this.#file(identity.name, record);
  }

  delete(record: SecretRecord): void {
    const identity = this.#filedAs.get(record);
    if (identity === undefined) return;
    this.#filedAs.delete(record);
    this.#unfile(identity.arn, record);
    this.#unfile(identity.name, record);
  }

  /** The filed records that hold the secret `secretId` names, whichever id each was asked by. */
  find(secretId: string): Set<SecretRecord> {
    const found = new Set(this.#under(secretId));
    const tail = secretId.slice(secretId.indexOf(':secret:') + ':secret:'.length);
    for (const record of this.#under(tail)) {
      if (record.identity !== undefined && names(secretId, record.identity)) found.add(record);
    }
    // A set's iteration reaches what is added on the way.
    for (const { identity } of found) {
      for (const record of this.#under(identity?.arn ?? '')) found.add(record);
    }
    return found;
  }

  clear(): void {
    for (const filed of this.#records.values()) {
      for (const record of [filed].flat()) this.#filedAs.delete(record);
    }
    this.#records.clear();
  }

  #under(key: string): readonly SecretRecord[] {
    const filed = this.#records.get(key);
    return filed === undefined ? [] : [filed].flat();
  }

  #file(key: string, record: SecretRecord): void {
    const others = this.#under(key);
    this.#records.set(key, others.length === 0 ? record : [...others, record]);
  }

  #unfile(key: string, record: SecretRecord): void {
    const [first, ...rest] = this.#under(key).filter((other) => other !== record);
    if (first === undefined) this.#records.delete(key);
    else this.#records.set(key, rest.length === 0 ? first : [first, ...rest]);
  }
}
