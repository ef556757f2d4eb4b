/**
 * One batch, from sending it to the last answer; what may be due to the batch and not to the secret is asked again singly.
 *
 * A batch needs a permission of its own, isn't served across accounts, carries no staging label and is limited to 100
 * calls a second. None of that may change what a caller gets, and no failure may turn one call into twenty.
 */

import { asOurs, failureKind, freshError, quote, SecretCacheError } from '../errors.ts';
import type { OwnCall } from './own-call.ts';
import type { SecretSource, SecretVersion } from './secret-source.ts';
import { shareCall } from './shared-call.ts';

/** A source that has batches. */
export type BatchSource = SecretSource & Required<Pick<SecretSource, 'loadBatch'>>;

/** One load that waits for an answer. */
export interface Waiter {
  readonly call: OwnCall;
  readonly resolve: (version: SecretVersion) => void;
  readonly reject: (error: SecretCacheError) => void;
}

/** Those who wait, by what they asked for. */
export type Waiters = ReadonlyMap<string, readonly Waiter[]>;

/** Asks for all of them in one call. Never rejects: each waiter gets its own answer. `refuse` is told why batches should stop. */
export async function loadTogether(
  source: BatchSource,
  waiters: Waiters,
  refuse: (reason: 'denied' | 'throttled') => void,
): Promise<void> {
  const { call, release } = shareCall([...waiters.values()].flat().map((waiter) => waiter.call));
  try {
    const answers = await source.loadBatch([...waiters.keys()], call);
    settle(source, waiters, answers);
  } catch (error) {
    recover(source, waiters, asOurs(error, undefined), refuse);
  } finally {
    release();
  }
}

/** Asks for each in a call of its own, shared by those who wait for the same secret. */
export function loadSingly(source: SecretSource, waiters: Waiters): void {
  for (const [secretId, members] of stillWaiting(waiters)) void loadOne(source, secretId, members);
}

/** Without the callers that have left, and without the ids that nobody asks for any more. */
export function stillWaiting(waiters: Waiters): Waiters {
  const present = new Map<string, readonly Waiter[]>();
  for (const [secretId, members] of waiters) {
    const remaining = members.filter(({ call }) => !call.end.aborted);
    if (remaining.length > 0) present.set(secretId, remaining);
  }
  return present;
}

async function loadOne(source: SecretSource, secretId: string, members: readonly Waiter[]): Promise<void> {
  const { call, release } = shareCall(members.map((waiter) => waiter.call));
  try {
    const version = await source.load({ secretId, versionStage: 'AWSCURRENT' }, call);
    for (const { resolve } of members) resolve(version);
  } catch (error) {
    const own = asOurs(error, secretId);
    for (const { reject } of members) reject(freshError(own));
  } finally {
    release();
  }
}

function settle(
  source: SecretSource,
  waiters: Waiters,
  answers: ReadonlyMap<string, SecretVersion | SecretCacheError>,
): void {
  const unanswered = new Map<string, readonly Waiter[]>();
  for (const [secretId, members] of waiters) {
    const answer = answers.get(secretId);
    if (answer === undefined) unanswered.set(secretId, members);
    else if (!(answer instanceof SecretCacheError)) for (const { resolve } of members) resolve(answer);
    else if (mayBeTheBatch(answer)) unanswered.set(secretId, members);
    else rejectAll(secretId, members, answer);
  }
  loadSingly(source, unanswered);
}

/** What a batch that failed as a whole means for its members. */
function recover(
  source: SecretSource,
  waiters: Waiters,
  error: SecretCacheError,
  refuse: (reason: 'denied' | 'throttled') => void,
): void {
  const members = stillWaiting(waiters);
  // Everybody left, and the error is the end that this put to the call.
  if (members.size === 0) return;
  const isThrottled = error.code === 'ERR_SECRET_THROTTLED';
  const isOutage = failureKind(error) === 'transient' && !isThrottled;
  if (isOutage || error.code === 'ERR_CACHE_CLOSED') {
    // Singles would fail as well, and be twenty times the load on a service in trouble.
    for (const [secretId, those] of members) rejectAll(secretId, those, error);
    return;
  }
  // Anything else may be the batch's own: one bad member spoils it for all.
  loadSingly(source, members);
  if (isThrottled) refuse('throttled');
  else if (error.code === 'ERR_SECRET_ACCESS_DENIED') refuse('denied');
}

/** Whether a per-item error may be the batch's and not the secret's: a policy may ask for a label, and a batch can't name one. */
export function mayBeTheBatch(error: SecretCacheError): boolean {
  return error.code === 'ERR_SECRET_ACCESS_DENIED' || failureKind(error) === 'transient';
}

/** A new error for each caller, about its own secret. */
function rejectAll(secretId: string, members: readonly Waiter[], error: SecretCacheError): void {
  for (const { reject } of members)
    reject(error.secretId === secretId ? freshError(error) : about(secretId, error));
}

function about(secretId: string, error: SecretCacheError): SecretCacheError {
  const message = `Secret ${quote(secretId)} was asked for in a batch that failed. ${error.message}`;
  return new SecretCacheError(error.code, message, { secretId, cause: error.cause });
}
