/**
 * Listening for an abort, with one listener a signal however many wait: a server hands the same signal to many gets,
 * and Node warns of a leak at the eleventh listener.
 */

interface Audience {
  readonly runs: Set<() => void>;
  readonly tell: () => void;
}

const audiences = new WeakMap<AbortSignal, Audience>();

/** Runs `run` when the signal aborts. Returns what stops listening. */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const audience = audiences.get(signal) ?? gather(signal);
  audience.runs.add(run);
  return () => {
    audience.runs.delete(run);
    if (audience.runs.size > 0 || audiences.get(signal) !== audience) return;
    audiences.delete(signal);
    signal.removeEventListener('abort', audience.tell);
  };
}

function gather(signal: AbortSignal): Audience {
  const runs = new Set<() => void>();
  const tell = (): void => {
    for (const run of runs) run();
  };
  const audience = { runs, tell };
  audiences.set(signal, audience);
  signal.addEventListener('abort', tell);
  return audience;
}
