/** The cache, the model service and the virtual clock put together, and what must hold when a test is over. */

import '@aws-sdk/client-secrets-manager';
import { expect, onTestFinished } from 'vitest';

import { SecretCache, type GetOptions, type SecretCacheOptions } from '../../src/index.ts';
import { ModelService } from './model-service.ts';
import { codeOf, outcomeOf } from './outcome.ts';
import { VirtualRuntime } from './virtual-runtime.ts';

/** The options' defaults, under the names the tests speak of them by. */
export const TTL_MS = 300_000;
export const ATTEMPT_MS = 3_000;
export const BUDGET_MS = 5_000;
export const STALE_WAIT_MS = 1_000;
/** A held value that can't be confirmed yet is looked at again at the latest after this. */
export const LOOK_AGAIN_MS = 5_000;

export interface SetupOptions extends Omit<SecretCacheOptions, 'client' | 'runtime'> {
  readonly seed?: number;
  /** Secrets made beforehand: each one's value is its name followed by ` v1`. */
  readonly secrets?: readonly string[];
  /** A world shared with another cache. */
  readonly world?: { readonly service: ModelService; readonly runtime: VirtualRuntime };
  /** `false` for a test that ends in the middle of things on purpose. */
  readonly endsIdle?: boolean;
}

export interface TestBed {
  readonly cache: SecretCache;
  readonly service: ModelService;
  readonly runtime: VirtualRuntime;
  /** A get's text, without time moving. */
  readonly read: (secretId: string, options?: GetOptions) => Promise<string>;
  /** A get's error code, without time moving; `fulfilled` when it got a value. */
  readonly readCode: (secretId: string, options?: GetOptions) => Promise<string>;
  /** Any promise's error code, moving time by at most `ms`. */
  readonly code: (promise: Promise<unknown>, ms?: number) => Promise<string>;
}

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(reason);
});
const warnings: string[] = [];
process.on('warning', ({ name, message }) => {
  if (name === 'MaxListenersExceededWarning') warnings.push(message);
});

/** A cache over a model service. TTL jitter is off unless asked for; `a` exists unless other secrets are named. */
export function setup({
  seed = 1,
  secrets = ['a'],
  world,
  endsIdle = true,
  ...options
}: SetupOptions = {}): TestBed {
  const runtime = world?.runtime ?? new VirtualRuntime({ seed });
  const service = world?.service ?? new ModelService(runtime);
  if (world === undefined) for (const name of secrets) service.create(name, `${name} v1`);
  const cache = new SecretCache({ ttlJitter: 0, ...options, client: service, runtime });
  const code = async (promise: Promise<unknown>, ms = 0): Promise<string> => {
    const outcome = outcomeOf(promise);
    const marked = promise.catch(() => {});
    await runtime.runFor(marked, ms);
    return codeOf(outcome);
  };
  onTestFinished(async ({ task }) => {
    await runtime.settle();
    const [rejections, complaints] = [unhandled.splice(0), warnings.splice(0)];
    if (task.result?.state === 'fail') return;
    expect(rejections, 'unhandled rejections').toEqual([]);
    expect(complaints, 'warnings of Node').toEqual([]);
    expect(service.heldCalls, 'calls still kept back').toBe(0);
    if (endsIdle) expect(runtime.pendingTimers(), 'timers of an idle cache').toEqual([]);
  });
  return {
    cache,
    service,
    runtime,
    code,
    read: async (secretId, options) => (await runtime.run(cache.get(secretId, options))).text(),
    readCode: (secretId, options) => code(cache.get(secretId, options)),
  };
}

/** `s00`, `s01`, ... */
export function manyNames(count: number, prefix = 's'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, '0')}`);
}

// The first call imports the SDK, which takes the real event loop an unknown number of turns; later ones few.
const warmUp = new SecretCache({ client: new ModelService(new VirtualRuntime()) });
await warmUp.get('warm-up').catch(() => {});
await warmUp.close();
