// exports: ContextSecret, ContextSecrets, LambdaContext, SecretChoice, SecretsMiddleware, SecretsMiddlewareOptions, SecretsOf, SecretsRequest, secret, secretsMiddleware

// see index: Secret, SecretCache, StandardSchemaV1, VersionSelector

type Cache = Pick<SecretCache, "get" | "preload" | "refresh">;

/** A secret, and what is made of it for `context.secrets`. */
interface ContextSecret<T> {
  readonly secretId: string;
  /** Default AWSCURRENT. */
  readonly selector?: VersionSelector | undefined;
  /** Called once an invocation, so that none can change another's value. What it throws fails the invocation. */
  readonly read: (secret: Secret) => T;
}

/** By key of `context.secrets`. */
type ContextSecrets = Readonly<Record<string, ContextSecret<unknown>>>;

/** What middy hands to a middleware, written out so that no release of middy, nor its types, is asked for. */
/** The context of an invocation, as AWS's own types have it. */
interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  succeed(messageOrObject: unknown, object?: unknown): void;
}

/** The parsed JSON of a secret, unless another form is asked for. */
interface SecretChoice<T> extends ContextSecret<T> {
  /** The parsed JSON, validated and typed by a Standard Schema. */
  json<S extends StandardSchemaV1>(schema: S): ContextSecret<StandardSchemaV1.InferOutput<S>>;
  /** The text as it is. */
  text(): ContextSecret<string>;
  /** A copy of the bytes of a binary secret. */
  bytes(): ContextSecret<Uint8Array>;
  /** The `Secret` itself, with its version id and labels. */
  whole(): ContextSecret<Secret>;
}

/** For `middy().use()`, which gives the handler behind it a `context.secrets` of this type. */
interface SecretsMiddleware<Secrets extends object> {
  readonly before: (request: SecretsRequest<Secrets>) => Promise<void>;
}

interface SecretsMiddlewareOptions<Secrets extends ContextSecrets> {
  /** What to put at which key of `context.secrets`: `{ db: secret<Db>('prod/db'), key: secret('prod/api-key').text() }`. */
  readonly secrets: Secrets;
  /** Where they come from. Default: the cache of `secretsmanager-cache/lambda`, with what its environment variables set. */
  readonly cache?: Cache | undefined;
  /** Whether loading begins at once, while the function initialises; the first invocation waits for it. Default true. */
  readonly preload?: boolean | undefined;
}

/** The types in `context.secrets`. */
type SecretsOf<Secrets extends ContextSecrets> = { [Key in keyof Secrets]: Secrets[Key] extends ContextSecret<infer T> ? T : never };

/** One invocation on its way through the middlewares. */
interface SecretsRequest<Secrets extends object> {
  event: unknown;
  context: LambdaContext & {
    secrets: Secrets;
  };
  internal: Record<never, never>;
}

/**
* A secret for `secretsMiddleware`: `secret<Db>('prod/db')` is its JSON, taken for a `Db`; `.json(schema)` checks that,
* `.text()`, `.bytes()` and `.whole()` are other forms. Throws `TypeError` or `RangeError` for bad input.
*/
declare function secret<T = unknown>(secretId: string, selector?: VersionSelector): SecretChoice<T>;

/**
* A middy middleware that puts secrets into `context.secrets`: from memory while they are fresh, else checked or loaded,
* and made anew for each invocation. Several on one handler add up; a key that two of them set fails the invocation.
* Throws `TypeError` or `RangeError` for options that are unknown or of the wrong kind.
*
* A secret that can't be had fails the invocation with its `SecretCacheError`, that of the first in the order given,
* while there is still time for `onError`.
*/
declare function secretsMiddleware<Secrets extends ContextSecrets>(options: SecretsMiddlewareOptions<Secrets>): SecretsMiddleware<SecretsOf<Secrets>>;
