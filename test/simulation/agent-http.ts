/** `node:http` as far as `src/agent/connections.ts` uses it: requests over connections that are made, kept, refused and cut. */

import { EventEmitter } from 'node:events';

import type { AskedFor } from './requests.ts';
import { network } from '../support/service-errors.ts';

/** A connection that the agent has accepted. */
export interface Line {
  /** One too many: refused for as long as it lives. */
  readonly isOverLimit: boolean;
}

export interface Reply {
  readonly status: number;
  readonly errorType?: string | undefined;
  readonly body: string;
  /** The connection ends before the body does. */
  readonly isCut?: boolean;
}

export type Outcome = { readonly reply: Reply } | { readonly error: Error };

/** One cache's way to the agent. What comes, comes in an event of its process. */
export interface Door {
  /** Makes a connection; nobody listens: `undefined`. */
  connect(then: (line: Line | undefined) => void): void;
  /** Whether the connection is known, by now, to have been cut. */
  isSeenCut(line: Line): boolean;
  /** A request is called for; it has yet to leave, and needn't. Returns when it was asked for. */
  announce(options: HttpOptions): AskedFor;
  withdraw(): void;
  /** A request leaves on a connection; `isReused`: that was kept from an earlier one. Returns how to give it up. */
  carry(sent: Sent, settle: (outcome: Outcome) => void): (reason: unknown) => void;
  /** A request could not leave. */
  refuse(path: string, asked: AskedFor): void;
}

export interface Sent {
  readonly path: string;
  readonly token: string | undefined;
  readonly line: Line;
  readonly isReused: boolean;
  readonly asked: AskedFor;
}

export interface HttpOptions {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `false`: a connection of its own, which isn't kept. */
  readonly agent: Pool | false;
  readonly signal: AbortSignal;
}

/** `http.Agent`: the connections that are kept. How many there are at once is left to those who ask. */
export class Pool {
  readonly kept: Line[] = [];
  readonly active: Set<HttpRequest> = new Set();
  isDestroyed = false;

  destroy(): void {
    this.isDestroyed = true;
    this.kept.length = 0;
    for (const request of this.active) request.hangUp();
  }
}

/** `http.ClientRequest`. */
export class HttpRequest extends EventEmitter {
  reusedSocket = false;
  shouldKeepAlive = true;
  readonly #door: Door;
  readonly #options: HttpOptions;
  #giveUp: ((reason: unknown) => void) | undefined;
  #isOver = false;
  #hasLeft = false;
  readonly #asked: AskedFor;

  readonly #onAbort = (): void => {
    this.#giveUp?.(this.#options.signal.reason);
    this.destroy(
      Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' }),
    );
  };

  constructor(door: Door, options: HttpOptions) {
    super();
    this.#door = door;
    this.#options = options;
    this.#asked = door.announce(options);
  }

  end(): void {
    queueMicrotask(() => this.#begin());
  }

  destroy(error: Error): void {
    if (this.#isOver) return;
    this.#finish();
    queueMicrotask(() => this.emit('error', error));
  }

  /** Its pool is gone, and the connection with it. */
  hangUp(): void {
    this.#giveUp?.(undefined);
    this.destroy(network('ECONNRESET'));
  }

  #begin(): void {
    if (this.#isOver) return;
    const { signal, agent } = this.#options;
    if (signal.aborted) return this.#onAbort();
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (agent !== false) agent.active.add(this);
    const line = agent === false ? undefined : this.#takeKept(agent);
    if (line !== undefined) {
      this.reusedSocket = true;
      this.#leave(line);
      this.emit('socket', { connecting: false });
      return;
    }
    const socket = Object.assign(new EventEmitter(), { connecting: true });
    this.emit('socket', socket);
    this.#door.connect((made) => {
      if (this.#isOver) return;
      if (made === undefined) {
        this.#hasLeft = true;
        this.#door.refuse(this.#options.path, this.#asked);
        return this.destroy(network('ECONNREFUSED'));
      }
      socket.connecting = false;
      this.#leave(made);
      socket.emit('connect');
    });
  }

  #takeKept({ kept }: Pool): Line | undefined {
    for (let line = kept.pop(); line !== undefined; line = kept.pop())
      if (!this.#door.isSeenCut(line)) return line;
    return undefined;
  }

  #leave(line: Line): void {
    const { path, headers } = this.#options;
    this.#hasLeft = true;
    const token = headers?.['X-Aws-Parameters-Secrets-Token'];
    const sent = { path, token, line, isReused: this.reusedSocket, asked: this.#asked };
    this.#giveUp = this.#door.carry(sent, (outcome) => {
      if (this.#isOver) return;
      if ('error' in outcome) return this.destroy(outcome.error);
      const { status, errorType, body, isCut = false } = outcome.reply;
      this.emit('response', {
        statusCode: status,
        headers: errorType === undefined ? {} : { 'x-amzn-errortype': errorType },
        [Symbol.asyncIterator]: () => this.#chunks(body, isCut, line),
      });
    });
  }

  async *#chunks(body: string, isCut: boolean, line: Line): AsyncGenerator<Buffer, void, undefined> {
    const { agent } = this.#options;
    const bytes = Buffer.from(body);
    const size = Math.max(1, Math.ceil(bytes.length / 3));
    let isWhole = false;
    try {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      if (isCut) throw network('ECONNRESET');
      isWhole = true;
    } finally {
      if (!this.#isOver) this.#finish();
      if (isWhole && this.shouldKeepAlive && agent !== false && !agent.isDestroyed) agent.kept.push(line);
    }
  }

  #finish(): void {
    const { signal, agent } = this.#options;
    this.#isOver = true;
    if (!this.#hasLeft) this.#door.withdraw();
    signal.removeEventListener('abort', this.#onAbort);
    if (agent !== false) agent.active.delete(this);
  }
}
