/** Fresh Node.js processes for what must not share a heap, a JIT or an event loop: asked by messages, always ended. */

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Progress } from './question.ts';

type Message =
  | { readonly kind: 'progress'; readonly what: string; readonly share: number }
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly why: string };

interface Asked {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly progress: Progress | undefined;
}

/** The longest that a child at work is silent: far more than any of them needs between two signs of progress. */
const SILENCE_MS = 4 * 60_000;

/** A file of the bench at work in a process of its own; the file calls `answerParent`. */
export class Child {
  readonly #file: string;
  readonly #process: ChildProcess;
  #asked: Asked | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(file: string, nodeFlags: readonly string[] = []) {
    this.#file = file;
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
      execArgv: [...process.execArgv, ...nodeFlags],
      // Both SDKs warn of ends of support, which is no news here.
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
      // What a contender prints is not the bench's to print.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message: Message) => this.#receive(message));
    this.#process.on('error', (error) => this.#asked?.reject(error));
    this.#process.on('exit', (code, signal) => {
      this.#asked?.reject(new Error(`${file} ended with ${code ?? signal} before it had answered`));
    });
  }

  /** One request at a time. Rejects when the child fails or ends, or shows nothing for four minutes. */
  async ask<Result>(request: unknown, progress?: Progress): Promise<Result> {
    try {
      const answer = await new Promise<unknown>((resolve, reject) => {
        this.#asked = { resolve, reject, progress };
        this.#watch();
        this.#process.send({ request });
      });
      return answer as Result;
    } finally {
      clearTimeout(this.#silence);
      this.#asked = undefined;
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #watch(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#process.kill('SIGKILL'), SILENCE_MS);
  }

  #receive(message: Message): void {
    this.#watch();
    if (message.kind === 'progress') this.#asked?.progress?.(message.what, message.share);
    if (message.kind === 'answer') this.#asked?.resolve(message.answer);
    if (message.kind === 'failure') this.#asked?.reject(new Error(`${this.#file}: ${message.why}`));
  }
}

/** One request to a process that is started for it and ended after it. */
export async function askOnce<Result>(
  file: string,
  request: unknown,
  options: AskOptions = {},
): Promise<Result> {
  await using child = new Child(file, options.nodeFlags);
  return await child.ask<Result>(request, options.progress);
}

interface AskOptions {
  readonly nodeFlags?: readonly string[] | undefined;
  readonly progress?: Progress | undefined;
}

function send(message: Message): void {
  process.send?.(message);
}

const progress: Progress = (what, share) => send({ kind: 'progress', what, share });

/** In the child: answers the parent's requests, and ends with it. */
export function answerParent<Request>(
  handle: (request: Request, progress: Progress) => Promise<unknown>,
): void {
  process.on('message', ({ request }: { request: Request }) => {
    handle(request, progress).then(
      (answer) => send({ kind: 'answer', answer }),
      (error: unknown) =>
        send({ kind: 'failure', why: error instanceof Error ? `${error.stack}` : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}
