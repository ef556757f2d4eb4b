/**
 * Keeps the SDK from retrying a throttled batch: BatchGetSecretValue allows 100 calls a second where GetSecretValue
 * allows 10,000, so a throttled batch is better asked again singly than again at once.
 *
 *     SDK: logger -> [restore] -> serialize -> retry -> [disguise] -> sign -> send -> deserialize
 *
 * The inner step turns a throttling error into one the retry doesn't know; the outer one brings it back. Both sit on
 * the command's own stack: the client's other commands keep their retries, and a client that has no stacks ignores them.
 */

import type { BatchGetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { isThrottling } from './aws-errors.ts';

/** Not by `cause`: the SDK's retry looks for retryable errors along the causes. */
class DisguisedThrottling extends Error {
  readonly original: unknown;

  constructor(original: unknown) {
    super('throttled');
    this.original = original;
  }
}

/** Makes a throttling error final for this command, and returns the command. */
export function withoutThrottlingRetry(command: BatchGetSecretValueCommand): BatchGetSecretValueCommand {
  command.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw error instanceof DisguisedThrottling ? error.original : error;
      }
    },
    { step: 'initialize', priority: 'low', name: 'secretsCacheRestoreThrottling' },
  );
  command.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw isThrottling(error) ? new DisguisedThrottling(error) : error;
      }
    },
    // Inside the retry, which has this step's `high`.
    { step: 'finalizeRequest', priority: 'low', name: 'secretsCacheDisguiseThrottling' },
  );
  return command;
}
