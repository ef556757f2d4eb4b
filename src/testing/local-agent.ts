// LocalAgent: the AWS Secrets Manager Agent, or the AWS Parameters and Secrets Lambda Extension, on a loopback port.
//
//   agentSource --HTTP--> LocalAgent: token, limits, TTL cache --the real SDK--> LocalSecretsManager
//
// The agent follows its published source (aws/aws-workload-credentials-provider, 3.0). The extension's source isn't
// public: what its user guide leaves open follows what users report, and where even they are silent, a guess that is
// said to be one. Left out: paths (`/v1/<id>`), `roleArn`, pre-fetching, retries, the two
// connections that health checks have over the limit, and the Parameter Store.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type * as Sdk from '@aws-sdk/client-secrets-manager';

import { answerRequest, type AgentState } from './agent/exchange.ts';
import {
  checkAgentOptions,
  type CheckedAgentOptions,
  type LocalAgentKind,
  type LocalAgentOptions,
} from './agent/options.ts';
import { Sockets } from './agent/sockets.ts';
import { UpstreamCache } from './agent/upstream-cache.ts';

/** One request: what it asked for and how it was answered, never a token or a value. */
export interface LoggedAgentRequest {
  readonly path: string;
  readonly secretId: string | undefined;
  readonly versionStage: string | undefined;
  readonly versionId: string | undefined;
  readonly refreshNow: boolean;
  /** Whether a connection was made for it, rather than kept alive from an earlier one. */
  readonly isFirstOnConnection: boolean;
  /** The HTTP status; `'cut'` when its connection was cut in place of an answer, `undefined` until answered. */
  readonly status: number | 'cut' | undefined;
}

type Entry = { -readonly [Name in keyof LoggedAgentRequest]: LoggedAgentRequest[Name] };

/**
 * A wire-level AWS Secrets Manager Agent or Parameters and Secrets Lambda Extension in this process, over a
 * `LocalSecretsManager`. It listens on 127.0.0.1 alone, prints nothing, and keeps tokens and values out of its log.
 *
 * ```ts
 * await using upstream = await LocalSecretsManager.start();
 * await using agent = await LocalAgent.start({ upstream });
 * const source = agentSource({ endpoint: agent.endpoint, token: agent.token });
 * ```
 */
export class LocalAgent {
  /** Where it listens, e.g. `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  readonly kind: LocalAgentKind;

  readonly #http: Server;
  readonly #sockets: Sockets;
  readonly #state: AgentState;
  readonly #requests: Entry[] = [];
  #closed: Promise<void> | undefined;

  private constructor(http: Server, sdk: typeof Sdk, options: CheckedAgentOptions) {
    const { kind, token, isReady, connectionLifetimeMs } = options;
    this.#http = http;
    this.endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.kind = kind;
    // The extension's limit is on its own requests to Secrets Manager.
    const maxConnections = kind === 'agent' ? options.maxConnections : Infinity;
    this.#sockets = new Sockets(http, { maxConnections, connectionLifetimeMs });
    this.#state = { options, cache: new UpstreamCache(sdk, options), token, isReady };
    http.on('request', (request, response) => void this.#serve(request, response));
  }

  /** Starts one. Rejects with TypeError or RangeError for bad options, and when the port is taken. */
  static async start(options: LocalAgentOptions): Promise<LocalAgent> {
    const checked = checkAgentOptions(options);
    const sdk = await import('@aws-sdk/client-secrets-manager');
    const http = createServer();
    // Connections end by their lifetime alone.
    http.keepAliveTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(checked.port, '127.0.0.1', resolve);
    });
    return new LocalAgent(http, sdk, checked);
  }

  /** The token that requests must show. Another one is as if it had been restarted with it, its cache kept. */
  get token(): string {
    return this.#state.token;
  }

  set token(token: string) {
    this.#state.token = token;
  }

  /** Whether the extension answers: it does in the invoke phase alone. The agent is always ready. */
  get isReady(): boolean {
    return this.#state.isReady;
  }

  set isReady(isReady: boolean) {
    if (this.kind === 'agent') throw new TypeError('an agent that is not ready listens to nobody: close it');
    this.#state.isReady = isReady;
  }

  /** Every request so far, in order of arrival. */
  get requests(): readonly LoggedAgentRequest[] {
    return this.#requests.map((entry) => ({ ...entry }));
  }

  /** Connections open now. */
  get connections(): number {
    return this.#sockets.count;
  }

  /** Empties `requests`. */
  resetRequests(): void {
    this.#requests.length = 0;
  }

  /** Cuts the connection of the next request, or of several, in place of an answer. */
  cutNextRequests(times = 1): void {
    this.#sockets.cutNext(times);
  }

  /** Cuts every connection, as the end of its lifetime does: now, or each under the next request that comes on it. */
  cutConnections({ at = 'once' }: { readonly at?: 'once' | 'next-request' } = {}): void {
    if (at === 'once') this.#sockets.cutAll();
    else this.#sockets.doomAll();
  }

  /** Forgets what it keeps of Secrets Manager's answers, as a restart does. */
  clearCache(): void {
    this.#state.cache.clear();
  }

  /** Stops listening and cuts every connection. Again: the same promise. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#sockets.cutAll();
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { isOverLimit, isFirst, isCut } = this.#sockets.admit(request.socket);
    const entry = describe(request, isFirst);
    this.#requests.push(entry);
    response.on('error', () => {});
    if (isCut) {
      entry.status = 'cut';
      request.socket.destroy();
      return;
    }
    const { status, headers, body } = await answerRequest(this.#state, request, isOverLimit);
    entry.status = status;
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  }
}

function describe({ url = '/' }: IncomingMessage, isFirstOnConnection: boolean): Entry {
  const [path = '', query] = url.split('?');
  const parameters = new URLSearchParams(query);
  const parameter = (name: string): string | undefined => parameters.get(name)?.slice(0, 2_048);
  return {
    path,
    secretId: parameter('secretId'),
    versionStage: parameter('versionStage'),
    versionId: parameter('versionId'),
    refreshNow: ['true', '1'].includes(parameter('refreshNow')?.toLowerCase() ?? ''),
    isFirstOnConnection,
    status: undefined,
  };
}
