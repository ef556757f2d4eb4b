// The connections of a LocalAgent: counted when they are accepted, cut when their time is over.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface SocketLimits {
  /** Connections at once; requests on one beyond it are refused, as long as it lives. */
  readonly maxConnections: number;
  readonly connectionLifetimeMs: number;
}

interface Accepted {
  readonly isOverLimit: boolean;
  /** Requests that came on it. */
  requests: number;
  /** Cut when its next request comes. */
  isDoomed: boolean;
}

/** Longer than this a timer of Node's can't wait. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class Sockets {
  readonly #accepted = new Map<Socket, Accepted>();
  #cuts = 0;

  constructor(server: Server, { maxConnections, connectionLifetimeMs }: SocketLimits) {
    server.on('connection', (socket) => {
      const isOverLimit = this.#accepted.size >= maxConnections;
      this.#accepted.set(socket, { isOverLimit, requests: 0, isDoomed: false });
      const end = setTimeout(() => socket.destroy(), Math.min(connectionLifetimeMs, MAX_DELAY_MS)).unref();
      socket.on('close', () => {
        clearTimeout(end);
        this.#accepted.delete(socket);
      });
    });
  }

  /** Open now. */
  get count(): number {
    return this.#accepted.size;
  }

  /** Notes that a request came, and says what is to be known of its connection. */
  admit(socket: Socket): {
    readonly isOverLimit: boolean;
    readonly isFirst: boolean;
    readonly isCut: boolean;
  } {
    const accepted = this.#accepted.get(socket);
    // Gone already: nobody will see the answer.
    if (accepted === undefined) return { isOverLimit: false, isFirst: false, isCut: true };
    accepted.requests += 1;
    const isCut = accepted.isDoomed || this.#cuts > 0;
    if (isCut && !accepted.isDoomed) this.#cuts -= 1;
    return { isOverLimit: accepted.isOverLimit, isFirst: accepted.requests === 1, isCut };
  }

  cutNext(times: number): void {
    this.#cuts = times;
  }

  cutAll(): void {
    for (const socket of this.#accepted.keys()) socket.destroy();
  }

  doomAll(): void {
    for (const accepted of this.#accepted.values()) accepted.isDoomed = true;
  }
}
