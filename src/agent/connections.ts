/** HTTP to the agent: GETs over a few connections that are kept alive, and no more of them at once than there are connections. */

import { Agent as Pool, type IncomingMessage, request, type RequestOptions } from 'node:http';

import pLimit from 'p-limit';

import type { SourceCall } from '../source/secret-source.ts';
import { untilAborted } from '../source/until-aborted.ts';
import type { Agent } from './options.ts';

/** An answer, nothing of it understood yet. */
export interface Reply {
  readonly status: number;
  /** What the extension says of an error in `x-amzn-errortype`. */
  readonly errorType: string | undefined;
  readonly body: Buffer;
}

/** The longest body that is read. A secret is 64 KiB at most, six times that if every character is escaped. */
const MAX_BODY_BYTES = 2 ** 20;
/** Both read the token from it; the agent, from others too (its `ssrf_headers`). */
const TOKEN_HEADER = 'X-Aws-Parameters-Secrets-Token';
const BUSY = 429;

/** Thrown inside this file alone: a connection that was kept alive turned out to be cut. */
class StaleConnection extends Error {}

export class Connections {
  readonly #target: RequestOptions;
  readonly #slots: <T>(run: () => Promise<T>) => Promise<T>;
  // An agent of its own, which takes no proxy from the environment: what is forwarded is refused.
  readonly #pool: Pool;
  #isClosed = false;

  constructor({ hostname, port }: Agent, maxConnections: number) {
    this.#target = { host: hostname, port };
    this.#slots = pLimit(maxConnections);
    this.#pool = new Pool({ keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections });
  }

  /**
   * The answer to one GET. Its slot is given back when the signal aborts, and one whose turn comes too late is never
   * sent.
   */
  get(path: string, token: string, call: SourceCall): Promise<Reply> {
    const headers = { [TOKEN_HEADER]: token };
    const send = async (): Promise<Reply> => {
      call.signal.throwIfAborted();
      // A pool makes new connections after its end, too.
      if (this.#isClosed) throw new Error('closed');
      try {
        return await untilAborted(this.#send({ path, headers, agent: this.#pool }, call), call.signal);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
        // Once more, on a connection made for it: others in the pool may be as stale.
        return untilAborted(this.#send({ path, headers, agent: false }, call), call.signal);
      }
    };
    return untilAborted(this.#slots(send), call.signal);
  }

  /** Whether anything answers there at all. The health check needs no token, and its answer is no secret. */
  async isThere(call: SourceCall): Promise<boolean> {
    const unannounced = { signal: call.signal, onDispatch: (): void => {} };
    try {
      await untilAborted(this.#send({ path: '/ping', agent: false }, unannounced), call.signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Cuts every connection. */
  close(): void {
    this.#isClosed = true;
    this.#pool.destroy();
  }

  #send(options: RequestOptions, call: SourceCall): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.#target, ...options, signal: call.signal });
      const fail = (error: Error): void => {
        // A connection has a lifetime of its own (the agent's: 61 s from when it is accepted), and may end under a request.
        const isStale = sent.reusedSocket && isReset(error) && !this.#isClosed;
        reject(isStale ? new StaleConnection() : error);
      };
      const leave = (): void => {
        try {
          call.onDispatch();
        } catch (error) {
          // Else nobody's: this runs in an event of the socket.
          sent.destroy(error as Error);
        }
      };
      sent.on('socket', (socket) => {
        // A request whose connection is refused never left.
        if (socket.connecting) socket.once('connect', leave);
        else leave();
      });
      sent.on('response', (response) => {
        // The agent counts connections when it accepts them: one that is over its limit is refused for good.
        if (response.statusCode === BUSY) sent.shouldKeepAlive = false;
        read(response).then(resolve, fail);
      });
      sent.on('error', fail);
      sent.end();
    });
  }
}

async function read(response: IncomingMessage): Promise<Reply> {
  const { statusCode = 0, headers } = response;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop cuts the connection.
    if (bytes > MAX_BODY_BYTES) break;
    chunks.push(chunk);
  }
  const errorType = headers['x-amzn-errortype'];
  return {
    status: statusCode,
    errorType: typeof errorType === 'string' ? errorType : undefined,
    body: bytes > MAX_BODY_BYTES ? Buffer.alloc(0) : Buffer.concat(chunks),
  };
}

function isReset(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE';
}
