/**
 * `secretsmanager-cache/sdk-plugin`: code that you don't own, cached, through the SDK client it is given.
 *
 *     its send() ──> this ──> the client's other middlewares ──> AWS
 *                     ├─ GetSecretValue: answered from the cache
 *                     ├─ what the cache itself sends: untouched, or it would wait for itself
 *                     └─ writes: followed (sdk-plugin/writes.ts); all else: untouched
 */

import type {
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

import { shown } from './checks.ts';
import { SecretCacheError } from './errors.ts';
import { Writes, type Fields } from './sdk-plugin/writes.ts';
import type { SecretCache } from './secret-cache.ts';
import { isMarkedCommand } from './source/marked-command.ts';

/** What `client.middlewareStack.use()` takes. */
export type SecretCachePlugin = Parameters<SecretsManagerClient['middlewareStack']['use']>[0];

type Cache = Pick<SecretCache, 'getSecretValue' | 'invalidate' | 'notify'>;

/** What is looked at in a command under way. `__smithy_context` is the SDK's own; older releases have none of this in it. */
interface Execution {
  readonly commandName?: string | undefined;
  readonly __smithy_context?:
    | { readonly commandInstance?: object | undefined; readonly abortSignal?: unknown }
    | undefined;
}

/**
 * Answers every GetSecretValueCommand of a client from the cache, in the SDK's own shapes and with the SDK's own
 * exceptions, and drops a secret that is changed through that client: `client.middlewareStack.use(secretCachePlugin(cache))`.
 *
 * For one client, whose credentials and Region the cache must share: it can't tell, and would answer one principal with
 * what another may read. Input that the cache refuses goes to the service. Once the cache is closed, gets reject with
 * `ERR_CACHE_CLOSED`; `client.middlewareStack.remove('secretsmanager-cache')` gives the client back as it was.
 */
export function secretCachePlugin(cache: Cache): SecretCachePlugin {
  if (typeof cache?.getSecretValue !== 'function') {
    throw new TypeError(`\`cache\` must be a SecretCache, got ${shown(cache)}`);
  }
  const writes = new Writes(cache);
  return {
    applyToStack: (stack) => {
      stack.add(
        (next, context) => async (args) => {
          const { commandName = '', __smithy_context: inner }: Execution = context;
          // The command itself is what comes in; another middleware may have made a copy of it.
          if (isMarkedCommand(args) || isMarkedCommand(inner?.commandInstance ?? args)) return next(args);
          if (commandName !== 'GetSecretValueCommand') {
            return writes.follow(commandName, args.input as Fields, () => next(args));
          }
          const input = args.input as GetSecretValueCommandInput;
          const { count } = writes;
          const output = await answer(cache, input, inner?.abortSignal);
          if (output === undefined) return next(args);
          writes.seen(input, output, count);
          return { output, response: undefined };
        },
        // The outermost, so that the others see what is sent and nothing else; one cache a client, the latest.
        {
          name: 'secretsmanager-cache',
          step: 'initialize',
          priority: 'high',
          tags: ['CACHE'],
          override: true,
        },
      );
    },
  };
}

/** `undefined` for what the cache refuses to ask: how the service refuses it is the service's to say. */
async function answer(
  cache: Cache,
  input: GetSecretValueCommandInput,
  abortSignal: unknown,
): Promise<GetSecretValueCommandOutput | undefined> {
  try {
    const options = abortSignal === undefined ? {} : { abortSignal: abortSignal as AbortSignal };
    // The SDK ignores any other member.
    const { SecretId, VersionId, VersionStage } = input;
    const output = await cache.getSecretValue({ SecretId, VersionId, VersionStage }, options);
    // What it was read with, whenever that was: code that checks it is common.
    output.$metadata = { httpStatusCode: 200 };
    return output;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    if (error instanceof SecretCacheError && error.code === 'ERR_SECRET_INVALID_REQUEST') return undefined;
    throw error;
  }
}
