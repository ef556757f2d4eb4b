/**
 * Coalesces loads that begin at about the same time into batches: 100 secrets cost 5 calls.
 *
 *     load("a") ─┐                        ┌─ "a": a value ──────────────> resolve
 *     load("b") ─┼─ window ── loadBatch ──┼─ "b": an error of its own ──> reject
 *     load("c") ─┘                        └─ "c": denied, or nothing ───> load("c"), once
 *
 * The window is a turn of the event loop unless a longer one is asked for. Loads that start some promises apart, as
 * those of independent modules do, still meet in it, and nobody waits for longer than the turn takes.
 */

import { onAbort } from '../abort.ts';
import { asOurs } from '../errors.ts';
import { parseArn } from '../identity.ts';
import type { TimerHandle } from '../runtime.ts';
import { type BatchSource, loadSingly, loadTogether, stillWaiting, type Waiter } from './batch-round.ts';
import { BatchSwitch, type BatchSwitchOptions, type Group } from './batch-switch.ts';
import type { OwnCall } from './own-call.ts';
import type { SecretRef, SecretSource, SecretVersion } from './secret-source.ts';

export type { BatchingDisabled } from './batch-switch.ts';

export interface BatchingOptions extends BatchSwitchOptions {
  /** How long a batch waits for more, in milliseconds. 0: until the end of the event-loop turn. */
  readonly windowMs: number;
  /** Distinct ids in one batch, at which it is sent at once. 1 to 20. */
  readonly maxSize: number;
}

/** Loads a version for the cache itself. */
export type Load = (ref: SecretRef, call: OwnCall) => Promise<SecretVersion>;

/** The loads of `source`, those of AWSCURRENT batched when they are concurrent. */
export function batching(source: SecretSource, options: BatchingOptions): Load {
  if (!hasBatches(source)) return (ref, call) => source.load(ref, call);
  const windows = new BatchWindows(source, options);
  return (ref, call) => windows.load(ref, call);
}

/** A batch that still takes members. */
interface Window {
  readonly waiters: Map<string, Waiter[]>;
  timer?: TimerHandle;
}

class BatchWindows {
  readonly #source: BatchSource;
  readonly #options: BatchingOptions;
  readonly #switch: BatchSwitch;
  /** One a group, while it is open. */
  readonly #open = new Map<Group, Window>();

  constructor(source: BatchSource, options: BatchingOptions) {
    this.#source = source;
    this.#options = options;
    this.#switch = new BatchSwitch(options);
  }

  load(ref: SecretRef, call: OwnCall): Promise<SecretVersion> {
    const group = parseArn(ref.secretId)?.account;
    if (!isBatchable(ref) || this.#switch.isOff(group)) return this.#source.load(ref, call);
    return this.#answer(group, ref.secretId, call);
  }

  #answer(group: Group, secretId: string, call: OwnCall): Promise<SecretVersion> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(asOurs(call.end.reason, secretId));
        this.#flushIfLeft(group, window);
      };
      const stopListening = onAbort(call.end, leave);
      const window = this.#join(group, secretId, {
        call,
        resolve: (version) => {
          stopListening();
          resolve(version);
        },
        reject: (error) => {
          stopListening();
          reject(error);
        },
      });
      if (call.end.aborted) leave();
    });
  }

  #join(group: Group, secretId: string, waiter: Waiter): Window {
    const window = this.#open.get(group) ?? this.#openWindow(group);
    const sameSecret = window.waiters.get(secretId);
    if (sameSecret === undefined) window.waiters.set(secretId, [waiter]);
    else sameSecret.push(waiter);
    if (window.waiters.size >= this.#options.maxSize) this.#flush(group, window);
    return window;
  }

  #openWindow(group: Group): Window {
    const { runtime, windowMs } = this.#options;
    const window: Window = { waiters: new Map() };
    this.#open.set(group, window);
    const flush = (): void => this.#flush(group, window);
    if (windowMs === 0) {
      runtime.setImmediate(flush);
    } else {
      window.timer = runtime.setTimeout(flush, windowMs);
      window.timer.unref();
    }
    return window;
  }

  /** Left by all before it was sent: nobody is there to wait for its timer. */
  #flushIfLeft(group: Group, window: Window): void {
    if (this.#open.get(group) !== window || stillWaiting(window.waiters).size > 0) return;
    this.#flush(group, window);
  }

  #flush(group: Group, window: Window): void {
    // Its 20th id may have sent it already, and another window be open by now.
    if (this.#open.get(group) !== window) return;
    this.#open.delete(group);
    if (window.timer !== undefined) this.#options.runtime.clearTimeout(window.timer);

    const waiters = stillWaiting(window.waiters);
    const isBatch = waiters.size > 1 && !this.#switch.isOff(group);
    if (!isBatch) return loadSingly(this.#source, waiters);
    void loadTogether(this.#source, waiters, (reason) => this.#switch.turnOff(group, reason));
  }
}

function hasBatches(source: SecretSource): source is BatchSource {
  return source.loadBatch !== undefined;
}

function isBatchable({ versionStage, versionId }: SecretRef): boolean {
  return versionId === undefined && (versionStage === undefined || versionStage === 'AWSCURRENT');
}
