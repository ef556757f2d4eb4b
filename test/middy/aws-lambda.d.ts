/** AWS's own types of a Lambda function as far as middy uses them: without them middy's types are all `any`. */
declare module 'aws-lambda' {
  export interface Context {
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
    succeed(messageOrObject: unknown): void;
    succeed(message: string, object: unknown): void;
  }

  export type Callback<TResult> = (error?: Error | string | null, result?: TResult) => void;

  export type Handler<TEvent = unknown, TResult = unknown> = (
    event: TEvent,
    context: Context,
    callback: Callback<TResult>,
  ) => void | Promise<TResult>;
}
