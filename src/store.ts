/** Where records are kept: those that hold a version, and apart from them those that only remember a failure. */

import { LRUCache } from 'lru-cache';

import { Aliases } from './aliases.ts';
import type { SecretRecord } from './record.ts';

export class Store {
  readonly #aliases = new Aliases((secretId) => this.#holding.peek(secretId));
  readonly #holding: LRUCache<string, SecretRecord>;
  /** Apart, so that a storm of wrong ids never pushes a good secret out. */
  readonly #failing: LRUCache<string, SecretRecord>;
  /** The record used last: it stands first in the order of eviction already. */
  #last: SecretRecord | undefined;

  constructor(maxEntries: number, onEvicted: (record: SecretRecord) => void) {
    this.#holding = new LRUCache({
      max: maxEntries,
      dispose: (record, _secretId, reason) => {
        this.#aliases.delete(record);
        this.#last = undefined;
        if (reason === 'evict') record.clear();
      },
      // When the map is whole again: whoever is told may use the cache.
      disposeAfter: (record, _secretId, reason) => {
        if (reason !== 'evict') return;
        this.place(record);
        onEvicted(record);
      },
    });
    this.#failing = new LRUCache({ max: maxEntries });
  }

  /** How many records hold a version. */
  get size(): number {
    return this.#holding.size;
  }

  /** The record to answer a get from; the use counts for the order of eviction. */
  use(secretId: string): SecretRecord | undefined {
    // Saves a tenth of a hit.
    if (this.#last?.secretId !== secretId) this.#last = this.#holding.get(secretId);
    return this.#last;
  }

  /** The same without counting as a use. */
  peek(secretId: string): SecretRecord | undefined {
    return this.#holding.peek(secretId);
  }

  failing(secretId: string): SecretRecord | undefined {
    return this.#failing.get(secretId);
  }

  /** Every record of the secret that `secretId` names, under whichever id it is held. */
  aliasesOf(secretId: string): Set<SecretRecord> {
    return this.#aliases.find(secretId);
  }

  /** Puts a record where it belongs by what it holds now. */
  place(record: SecretRecord): void {
    const { secretId } = record;
    record.trim();
    if (record.holds) {
      this.#failing.delete(secretId);
      if (!this.#holding.has(secretId)) {
        this.#holding.set(secretId, record);
        this.#last = undefined;
      }
      this.#aliases.add(record);
      return;
    }
    this.#holding.delete(secretId);
    if (record.remembers) this.#failing.set(secretId, record);
    else this.#failing.delete(secretId);
  }

  clear(): void {
    for (const record of this.#holding.values()) record.clear();
    this.#holding.clear();
    this.#failing.clear();
  }
}
