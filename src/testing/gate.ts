// Held answers: calls that have arrived and wait to be answered until the test says so.

import { inScope, type CallScope, type SameSecret, type ScopedCall } from './operation.ts';

export interface HoldOptions {
  /** Only calls that ask for this secret. */
  readonly secretId?: string;
  /**
   * Which state the answer shows: that of the call's `'arrival'` (default), which is what makes an old answer come
   * late, or that of its `'release'`.
   */
  readonly stateAt?: 'arrival' | 'release';
}

/** Holds matching calls: they are received and logged, and not answered until released. */
export class Gate {
  readonly #scope: CallScope;
  readonly #stateAt: 'arrival' | 'release';
  readonly #waiting: (() => void)[] = [];
  readonly #watchers = new Set<{ readonly count: number; resolve(): void; reject(error: Error): void }>();
  #open = false;

  constructor(scope: CallScope, stateAt: 'arrival' | 'release') {
    this.#scope = scope;
    this.#stateAt = stateAt;
  }

  /** Calls held now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves once `count` calls (default 1) are held at the same time; rejects if the gate opens before. */
  arrived(count = 1): Promise<void> {
    if (this.#waiting.length >= count) return Promise.resolve();
    if (this.#open) return Promise.reject(new Error('the gate is open: it holds no calls'));
    return new Promise((resolve, reject) => this.#watchers.add({ count, resolve, reject }));
  }

  /** Answers every held call, and holds no more. */
  release(): void {
    this.#open = true;
    for (const watcher of this.#watchers)
      watcher.reject(new Error('the gate was opened before so many calls came'));
    this.#watchers.clear();
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Answers one held call, by its place in the order of arrival (default 0, the oldest), and goes on holding. */
  releaseOne(index = 0): void {
    const [resume] = this.#waiting.splice(index, 1);
    if (resume === undefined)
      throw new RangeError(`no call is held at place ${index}; ${this.waiting} are held`);
    resume();
  }

  /** @internal Released: it holds nothing any more. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** @internal */
  get stateAt(): 'arrival' | 'release' {
    return this.#stateAt;
  }

  /** @internal */
  holds(call: ScopedCall, same: SameSecret): boolean {
    return !this.#open && inScope(this.#scope, call, same);
  }

  /** @internal Resolves when released, or when the client has gone. */
  pass(gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        const place = this.#waiting.indexOf(resume);
        if (place !== -1) this.#waiting.splice(place, 1);
        resume();
      };
      const resume = (): void => {
        gone.removeEventListener('abort', leave);
        resolve();
      };
      if (gone.aborted) return resolve();
      gone.addEventListener('abort', leave, { once: true });
      this.#waiting.push(resume);
      for (const watcher of this.#watchers) {
        if (this.#waiting.length < watcher.count) continue;
        this.#watchers.delete(watcher);
        watcher.resolve();
      }
    });
  }
}
