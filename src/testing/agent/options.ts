// How a LocalAgent is started.

import { onlyKnown } from '../known.ts';
import type { LocalSecretsManager } from '../local-secrets-manager.ts';

/** The AWS Secrets Manager Agent (AWS Workload Credentials Provider), or the AWS Parameters and Secrets Lambda Extension. */
export type LocalAgentKind = 'agent' | 'extension';

export interface LocalAgentOptions {
  /** Where it reads secrets from, over the wire. */
  readonly upstream: LocalSecretsManager;
  /** Default `'agent'`. */
  readonly kind?: LocalAgentKind;
  /** TCP port on 127.0.0.1, 0 to 65535. Default 0: a free one. */
  readonly port?: number;
  /** The token that requests must show. Default `'local-agent-token'`. */
  readonly token?: string;
  /** How long an answer is kept, in milliseconds. Default 300_000, which is the extension's most; the agent's is 3_600_000. */
  readonly ttlMs?: number;
  /** Answers kept, the least recently used going first. Default 1000. */
  readonly cacheSize?: number;
  /** The agent: connections that it accepts, default 800. The extension: requests to Secrets Manager at once, default 3. */
  readonly maxConnections?: number;
  /** How long a connection lives from when it is accepted, idle or not, in milliseconds. Default 61_000; the extension's: `Infinity`. */
  readonly connectionLifetimeMs?: number;
  /** Whether the extension answers yet: it does in the invoke phase alone. Default true. */
  readonly isReady?: boolean;
  /** Whether the agent escapes the text in its errors' JSON, as it does since version 3. Default true. */
  readonly escapesMessages?: boolean;
  /** The clock of its TTL, in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

export type CheckedAgentOptions = Required<LocalAgentOptions>;

const NAMES = [
  'upstream',
  'kind',
  'port',
  'token',
  'ttlMs',
  'cacheSize',
  'maxConnections',
  'connectionLifetimeMs',
  'isReady',
  'escapesMessages',
  'now',
] satisfies (keyof LocalAgentOptions)[];

/** Looks `Date` up at each call: a test may fake it after the start. */
function currentMs(): number {
  return Date.now();
}

/** Fills in the defaults. Throws TypeError or RangeError for what can't be, and for names it doesn't know. */
export function checkAgentOptions(options: LocalAgentOptions): CheckedAgentOptions {
  onlyKnown('option', options, NAMES);
  const { upstream, kind = 'agent', token = 'local-agent-token', isReady = true, now = currentMs } = options;
  const isAgent = kind === 'agent';
  if (!isAgent && kind !== 'extension') throw new TypeError("`kind` must be 'agent' or 'extension'");
  if (typeof upstream?.client !== 'function') throw new TypeError('`upstream` must be a LocalSecretsManager');
  if (isAgent && !isReady)
    throw new TypeError('an agent that is not ready listens to nobody: start it later');
  const { connectionLifetimeMs = isAgent ? 61_000 : Infinity, escapesMessages = true } = options;
  return {
    upstream,
    kind,
    token,
    isReady,
    now,
    escapesMessages,
    port: within('port', options.port ?? 0, 0, 65_535),
    ttlMs: within('ttlMs', options.ttlMs ?? 300_000, 0, isAgent ? 3_600_000 : 300_000),
    cacheSize: within('cacheSize', options.cacheSize ?? 1_000, 1, 1_000),
    maxConnections: within('maxConnections', options.maxConnections ?? (isAgent ? 800 : 3), 1, 1_000),
    connectionLifetimeMs: within('connectionLifetimeMs', connectionLifetimeMs, 1, Infinity),
  };
}

function within(name: string, value: number, min: number, max: number): number {
  if ((Number.isInteger(value) || value === Infinity) && value >= min && value <= max) return value;
  throw new RangeError(`\`${name}\` must be an integer from ${min} to ${max}, got ${value}`);
}
