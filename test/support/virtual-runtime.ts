/**
 * A `Runtime` whose time moves only when a test says so: two clocks, timers in order, seeded randomness.
 *
 * Nothing here sleeps. Promises settle on the real event loop, which `settle()` drains in a bounded number of turns.
 */

import type { Runtime, TimerHandle } from '../../src/runtime.ts';

/** Node's longest delay: a longer one, or NaN, fires after 1 ms there, and so it does here. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Idle event-loop turns after which nothing more is expected to happen by itself. */
const QUIET_TURNS = 4;

/** A virtual program that keeps itself busy for so many turns without time moving is a busy loop. */
const MOST_TURNS = 20_000;

/** 2026-01-01T00:00:00Z. */
export const WALL_START_MS = 1_767_225_600_000;

/** One timer that was set and neither fired nor was cleared. */
export interface PendingTimer {
  readonly dueAtMs: number;
  readonly delayMs: number;
  readonly ref: boolean;
}

interface Timer extends TimerHandle {
  readonly dueAtMs: number;
  readonly delayMs: number;
  readonly world: boolean;
  readonly run: () => void;
  ref: boolean;
}

export interface VirtualRuntimeOptions {
  readonly seed?: number;
  /** The length of every virtual timer is exact; a wall clock needs a start. Default `WALL_START_MS`. */
  readonly wallStartMs?: number;
}

export class VirtualRuntime implements Runtime {
  readonly #timers = new Set<Timer>();
  readonly #immediates: (() => void)[] = [];
  readonly #forcedRandom: number[] = [];
  #monotonicMs = 1_000;
  #wallMs: number;
  #random: () => number;
  #settling = false;

  /** How many timers the library set in all, so that a test can say "no timer for a hit". */
  timersSet = 0;
  /** How many immediates the library asked for. */
  immediatesSet = 0;
  /** Delays that Node would cut to 1 ms. */
  overflows = 0;

  constructor(options: VirtualRuntimeOptions = {}) {
    this.#wallMs = options.wallStartMs ?? WALL_START_MS;
    this.#random = mulberry32(options.seed ?? 1);
  }

  // The seam, as the library sees it.

  monotonicNowMs(): number {
    return this.#monotonicMs;
  }

  wallNowMs(): number {
    return this.#wallMs;
  }

  random(): number {
    return this.#forcedRandom.shift() ?? this.#random();
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    this.timersSet += 1;
    return this.#addTimer(run, delayMs, false);
  }

  clearTimeout(timer: TimerHandle): void {
    this.#timers.delete(timer as Timer);
  }

  setImmediate(run: () => void): void {
    this.immediatesSet += 1;
    this.#immediates.push(run);
  }

  // The test's side.

  /** A timer of the outside world (a server's latency): it isn't counted among the library's. */
  later(run: () => void, delayMs: number): void {
    this.#addTimer(run, delayMs, true);
  }

  /** The numbers that `random()` gives next, before the seeded ones go on. */
  forceRandom(...values: number[]): void {
    this.#forcedRandom.push(...values);
  }

  /** `random()` gives this number from now on. */
  fixRandom(value: number): void {
    this.#random = (): number => value;
  }

  /** The library's timers that are still to fire, the earliest first. */
  pendingTimers(): readonly PendingTimer[] {
    return [...this.#timers]
      .filter((timer) => !timer.world)
      .toSorted((a, b) => a.dueAtMs - b.dueAtMs)
      .map(({ dueAtMs, delayMs, ref }) => ({ dueAtMs, delayMs, ref }));
  }

  /** Lets everything happen that happens without time moving: promises, virtual immediates, dynamic imports. */
  async settle(): Promise<void> {
    if (this.#settling) throw new Error('settle() and advance() must be awaited one after the other');
    this.#settling = true;
    try {
      await this.#drain();
    } finally {
      this.#settling = false;
    }
  }

  /** Lets promises settle, but not the virtual immediates: the program is still inside its turn. */
  async settlePromises(turns: number = QUIET_TURNS): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await realTurn();
  }

  /** Moves both clocks on, running each due timer at its own instant. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const untilMs = this.#monotonicMs + ms;
    for (let due = this.#next(untilMs); due.length > 0; due = this.#next(untilMs)) {
      for (const timer of due) {
        // One that ran before may have cleared it.
        if (!this.#timers.delete(timer)) continue;
        this.#moveTo(timer.dueAtMs);
        timer.run();
        await realTurn();
      }
      await this.settle();
    }
    this.#moveTo(untilMs);
  }

  /** Sets the wall clock forward or back; the monotonic clock and the timers don't notice. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  /**
   * The process stands still while time passes outside. No timer runs, not even an overdue one: that happens in
   * the next `advance()`. With `monotonic: false` the machine was suspended, and timers aren't even overdue.
   */
  freeze(ms: number, { monotonic = true }: { monotonic?: boolean } = {}): void {
    this.#wallMs += ms;
    if (monotonic) this.#monotonicMs += ms;
  }

  /**
   * Settles `promise` without time moving, and says so when it can't be done. For an outcome rather than
   * a value, see `outcomeOf`.
   */
  run<T>(promise: Promise<T>): Promise<T> {
    return this.runFor(promise, 0);
  }

  /** The same, moving time on as far as needed, timer by timer, and at most by `ms`. */
  async runFor<T>(promise: Promise<T>, ms: number): Promise<T> {
    const progress = { settled: false };
    const mark = (): void => {
      progress.settled = true;
    };
    promise.then(mark, mark);
    await this.settle();
    const untilMs = this.#monotonicMs + ms;
    while (!progress.settled) {
      const [timer] = this.#next(untilMs);
      if (timer === undefined) throw new Error(`the promise didn't settle within ${ms} virtual ms`);
      await this.advance(Math.max(timer.dueAtMs - this.#monotonicMs, 0));
    }
    return promise;
  }

  #addTimer(run: () => void, delayMs: number, world: boolean): Timer {
    let delay = Math.max(delayMs, 1);
    if (!(delayMs <= LONGEST_DELAY_MS)) {
      this.overflows += 1;
      delay = 1;
    }
    const timer: Timer = {
      dueAtMs: this.#monotonicMs + delay,
      delayMs: delay,
      world,
      run,
      ref: true,
      unref: () => {
        timer.ref = false;
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  /** The timers of the earliest instant up to `untilMs`, in the order in which they were set. */
  #next(untilMs: number): Timer[] {
    let earliestMs = untilMs;
    for (const { dueAtMs } of this.#timers) earliestMs = Math.min(earliestMs, dueAtMs);
    const due = [...this.#timers].filter(({ dueAtMs }) => dueAtMs === earliestMs);
    // After a thaw Node runs its overdue timers before it reads sockets: the library's come before the world's.
    if (earliestMs >= this.#monotonicMs) return due;
    const overdue = [...this.#timers].filter(({ dueAtMs, world }) => dueAtMs < this.#monotonicMs && !world);
    return overdue.length === 0 ? due : overdue.toSorted((a, b) => a.dueAtMs - b.dueAtMs);
  }

  #moveTo(monotonicMs: number): void {
    const byMs = Math.max(monotonicMs - this.#monotonicMs, 0);
    this.#monotonicMs += byMs;
    this.#wallMs += byMs;
  }

  async #drain(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; quiet < QUIET_TURNS; turn += 1) {
      if (turn > MOST_TURNS) throw new Error('busy loop: the program never comes to rest');
      await realTurn();
      const immediates = this.#immediates.splice(0);
      quiet = immediates.length === 0 ? quiet + 1 : 0;
      for (const run of immediates) run();
    }
  }
}

/** A generator of numbers in [0, 1) that is small, good enough and the same everywhere. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
