// An execution environment as Lambda makes one: AWS's own Node.js runtime, aws-lambda-ric, in a process of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { RuntimeApi, type ReportedError } from './runtime-api.ts';

const RUNTIME = fileURLToPath(import.meta.resolve('aws-lambda-ric'));
const NATIVE_CLIENT = join(import.meta.dirname, 'native-client.cjs');
/** How Lambda starts Node.js, as far as the one at hand knows the flags. */
const FLAGS = ['--no-experimental-require-module', '--no-experimental-detect-module'].filter((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);
/** However a test ends, its function does not outlive it for long. */
const RUNS_AT_MOST_MS = 60_000;

/** The directory of its code, whose `index` exports `handler`, and its variables. */
export interface LambdaFunction {
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
}

export class ExecutionEnvironment {
  readonly #api: RuntimeApi;
  readonly #runtime: ChildProcess;
  /** Its log. */
  output = '';

  private constructor(api: RuntimeApi, { directory, variables }: LambdaFunction) {
    this.#api = api;
    this.#runtime = spawn(process.execPath, [...FLAGS, '--require', NATIVE_CLIENT, RUNTIME], {
      cwd: directory,
      timeout: RUNS_AT_MOST_MS,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        AWS_LAMBDA_RUNTIME_API: api.address,
        _HANDLER: 'index.handler',
        LAMBDA_TASK_ROOT: directory,
        AWS_LAMBDA_FUNCTION_NAME: 'function',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/function',
        AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
        // The SDK's, about the age of Node.js.
        NODE_NO_WARNINGS: '1',
        ...variables,
      },
    });
    for (const stream of [this.#runtime.stdout, this.#runtime.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk;
      });
    }
    this.#runtime.once('exit', () => api.end(new Error(`The runtime has ended:\n${this.output}`)));
  }

  static async start(of: LambdaFunction): Promise<ExecutionEnvironment> {
    return new ExecutionEnvironment(await RuntimeApi.start(), of);
  }

  /** Resolves with what the handler returned; rejects with the `ReportedError` of one that threw. */
  invoke(event: unknown = {}): Promise<unknown> {
    return this.#api.invoke(event);
  }

  /** Until all its threads ask for an event: initialised, or done with the last ones. Here Lambda freezes it. */
  idle(threads = 1): Promise<void> {
    return this.#api.idle(threads);
  }

  /** Until its threads have taken every event so far. */
  handedOut(): Promise<void> {
    return this.#api.handedOut();
  }

  /** What the runtime says of an init that failed. */
  initError(): Promise<ReportedError | undefined> {
    return this.#api.initError();
  }

  /** Stops the process for so long; `meanwhile` begins at the end of that, when it stands still for sure. */
  async freeze<T>(lengthMs: number, meanwhile: () => T): Promise<Awaited<T>> {
    this.#runtime.kill('SIGSTOP');
    await delay(lengthMs);
    const begun = meanwhile();
    this.#runtime.kill('SIGCONT');
    return await begun;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#runtime.exitCode !== null || this.#runtime.signalCode !== null) return;
    const exit = once(this.#runtime, 'exit');
    this.#runtime.kill('SIGKILL');
    await exit;
  }
}
