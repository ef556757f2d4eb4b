// exports: AwsSourceOptions, BackoffOptions, BatchOptions, Filter, GetOptions, PreloadOptions, PreloadReport, RefreshOptions, Runtime, Secret, SecretCache, SecretCacheError, SecretCacheErrorCode, SecretCacheErrorDetails, SecretCacheEvents, SecretCacheOptions, SecretCacheStats, SecretChangeHint, SecretDescription, SecretRef, SecretSource, SecretVersion, SecretsManagerClientLike, SourceCall, TimerHandle, VersionSelector, WatchOptions, WithSecretOptions, awsSource, parseSecretEvent

/** Give at most one of `client` and `clientConfig`. */
interface AwsSourceOptions {
  /** Sends the commands; never destroyed. Default: a `SecretsManagerClient` made from `clientConfig` at the first call. */
  readonly client?: SecretsManagerClientLike | undefined;
  /** The configuration of the client that is made at the first call, and destroyed by `close()`. */
  readonly clientConfig?: SecretsManagerClientConfig | undefined;
  /** How many calls may be in flight at once, 1 to 10_000; DescribeSecret takes at most half. Default 50. */
  readonly maxConcurrency?: number | undefined;
}

interface BackoffOptions {
  /** The first delay, in milliseconds, before jitter. Default 1_000. Must be > 0. */
  readonly baseMs: number;
  /** The longest delay, in milliseconds. Default 300_000. Must be >= `baseMs`. */
  readonly capMs: number;
}

/** How concurrent misses of AWSCURRENT are gathered into one BatchGetSecretValue. */
interface BatchOptions {
  /** How long to gather, in milliseconds. Default 0: until the end of this turn of the event loop. */
  readonly windowMs?: number | undefined;
  /** Most ids in one call, 1 to 20 (the service's limit). Default 20. */
  readonly maxSize?: number | undefined;
}

/** A condition on secrets, in BatchGetSecretValue's terms (API reference, `Filter`). A value may start with `!` to negate it. */
interface Filter {
  readonly key: "description" | "name" | "tag-key" | "tag-value" | "primary-region" | "owning-service" | "all";
  /** 1 to 10 values, each at most 512 characters. */
  readonly values: readonly string[];
}

interface GetOptions extends VersionSelector {
  /** Ends this caller's wait alone; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Oldest value that is a hit, in milliseconds >= 0; an older one is revalidated. Default: its TTL. */
  readonly maxAgeMs?: number | undefined;
}

interface PreloadOptions extends GetOptions {
  /** How long to wait for all of it, in milliseconds. Default `waitBudgetMs`. */
  readonly timeoutMs?: number | undefined;
}

interface PreloadReport {
  /** The ids now held, as they were asked for; by filters, the Names found. */
  readonly loaded: string[];
  /** The others, and why. What wasn't there in time failed with `ERR_SECRET_TIMEOUT`. */
  readonly failed: Map<string, SecretCacheError>;
}

interface RefreshOptions extends VersionSelector {
  /** Ends this caller's wait alone; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The version a database or service has refused: no call is made when another one is held already. */
  readonly rejectedVersionId?: string | undefined;
}

/** What the library takes from its surroundings; every instant and duration is in milliseconds. */
interface Runtime {
  /** Milliseconds since any fixed point, never going back. Default `performance.now()`. */
  monotonicNowMs(): number;
  /** Milliseconds since the epoch; may step either way. Default `Date.now()`. */
  wallNowMs(): number;
  /** A number in [0, 1). Default `Math.random()`. */
  random(): number;
  setTimeout(run: () => void, delayMs: number): TimerHandle;
  clearTimeout(timer: TimerHandle): void;
  setImmediate(run: () => void): void;
}

/** A secret's value and what is public about it. Only `text`, `bytes` and `json` show the value. */
declare class Secret {
  #private;
  readonly arn: string;
  readonly name: string;
  readonly versionId: string;
  /** The staging labels that were last shown to point at this version. */
  readonly versionStages: readonly string[];
  constructor(version: SecretVersion);
  /** When the version was created, a copy each time; `undefined` when the source didn't say. */
  get createdDate(): Date | undefined;
  /** The value of a text secret. Throws `ERR_SECRET_NOT_TEXT` when the secret is binary. */
  text(): string;
  /** A copy of the value of a binary secret. Throws `ERR_SECRET_NOT_BINARY` when the secret is text. */
  bytes(): Uint8Array;
  /**
  * The value parsed as JSON, anew each time; with a Standard Schema, validated and typed by it.
  * Throws `ERR_SECRET_NOT_TEXT`, `ERR_SECRET_NOT_JSON` or `ERR_SECRET_SCHEMA`, and `TypeError` for a schema that
  * answers asynchronously. `__proto__` keys are left out.
  */
  json<T = unknown>(): T;
  json<S extends StandardSchemaV1>(schema: S): StandardSchemaV1.InferOutput<S>;
  toString(): string;
  toJSON(): string;
}

/** A client-side cache for AWS Secrets Manager. Every duration is in milliseconds; every failure is a `SecretCacheError`. */
declare class SecretCache {
  #private;
  /** Throws `TypeError` or `RangeError` for options that are unknown, out of range or contradict each other. */
  constructor(options?: SecretCacheOptions);
  /**
  * The secret: from memory while its label is fresh, else checked or loaded within the wait budget. Rejects with a
  * `SecretCacheError`, with the signal's own reason, or with `TypeError`/`RangeError` for bad input.
  */
  get(secretId: string, options?: GetOptions): Promise<Secret>;
  /** `(await get(id)).text()`. */
  getText(secretId: string, options?: GetOptions): Promise<string>;
  /** `(await get(id)).json()`, typed and validated by a Standard Schema if one is given. */
  getJson<T = unknown>(secretId: string, options?: GetOptions): Promise<T>;
  getJson<S extends StandardSchemaV1>(secretId: string, schema: S, options?: GetOptions): Promise<StandardSchemaV1.InferOutput<S>>;
  /** Several secrets at once, batched where they can be. Waits for all; rejects with the error of the first id, in the order asked, that failed. */
  getMany(secretIds: Iterable<string>, options?: GetOptions): Promise<Map<string, Secret>>;
  /**
  * Fills the cache with these ids, or with every secret that the filters match, each under its Name. By filters it
  * takes AWSCURRENT, in batches even with `batch: false`, and needs secretsmanager:BatchGetSecretValue and
  * secretsmanager:ListSecrets. Never rejects for a single id; a search that fails, or isn't over in time, rejects.
  */
  preload(target: Iterable<string> | {
    readonly filters: readonly Filter[];
  }, options?: PreloadOptions): Promise<PreloadReport>;
  /** What is held and may be served, however old within its windows; no call, and no use in the order of eviction. */
  peek(secretId: string, options?: VersionSelector): Secret | undefined;
  /**
  * One GetSecretValue that starts after this call, whatever the TTL and the backoff say; later gets are answered by
  * it. With `rejectedVersionId`, no call when another version is held, and at most one a second.
  */
  refresh(secretId: string, options?: RefreshOptions): Promise<Secret>;
  /**
  * `get` in the SDK's own shape: resolves with a plain output that the caller may change, rejects with a copy of
  * the SDK's own exception.
  */
  getSecretValue(input: GetSecretValueCommandInput, options?: {
    readonly abortSignal?: AbortSignal;
  }): Promise<GetSecretValueCommandOutput>;
  /**
  * Runs `use` with the secret. When `use` fails because the credential was refused, waits for another version, up to
  * `deadlineMs`, and runs it once more; the last refusal is rethrown unchanged.
  */
  withSecret<T>(secretId: string, use: (secret: Secret) => T | PromiseLike<T>, options?: WithSecretOptions): Promise<T>;
  /**
  * The secret of now, then each other version that shows: the latest only, no queue. A failure before the first value
  * rejects, later ones don't. Ends on abort, `return()` and `close()`.
  */
  watch(secretId: string, options?: WatchOptions): AsyncIterable<Secret> & AsyncIterator<Secret, undefined>;
  /** Drops a secret, under every id it is known by: a later get is answered only by a call that starts after this. */
  invalidate(secretId: string): void;
  /** Takes a hint from a push: the label is due, and the version it names is looked for. Makes no call, holds nothing new. */
  notify(hint: SecretChangeHint): void;
  /** Drops everything; the cache stays usable. */
  clear(): void;
  /** The counters of now. */
  stats(): SecretCacheStats;
  /** Ends every wait with `ERR_CACHE_CLOSED`, drops everything, and destroys the client if it was made here. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
* Why a secret could not be had. `instanceof` recognises the errors of another copy of this package too
* (ESM and CJS builds, two versions in one tree).
*/
declare class SecretCacheError extends Error {
  readonly code: SecretCacheErrorCode;
  readonly secretId: string | undefined;
  constructor(code: SecretCacheErrorCode, message: string, details?: SecretCacheErrorDetails);
  static override [Symbol.hasInstance](value: unknown): boolean;
}

/** The one error class of the library: a stable code, the secret it is about, and never a value. */
/** What went wrong, stable across releases; match on this. */
type SecretCacheErrorCode = "ERR_SECRET_NOT_FOUND" | "ERR_SECRET_DELETED" | "ERR_SECRET_ACCESS_DENIED" | "ERR_SECRET_DECRYPTION" | "ERR_SECRET_INVALID_REQUEST" | "ERR_SECRET_THROTTLED" | "ERR_SECRET_UNAVAILABLE" | "ERR_SECRET_TIMEOUT" | "ERR_SECRET_CREDENTIALS" | "ERR_SECRET_MALFORMED_RESPONSE" | "ERR_SECRET_NOT_TEXT" | "ERR_SECRET_NOT_BINARY" | "ERR_SECRET_NOT_JSON" | "ERR_SECRET_SCHEMA" | "ERR_CACHE_CLOSED";

/** Where an error comes from, beside its code and message. */
interface SecretCacheErrorDetails {
  /** The id as the caller wrote it. */
  readonly secretId?: string | undefined;
  /** An SDK exception or a network error. Never one that may hold secret text, such as a parser's `SyntaxError`. */
  readonly cause?: unknown;
}

/** The channels, under `secretsmanager-cache:`, and what each message holds. One message an episode, not one a get. */
interface SecretCacheEvents {
  /** A read returned a version. */
  load: {
    readonly secretId: string;
    readonly versionId: string;
    readonly versionStages: readonly string[];
    readonly durationMs: number;
  };
  /** A DescribeSecret showed where the labels of a held secret point. */
  revalidate: {
    readonly secretId: string;
    readonly durationMs: number;
  };
  /** A label was seen to have moved to another version. */
  rotated: {
    readonly secretId: string;
    readonly versionStage: string;
    readonly fromVersionId: string;
    readonly toVersionId: string;
  };
  /** A value past its TTL stands in, for the first time since the last check that worked. */
  "stale-served": {
    readonly secretId: string;
    readonly versionId: string;
    readonly ageMs: number;
  };
  /** The first denial of a held secret. */
  suspect: {
    readonly secretId: string;
    readonly code: SecretCacheErrorCode;
  };
  /** The second: the held versions are dropped. */
  revoked: {
    readonly secretId: string;
    readonly code: SecretCacheErrorCode;
  };
  /** Batching was switched off for a while: the batch action is denied, or throttled. */
  "batch-disabled": {
    readonly reason: "denied" | "throttled";
    readonly forMs: number;
  };
  /** DescribeSecret is denied: the secrets concerned are checked by GetSecretValue. Once a cache. */
  "describe-disabled": {
    readonly secretId: string;
  };
  /** The first of a row of failed calls for one thing asked. */
  failure: {
    readonly secretId: string;
    readonly code: SecretCacheErrorCode;
  };
  /** A secret was dropped to make room. */
  evicted: {
    readonly secretId: string;
  };
}

/** Every duration is in milliseconds. Give at most one of `client`, `clientConfig` and `source`. */
interface SecretCacheOptions {
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
  readonly revalidate?: "describe" | "fetch" | undefined;
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
  readonly backoff?: { readonly [Name in keyof BackoffOptions]?: BackoffOptions[Name] | undefined } | undefined;
  /** Clocks, timers and randomness; for tests and simulators. */
  readonly runtime?: Partial<Runtime> | undefined;
}

/**
* `gets = hits + stale + misses + failures + aborted + pending`, at every moment. All but `pending` and `entries` only
* grow.
*/
interface SecretCacheStats {
  /** Gets with good input on an open cache; those of `getMany`, `preload` by ids, `withSecret` and `watch` count too. */
  readonly gets: number;
  /** Answered from memory by a fresh value. */
  readonly hits: number;
  /** Answered from memory by a value past its TTL: a call goes on behind, failed, took too long, or waits for its backoff. */
  readonly stale: number;
  /** Answered by a call that was waited for, revalidations included. */
  readonly misses: number;
  /** Rejected with a `SecretCacheError`. */
  readonly failures: number;
  /** Left by their own signal. */
  readonly aborted: number;
  /** Waiting now. */
  readonly pending: number;
  /** Calls to the source: `load` (GetSecretValue), `loadBatch`, `describe`, and `search`, which may take several requests. */
  readonly loads: number;
  readonly batches: number;
  readonly describes: number;
  readonly searches: number;
  /** Labels seen to have moved to another version. */
  readonly rotations: number;
  /** Secrets dropped to make room for others. */
  readonly evictions: number;
  /** Secrets held now. */
  readonly entries: number;
}

/** A secret changed, or may have. */
interface SecretChangeHint {
  /** Its name or ARN. */
  readonly secretId: string;
  /** The label that moved; all labels in doubt when left out. */
  readonly versionStage?: string | undefined;
  /** The version it moved to: looked for until it shows. */
  readonly versionId?: string | undefined;
}

/** What a DescribeSecret shows: everything but values. */
interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  /** When the secret was scheduled for deletion; `undefined` while it is alive. */
  readonly deletedDate: Date | undefined;
  /** The versions that have a label, and their labels. */
  readonly versionIdsToStages: ReadonlyMap<string, readonly string[]>;
}

/** What is asked for: AWSCURRENT unless a label or a version id is given. */
interface SecretRef {
  /** A name, an ARN, or an ARN without its random suffix. */
  readonly secretId: string;
  readonly versionStage?: string | undefined;
  readonly versionId?: string | undefined;
}

/** A place to read secrets from. Every method rejects with a `SecretCacheError`; anything else counts as a transient failure. */
interface SecretSource {
  load(ref: SecretRef, call: SourceCall): Promise<SecretVersion>;
  /** The AWSCURRENT versions of up to 20 ids. An id absent from the answer is asked for singly. */
  loadBatch?(secretIds: readonly string[], call: SourceCall): Promise<ReadonlyMap<string, SecretVersion | SecretCacheError>>;
  /** Which version each label points at. Without it, held versions are revalidated by `load`. */
  describe?(secretId: string, call: SourceCall): Promise<SecretDescription>;
  /** Every secret that matches all filters, page by page. */
  search?(filters: readonly Filter[], call: SourceCall): AsyncIterable<SecretVersion | SecretCacheError>;
  close?(): Promise<void>;
}

/** One version of a secret as the service returned it, value and all. */
interface SecretVersion {
  readonly arn: string;
  readonly name: string;
  readonly versionId: string;
  /** The staging labels on this version when it was read. */
  readonly versionStages: readonly string[];
  readonly createdDate: Date | undefined;
  /** Text, or bytes for a binary secret. */
  readonly value: string | Uint8Array;
  /**
  * Whether the source may have answered from a cache of its own, older than the call. Such an answer shows where the
  * label asked for points, but neither the other labels nor that the value may still be read. Default false.
  */
  readonly mayBeCached?: boolean | undefined;
}

/** A `SecretsManagerClient`, or anything that takes its commands. */
interface SecretsManagerClientLike {
  send(command: never, options?: never): Promise<unknown>;
}

/** The caller's side of one call to a source. */
interface SourceCall {
  /** Aborted when nobody waits any more or the deadline has passed: the call must then settle. */
  readonly signal: AbortSignal;
  /**
  * To be called when the request really leaves, so that time in a queue doesn't count as age. Called again
  * when another request answers instead; never called: counted from the call itself.
  */
  onDispatch(): void;
  /**
  * To be called while the request waits in a queue of the source's own: until `onDispatch` that counts in the cache's
  * `waitBudgetMs`, and not in its `attemptTimeoutMs`.
  */
  onQueued?(): void;
  /**
  * Whether an answer from a cache below this seam won't do: the call follows a refresh, a refused credential, an
  * invalidation, a denial or a push. Default false.
  */
  readonly fresh?: boolean | undefined;
}

/** The Standard Schema interface. */
interface StandardSchemaV1<Input = unknown, Output = Input> {
  /** The Standard Schema properties. */
  readonly "~standard": StandardSchemaV1.Props<Input, Output>;
}

declare namespace StandardSchemaV1 {
  /** The Standard Schema properties interface. */
  interface Props<Input = unknown, Output = Input> extends StandardTypedV1.Props<Input, Output> {
    /** Validates unknown input values. */
    readonly validate: (value: unknown, options?: StandardSchemaV1.Options | undefined) => Result<Output> | Promise<Result<Output>>;
  }
  /** The result interface of the validate function. */
  type Result<Output> = SuccessResult<Output> | FailureResult;
  /** The result interface if validation succeeds. */
  interface SuccessResult<Output> {
    /** The typed output value. */
    readonly value: Output;
    /** A falsy value for `issues` indicates success. */
    readonly issues?: undefined;
  }
  interface Options {
    /** Explicit support for additional vendor-specific parameters, if needed. */
    readonly libraryOptions?: Record<string, unknown> | undefined;
  }
  /** The result interface if validation fails. */
  interface FailureResult {
    /** The issues of failed validation. */
    readonly issues: ReadonlyArray<Issue>;
  }
  /** The issue interface of the failure output. */
  interface Issue {
    /** The error message of the issue. */
    readonly message: string;
    /** The path of the issue, if any. */
    readonly path?: ReadonlyArray<PropertyKey | PathSegment> | undefined;
  }
  /** The path segment interface of the issue. */
  interface PathSegment {
    /** The key representing a path segment. */
    readonly key: PropertyKey;
  }
  /** The Standard types interface. */
  interface Types<Input = unknown, Output = Input> extends StandardTypedV1.Types<Input, Output> {}
  /** Infers the input type of a Standard. */
  type InferInput<Schema extends StandardTypedV1> = StandardTypedV1.InferInput<Schema>;
  /** Infers the output type of a Standard. */
  type InferOutput<Schema extends StandardTypedV1> = StandardTypedV1.InferOutput<Schema>;
}

/** The Standard Typed interface. This is a base type extended by other specs. */
interface StandardTypedV1<Input = unknown, Output = Input> {
  /** The Standard properties. */
  readonly "~standard": StandardTypedV1.Props<Input, Output>;
}

declare namespace StandardTypedV1 {
  /** The Standard Typed properties interface. */
  interface Props<Input = unknown, Output = Input> {
    /** The version number of the standard. */
    readonly version: 1;
    /** The vendor name of the schema library. */
    readonly vendor: string;
    /** Inferred types associated with the schema. */
    readonly types?: Types<Input, Output> | undefined;
  }
  /** The Standard Typed types interface. */
  interface Types<Input = unknown, Output = Input> {
    /** The input type of the schema. */
    readonly input: Input;
    /** The output type of the schema. */
    readonly output: Output;
  }
  /** Infers the input type of a Standard Typed. */
  type InferInput<Schema extends StandardTypedV1> = NonNullable<Schema["~standard"]["types"]>["input"];
  /** Infers the output type of a Standard Typed. */
  type InferOutput<Schema extends StandardTypedV1> = NonNullable<Schema["~standard"]["types"]>["output"];
}

/** Clocks, timers and randomness: the one door to the outside, so that the whole library runs under a virtual clock. */
/** A timer that was set. */
interface TimerHandle {
  /** Lets the process exit although the timer hasn't fired. */
  unref(): void;
}

/** Which version: AWSCURRENT only when neither is given. Both must agree, or the service refuses. */
interface VersionSelector {
  /** A staging label, 1 to 256 characters. */
  readonly versionStage?: string | undefined;
  /** A version id, at most 64 characters. */
  readonly versionId?: string | undefined;
}

interface WatchOptions {
  /** The label to follow. Default AWSCURRENT. */
  readonly versionStage?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

/** The Standard JSON Schema interface. */
/** A source with every optional method. */
type WholeSource = Required<SecretSource>;

interface WithSecretOptions extends GetOptions {
  /** Whether an error of `use` says that the credential was refused. Default: knows pg, mysql2, mssql, mongodb, redis, HTTP 401. */
  readonly isAuthError?: ((error: unknown) => boolean) | undefined;
  /** At last, try AWSPREVIOUS once: a database replica may lag behind a rotation. Default false. */
  readonly fallbackToPrevious?: boolean | undefined;
  /** How long another version is waited for after the first refusal, in milliseconds. Default 5_000. Never interrupts `use`. */
  readonly deadlineMs?: number | undefined;
}

/**
* AWS Secrets Manager, one request a call: what a cache reads from unless it is given a `source`, and what other
* sources are built upon. Throws `TypeError` or `RangeError` for options that are unknown or out of range.
*/
declare function awsSource(options?: AwsSourceOptions): WholeSource;

/**
* The hint in an EventBridge event of Secrets Manager; `undefined` for any other event, and for one that is malformed.
* Knows `Secret Label Updated` (user guide, "Match events with EventBridge"), `AWS API Call via CloudTrail` and
* `AWS Service Event via CloudTrail`. Never throws.
*/
declare function parseSecretEvent(event: unknown): SecretChangeHint | undefined;
