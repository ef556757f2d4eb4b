/** The options of a `SecretCache`: read once, checked whole, completed with defaults. */

import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

import type { BackoffOptions } from './backoff.ts';
import { completeRuntime, type Runtime } from './runtime.ts';
import { duration, integer, object, onlyKnown, ratio, shown } from './checks.ts';
import { requireOneOrigin, type SecretsManagerClientLike } from './source/aws-source.ts';
import type { SecretSource } from './source/secret-source.ts';

/** How concurrent misses of AWSCURRENT are gathered into one BatchGetSecretValue. */
export interface BatchOptions {
  /** How long to gather, in milliseconds. Default 0: until the end of this turn of the event loop. */
  readonly windowMs?: number | undefined;
  /** Most ids in one call, 1 to 20 (the service's limit). Default 20. */
  readonly maxSize?: number | undefined;
}

/** Every duration is in milliseconds. Give at most one of `client`, `clientConfig` and `source`. */
export interface SecretCacheOptions {
  /** A `SecretsManagerClient`, or anything with its `send`. Never destroyed by the cache. */
  readonly client?: SecretsManagerClientLike | undefined;
  /** The configuration of the client that is made at the first call, and destroyed by `close()`. */
  readonly clientConfig?: SecretsManagerClientConfig | undefined;
  /** Another place to read secrets from than AWS's API. */
  readonly source?: SecretSource | undefined;
  /** How long a label is served with no call. Default 300_000. 0: every get checks, concurrent ones share the check. */
  readonly ttlMs?: number | undefined;
  /** In [0, 1): each check draws its own TTL from U(1 - jitter, 1) x `ttlMs`. Default 0.5. */
  readonly ttlJitter?: number | undefined;
  /** After the TTL, answer at once from the held value and revalidate behind it. Default 0; at most `staleIfErrorMs`. */
  readonly staleWhileRevalidateMs?: number | undefined;
  /** After the TTL, how long a transient failure may be answered from the held value. Default 86_400_000 (a day). */
  readonly staleIfErrorMs?: number | undefined;
  /** Most secrets held, the least recently used going first. Default 1024. */
  readonly maxEntries?: number | undefined;
  /**
   * `'describe'` (default): DescribeSecret, and a read only of a version not held. `'fetch'`: GetSecretValue every
   * time, so that a revoked right to read bites within one TTL.
   */
  readonly revalidate?: 'describe' | 'fetch' | undefined;
  /** Whether and how misses are batched. Default true. */
  readonly batch?: boolean | BatchOptions | undefined;
  /** AWS calls in flight at once. Default 50 (the SDK's socket limit). DescribeSecret takes at most half, rounded up. */
  readonly maxConcurrency?: number | undefined;
  /** Bound on one call to AWS, the SDK's retries within it, counted from when it is sent. Default 3_000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** The longest a get waits in all. Default 5_000. */
  readonly waitBudgetMs?: number | undefined;
  /** The longest a get waits for a revalidation while it holds a value that may be served. Default 1_000. */
  readonly staleWaitMs?: number | undefined;
  /** How long a failure is remembered before the next call: min(cap, base x 2^n) x U(0.5, 1). */
  readonly backoff?:
    | { readonly [Name in keyof BackoffOptions]?: BackoffOptions[Name] | undefined }
    | undefined;
  /** Clocks, timers and randomness; for tests and simulators. */
  readonly runtime?: Partial<Runtime> | undefined;
}

interface BatchSettings {
  readonly windowMs: number;
  readonly maxSize: number;
}

/** The options with every default filled in. */
export interface Settings {
  readonly client: SecretsManagerClientLike | undefined;
  readonly clientConfig: SecretsManagerClientConfig | undefined;
  readonly source: SecretSource | undefined;
  readonly ttlMs: number;
  readonly ttlJitter: number;
  readonly staleWhileRevalidateMs: number;
  /** H = `ttlMs` + `staleIfErrorMs`: past this age nothing is served. */
  readonly servableMs: number;
  readonly maxEntries: number;
  readonly revalidate: 'describe' | 'fetch';
  readonly batch: BatchSettings | undefined;
  readonly maxConcurrency: number;
  readonly attemptTimeoutMs: number;
  readonly waitBudgetMs: number;
  readonly staleWaitMs: number;
  readonly backoff: BackoffOptions;
  readonly runtime: Runtime;
}

const NAMES = [
  'client',
  'clientConfig',
  'source',
  'ttlMs',
  'ttlJitter',
  'staleWhileRevalidateMs',
  'staleIfErrorMs',
  'maxEntries',
  'revalidate',
  'batch',
  'maxConcurrency',
  'attemptTimeoutMs',
  'waitBudgetMs',
  'staleWaitMs',
  'backoff',
  'runtime',
] as const satisfies readonly (keyof SecretCacheOptions)[];

const RUNTIME_NAMES = [
  'monotonicNowMs',
  'wallNowMs',
  'random',
  'setTimeout',
  'clearTimeout',
  'setImmediate',
] as const satisfies readonly (keyof Runtime)[];

/** Throws `TypeError` or `RangeError` that names the option and what it must be. */
export function readOptions(given: SecretCacheOptions): Settings {
  object('the options', given);
  if ('send' in given)
    throw new TypeError('the options must be an object of options: pass a client as `{ client }`');
  onlyKnown('option', given, NAMES);
  const options = { ...given };
  const ttlMs = duration('ttlMs', options.ttlMs ?? 300_000);
  const staleIfErrorMs = duration('staleIfErrorMs', options.staleIfErrorMs ?? 86_400_000);
  const staleWhileRevalidateMs = duration('staleWhileRevalidateMs', options.staleWhileRevalidateMs ?? 0);
  if (staleWhileRevalidateMs > staleIfErrorMs) {
    throw new RangeError(
      `\`staleWhileRevalidateMs\` must be at most \`staleIfErrorMs\` (${staleIfErrorMs}), got ${staleWhileRevalidateMs}`,
    );
  }
  return {
    ...readOrigin(options),
    ttlMs,
    ttlJitter: ratio('ttlJitter', options.ttlJitter ?? 0.5),
    staleWhileRevalidateMs,
    servableMs: ttlMs + staleIfErrorMs,
    maxEntries: integer('maxEntries', options.maxEntries ?? 1024, 1, 2 ** 24),
    revalidate: readRevalidate(options.revalidate ?? 'describe'),
    batch: readBatch(options.batch ?? true),
    maxConcurrency: integer('maxConcurrency', options.maxConcurrency ?? 50, 1, 10_000),
    attemptTimeoutMs: duration('attemptTimeoutMs', options.attemptTimeoutMs ?? 3_000, 'above 0'),
    waitBudgetMs: duration('waitBudgetMs', options.waitBudgetMs ?? 5_000, 'above 0'),
    staleWaitMs: duration('staleWaitMs', options.staleWaitMs ?? 1_000),
    backoff: readBackoff(options.backoff ?? {}),
    runtime: readRuntime(options.runtime ?? {}),
  };
}

function readOrigin({
  client,
  clientConfig,
  source,
}: SecretCacheOptions): Pick<Settings, 'client' | 'clientConfig' | 'source'> {
  const origins = { client, clientConfig, source };
  requireOneOrigin(origins);
  if (source !== undefined && typeof source.load !== 'function') {
    throw new TypeError('`source` must be a SecretSource: it needs `load(ref, call)`');
  }
  return origins;
}

function readRevalidate(value: unknown): 'describe' | 'fetch' {
  if (value === 'describe' || value === 'fetch') return value;
  throw new TypeError(`\`revalidate\` must be 'describe' or 'fetch', got ${shown(value)}`);
}

function readBatch(value: boolean | BatchOptions): BatchSettings | undefined {
  if (value === false) return undefined;
  const options = value === true ? {} : value;
  object('`batch`', options, 'true, false or { windowMs, maxSize }');
  onlyKnown('option in `batch`', options, ['windowMs', 'maxSize']);
  return {
    windowMs: duration('batch.windowMs', options.windowMs ?? 0, 'finite'),
    maxSize: integer('batch.maxSize', options.maxSize ?? 20, 1, 20),
  };
}

function readBackoff(value: NonNullable<SecretCacheOptions['backoff']>): BackoffOptions {
  object('`backoff`', value);
  onlyKnown('option in `backoff`', value, ['baseMs', 'capMs']);
  const baseMs = duration('backoff.baseMs', value.baseMs ?? 1_000, 'above 0');
  const capMs = duration('backoff.capMs', value.capMs ?? Math.max(300_000, baseMs));
  if (capMs < baseMs) {
    throw new RangeError(`\`backoff.capMs\` must be at least \`backoff.baseMs\` (${baseMs}), got ${capMs}`);
  }
  return { baseMs, capMs };
}

function readRuntime(value: Partial<Runtime>): Runtime {
  object('`runtime`', value);
  for (const name of RUNTIME_NAMES) {
    if (value[name] !== undefined && typeof value[name] !== 'function') {
      throw new TypeError(`\`runtime.${name}\` must be a function, got ${shown(value[name])}`);
    }
  }
  return completeRuntime(value);
}
