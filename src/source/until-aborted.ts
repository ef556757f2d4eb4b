/** Waiting that ends with the work or with the caller's signal, whichever comes first. */

import { onAbort } from '../abort.ts';

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as it aborts. Work that rejects later than
 * that is still handled, so a call given up never becomes an unhandled rejection.
 */
export function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    const stopListening = onAbort(signal, abort);
    work.then(
      (value) => {
        stopListening();
        resolve(value);
      },
      (error: Error) => {
        stopListening();
        reject(error);
      },
    );
    if (signal.aborted) abort();
  });
}
