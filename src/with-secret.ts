/**
 * Using a secret, and once more with another version when the first was refused.
 *
 *     use(v1) ─ refused ─> v2 held already? ──────────────────────> use(v2)
 *                          else refresh, at most once a second ───> use(v2) as soon as it shows
 *                          still v1 at the deadline ──────────────> the refusal, unchanged
 *
 * A database is often changed some moments before the label moves, so an unchanged version is asked for again.
 */

import { isAuthError } from './auth-error.ts';
import { backoffMs } from './backoff.ts';
import { duration, shown } from './checks.ts';
import type { Clock } from './clock.ts';
import type { GetOptions, RefreshOptions } from './requests.ts';
import type { Runtime, TimerHandle } from './runtime.ts';
import type { Secret } from './secret.ts';

export interface WithSecretOptions extends GetOptions {
  /** Whether an error of `use` says that the credential was refused. Default: knows pg, mysql2, mssql, mongodb, redis, HTTP 401. */
  readonly isAuthError?: (error: unknown) => boolean;
  /** Try AWSPREVIOUS once when the current version is refused, as by a replica that lags behind a rotation. Default false. */
  readonly fallbackToPrevious?: boolean;
  /** How long another version is waited for after the first refusal, in milliseconds. Default 5_000. Never interrupts `use`. */
  readonly deadlineMs?: number;
}

export interface WithSecretParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly get: (options: GetOptions) => Promise<Secret>;
  readonly refresh: (options: RefreshOptions) => Promise<Secret>;
}

/** Between refreshes that show the refused version again; the queue of forced refreshes keeps them a second apart besides. */
const UNCHANGED_BACKOFF = { baseMs: 500, capMs: 2_000 };

export const WITH_SECRET_OPTIONS: readonly string[] = ['isAuthError', 'fallbackToPrevious', 'deadlineMs'];

export async function withSecret<T>(
  use: (secret: Secret) => T | PromiseLike<T>,
  options: WithSecretOptions,
  parts: WithSecretParts,
): Promise<T> {
  const {
    isAuthError: isRefusal = isAuthError,
    fallbackToPrevious = false,
    deadlineMs = 5_000,
    ...get
  } = options;
  if (typeof use !== 'function')
    throw new TypeError(`\`use\` must be a function of a secret, got ${shown(use)}`);
  duration('deadlineMs', deadlineMs);
  const first = await parts.get(get);
  const attempts = new Attempts(use, isRefusal);
  const answer = await attempts.with(first);
  if (answer !== undefined) return answer.value;

  const other =
    get.versionId === undefined ? await otherVersion(first.versionId, get, deadlineMs, parts) : undefined;
  const again = other === undefined ? undefined : await attempts.with(other);
  if (again !== undefined) return again.value;

  if (fallbackToPrevious) {
    const previous = await quietly(parts.get({ ...get, versionStage: 'AWSPREVIOUS' }));
    const last = previous === undefined ? undefined : await attempts.with(previous);
    if (last !== undefined) return last.value;
  }
  get.signal?.throwIfAborted();
  throw attempts.refusal;
}

/** Runs `use`, never twice with one version, and keeps the last refusal. */
class Attempts<T> {
  refusal: unknown;
  readonly #use: (secret: Secret) => T | PromiseLike<T>;
  readonly #isRefusal: (error: unknown) => boolean;
  readonly #tried = new Set<string>();

  constructor(use: (secret: Secret) => T | PromiseLike<T>, isRefusal: (error: unknown) => boolean) {
    this.#use = use;
    this.#isRefusal = isRefusal;
  }

  /** `undefined` when this version is refused, now or before; any other error of `use` is thrown. */
  async with(secret: Secret): Promise<{ value: T } | undefined> {
    if (this.#tried.has(secret.versionId)) return undefined;
    this.#tried.add(secret.versionId);
    try {
      return { value: await this.#use(secret) };
    } catch (error) {
      if (!this.#isRefusal(error)) throw error;
      this.refusal = error;
      return undefined;
    }
  }
}

/** Another version than the one refused, as soon as one shows; `undefined` at the deadline. */
async function otherVersion(
  rejectedVersionId: string,
  { versionStage, signal }: GetOptions,
  deadlineMs: number,
  { runtime, clock, refresh }: WithSecretParts,
): Promise<Secret | undefined> {
  const deadline = new AbortController();
  const since = clock.now();
  // By abort, not by a limit on the wait: a refresh that nobody needs any more must not be sent.
  const timer = runtime.setTimeout(() => deadline.abort(), deadlineMs);
  const onAbort = (): void => deadline.abort();
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) deadline.abort();
  try {
    for (let round = 0; !deadline.signal.aborted; round += 1) {
      const secret = await quietly(
        refresh({
          rejectedVersionId,
          signal: deadline.signal,
          ...(versionStage !== undefined && { versionStage }),
        }),
      );
      if (secret !== undefined && secret.versionId !== rejectedVersionId) return secret;
      const pauseMs = backoffMs(round, UNCHANGED_BACKOFF, () => runtime.random());
      if (clock.ageMs(since) + pauseMs >= deadlineMs) return undefined;
      await pause(runtime, pauseMs, deadline.signal);
    }
    return undefined;
  } finally {
    runtime.clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function pause(runtime: Runtime, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: TimerHandle | undefined = runtime.setTimeout(finish, delayMs);
    function finish(): void {
      if (timer !== undefined) runtime.clearTimeout(timer);
      timer = undefined;
      signal.removeEventListener('abort', finish);
      resolve();
    }
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish);
  });
}

/** What there is to fail here matters less than the refusal, which is what the caller gets. */
async function quietly<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}
