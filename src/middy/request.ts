/** What middy hands to a middleware, written out so that no release of middy, nor its types, is asked for. */

/** The context of an invocation, as AWS's own types have it. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  // Old Node.js runtimes had these three; AWS's types still ask for them.
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  succeed(messageOrObject: unknown, object?: unknown): void;
}

/** One invocation on its way through the middlewares. */
export interface SecretsRequest<Secrets extends object> {
  event: unknown;
  context: LambdaContext & { secrets: Secrets };
  // As middy has it for a middleware that needs nothing there: left out, it would become a record of anything.
  // oxlint-disable-next-line typescript/no-generated-empty-object-type
  internal: Record<never, never>;
}

/** For `middy().use()`, which gives the handler behind it a `context.secrets` of this type. */
export interface SecretsMiddleware<Secrets extends object> {
  readonly before: (request: SecretsRequest<Secrets>) => Promise<void>;
}
