/** `secretsmanager-cache/middy`: secrets in `context.secrets`, typed, for middy 6 and 7. */

import { object, onlyKnown, shown } from './checks.ts';
import { secretCache } from './lambda.ts';
import type { ContextSecret, ContextSecrets, SecretsOf } from './middy/context-secret.ts';
import { place } from './middy/place.ts';
import type { SecretsMiddleware } from './middy/request.ts';
import { withinInvocation } from './middy/within-invocation.ts';
import type { SecretCache } from './secret-cache.ts';
import type { Secret } from './secret.ts';

export { secret } from './middy/context-secret.ts';
export type { ContextSecret, ContextSecrets, SecretChoice, SecretsOf } from './middy/context-secret.ts';
export type { LambdaContext, SecretsMiddleware, SecretsRequest } from './middy/request.ts';

export interface SecretsMiddlewareOptions<Secrets extends ContextSecrets> {
  /** What to put at which key of `context.secrets`: `{ db: secret<Db>('prod/db'), key: secret('prod/api-key').text() }`. */
  readonly secrets: Secrets;
  /** Where they come from. Default: the cache of `secretsmanager-cache/lambda`, with what its environment variables set. */
  readonly cache?: Cache | undefined;
  /** Whether loading begins at once, while the function initialises; the first invocation waits for it. Default true. */
  readonly preload?: boolean | undefined;
}

type Cache = Pick<SecretCache, 'get' | 'preload' | 'refresh'>;
type Entry = readonly [key: string, wanted: ContextSecret<unknown>];

/** How long the preload may take, in milliseconds: half of what Lambda gives a function to initialise. */
const PRELOAD_MS = 5_000;

/**
 * A middy middleware that puts secrets into `context.secrets`: from memory while they are fresh, else checked or loaded,
 * and made anew for each invocation. Several on one handler add up; a key that two of them set fails the invocation.
 * Throws `TypeError` or `RangeError` for options that are unknown or of the wrong kind.
 *
 * A secret that can't be had fails the invocation with its `SecretCacheError`, that of the first in the order given,
 * while there is still time for `onError`.
 */
export function secretsMiddleware<Secrets extends ContextSecrets>(
  options: SecretsMiddlewareOptions<Secrets>,
): SecretsMiddleware<SecretsOf<Secrets>> {
  const { secrets, cache, preload } = readOptions(options);
  const ahead = new Map(preload ? secrets.map(([, wanted]) => [wanted, isPreloaded(cache, wanted)]) : []);

  const get = async (wanted: ContextSecret<unknown>): Promise<Secret> => {
    const { secretId, selector } = wanted;
    const failed = (await ahead.get(wanted)) === false;
    // A get would be answered by the failure that is remembered, so the first one of all asks again at once.
    return ahead.delete(wanted) && failed ? cache.refresh(secretId, selector) : cache.get(secretId, selector);
  };
  return {
    before: async (request) => {
      const waitingFor = new Set(secrets.map(([, { secretId }]) => secretId));
      const load = async ([key, wanted]: Entry): Promise<[string, unknown]> => {
        const found = await get(wanted);
        waitingFor.delete(wanted.secretId);
        return [key, wanted.read(found)];
      };
      const loads = secrets.map(load);
      // All of them, so that the first in the order given is the one to be told of.
      const settled = Promise.allSettled(loads);
      await withinInvocation(request.context, settled, waitingFor);
      place(request, new Map(await Promise.all(loads)));
    },
  };
}

/** Whether it could be loaded ahead; why not, a request finds out for itself. */
async function isPreloaded(cache: Cache, { secretId, selector }: ContextSecret<unknown>): Promise<boolean> {
  try {
    const { loaded } = await cache.preload([secretId], { ...selector, timeoutMs: PRELOAD_MS });
    return loaded.length > 0;
  } catch {
    return false;
  }
}

interface Settings {
  readonly secrets: readonly Entry[];
  readonly cache: Cache;
  readonly preload: boolean;
}

function readOptions(options: SecretsMiddlewareOptions<ContextSecrets>): Settings {
  object('the options of secretsMiddleware', options);
  onlyKnown('option of secretsMiddleware', options, ['secrets', 'cache', 'preload']);
  const { secrets, cache = secretCache(), preload = true } = options;
  object('`secrets`', secrets, 'an object of secret(…)');
  object('`cache`', cache, 'a SecretCache');
  if (typeof preload !== 'boolean')
    throw new TypeError(`\`preload\` must be true or false, got ${shown(preload)}`);
  const entries = Object.entries(secrets);
  for (const [key, wanted] of entries) {
    if (typeof wanted?.read !== 'function') {
      throw new TypeError(`\`secrets.${key}\` must be made by secret(…), got a ${typeof wanted}`);
    }
  }
  return { secrets: entries, cache, preload };
}
