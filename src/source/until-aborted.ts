/** Waiting that ends with the work or with the caller's signal, whichever comes first. */

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as it aborts. Work that rejects later than
 * that is still handled, so a call given up never becomes an unhandled rejection.
 */
export async function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  let stopListening: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    stopListening = () => signal.removeEventListener('abort', abort);
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    stopListening?.();
  }
}
