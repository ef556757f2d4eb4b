/** The cache of a Lambda function: defaults that fit its timeouts, and what its environment variables set. */

import { onlyKnown, shown } from '../checks.ts';
import type { SecretCacheOptions } from '../options.ts';
import { SecretCache } from '../secret-cache.ts';

/** As in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'SECRETSMANAGER_CACHE_';

interface Variable {
  readonly option: keyof SecretCacheOptions;
  /** A text that can't be read is left as it is, for the cache to refuse. */
  readonly read: (text: string, variable: string) => unknown;
}

const VARIABLES: Readonly<Record<string, Variable>> = {
  SECRETSMANAGER_CACHE_TTL_MS: { option: 'ttlMs', read: number },
  SECRETSMANAGER_CACHE_TTL_JITTER: { option: 'ttlJitter', read: number },
  SECRETSMANAGER_CACHE_STALE_WHILE_REVALIDATE_MS: { option: 'staleWhileRevalidateMs', read: number },
  SECRETSMANAGER_CACHE_STALE_IF_ERROR_MS: { option: 'staleIfErrorMs', read: number },
  SECRETSMANAGER_CACHE_MAX_ENTRIES: { option: 'maxEntries', read: number },
  SECRETSMANAGER_CACHE_REVALIDATE: { option: 'revalidate', read: (text) => text },
  SECRETSMANAGER_CACHE_BATCH: { option: 'batch', read: flag },
  SECRETSMANAGER_CACHE_MAX_CONCURRENCY: { option: 'maxConcurrency', read: number },
  SECRETSMANAGER_CACHE_ATTEMPT_TIMEOUT_MS: { option: 'attemptTimeoutMs', read: number },
  SECRETSMANAGER_CACHE_WAIT_BUDGET_MS: { option: 'waitBudgetMs', read: number },
  SECRETSMANAGER_CACHE_STALE_WAIT_MS: { option: 'staleWaitMs', read: number },
};

/**
 * A function runs for 3 s unless its owner says otherwise
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html): a get has to give up before that, so
 * that the handler still reports why.
 */
const LAMBDA_DEFAULTS = { attemptTimeoutMs: 1_500, waitBudgetMs: 2_500 } as const;

/** Throws `TypeError` or `RangeError` that names the variable at fault. `seam`: what no variable can say, for tests. */
export function cacheFrom(
  environment: Environment,
  seam: Pick<SecretCacheOptions, 'client' | 'runtime'> = {},
): SecretCache {
  const options = { ...LAMBDA_DEFAULTS, ...readVariables(environment), ...seam };
  try {
    return new SecretCache(options);
  } catch (error) {
    throw inVariables(error);
  }
}

/** As written, not as checked: the ranges are the cache's to know. */
function readVariables(environment: Environment): SecretCacheOptions {
  const ours = Object.entries(environment).filter(([name]) => name.startsWith(PREFIX));
  onlyKnown('environment variable', Object.fromEntries(ours), Object.keys(VARIABLES));
  const options: Record<string, unknown> = {};
  for (const [variable, { option, read }] of Object.entries(VARIABLES)) {
    const text = environment[variable];
    if (text !== undefined) options[option] = read(text, variable);
  }
  return options;
}

/** Plain digits alone: `Number` would take an empty text for 0. */
function number(text: string): number | string {
  return /^(?:\d+(?:\.\d+)?|Infinity)$/.test(text) ? Number(text) : text;
}

function flag(text: string, variable: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new TypeError(`\`${variable}\` must be true or false, got ${shown(text)}`);
}

/** The cache names its options; who has set a variable knows it by that name. */
function inVariables(error: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error;
  let { message } = error;
  for (const [variable, { option }] of Object.entries(VARIABLES)) {
    message = message.replaceAll(`\`${option}\``, `\`${variable}\``);
  }
  return error instanceof RangeError ? new RangeError(message) : new TypeError(message);
}
