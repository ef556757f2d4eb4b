/**
 * A secret as it changes: the version of now, then each other one that shows.
 *
 * The latest only, no queue: whoever is slow to ask misses what came and went. Its checks are gets, so they share the
 * flights and the backoff of everybody else. One timer, and only while somebody waits for the next version.
 */

import { onlyKnown, object } from './checks.ts';
import { readSelector, readSignal, type GetOptions } from './requests.ts';
import type { Runtime, TimerHandle } from './runtime.ts';
import type { Secret } from './secret.ts';

export interface WatchOptions {
  /** The label to follow. Default AWSCURRENT. */
  readonly versionStage?: string;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

export interface WatchParts {
  readonly runtime: Runtime;
  readonly get: (options: GetOptions) => Promise<Secret>;
  /** How long until a get would look again, in milliseconds. */
  readonly dueInMs: () => number;
  /** When to look after a push, in milliseconds: jittered, so that a fleet doesn't come at once. */
  readonly drawSoonMs: () => number;
  readonly onEnd: () => void;
}

/** The timer never fires more often than this. */
const LEAST_MS = 1_000;

export function readWatchOptions(options: WatchOptions): void {
  object('the options of watch', options);
  onlyKnown('option of watch', options, ['versionStage', 'signal']);
  readSelector(options, '');
  readSignal('signal', options.signal);
}

export class Watch implements AsyncIterableIterator<Secret, undefined> {
  readonly secretId: string;
  readonly #parts: WatchParts;
  readonly #versionStage: string;
  readonly #signal: AbortSignal | undefined;
  readonly #ended = new AbortController();
  readonly #end: () => void;
  #lastVersionId: string | undefined;
  /** One `next` at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Re-arms the timer that waits, if one does. */
  #hurry: (() => void) | undefined;

  constructor(secretId: string, versionStage: string, signal: AbortSignal | undefined, parts: WatchParts) {
    this.secretId = secretId;
    this.#parts = parts;
    this.#versionStage = versionStage;
    this.#signal = signal;
    this.#end = () => this.end();
    signal?.addEventListener('abort', this.#end);
    if (signal?.aborted === true) this.end();
  }

  get ended(): boolean {
    return this.#ended.signal.aborted;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Secret, undefined>> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  return(): Promise<IteratorResult<Secret, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the iteration at once, whoever waits. */
  end(): void {
    if (this.#ended.signal.aborted) return;
    this.#signal?.removeEventListener('abort', this.#end);
    this.#ended.abort();
    this.#parts.onEnd();
  }

  /** A push came: looks soon, not at once. */
  hurry(): void {
    this.#hurry?.();
  }

  async #next(): Promise<IteratorResult<Secret, undefined>> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const secret = await this.#look(signal);
      if (signal.aborted) break;
      if (secret !== undefined && secret.versionId !== this.#lastVersionId) {
        this.#lastVersionId = secret.versionId;
        return { done: false, value: secret };
      }
      await this.#untilDue(signal);
    }
    return { done: true, value: undefined };
  }

  /** The secret of now. A failure matters only while there has been no value yet. */
  async #look(signal: AbortSignal): Promise<Secret | undefined> {
    try {
      return await this.#parts.get({ versionStage: this.#versionStage, signal });
    } catch (error) {
      if (this.#lastVersionId !== undefined || signal.aborted) return undefined;
      this.end();
      throw error;
    }
  }

  /** Ref'd: somebody awaits it, and nothing else may keep the process alive. */
  #untilDue(signal: AbortSignal): Promise<void> {
    const { runtime, dueInMs, drawSoonMs } = this.#parts;
    return new Promise((resolve) => {
      let timer: TimerHandle;
      const wake = (): void => {
        runtime.clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#hurry = undefined;
        resolve();
      };
      timer = runtime.setTimeout(wake, Math.max(LEAST_MS, dueInMs()));
      signal.addEventListener('abort', wake);
      this.#hurry = () => {
        this.#hurry = undefined;
        runtime.clearTimeout(timer);
        timer = runtime.setTimeout(wake, Math.max(LEAST_MS, drawSoonMs()));
      };
    });
  }
}
