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
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  setImmediate: (run) => void setImmediate(run),
};

/** Completes a partial runtime with the real one; a method given keeps its own `this`. */
export function completeRuntime(given: Partial<Runtime>): Runtime {
  const owner = (name: keyof Runtime): Runtime => (given[name] === undefined ? real : (given as Runtime));
  const monotonic = owner('monotonicNowMs');
  const wall = owner('wallNowMs');
  const chance = owner('random');
  const setter = owner('setTimeout');
  const clearer = owner('clearTimeout');
  const immediate = owner('setImmediate');
  return {
    monotonicNowMs: () => monotonic.monotonicNowMs(),
    wallNowMs: () => wall.wallNowMs(),
    random: () => chance.random(),
    setTimeout: (run, delayMs) => setter.setTimeout(run, Math.min(delayMs, MAX_DELAY_MS)),
    clearTimeout: (timer) => clearer.clearTimeout(timer),
    setImmediate: (run) => immediate.setImmediate(run),
  };
}
