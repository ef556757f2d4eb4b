/** Which records hold one secret under several ids: found by the ARN and the Name they were answered with. */

import { names, parseArn, type SecretIdentity } from './identity.ts';
import type { SecretRecord } from './record.ts';

export class Aliases {
  readonly #byId: (secretId: string) => SecretRecord | undefined;
  /**
   * By Name, and by an ARN that doesn't show the Name, unless that is the id the record is held by. Most secrets are
   * asked for by Name and need no entry; a record stands there without an array.
   */
  readonly #records = new Map<string, SecretRecord | SecretRecord[]>();

  /** `byId` finds the record held by an id. */
  constructor(byId: (secretId: string) => SecretRecord | undefined) {
    this.#byId = byId;
  }

  /** Files a record under the identity it has now. */
  add(record: SecretRecord): void {
    const { identity } = record;
    if (identity === record.filedAs) return;
    this.delete(record);
    if (identity === undefined) return;
    record.filedAs = identity;
    for (const key of keysOf(identity)) this.#file(key, record);
  }

  delete(record: SecretRecord): void {
    const identity = record.filedAs;
    if (identity === undefined) return;
    record.filedAs = undefined;
    for (const key of keysOf(identity)) this.#unfile(key, record);
  }

  /** Every record that holds the secret `secretId` names, whichever id each was asked by. */
  find(secretId: string): Set<SecretRecord> {
    const found = new Set(this.#under(secretId));
    for (const record of this.#underNamesIn(secretId)) {
      if (record.identity !== undefined && names(secretId, record.identity)) found.add(record);
    }
    // A set's iteration reaches what is added on the way.
    for (const { identity } of found) {
      if (identity === undefined) continue;
      for (const record of this.#under(identity.arn)) found.add(record);
    }
    return found;
  }

  /** Those of the Name that a partial ARN ends in, and of the one that a whole ARN does. */
  #underNamesIn(arn: string): SecretRecord[] {
    const tail = parseArn(arn)?.tail;
    return tail === undefined ? [] : [tail, nameIn(tail)].flatMap((name) => this.#under(name));
  }

  #under(key: string): SecretRecord[] {
    const filed = this.#records.get(key) ?? [];
    return [this.#byId(key) ?? [], filed].flat();
  }

  #file(key: string, record: SecretRecord): void {
    if (key === record.secretId) return;
    const others = this.#records.get(key);
    this.#records.set(key, others === undefined ? record : [others, record].flat());
  }

  #unfile(key: string, record: SecretRecord): void {
    const others = [this.#records.get(key) ?? []].flat().filter((other) => other !== record);
    const [first] = others;
    if (first === undefined) this.#records.delete(key);
    else this.#records.set(key, others.length === 1 ? first : others);
  }
}

function keysOf({ arn, name }: SecretIdentity): string[] {
  const isShown = nameIn(parseArn(arn)?.tail ?? '') === name;
  return isShown ? [name] : [name, arn];
}

/** The Name, without the hyphen and six characters that end a whole ARN (service: ARN of a secret). */
function nameIn(tail: string): string {
  return tail.slice(0, -7);
}
