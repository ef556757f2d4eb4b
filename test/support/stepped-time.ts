// A runtime for the real SDK on real sockets: answers take real time, and everything else passes when it is stepped.

import { setImmediate as turn } from 'node:timers/promises';

import type { Runtime } from '../../src/index.ts';

/** Time that passes when it is stepped, and else not: the library's timers wait for it. */
export class SteppedTime implements Runtime {
  #nowMs = 0;
  readonly #timers = new Map<object, { readonly dueAtMs: number; readonly run: () => void }>();

  monotonicNowMs(): number {
    return this.#nowMs;
  }
  wallNowMs(): number {
    return 1_767_225_600_000 + this.#nowMs;
  }
  random(): number {
    return 0.5;
  }
  setTimeout(run: () => void, delayMs: number): { unref(): void } {
    const timer = { unref: (): void => {} };
    this.#timers.set(timer, { dueAtMs: this.#nowMs + delayMs, run });
    return timer;
  }
  clearTimeout(timer: object): void {
    this.#timers.delete(timer);
  }
  setImmediate(run: () => void): void {
    setImmediate(run);
  }

  get timers(): number {
    return this.#timers.size;
  }

  step(ms: number): void {
    this.#nowMs += ms;
    for (const [timer, { dueAtMs, run }] of this.#timers) {
      if (dueAtMs <= this.#nowMs && this.#timers.delete(timer)) run();
    }
  }

  /** Until every timer left is due within `ms`, as a watch's is: nothing waits for the network. */
  async asleep(ms: number): Promise<void> {
    const isAsleep = (): boolean =>
      [...this.#timers.values()].every(({ dueAtMs }) => dueAtMs - this.#nowMs <= ms) && this.#timers.size > 0;
    while (!isAsleep()) await turn();
  }

  /** Steps on until something has happened. */
  async stepUntil(hasHappened: () => boolean): Promise<void> {
    while (!hasHappened()) {
      this.step(50);
      await turn();
    }
  }
}
