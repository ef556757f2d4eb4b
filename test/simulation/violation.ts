/** A broken invariant. The first one ends a run. */

export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

let found: Violation | undefined;

/** Also inside a promise's handler, where a throw would get lost: the run looks for it after each step. */
export function demand(holds: boolean, invariant: string, message: string): void {
  if (!holds) found ??= new Violation(invariant, message);
}

export function takeViolation(): Violation | undefined {
  const violation = found;
  found = undefined;
  return violation;
}
