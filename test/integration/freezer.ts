/** A child process that is stopped by SIGSTOP and continued by SIGCONT, and the orders it is given in between. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Order, Reply, Request } from './frozen-child.ts';

export class Freezer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: string | undefined) => void>();
  #lastNth = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => {
      const { nth, answer } = message as Reply;
      this.#waiting.get(nth)?.(answer);
      this.#waiting.delete(nth);
    });
  }

  static async start(endpoint: string): Promise<Freezer> {
    const file = fileURLToPath(import.meta.resolve('./frozen-child.ts'));
    const child = fork(file, [endpoint], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, NODE_NO_WARNINGS: '1', AWS_EC2_METADATA_DISABLED: 'true' },
    });
    await once(child, 'message');
    return new Freezer(child);
  }

  order(order: Order): Promise<string | undefined> {
    this.#lastNth += 1;
    const nth = this.#lastNth;
    this.#child.send({ nth, order } satisfies Request);
    return new Promise((resolve) => this.#waiting.set(nth, resolve));
  }

  /** Stops the child, does something, and lets it go on when it has stood still for so long. */
  async freeze(lengthMs: number, meanwhile: () => unknown = () => {}): Promise<void> {
    this.#child.kill('SIGSTOP');
    try {
      while (this.#state() !== 'T') await delay(1);
      const since = performance.now();
      await meanwhile();
      await delay(Math.max(0, lengthMs - (performance.now() - since)));
    } finally {
      this.#child.kill('SIGCONT');
    }
  }

  /** No more orders: resolves with the exit code when the child has ended by itself. */
  async end(): Promise<number | null> {
    const exited = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.disconnect();
    return (await exited)[0];
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** `R` running, `S` asleep, `T` stopped: the field behind the name, which may hold anything. */
  #state(): string | undefined {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  }
}
