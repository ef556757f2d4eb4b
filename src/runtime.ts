/** Clocks, timers and randomness: the one door to the outside, so that the whole library runs under a virtual clock. */

/** A timer that was set. */
export interface TimerHandle {
  /** Lets the process exit although the timer hasn't fired. */
  unref(): void;
}

/** What the library takes from its surroundings; every instant and duration is in milliseconds. */
export interface Runtime {
  /** Milliseconds since any fixed point, never going back. Default `performance.now()`. */
  monotonicNowMs(): number;
  /** Milliseconds since the epoch; may step either way. Default `Date.now()`. */
  wallNowMs(): number;
  /** A number in [0, 1). Default `Math.random()`. */
  random(): number;
  setTimeout(run: () => void, delayMs: number): TimerHandle;
  clearTimeout(timer: TimerHandle): void;
  setImmediate(run: () => void): void;
}

/** The longest delay Node's timers take: beyond it they fire after 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

// The globals are looked up at each call, so that a test's fake timers reach the library.
const real: Runtime = {
  monotonicNowMs: () => performance.now(),
  wallNowMs: () => Date.now(),
  random: () => Math.random(),
  setTimeout: clamped((run, delayMs) => setTimeout(run, delayMs)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  setImmediate: (run) => void setImmediate(run),
};

/** Completes a partial runtime with the real one; a method given keeps its own `this`. */
export function completeRuntime(given: Partial<Runtime>): Runtime {
  const runtime = { ...real };
  if (given.monotonicNowMs !== undefined) runtime.monotonicNowMs = given.monotonicNowMs.bind(given);
  if (given.wallNowMs !== undefined) runtime.wallNowMs = given.wallNowMs.bind(given);
  if (given.random !== undefined) runtime.random = given.random.bind(given);
  if (given.setTimeout !== undefined) runtime.setTimeout = clamped(given.setTimeout.bind(given));
  if (given.clearTimeout !== undefined) runtime.clearTimeout = given.clearTimeout.bind(given);
  if (given.setImmediate !== undefined) runtime.setImmediate = given.setImmediate.bind(given);
  return runtime;
}

function clamped(set: Runtime['setTimeout']): Runtime['setTimeout'] {
  return (run, delayMs) => set(run, Math.min(delayMs, MAX_DELAY_MS));
}
