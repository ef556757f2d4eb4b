/**
 * The cache: secrets have versions, versions carry labels, labels age.
 *
 * A get finds its record and ref; a fresh one is a hit. Otherwise it joins or starts a flight, waits as long as its
 * budget allows, and is answered by the flight, or by what is held while that may be served.
 */

import type {
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
} from '@aws-sdk/client-secrets-manager';
import type { StandardSchemaV1 } from '@standard-schema/spec';

import { duration, onlyKnown } from './checks.ts';
import type { Clock } from './clock.ts';
import { SecretCacheError } from './errors.ts';
import { readInput, toOutput, toSdkError } from './get-secret-value.ts';
import { isSchema } from './json.ts';
import { readOptions, type SecretCacheOptions } from './options.ts';
import { assemble, type Parts } from './parts.ts';
import {
  preloadIds,
  preloadMatches,
  readFilters,
  type PreloadOptions,
  type PreloadReport,
} from './preload.ts';
import { CURRENT } from './record.ts';
import {
  readGetOptions,
  readPeekOptions,
  readRefreshOptions,
  readSecretId,
  readSecretIds,
  readSelector,
  type GetOptions,
  type RefreshOptions,
  type VersionSelector,
} from './requests.ts';
import type { Secret } from './secret.ts';
import { readHint, type SecretChangeHint } from './secret-event.ts';
import type { Filter } from './source/secret-source.ts';
import type { SecretCacheStats } from './stats.ts';
import type { Store } from './store.ts';
import { readWatchOptions, Watch, type WatchOptions } from './watch.ts';
import { withSecret, WITH_SECRET_OPTIONS, type WithSecretOptions } from './with-secret.ts';

const NO_OPTIONS: GetOptions = Object.freeze({});

/** A client-side cache for AWS Secrets Manager. Every duration is in milliseconds; every failure is a `SecretCacheError`. */
export class SecretCache {
  readonly #parts: Parts;
  // Beside the parts, for the hit alone.
  readonly #store: Store;
  readonly #clock: Clock;
  #fastHits = 0;
  readonly #watches = new Set<Watch>();
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  /** Throws `TypeError` or `RangeError` for options that are unknown, out of range or contradict each other. */
  constructor(options: SecretCacheOptions = {}) {
    this.#parts = assemble(readOptions(options));
    this.#store = this.#parts.store;
    this.#clock = this.#parts.clock;
  }

  /**
   * The secret: from memory while its label is fresh, else checked or loaded within the wait budget. Rejects with a
   * `SecretCacheError`, with the signal's own reason, or with `TypeError`/`RangeError` for bad input.
   */
  get(secretId: string, options?: GetOptions): Promise<Secret> {
    if (options === undefined) {
      // The hit of everybody: no allocation, no timer, no I/O.
      const ref = this.#store.use(secretId)?.current;
      if (ref?.held !== undefined && this.#clock.isWithin(ref.checkedAt, ref.ttlMs)) {
        this.#fastHits += 1;
        return ref.held.promise;
      }
    }
    return this.#get(secretId, options === undefined ? NO_OPTIONS : options);
  }

  /** `(await get(id)).text()`. */
  async getText(secretId: string, options?: GetOptions): Promise<string> {
    return (await this.get(secretId, options)).text();
  }

  /** `(await get(id)).json()`, typed and validated by a Standard Schema if one is given. */
  getJson<T = unknown>(secretId: string, options?: GetOptions): Promise<T>;
  getJson<S extends StandardSchemaV1>(
    secretId: string,
    schema: S,
    options?: GetOptions,
  ): Promise<StandardSchemaV1.InferOutput<S>>;
  async getJson(
    secretId: string,
    first?: StandardSchemaV1 | GetOptions,
    second?: GetOptions,
  ): Promise<unknown> {
    if (first === undefined || isSchema(first)) {
      const secret = await this.get(secretId, second);
      return first === undefined ? secret.json() : secret.json(first);
    }
    if (second !== undefined)
      throw new TypeError('`schema` must be a Standard Schema, and comes before the options');
    return (await this.get(secretId, first)).json();
  }

  /** Several secrets at once, batched where they can be. Waits for all; rejects with the error of the first id, in the order asked, that failed. */
  async getMany(secretIds: Iterable<string>, options?: GetOptions): Promise<Map<string, Secret>> {
    const ids = readSecretIds(secretIds);
    const gets = new Map(ids.map((secretId) => [secretId, this.get(secretId, options)]));
    await Promise.allSettled(gets.values());
    const secrets = new Map<string, Secret>();
    for (const [secretId, get] of gets) secrets.set(secretId, await get);
    return secrets;
  }

  /**
   * Fills the cache with these ids, or with every secret that the filters match, each under its Name. By filters it
   * takes AWSCURRENT, in batches even with `batch: false`, and needs secretsmanager:BatchGetSecretValue and
   * secretsmanager:ListSecrets. Never rejects for a single id; a search that fails, or isn't over in time, rejects.
   */
  async preload(
    target: Iterable<string> | { readonly filters: readonly Filter[] },
    options: PreloadOptions = NO_OPTIONS,
  ): Promise<PreloadReport> {
    readGetOptions(options, 'preload', ['timeoutMs']);
    const { timeoutMs = this.#parts.settings.waitBudgetMs, ...wait } = options;
    duration('timeoutMs', timeoutMs);
    const { versionStage, versionId } = readSelector(wait, CURRENT);
    this.#requireOpen();
    const get = (secretId: string, limitMs = timeoutMs): Promise<Secret> =>
      this.#get(secretId, wait, limitMs);
    if (!isFilters(target)) return preloadIds(readSecretIds(target), (secretId) => get(secretId));
    onlyKnown('member of the target of preload', target, ['filters']);
    if (versionId !== undefined || versionStage !== CURRENT) {
      throw new TypeError('preload by `filters` loads AWSCURRENT only: preload by ids for another version');
    }
    wait.signal?.throwIfAborted();
    const limits = { limitMs: timeoutMs, signal: wait.signal };
    return preloadMatches(readFilters(target.filters), this.#parts, limits, get);
  }

  /** What is held and may be served, however old within its windows; no call, and no use in the order of eviction. */
  peek(secretId: string, options: VersionSelector = NO_OPTIONS): Secret | undefined {
    if (options !== NO_OPTIONS) readPeekOptions(options);
    const { versionStage, versionId } = readSelector(options, CURRENT);
    const record = this.#store.peek(secretId);
    if (record === undefined) readSecretId(secretId);
    return record?.peek(versionStage, versionId);
  }

  /**
   * One GetSecretValue that starts after this call, whatever the TTL and the backoff say; later gets are answered by
   * it. With `rejectedVersionId`, no call when another version is held, and at most one a second.
   */
  async refresh(secretId: string, options: RefreshOptions = NO_OPTIONS): Promise<Secret> {
    readSecretId(secretId);
    readRefreshOptions(options);
    const ask = readSelector(options, CURRENT);
    this.#requireOpen();
    const { refresher, settings } = this.#parts;
    const wait = { signal: options.signal, budgetMs: settings.waitBudgetMs };
    return refresher.refresh(secretId, ask, wait, options.rejectedVersionId);
  }

  /**
   * `get` in the SDK's own shape: resolves with a plain output that the caller may change, rejects with a copy of
   * the SDK's own exception.
   */
  async getSecretValue(
    input: GetSecretValueCommandInput,
    options: { readonly abortSignal?: AbortSignal } = {},
  ): Promise<GetSecretValueCommandOutput> {
    const { secretId, ...wait } = readInput(input, options);
    try {
      return toOutput(await this.get(secretId, wait));
    } catch (error) {
      throw await toSdkError(error, wait.signal);
    }
  }

  /**
   * Runs `use` with the secret. When `use` fails because the credential was refused, waits for another version, up to
   * `deadlineMs`, and runs it once more; the last refusal is rethrown unchanged.
   */
  async withSecret<T>(
    secretId: string,
    use: (secret: Secret) => T | PromiseLike<T>,
    options: WithSecretOptions = {},
  ): Promise<T> {
    readSecretId(secretId);
    readGetOptions(options, 'withSecret', WITH_SECRET_OPTIONS);
    const { runtime } = this.#parts.settings;
    return withSecret(use, options, {
      runtime,
      clock: this.#clock,
      closed: this.#closed.signal,
      get: (wait) => this.get(secretId, wait),
      refresh: (wait) => this.refresh(secretId, wait),
      peek: (selector) => this.peek(secretId, selector),
    });
  }

  /**
   * The secret of now, then each other version that shows: the latest only, no queue. A failure before the first value
   * rejects, later ones don't. Ends on abort, `return()` and `close()`.
   */
  watch(
    secretId: string,
    options: WatchOptions = {},
    // AsyncIterableIterator<Secret, undefined> is the same, but has no second parameter before TypeScript 5.6.
  ): AsyncIterable<Secret> & AsyncIterator<Secret, undefined> {
    readSecretId(secretId);
    readWatchOptions(options);
    this.#requireOpen();
    const { settings, policy, records } = this.#parts;
    const { versionStage = CURRENT, signal } = options;
    const watch = new Watch(secretId, versionStage, signal, {
      runtime: settings.runtime,
      clock: this.#clock,
      get: (wait) => this.get(secretId, wait),
      dueInMs: () => {
        const ref = records.find(secretId)?.find(versionStage, undefined);
        return ref === undefined ? 0 : policy.dueInMs(ref);
      },
      drawSoonMs: () => policy.drawSoonMs(),
      onEnd: () => this.#watches.delete(watch),
    });
    if (!watch.ended) this.#watches.add(watch);
    return watch;
  }

  /** Drops a secret, under every id it is known by: a later get is answered only by a call that starts after this. */
  invalidate(secretId: string): void {
    readSecretId(secretId);
    this.#parts.calls.raiseFloor();
    for (const record of this.#parts.records.aliasesOf(secretId)) {
      record.clear();
      this.#store.place(record);
    }
  }

  /** Takes a hint from a push: the label is due, and the version it names is looked for. Makes no call, holds nothing new. */
  notify(hint: SecretChangeHint): void {
    readHint(hint);
    const { records, calls } = this.#parts;
    for (const record of records.aliasesOf(hint.secretId)) record.expect(hint, calls.lastSequence);
    for (const watch of this.#watches) if (watch.concerns(hint.secretId)) watch.hurry();
  }

  /** Drops everything; the cache stays usable. */
  clear(): void {
    const { calls, flights } = this.#parts;
    calls.raiseFloor();
    for (const record of flights.records) record.clear();
    this.#store.clear();
  }

  /** The counters of now. */
  stats(): SecretCacheStats {
    const { stats, getter } = this.#parts;
    const gets = stats.gets + this.#fastHits;
    const hits = stats.hits + this.#fastHits;
    return { ...stats, gets, hits, pending: getter.pending, entries: this.#store.size };
  }

  /** Ends every wait with `ERR_CACHE_CLOSED`, drops everything, and destroys the client if it was made here. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #get(
    secretId: string,
    options: GetOptions,
    budgetMs: number = this.#parts.settings.waitBudgetMs,
  ): Promise<Secret> {
    readSecretId(secretId);
    if (options !== NO_OPTIONS) readGetOptions(options);
    const ask = readSelector(options, CURRENT);
    this.#requireOpen();
    const { signal, maxAgeMs } = options;
    return this.#parts.getter.get(secretId, ask, { signal, maxAgeMs, budgetMs });
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    this.clear();
    for (const watch of this.#watches) watch.end();
    this.#parts.flights.failAll(closed);
    await this.#parts.source.close?.();
  }

  #requireOpen(): void {
    if (this.#closed.signal.aborted) throw closed();
  }
}

function closed(): SecretCacheError {
  return new SecretCacheError('ERR_CACHE_CLOSED', 'The cache is closed: make a new one.');
}

function isFilters(target: unknown): target is { readonly filters: readonly Filter[] } {
  return typeof target === 'object' && target !== null && 'filters' in target;
}
