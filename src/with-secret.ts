/**
 * Using a secret, and once more with another version when the first was refused.
 *
 *     use(v1) ─ refused ─> v2 held already? ──────────────────────> use(v2)
 *                          else refresh, at most once a second ───> use(v2) as soon as it shows
 *                          still v1 at the deadline ──────────────> the refusal, unchanged
 *
 * A database is often changed some moments before the label moves, so an unchanged version is asked for again.
 */

import { onAbort } from './abort.ts';
import { isAuthError } from './auth-error.ts';
import { backoffMs } from './backoff.ts';
import { duration, shown } from './checks.ts';
import type { Clock, Instant } from './clock.ts';
import type { GetOptions, RefreshOptions, VersionSelector } from './requests.ts';
import type { Runtime } from './runtime.ts';
import type { Secret } from './secret.ts';

export interface WithSecretOptions extends GetOptions {
  /** Whether an error of `use` says that the credential was refused. Default: knows pg, mysql2, mssql, mongodb, redis, HTTP 401. */
  readonly isAuthError?: ((error: unknown) => boolean) | undefined;
  /** At last, try AWSPREVIOUS once: a database replica may lag behind a rotation. Default false. */
  readonly fallbackToPrevious?: boolean | undefined;
  /** How long another version is waited for after the first refusal, in milliseconds. Default 5_000. Never interrupts `use`. */
  readonly deadlineMs?: number | undefined;
}

export interface WithSecretParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Aborted when the cache is closed. */
  readonly closed: AbortSignal;
  readonly get: (options: GetOptions) => Promise<Secret>;
  readonly refresh: (options: RefreshOptions) => Promise<Secret>;
  readonly peek: (options: VersionSelector) => Secret | undefined;
}

/** Between refreshes that show the refused version again; forced refreshes are kept a second apart besides. */
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
  requireFunction('use', use);
  requireFunction('isAuthError', isRefusal);
  duration('deadlineMs', deadlineMs);

  const attempts = new Attempts(use, isRefusal);
  const first = await parts.get(get);
  const answer = await attempts.with(first);
  if (answer !== undefined) return answer.value;

  const deadline = new Deadline(deadlineMs, get.signal, parts);
  try {
    const isFixed = get.versionId !== undefined;
    const other = isFixed
      ? undefined
      : await otherVersion(first.versionId, get.versionStage, deadline, parts);
    const again = await attempts.with(other);
    if (again !== undefined) return again.value;

    if (fallbackToPrevious && get.signal?.aborted !== true) {
      const last = await attempts.with(await previousVersion(deadline, parts));
      if (last !== undefined) return last.value;
    }
  } finally {
    deadline.end();
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
  async with(secret: Secret | undefined): Promise<{ value: T } | undefined> {
    if (secret === undefined || this.#tried.has(secret.versionId)) return undefined;
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

/** The end of all waiting after a refusal: the time, the caller's signal, or the cache's close. */
class Deadline {
  readonly #parts: WithSecretParts;
  readonly #deadlineMs: number;
  readonly #since: Instant;
  readonly #controller = new AbortController();
  readonly #release: readonly (() => void)[];

  constructor(deadlineMs: number, signal: AbortSignal | undefined, parts: WithSecretParts) {
    const { runtime, clock, closed } = parts;
    this.#parts = parts;
    this.#deadlineMs = deadlineMs;
    this.#since = clock.now();
    const abort = (): void => this.#controller.abort();
    const timer = runtime.setTimeout(abort, deadlineMs);
    const stops = [closed, signal].map((source) => source && onAbort(source, abort));
    this.#release = [() => runtime.clearTimeout(timer), ...stops.filter((stop) => stop !== undefined)];
    if (closed.aborted || signal?.aborted === true) abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether so long a wait still ends before the deadline, by either clock. */
  leavesTimeAfter(delayMs: number): boolean {
    return !this.signal.aborted && this.#parts.clock.ageMs(this.#since) + delayMs < this.#deadlineMs;
  }

  /** Waits for so long, or until the end. */
  async pause(delayMs: number): Promise<void> {
    const { runtime } = this.#parts;
    const { signal } = this;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        runtime.clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = runtime.setTimeout(wake, delayMs);
      signal.addEventListener('abort', wake);
    });
  }

  end(): void {
    for (const release of this.#release) release();
  }
}

/** Another version than the one refused, as soon as one shows; `undefined` at the deadline. */
async function otherVersion(
  rejectedVersionId: string,
  versionStage: string | undefined,
  deadline: Deadline,
  { runtime, refresh }: WithSecretParts,
): Promise<Secret | undefined> {
  // Left by abort at the deadline: a refresh that nobody needs any more must not be sent.
  const { signal } = deadline;
  const options = { rejectedVersionId, signal, ...(versionStage !== undefined && { versionStage }) };
  for (let round = 0; !signal.aborted; round += 1) {
    const secret = await orNothing(refresh(options));
    if (secret !== undefined && secret.versionId !== rejectedVersionId) return secret;
    const pauseMs = backoffMs(round, UNCHANGED_BACKOFF, runtime.random());
    if (!deadline.leavesTimeAfter(pauseMs)) return undefined;
    await deadline.pause(pauseMs);
  }
  return undefined;
}

/** Loaded while there is time, else only what is held. */
async function previousVersion(
  { signal }: Deadline,
  { get, peek }: WithSecretParts,
): Promise<Secret | undefined> {
  const previous = { versionStage: 'AWSPREVIOUS' };
  const loaded = signal.aborted ? undefined : await orNothing(get({ ...previous, signal }));
  return loaded ?? peek(previous);
}

/** What there is to fail here matters less than the refusal, which is what the caller gets. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}

function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`\`${name}\` must be a function, got ${shown(value)}`);
}
