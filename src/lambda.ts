/** `secretsmanager-cache/lambda`: a secret in one line of a handler, with nothing to set up. */

import type { StandardSchemaV1 } from '@standard-schema/spec';

import { cacheFrom } from './lambda/environment.ts';
import type { PreloadOptions, PreloadReport } from './preload.ts';
import type { GetOptions } from './requests.ts';
import type { SecretCache } from './secret-cache.ts';

/** Half of what Lambda gives a function to initialise: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const PRELOAD_MS = 5_000;

let cache: SecretCache | undefined;

/**
 * The cache behind these functions, for what they don't do: `withSecret`, `invalidate`, `stats`. One a process, or a
 * worker thread, made at the first call from the environment variables `SECRETSMANAGER_CACHE_*` (docs/lambda.md lists
 * them); it needs no `close`. Throws `TypeError` or `RangeError` when one of them is unknown or out of range.
 */
export function secretCache(): SecretCache {
  cache ??= cacheFrom(process.env);
  return cache;
}

/**
 * The text of a secret: from memory while it is fresh, else checked or loaded within 2_500 ms. Rejects with a
 * `SecretCacheError`, with the signal's own reason, or with `TypeError`/`RangeError` for bad input and bad variables.
 */
export async function getSecret(secretId: string, options?: GetOptions): Promise<string> {
  return (await secretCache().get(secretId, options)).text();
}

/** The bytes of a binary secret, a copy each time. Waits and rejects as `getSecret`. */
export async function getSecretBytes(secretId: string, options?: GetOptions): Promise<Uint8Array> {
  return (await secretCache().get(secretId, options)).bytes();
}

/**
 * The secret parsed as JSON, anew each time, validated and typed by a Standard Schema if one is given. Waits and rejects as
 * `getSecret`, and with `ERR_SECRET_NOT_JSON` or `ERR_SECRET_SCHEMA`.
 */
export function getSecretJson<T = unknown>(secretId: string, options?: GetOptions): Promise<T>;
export function getSecretJson<S extends StandardSchemaV1>(
  secretId: string,
  schema: S,
  options?: GetOptions,
): Promise<StandardSchemaV1.InferOutput<S>>;
export async function getSecretJson(
  secretId: string,
  first?: StandardSchemaV1 | GetOptions,
  second?: GetOptions,
): Promise<unknown> {
  // getJson has the same two forms, and tells them apart.
  return secretCache().getJson(secretId, first as StandardSchemaV1, second);
}

/**
 * Fills the cache while the function initialises: up to 20 secrets a call. Waits `timeoutMs` at most, by default
 * 5_000, which leaves room in Lambda's 10 s. Never rejects for an id: what could not be had is in the report.
 */
export async function preloadSecrets(
  secretIds: Iterable<string>,
  options: PreloadOptions = {},
): Promise<PreloadReport> {
  const { timeoutMs = PRELOAD_MS, ...wait } = options;
  return secretCache().preload(secretIds, { ...wait, timeoutMs });
}
