/** How one caller waits for a flight, and the error it gets when that brings no value. */

import { freshError, quote, SecretCacheError } from './errors.ts';
import type { Outcome } from './flight.ts';

export interface Wait {
  readonly signal?: AbortSignal | undefined;
  /** Oldest value that is a hit. */
  readonly maxAgeMs?: number | undefined;
  /** The longest it waits in all. */
  readonly budgetMs: number;
}

/** The error for one caller of a flight that failed, or that it waited for in vain. */
export function errorOf(
  outcome: Exclude<Outcome<unknown>, { kind: 'value' }>,
  secretId: string,
  budgetMs: number,
): SecretCacheError {
  if (outcome.kind === 'failed') return ownError(outcome.error);
  return new SecretCacheError(
    'ERR_SECRET_TIMEOUT',
    `Secret ${quote(secretId)} could not be had within ${budgetMs} ms: see that AWS can be reached, or raise \`waitBudgetMs\`.`,
    { secretId },
  );
}

/** An error of its own for each caller. Throws what is not ours: that is a bug here. */
export function ownError(error: unknown): SecretCacheError {
  if (error instanceof SecretCacheError) return freshError(error);
  throw error;
}
