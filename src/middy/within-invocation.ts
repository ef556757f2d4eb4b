/** A wait that ends before Lambda ends the invocation: one that is killed tells nobody why. */

import { quote, SecretCacheError } from '../errors.ts';
import { completeRuntime, type TimerHandle } from '../runtime.ts';

/** What `onError` has left to answer in, in milliseconds. */
const RESERVED_MS = 50;

interface InvocationContext {
  /** Not there in tests and containers. */
  getRemainingTimeInMillis?(): number;
}

/**
 * Settles as `work` does, or rejects with `ERR_SECRET_TIMEOUT` while there is still time to answer. Work that goes on
 * is not wasted: what it loads is held for the next invocation. `waitingFor`: the ids that aren't there yet.
 */
export async function withinInvocation<T>(
  context: InvocationContext,
  work: Promise<T>,
  waitingFor: ReadonlySet<string>,
): Promise<T> {
  const leftMs = context.getRemainingTimeInMillis?.();
  if (leftMs === undefined) return work;
  const runtime = completeRuntime({});
  let timer: TimerHandle | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = runtime.setTimeout(() => reject(outOfTime([...waitingFor])), Math.max(0, leftMs - RESERVED_MS));
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    if (timer !== undefined) runtime.clearTimeout(timer);
  }
}

function outOfTime(secretIds: readonly string[]): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_TIMEOUT',
    `The invocation is nearly over, and there is no answer yet for ${secretIds.map(quote).join(', ')}: ` +
      'see that AWS can be reached, or give the function more time.',
    { secretId: secretIds[0] },
  );
}
