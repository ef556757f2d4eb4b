/** A process in the virtual world: clocks that step and stand still, timers that a freeze holds back. */

import type { Runtime, TimerHandle } from '../../src/index.ts';
import { WALL_START_MS } from '../support/virtual-runtime.ts';
import { Dice } from './dice.ts';
import { RANK, type Event, type World } from './world.ts';

/** A moment, by the clocks of a process. */
export interface Instant {
  readonly monoMs: number;
  readonly wallMs: number;
}

interface Timer extends TimerHandle {
  readonly event: Event;
  isRef: boolean;
}

export class Process implements Runtime {
  frozenUntilMs = 0;
  /** How long it was frozen in all, as far as its monotonic clock noticed. */
  frozenMonoMs = 0;
  /** How often it was frozen, or its wall clock was set: its own timers can't tell these from each other. */
  disturbances = 0;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #timers = new Set<Timer>();
  #immediates: (() => void)[] = [];
  #suspendedMs = 0;
  #wallOffsetMs = WALL_START_MS;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#dice = new Dice(seed);
    world.processes.push(this);
  }

  get now(): Instant {
    return { monoMs: this.monotonicNowMs(), wallMs: this.wallNowMs() };
  }

  get isFrozen(): boolean {
    return this.frozenUntilMs > this.#world.nowMs;
  }

  get timers(): number {
    return this.#timers.size;
  }

  get refTimers(): number {
    return [...this.#timers].filter(({ isRef }) => isRef).length;
  }

  // The seam, as the library sees it.

  monotonicNowMs(): number {
    return 1_000 + this.#world.nowMs - this.#suspendedMs;
  }

  wallNowMs(): number {
    return this.#wallOffsetMs + this.#world.nowMs;
  }

  random(): number {
    return this.#dice.next();
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    // As Node does: at least 1 ms, and 1 ms for what is too long for it.
    const waitMs = delayMs >= 1 && delayMs <= 2 ** 31 - 1 ? delayMs : 1;
    const fire = (): void => {
      this.#timers.delete(timer);
      run();
    };
    const event = this.#world.at(this.#world.nowMs + waitMs, fire, {
      rank: RANK.timer,
      process: this,
      dueMonoMs: this.monotonicNowMs() + waitMs,
    });
    const timer: Timer = {
      event,
      isRef: true,
      unref: () => {
        timer.isRef = false;
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    const timer = handle as Timer;
    timer.event.cancelled = true;
    this.#timers.delete(timer);
  }

  setImmediate(run: () => void): void {
    this.#immediates.push(run);
  }

  // The world's side.

  runImmediates(): boolean {
    const due = this.#immediates;
    if (due.length === 0) return false;
    this.#immediates = [];
    for (const run of due) run();
    return true;
  }

  /** Stops it for a while. A suspended machine's monotonic clock stands still meanwhile. */
  freeze(forMs: number, isSuspended: boolean): void {
    if (this.isFrozen) return;
    this.frozenUntilMs = this.#world.nowMs + forMs;
    this.disturbances += 1;
    // Nobody reads the clock before the thaw.
    if (isSuspended) this.#suspendedMs += forMs;
    else this.frozenMonoMs += forMs;
  }

  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
    this.disturbances += 1;
  }
}

/** The age by the clock that says more, never below zero: the contract's only measure of time. */
export function ageMs(since: Instant, now: Instant): number {
  return Math.max(now.monoMs - since.monoMs, now.wallMs - since.wallMs, 0);
}
