/** Waiting that ends with the work or with the caller's signal, whichever comes first. */

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as it aborts. Work that rejects later than
 * that is still handled, so a call given up never becomes an unhandled rejection.
 */
export function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void => end(() => reject(signal.reason as Error));
    work.then(
      (value) => end(() => resolve(value)),
      (error: Error) => end(() => reject(error)),
    );
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
}
