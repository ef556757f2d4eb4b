// Lambda's side of its Runtime API, on a loopback port: hands out events, takes what handlers answer.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the runtime says of a handler that threw, and of an init that did. */
export interface ReportedError {
  readonly errorType: string;
  readonly errorMessage: string;
}

interface Invocation {
  readonly event: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class RuntimeApi {
  readonly #server: Server;
  /** Those of the runtime's threads that ask for an event. */
  readonly #polls: ServerResponse[] = [];
  readonly #queue: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();
  readonly #watchers = new Set<() => void>();
  #handedOut = 0;
  #initError: ReportedError | undefined;
  #ended: Error | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<RuntimeApi> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RuntimeApi(server);
  }

  /** For `AWS_LAMBDA_RUNTIME_API`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves with what the handler returned; rejects with the `ReportedError` of one that threw. */
  invoke(event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#queue.push({ event, resolve, reject });
      this.#handOut();
    });
  }

  /** Until so many threads ask for an event. */
  async idle(threads: number): Promise<void> {
    await this.#until(() => this.#polls.length >= threads);
  }

  /** Until every event so far has been handed out. */
  async handedOut(): Promise<void> {
    await this.#until(() => this.#queue.length === 0);
  }

  /** What the runtime says of an init that failed. */
  async initError(): Promise<ReportedError | undefined> {
    await this.#until(() => this.#initError !== undefined);
    return this.#initError;
  }

  /** The runtime is gone: whatever waits rejects. */
  end(error: Error): void {
    this.#ended = error;
    for (const { reject } of [...this.#queue, ...this.#running.values()]) reject(error);
    this.#changed();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // invocation/next, invocation/<id>/response, invocation/<id>/error, init/error
    const [requestId = '', what] = (request.url ?? '').split('/').slice(-2);
    if (what === 'next') {
      this.#polls.push(response);
      this.#handOut();
      return;
    }
    const body: unknown = JSON.parse(await text(request));
    response.writeHead(202).end();
    if (requestId === 'init') this.#initError = body as ReportedError;
    else if (what === 'error') this.#running.get(requestId)?.reject(body);
    else this.#running.get(requestId)?.resolve(body);
    this.#running.delete(requestId);
    this.#changed();
  }

  /** First come, first served, on both sides. */
  #handOut(): void {
    while (this.#polls.length > 0 && this.#queue.length > 0) {
      const poll = this.#polls.shift();
      const invocation = this.#queue.shift();
      if (poll === undefined || invocation === undefined) return;
      this.#handedOut += 1;
      const requestId = `request-${this.#handedOut}`;
      this.#running.set(requestId, invocation);
      poll.writeHead(200, {
        'lambda-runtime-aws-request-id': requestId,
        'lambda-runtime-deadline-ms': Date.now() + 3_000,
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:function',
      });
      poll.end(JSON.stringify(invocation.event));
    }
    this.#changed();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#ended !== undefined) throw this.#ended;
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}
