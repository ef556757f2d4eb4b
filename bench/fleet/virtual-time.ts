/**
 * Time that moves from instant to instant, for thousands of processes at once: the library's runtime and the world's clock.
 *
 * All that happens at one instant is run together, and then everything that follows from it without time moving. What
 * the world does falls on whole milliseconds, so that many calls share an instant: a turn of the real event loop is
 * what an instant costs. (`World` of test/simulation has an event a turn, and processes that freeze one by one.)
 */

import type { Runtime, TimerHandle } from 'secretsmanager-cache';

import { Dice } from '../../test/simulation/dice.ts';
import { Instants } from './instants.ts';

/** 2026-01-01T00:00:00Z. */
const WALL_START_MS = 1_767_225_600_000;

/** A monotonic clock of 0 is no time yet for some libraries. */
const BOOTED_MS = 1_000;

/** A program that keeps itself busy for so many turns without time moving is a busy loop. */
const MOST_TURNS = 10_000;

export class VirtualTime implements Runtime {
  nowMs = 0;
  readonly #dice: Dice;
  readonly #events = new Map<number, (() => void)[]>();
  readonly #instants = new Instants();
  #immediates: (() => void)[] = [];

  constructor(seed: number) {
    this.#dice = new Dice(seed);
  }

  // The seam, as the library sees it.

  monotonicNowMs(): number {
    return BOOTED_MS + this.nowMs;
  }

  wallNowMs(): number {
    return WALL_START_MS + this.nowMs;
  }

  random(): number {
    return this.#dice.next();
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    const timer = new Timer(run);
    this.at(this.nowMs + Math.max(1, delayMs), () => timer.run?.());
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    // What it would have run is let go now, not when it is due: there are many, and most are cleared.
    (timer as Timer).run = undefined;
  }

  setImmediate(run: () => void): void {
    this.#immediates.push(run);
  }

  // The world's side.

  /** Runs `run` at an instant, or at the next whole millisecond after it. */
  at(atMs: number, run: () => void): void {
    const instantMs = Math.ceil(atMs);
    const together = this.#events.get(instantMs);
    if (together !== undefined) {
      together.push(run);
      return;
    }
    this.#events.set(instantMs, [run]);
    this.#instants.add(instantMs);
  }

  after(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.at(this.nowMs + delayMs, resolve));
  }

  /** Lets everything happen up to and at `untilMs`, or until nothing more will, and stops the clock there. */
  async runUntil(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await this.#settle();
    for (let nextMs = this.#instants.first; nextMs <= untilMs && !isOver(); nextMs = this.#instants.first) {
      this.#instants.take();
      this.nowMs = Math.max(this.nowMs, nextMs);
      const together = this.#events.get(nextMs) ?? [];
      this.#events.delete(nextMs);
      for (const run of together) run();
      await this.#settle();
    }
    if (!isOver()) this.nowMs = untilMs;
  }

  async #settle(): Promise<void> {
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      await turn();
      if (this.#immediates.length === 0) return;
      const due = this.#immediates;
      this.#immediates = [];
      for (const run of due) run();
    }
    throw new Error('busy loop: the program never comes to rest');
  }
}

class Timer implements TimerHandle {
  run: (() => void) | undefined;

  constructor(run: () => void) {
    this.run = run;
  }

  unref(): void {}
}

/** One turn of the real event loop: all microtasks run to their end. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
