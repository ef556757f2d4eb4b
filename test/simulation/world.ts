/**
 * The virtual world: true time, one queue of events, and the trace of what happened.
 *
 * An event is taken, run, and everything that follows from it without time moving is let happen; that is one step.
 * (`VirtualRuntime` of the scenario tests has one process and settles in several turns; here a step costs one turn,
 * because nothing in a run leaves the microtask queue, and processes freeze one by one.)
 */

import { EventQueue } from './event-queue.ts';
import type { Process } from './process.ts';

/** Who comes first at one instant: after a thaw Node runs overdue timers before it reads sockets. */
export const RANK = { early: 0, timer: 1, delivery: 2, late: 3 } as const;

export interface Event {
  atMs: number;
  readonly rank: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
  /** Whose code it runs: held back while that process is frozen. */
  readonly process: Process | undefined;
  /** For a timer: when it is due on the monotonic clock of its process. */
  readonly dueMonoMs: number | undefined;
  cancelled: boolean;
}

export interface Placement {
  readonly rank?: number;
  readonly process?: Process | undefined;
  readonly dueMonoMs?: number;
}

/** A program that keeps itself busy for so many turns without time moving is a busy loop. */
const MOST_TURNS = 2_000;

export class World {
  nowMs = 0;
  /** The logical clock: every call, answer and request takes a number of it. */
  ticks = 0;
  steps = 0;
  /** The logical clock when this step began. */
  stepTick = 0;
  /** Whose code runs in this step. */
  running: Process | undefined;
  readonly processes: Process[] = [];
  readonly #events = new EventQueue();
  readonly #lines: string[] | undefined;
  #order = 0;
  #hash = 0x81_1c_9d_c5;

  constructor({ keepsTrace = false }: { keepsTrace?: boolean } = {}) {
    this.#lines = keepsTrace ? [] : undefined;
  }

  /** A 32-bit FNV-1a over every line of the trace. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get trace(): readonly string[] {
    return this.#lines ?? [];
  }

  tick(): number {
    return (this.ticks += 1);
  }

  note(line: string): void {
    const whole = `${Math.round(this.nowMs)} ${line}`;
    for (let at = 0; at < whole.length; at += 1) {
      this.#hash = Math.imul(this.#hash ^ whole.charCodeAt(at), 0x01_00_01_93);
    }
    this.#lines?.push(whole);
  }

  at(atMs: number, run: Event['run'], { rank = RANK.delivery, process, dueMonoMs }: Placement = {}): Event {
    this.#order += 1;
    const event = { atMs, rank, order: this.#order, run, process, dueMonoMs, cancelled: false };
    this.#events.add(event);
    return event;
  }

  /** Runs the next event up to `untilMs`, and all that follows from it at once. `false` when there is none. */
  async step(untilMs: number): Promise<boolean> {
    const event = this.#events.first;
    if (event === undefined || event.atMs > untilMs) return false;
    this.#events.take();
    if (event.cancelled) return true;
    this.nowMs = Math.max(this.nowMs, event.atMs);
    if (this.#isPutOff(event)) return true;
    this.running = event.process;
    this.stepTick = this.ticks;
    await event.run();
    await this.settle();
    this.steps += 1;
    return true;
  }

  /** The next event, if it is this process's and due at this instant, no timer, and no answer. */
  takeNext(process: Process): Event | undefined {
    const event = this.#events.first;
    const isDue = event?.process === process && event.atMs <= this.nowMs && !process.isFrozen;
    const isAction = event?.rank === RANK.early || event?.rank === RANK.late;
    if (!isDue || !isAction) return undefined;
    this.#events.take();
    return event;
  }

  /** Lets everything happen that happens without time moving. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      await turn();
      let ran = false;
      for (const process of this.processes) ran = process.runImmediates() || ran;
      if (!ran) return;
    }
    throw new Error('busy loop: the program never comes to rest');
  }

  /** Whether it must wait: its process is frozen, or its clock stood still meanwhile. */
  #isPutOff(event: Event): boolean {
    const { process, dueMonoMs } = event;
    if (process === undefined) return false;
    const leftMs = dueMonoMs === undefined ? 0 : dueMonoMs - process.monotonicNowMs();
    const thawsInMs = process.frozenUntilMs - this.nowMs;
    // Rounding must not put a timer off for ever.
    const waitMs = Math.max(thawsInMs, leftMs > 1e-6 ? leftMs : 0);
    if (waitMs <= 0) return false;
    event.atMs = this.nowMs + waitMs;
    this.#events.add(event);
    return true;
  }
}

/** One turn of the real event loop: all microtasks run to their end, and rejections nobody handled are reported. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
