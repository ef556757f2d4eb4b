/** Signals: the callers', with one listener each however many wait, and our own, which cost next to nothing. */

/** What can end a wait. */
export type Signal = AbortSignal | OwnSignal;

const NOBODY: readonly (() => void)[] = [];

/**
 * A signal and its controller in one. An `AbortSignal` with a listener is dear to make and to collect, and a load would
 * have three: one is made for a source that looks at it, and not before.
 */
export class OwnSignal {
  /** One or two as a rule: a copy costs less than a set. */
  #runs: readonly (() => void)[] = NOBODY;
  #aborted = false;
  #reason: unknown;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (const run of this.#runs) run();
  }

  /** Runs `run` when it aborts. Returns what stops listening. */
  listen(run: () => void): () => void {
    this.#runs = this.#runs.concat(run);
    return () => {
      this.#runs = this.#runs.filter((other) => other !== run);
    };
  }

  /** As what the rest of the world takes. */
  get abortSignal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
}

interface Audience {
  readonly runs: Set<() => void>;
  readonly tell: () => void;
}

const audiences = new WeakMap<AbortSignal, Audience>();

/**
 * Runs `run` when the signal aborts. Returns what stops listening. A server hands the same signal to many gets, and
 * Node warns of a leak at the eleventh listener.
 */
export function onAbort(signal: Signal, run: () => void): () => void {
  if (signal instanceof OwnSignal) return signal.listen(run);
  const audience = audiences.get(signal) ?? gather(signal);
  audience.runs.add(run);
  return () => {
    audience.runs.delete(run);
    if (audience.runs.size > 0) return;
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
