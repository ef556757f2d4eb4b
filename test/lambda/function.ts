/** The cache that a function gets from its environment variables, over the model service and the virtual clock. */

import type { GetOptions, SecretCache } from '../../src/index.ts';
import { cacheFrom, type Environment } from '../../src/lambda/environment.ts';
import type { ModelService } from '../support/model-service.ts';
import { setup } from '../support/setup.ts';
import type { VirtualRuntime } from '../support/virtual-runtime.ts';

export interface FunctionBed {
  readonly cache: SecretCache;
  readonly service: ModelService;
  readonly runtime: VirtualRuntime;
  /** A get's text, without time moving. */
  readonly read: (secretId: string, options?: GetOptions) => Promise<string>;
  /** How long a promise takes to settle on the virtual clock, and its error's code or `fulfilled`. */
  readonly timed: (promise: Promise<unknown>) => Promise<{ readonly tookMs: number; readonly code: string }>;
}

/** TTL jitter is off unless it is set; what `setup` checks when a test is over is checked here too. */
export function functionWith(environment: Environment = {}, secrets: readonly string[] = ['a']): FunctionBed {
  const { service, runtime, code } = setup({ secrets });
  const jitterOff = { SECRETSMANAGER_CACHE_TTL_JITTER: '0' };
  const cache = cacheFrom({ ...jitterOff, ...environment }, { client: service, runtime });
  return {
    cache,
    service,
    runtime,
    read: (secretId, options) => runtime.run(cache.getText(secretId, options)),
    timed: async (promise) => {
      const startMs = runtime.monotonicNowMs();
      const ended = await code(promise, 60_000);
      return { tookMs: runtime.monotonicNowMs() - startMs, code: ended };
    },
  };
}
