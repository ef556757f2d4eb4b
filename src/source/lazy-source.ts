/** A source whose code is loaded at its first call and not before: importing the cache must cost nothing. */

import { asOurs, type SecretCacheError } from '../errors.ts';
import type {
  Filter,
  SecretDescription,
  SecretRef,
  SecretSource,
  SecretVersion,
  SourceCall,
} from './secret-source.ts';
import { untilAborted } from './until-aborted.ts';

/** A source with every optional method. */
export type WholeSource = Required<SecretSource>;

export class LazySource implements WholeSource {
  readonly #load: () => Promise<WholeSource>;
  #loading: Promise<WholeSource> | undefined;
  #loaded: WholeSource | undefined;

  constructor(load: () => Promise<WholeSource>) {
    this.#load = load;
  }

  load(ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    return this.#loaded?.load(ref, call) ?? this.#loadLate(ref, call);
  }

  async loadBatch(
    secretIds: readonly string[],
    call: SourceCall,
  ): Promise<ReadonlyMap<string, SecretVersion | SecretCacheError>> {
    return (await this.#source(call)).loadBatch(secretIds, call);
  }

  async describe(secretId: string, call: SourceCall): Promise<SecretDescription> {
    return (await this.#source(call, secretId)).describe(secretId, call);
  }

  async *search(
    filters: readonly Filter[],
    call: SourceCall,
  ): AsyncGenerator<SecretVersion | SecretCacheError, void, undefined> {
    yield* (await this.#source(call)).search(filters, call);
  }

  /** What was never loaded has nothing to close. */
  async close(): Promise<void> {
    await (await this.#loading)?.close();
  }

  async #loadLate(ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    return (await this.#source(call, ref.secretId)).load(ref, call);
  }

  async #source(call: SourceCall, secretId?: string): Promise<WholeSource> {
    if (this.#loaded !== undefined) return this.#loaded;
    this.#loading ??= this.#load();
    // Nothing has been sent yet, and its deadline is counted from when it is.
    call.onQueued?.();
    try {
      this.#loaded = await untilAborted(this.#loading, call.signal);
      return this.#loaded;
    } catch (error) {
      throw asOurs(error, secretId);
    }
  }
}
