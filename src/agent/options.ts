/** The options of `agentSource`: read once, checked whole, completed with defaults. */

import { duration, integer, object, onlyKnown, shown, text } from '../checks.ts';
import type { SecretSource } from '../source/secret-source.ts';

/**
 * `'agent'`: the AWS Secrets Manager Agent, which is the AWS Workload Credentials Provider since its version 3.
 * `'extension'`: the AWS Parameters and Secrets Lambda Extension.
 */
export type AgentKind = 'agent' | 'extension';

export interface AgentSourceOptions {
  /** Which of the two answers. Default `'agent'`. */
  readonly kind?: AgentKind | undefined;
  /**
   * Where it listens, as `http://127.0.0.1:2773`, which is the default; for the extension, the port is that of
   * PARAMETERS_SECRETS_EXTENSION_HTTP_PORT where it is set. A loopback address, unless `allowRemote`.
   */
  readonly endpoint?: string | undefined;
  /** Whether `endpoint` may be off this host: token and secrets then cross a network in clear text. Default false. */
  readonly allowRemote?: boolean | undefined;
  /**
   * The token it was started with, or `file://` and the path of the file that holds it; read anew for each request.
   * Default for the agent: what it takes itself, the first that is set of AWS_TOKEN, AWS_SESSION_TOKEN and
   * AWS_CONTAINER_AUTHORIZATION_TOKEN, else `file:///var/run/awssmatoken`. For the extension: AWS_SESSION_TOKEN.
   */
  readonly token?: string | undefined;
  /** Connections to it, and so requests at once, 1 to 1000; others queue. Default 10; for the extension 3, as many as it makes to AWS. */
  readonly maxConnections?: number | undefined;
  /**
   * Asked when the agent gives no answer: not reachable, not ready, too slow, or failing. Not when the secret is denied
   * or not found, and not when the token is refused. Closed with this source. Default: none.
   */
  readonly behind?: SecretSource | undefined;
  /** How long the agent may take, from the call on, before `behind` is asked, in milliseconds > 0. Default 1_000. */
  readonly behindAfterMs?: number | undefined;
}

/** Which one it is, and where. */
export interface Agent {
  readonly kind: AgentKind;
  readonly hostname: string;
  readonly port: number;
  /** For a message: what it is called, and where it should be. */
  readonly title: string;
}

export interface AgentSettings {
  readonly agent: Agent;
  readonly token: string | undefined;
  readonly maxConnections: number;
  readonly behind: SecretSource | undefined;
  readonly behindAfterMs: number;
}

const NAMES = [
  'kind',
  'endpoint',
  'allowRemote',
  'token',
  'maxConnections',
  'behind',
  'behindAfterMs',
] as const satisfies readonly (keyof AgentSourceOptions)[];

const TITLES: Readonly<Record<AgentKind, string>> = {
  agent: 'the Secrets Manager Agent',
  extension: 'the Parameters and Secrets Lambda Extension',
};

/** The agent's own `max_conn` by default, and the extension's PARAMETERS_SECRETS_EXTENSION_MAX_CONNECTIONS. */
const DEFAULT_CONNECTIONS: Readonly<Record<AgentKind, number>> = { agent: 10, extension: 3 };
const DEFAULT_PORT = '2773';
const ENDPOINT = "like 'http://127.0.0.1:2773', with nothing after the port";
const PORT_VARIABLE = 'PARAMETERS_SECRETS_EXTENSION_HTTP_PORT';

/** Throws `TypeError` or `RangeError` that names the option and what it must be. */
export function readAgentOptions(given: AgentSourceOptions): AgentSettings {
  object('the options of agentSource', given);
  onlyKnown('option of agentSource', given, NAMES);
  const { kind = 'agent', token, behind, behindAfterMs } = given;
  if (kind !== 'agent' && kind !== 'extension') {
    throw new TypeError(`\`kind\` must be 'agent' or 'extension', got ${shown(kind)}`);
  }
  if (behind !== undefined) requireSource(behind);
  if (behind === undefined && behindAfterMs !== undefined) {
    throw new TypeError('`behindAfterMs` needs `behind`, the source to ask then');
  }
  return {
    agent: readAgent(kind, given),
    token: token === undefined ? undefined : text('token', token, 8_192),
    maxConnections: integer('maxConnections', given.maxConnections ?? DEFAULT_CONNECTIONS[kind], 1, 1_000),
    behind,
    behindAfterMs: duration('behindAfterMs', behindAfterMs ?? 1_000, 'above 0'),
  };
}

function requireSource(behind: SecretSource): void {
  object('`behind`', behind);
  if (typeof behind.load !== 'function') {
    throw new TypeError('`behind` must be a SecretSource, such as awsSource(): it needs `load(ref, call)`');
  }
}

function readAgent(kind: AgentKind, { endpoint, allowRemote = false }: AgentSourceOptions): Agent {
  if (typeof allowRemote !== 'boolean') {
    throw new TypeError(`\`allowRemote\` must be true or false, got ${shown(allowRemote)}`);
  }
  const { hostname, port, origin } = endpoint === undefined ? defaultEndpoint(kind) : readEndpoint(endpoint);
  if (!allowRemote && !isLoopback(hostname)) {
    throw new RangeError(
      `\`endpoint\` must be on this host (localhost, 127.0.0.0/8 or [::1]), got ${shown(origin)}: what listens there ` +
        'gets the token, and sends secrets in clear text. Pass `allowRemote: true` if that network is yours alone',
    );
  }
  // A URL has brackets about an IPv6 address, and no port where it is 80.
  const host = hostname.replace(/^\[|\]$/g, '');
  return { kind, hostname: host, port: Number(port || 80), title: `${TITLES[kind]} at ${origin}` };
}

function defaultEndpoint(kind: AgentKind): URL {
  const set = kind === 'extension' ? process.env[PORT_VARIABLE] : undefined;
  const port = set ?? DEFAULT_PORT;
  if (/^\d{1,5}$/.test(port) && URL.canParse(`http://127.0.0.1:${port}`))
    return new URL(`http://127.0.0.1:${port}`);
  throw new RangeError(`${PORT_VARIABLE} must be a port, got ${shown(port)}`);
}

function readEndpoint(endpoint: string): URL {
  if (typeof endpoint !== 'string')
    throw new TypeError(`\`endpoint\` must be ${ENDPOINT}, got ${shown(endpoint)}`);
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  // A path, a query or a password would be left out in silence.
  if (url?.protocol === 'http:' && url.href === `${url.origin}/`) return url;
  const got = endpoint.includes('@') ? 'one with a user in it' : shown(endpoint);
  throw new RangeError(`\`endpoint\` must be ${ENDPOINT}, got ${got}`);
}

/** By the name alone: `localhost` is looked up when it is connected to. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
