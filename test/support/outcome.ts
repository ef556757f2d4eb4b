/** What became of a promise, readable at any moment without awaiting it. */

/** A promise under watch: its rejection counts as handled. */
export interface Outcome<T> {
  state: 'pending' | 'fulfilled' | 'rejected';
  value: T | undefined;
  error: unknown;
}

/** Watches a promise. */
export function outcomeOf<T>(promise: PromiseLike<T>): Outcome<T> {
  const outcome: Outcome<T> = { state: 'pending', value: undefined, error: undefined };
  promise.then(
    (value) => {
      outcome.state = 'fulfilled';
      outcome.value = value;
    },
    (error: unknown) => {
      outcome.state = 'rejected';
      outcome.error = error;
    },
  );
  return outcome;
}

/** The stable code of a rejection, or its name, or the state when there is none. */
export function codeOf(outcome: Outcome<unknown>): string {
  if (outcome.state !== 'rejected') return outcome.state;
  const { error } = outcome;
  if (typeof error !== 'object' || error === null) return String(error);
  return String(Reflect.get(error, 'code') ?? Reflect.get(error, 'name'));
}
