/** What a busy server does with a cache, at a modest and bounded rate, until it is stopped. */

import { SecretCacheError, type Secret, type SecretCache, type SecretChangeHint } from '../../src/index.ts';

import { nameOf, SECRETS } from './service.ts';

const TICK_MS = 50;
const HOT = 50;
const HOT_GETS = 10;
const WATCHES = 5;
/** How long a watch goes on before another takes its place. */
const WATCH_TICKS = 100;

export class SoakLoad {
  /** Errors that are no `SecretCacheError`, no abort and no refusal of ours: there must be none. */
  readonly surprises: unknown[] = [];
  readonly #cache: SecretCache;
  readonly #running = new Set<Promise<void>>();
  readonly #following = new Set<Promise<void>>();
  readonly #watches: AbortController[] = [];
  #ticks = 0;
  #failed = 0;
  #watched = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(cache: SecretCache) {
    this.#cache = cache;
    this.resume();
  }

  /** Operations that ended in a typed error, and versions that watches have shown. */
  get counts(): { readonly failed: number; readonly watched: number; readonly running: number } {
    return { failed: this.#failed, watched: this.#watched, running: this.#running.size };
  }

  notify(hint: SecretChangeHint): void {
    this.#cache.notify(hint);
  }

  /** Starts nothing more until `resume`; resolves when all that was started has ended, watches aside. */
  async pause(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  resume(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Ends the watches as well. */
  async stop(): Promise<void> {
    for (const watch of this.#watches) watch.abort();
    await this.pause();
    await Promise.all(this.#following);
  }

  #tick(): void {
    const cache = this.#cache;
    this.#ticks += 1;
    for (let nth = 0; nth < HOT_GETS; nth += 1) this.#track(cache.get(nameOf(below(HOT))));
    this.#track(cache.get(nameOf(below(SECRETS))));
    if (this.#every(5)) this.#track(cache.getMany([0, 0, 0, 0].map(() => nameOf(below(SECRETS)))));
    if (this.#every(7)) this.#track(cache.get(nameOf(below(HOT)), { versionStage: 'AWSPREVIOUS' }));
    if (this.#every(11)) this.#track(cache.get(nameOf(below(SECRETS)), { signal: AbortSignal.timeout(5) }));
    if (this.#every(13)) this.#track(cache.get(`soak/missing/${this.#ticks}`));
    if (this.#every(17)) this.#track(cache.refresh(nameOf(below(HOT))));
    if (this.#every(19)) cache.invalidate(nameOf(below(HOT)));
    if (this.#every(23))
      this.#track(cache.withSecret(nameOf(below(HOT)), refuseSometimes, { deadlineMs: 1_500 }));
    if (this.#every(600)) cache.clear();
    if (this.#every(WATCH_TICKS / WATCHES)) this.#watch();
    cache.peek(nameOf(below(HOT)));
  }

  #every(ticks: number): boolean {
    return this.#ticks % ticks === 0;
  }

  #watch(): void {
    if (this.#watches.length >= WATCHES) this.#watches.shift()?.abort();
    const controller = new AbortController();
    this.#watches.push(controller);
    this.#track(this.#follow(nameOf(below(HOT)), controller.signal), this.#following);
  }

  async #follow(secretId: string, signal: AbortSignal): Promise<void> {
    for await (const _ of this.#cache.watch(secretId, { signal })) this.#watched += 1;
  }

  #track(work: Promise<unknown>, running = this.#running): void {
    const tracked = work.then(
      () => {},
      (error: unknown) => {
        this.#failed += 1;
        if (!isExpected(error)) this.surprises.push(error);
      },
    );
    running.add(tracked);
    void tracked.then(() => running.delete(tracked));
  }
}

class Refused extends Error {
  readonly status = 401;
}

function refuseSometimes(secret: Secret): void {
  if (Math.random() < 0.3) throw new Refused(secret.versionId);
}

function isExpected(error: unknown): boolean {
  if (error instanceof SecretCacheError || error instanceof Refused) return true;
  return error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}
