/** An experiment, and no part of the library: single reads alongside the batch, so that a refused batch costs no time. */

import type { SecretCacheError, SecretSource, SecretVersion, SourceCall } from 'secretsmanager-cache';

import type { VirtualTime } from './virtual-time.ts';

type BatchSource = SecretSource & Required<Pick<SecretSource, 'loadBatch'>>;
type Answers = ReadonlyMap<string, SecretVersion | SecretCacheError>;

/** `source` with batches that are hedged: unless a batch is answered within `afterMs`, each of its secrets is asked for too. */
export function hedged(source: BatchSource, time: VirtualTime, afterMs: number): SecretSource {
  return {
    load: (ref, call) => source.load(ref, call),
    ...(source.describe && { describe: source.describe.bind(source) }),
    loadBatch: (secretIds, call) => new Hedge(source, secretIds, call).answer(time, afterMs),
  };
}

class Hedge {
  readonly #source: BatchSource;
  readonly #secretIds: readonly string[];
  readonly #call: SourceCall;
  readonly #singles = new AbortController();

  constructor(source: BatchSource, secretIds: readonly string[], call: SourceCall) {
    this.#source = source;
    this.#secretIds = secretIds;
    this.#call = call;
  }

  /** What brings all of them first. */
  async answer(time: VirtualTime, afterMs: number): Promise<Answers> {
    const batch = this.#source.loadBatch(this.#secretIds, this.#call);
    try {
      return await Promise.any([batch, this.#askSingly(batch, time, afterMs)]);
    } finally {
      this.#singles.abort();
    }
  }

  async #askSingly(batch: Promise<Answers>, time: VirtualTime, afterMs: number): Promise<Answers> {
    // A refusal is as good a reason to ask singly as the time.
    await Promise.race([time.after(afterMs), batch.catch(() => {})]);
    // Before anything is sent, an answer that came at the same instant is let through.
    await Promise.resolve();
    if (this.#singles.signal.aborted) throw new Error('answered by the batch');
    const call = { signal: this.#singles.signal, onDispatch: (): void => {} };
    const answers = new Map<string, SecretVersion>();
    // One that fails is absent from the answer, and asked for by the library as any other.
    await Promise.allSettled(
      this.#secretIds.map(async (secretId) => {
        answers.set(secretId, await this.#source.load({ secretId, versionStage: 'AWSCURRENT' }, call));
      }),
    );
    return answers;
  }
}
