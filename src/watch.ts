/**
 * A secret as it changes: the version of now, then each other one that shows.
 *
 * The latest only, no queue: whoever is slow to ask misses what came and went. Its checks are gets, so they share the
 * flights and the backoff of everybody else. One timer, and only while somebody waits for the next version.
 */

import { onAbort } from './abort.ts';
import { onlyKnown, object } from './checks.ts';
import type { Clock } from './clock.ts';
import { names, type SecretIdentity } from './identity.ts';
import { readSelector, readSignal, type GetOptions } from './requests.ts';
import type { Runtime, TimerHandle } from './runtime.ts';
import type { Secret } from './secret.ts';

export interface WatchOptions {
  /** The label to follow. Default AWSCURRENT. */
  readonly versionStage?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

export interface WatchParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
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
  readonly #ended = new AbortController();
  readonly #stopListening: (() => void) | undefined;
  /** Which version was shown last; not its value. */
  #last: (SecretIdentity & { readonly versionId: string }) | undefined;
  /** One `next` at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Brings the timer that waits forward; `undefined` when none waits, or a push has done so. */
  #rearm: (() => void) | undefined;
  /** Whether a push came while it was looking. */
  #isHurried = false;

  constructor(secretId: string, versionStage: string, signal: AbortSignal | undefined, parts: WatchParts) {
    this.secretId = secretId;
    this.#parts = parts;
    this.#versionStage = versionStage;
    if (signal?.aborted === true) this.#ended.abort();
    else this.#stopListening = signal && onAbort(signal, () => this.end());
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
    this.#stopListening?.();
    this.#ended.abort();
    this.#parts.onEnd();
  }

  /** Whether a push about `secretId` is about what it follows. */
  concerns(secretId: string): boolean {
    return secretId === this.secretId || (this.#last !== undefined && names(secretId, this.#last));
  }

  /** A push came: looks soon, not at once. */
  hurry(): void {
    if (this.#rearm === undefined) this.#isHurried = true;
    else this.#rearm();
  }

  async #next(): Promise<IteratorResult<Secret, undefined>> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const secret = await this.#look(signal);
      if (signal.aborted) break;
      if (secret !== undefined && this.#isNew(secret)) {
        const { arn, name, versionId } = secret;
        this.#last = { arn, name, versionId };
        return { done: false, value: secret };
      }
      await this.#untilDue(signal);
    }
    return { done: true, value: undefined };
  }

  /** A secret made again under its name may have the version ids of the old one. */
  #isNew({ arn, versionId }: Secret): boolean {
    return versionId !== this.#last?.versionId || arn !== this.#last.arn;
  }

  /** The secret of now. A failure matters only while there has been no value yet. */
  async #look(signal: AbortSignal): Promise<Secret | undefined> {
    try {
      return await this.#parts.get({ versionStage: this.#versionStage, signal });
    } catch (error) {
      if (this.#last !== undefined || signal.aborted) return undefined;
      this.end();
      throw error;
    }
  }

  /** Ref'd: somebody awaits it, and nothing else may keep the process alive. */
  async #untilDue(signal: AbortSignal): Promise<void> {
    const { runtime, dueInMs, drawSoonMs } = this.#parts;
    await new Promise<void>((resolve) => {
      let timer: TimerHandle | undefined;
      const wake = (): void => {
        if (timer !== undefined) runtime.clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#rearm = undefined;
        resolve();
      };
      const wakeIn = (delayMs: number): void => {
        if (timer !== undefined) runtime.clearTimeout(timer);
        timer = runtime.setTimeout(wake, delayMs);
      };
      const dueMs = Math.max(LEAST_MS, dueInMs());
      const since = this.#parts.clock.now();
      this.#rearm = () => {
        this.#rearm = undefined;
        const leftMs = dueMs - this.#parts.clock.ageMs(since);
        wakeIn(Math.max(0, Math.min(leftMs, drawSoonMs())));
      };
      signal.addEventListener('abort', wake);
      wakeIn(dueMs);
      if (this.#isHurried) this.#rearm();
      this.#isHurried = false;
    });
  }
}
