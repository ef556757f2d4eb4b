/** What the tests below the seam are driven by: a runtime moved by hand, a client that answers by a script, a caller. */

import { vi } from 'vitest';
import type { Runtime, TimerHandle } from '../../src/runtime.ts';
import type { OwnCall } from '../../src/source/own-call.ts';

/** Lets everything that is ready happen: promises, and the module loader's own turns. No time passes. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

export interface HandTimer extends TimerHandle {
  readonly run: () => void;
  readonly delayMs: number;
  isUnref: boolean;
  isCleared: boolean;
}

export class HandDrivenRuntime implements Runtime {
  nowMs = 1_000;
  chance = 0;
  readonly timers: HandTimer[] = [];
  #immediates: (() => void)[] = [];

  monotonicNowMs = (): number => this.nowMs;
  wallNowMs = (): number => this.nowMs;
  random = (): number => this.chance;
  setTimeout = (run: () => void, delayMs: number): TimerHandle => {
    const timer: HandTimer = {
      run,
      delayMs,
      isUnref: false,
      isCleared: false,
      unref: () => void (timer.isUnref = true),
    };
    this.timers.push(timer);
    return timer;
  };
  clearTimeout = (timer: TimerHandle): void => {
    (timer as HandTimer).isCleared = true;
  };
  setImmediate = (run: () => void): void => {
    this.#immediates.push(run);
  };

  /** Ends the turn of the event loop: what was to run then runs, and its consequences too. */
  async endTurn(): Promise<void> {
    const due = this.#immediates;
    this.#immediates = [];
    for (const run of due) run();
    await settle();
  }
}

/** One caller: its signal, and how often it was told that a request left. */
export function caller(): OwnCall & {
  abort(reason?: unknown): void;
  onDispatch: ReturnType<typeof vi.fn<() => void>>;
} {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    end: controller.signal,
    onDispatch: vi.fn<() => void>(),
    abort: (reason?: unknown) => controller.abort(reason),
  };
}

export interface Sent {
  readonly name: string;
  readonly input: Record<string, unknown>;
  readonly signal: AbortSignal;
  readonly command: object;
}

/** A duck-typed client: every command is recorded, and answered by `answer`. */
export class ScriptedClient {
  readonly sent: Sent[] = [];
  answer: (sent: Sent, index: number) => unknown;

  constructor(answer: (sent: Sent, index: number) => unknown) {
    this.answer = answer;
  }

  send(command: object, options?: { abortSignal?: AbortSignal }): Promise<unknown> {
    const { input } = command as { input: Record<string, unknown> };
    const signal = options?.abortSignal;
    if (signal === undefined) throw new Error('sent without a signal');
    const sent = { name: command.constructor.name.replace('Command', ''), input, signal, command };
    this.sent.push(sent);
    return Promise.resolve(this.answer(sent, this.sent.length - 1));
  }

  get inputs(): Record<string, unknown>[] {
    return this.sent.map(({ input }) => input);
  }
}

export const NEVER: Promise<never> = new Promise(() => {});

export function arnOf(name: string, account = '123456789012', region = 'us-east-1'): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`;
}

/** A whole answer of GetSecretValue, or an item of a batch's. */
export function valueOf(name: string, changes: object = {}): object {
  return {
    ARN: arnOf(name),
    Name: name,
    VersionId: `version-of-${name}`,
    SecretString: `value of ${name}`,
    VersionStages: ['AWSCURRENT'],
    CreatedDate: new Date(0),
    ...changes,
  };
}

export interface Outcome<T> {
  state: 'pending' | 'resolved' | 'rejected';
  value?: T;
  error?: Error & { readonly secretId?: string };
}

/** How a promise ended, or that it didn't. */
export function watchOutcome<T>(promise: Promise<T>): Outcome<T> {
  const outcome: Outcome<T> = { state: 'pending' };
  promise.then(
    (value) => Object.assign(outcome, { state: 'resolved', value }),
    (error: unknown) => Object.assign(outcome, { state: 'rejected', error }),
  );
  return outcome;
}
