// exports: getSecret, getSecretBytes, getSecretJson, preloadSecrets, secretCache

// see index: GetOptions, PreloadOptions, PreloadReport, SecretCache, StandardSchemaV1

/**
* The text of a secret: from memory while it is fresh, else checked or loaded within 2_500 ms. Rejects with a
* `SecretCacheError`, with the signal's own reason, or with `TypeError`/`RangeError` for bad input and bad variables.
*/
declare function getSecret(secretId: string, options?: GetOptions): Promise<string>;

/** The bytes of a binary secret, a copy each time. Waits and rejects as `getSecret`. */
declare function getSecretBytes(secretId: string, options?: GetOptions): Promise<Uint8Array>;

/**
* The secret parsed as JSON, anew each time, validated and typed by a Standard Schema if one is given. Waits and rejects as
* `getSecret`, and with `ERR_SECRET_NOT_JSON` or `ERR_SECRET_SCHEMA`.
*/
declare function getSecretJson<T = unknown>(secretId: string, options?: GetOptions): Promise<T>;

declare function getSecretJson<S extends StandardSchemaV1>(secretId: string, schema: S, options?: GetOptions): Promise<StandardSchemaV1.InferOutput<S>>;

/**
* Fills the cache while the function initialises: up to 20 secrets a call. Waits `timeoutMs` at most, by default
* 5_000, which leaves room in Lambda's 10 s. Never rejects for an id: what could not be had is in the report.
*/
declare function preloadSecrets(secretIds: Iterable<string>, options?: PreloadOptions): Promise<PreloadReport>;

/**
* The cache behind these functions, for what they don't do: `withSecret`, `invalidate`, `stats`. One a process, or a
* worker thread, made at the first call from the environment variables `SECRETSMANAGER_CACHE_*` (docs/lambda.md lists
* them); it needs no `close`. Throws `TypeError` or `RangeError` when one of them is unknown or out of range.
*/
declare function secretCache(): SecretCache;
