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

import { Calls } from './calls.ts';
import { object, onlyKnown, duration, shown } from './checks.ts';
import { Clock } from './clock.ts';
import { SecretCacheError } from './errors.ts';
import { publish, type SecretCacheEvents } from './events.ts';
import { Failures } from './failures.ts';
import { Flights } from './flights.ts';
import { toOutput, toSdkError } from './get-secret-value.ts';
import { Getter } from './getter.ts';
import { isSchema } from './json.ts';
import { readOptions, type SecretCacheOptions, type Settings } from './options.ts';
import { Policy } from './policy.ts';
import {
  preloadIds,
  preloadMatches,
  readFilters,
  type PreloadOptions,
  type PreloadReport,
} from './preload.ts';
import { Reader } from './reader.ts';
import { CURRENT, type SecretRecord } from './record.ts';
import {
  readGetOptions,
  readPeekOptions,
  readRefreshOptions,
  readSecretId,
  readSelector,
  readSignal,
  type GetOptions,
  type RefreshOptions,
  type VersionSelector,
} from './requests.ts';
import type { Secret } from './secret.ts';
import { awsSource } from './source/aws-source.ts';
import { batching } from './source/batching-source.ts';
import type { Filter, SecretSource } from './source/secret-source.ts';
import { Store } from './store.ts';

const NO_OPTIONS: GetOptions = Object.freeze({});

/** A client-side cache for AWS Secrets Manager. Every duration is in milliseconds; every failure is a `SecretCacheError`. */
export class SecretCache {
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #policy: Policy;
  readonly #store: Store;
  readonly #calls: Calls;
  readonly #flights: Flights;
  readonly #source: SecretSource;
  readonly #getter: Getter;
  #closing: Promise<void> | undefined;

  /** Throws `TypeError` or `RangeError` for options that are unknown, out of range or contradict each other. */
  constructor(options: SecretCacheOptions = {}) {
    const settings = readOptions(options);
    const { runtime } = settings;
    const clock = new Clock(runtime);
    const policy = new Policy(settings, clock);
    const store = new Store(settings.maxEntries);
    const calls = new Calls({ ...settings, clock, announces: settings.source === undefined });
    const onLanded = (record: SecretRecord): void => store.place(record);
    const flights = new Flights({ ...settings, clock, calls, onLanded });
    const failures = new Failures({ ...settings, policy });
    const source = settings.source ?? awsSource(settings);
    const batched =
      settings.batch === undefined
        ? source
        : batching(source, { ...settings.batch, runtime, clock, onDisabled: sayBatchDisabled });
    const reader = new Reader({ ...settings, source, batched, calls, flights, policy });
    this.#settings = settings;
    this.#clock = clock;
    this.#policy = policy;
    this.#store = store;
    this.#calls = calls;
    this.#flights = flights;
    this.#source = source;
    this.#getter = new Getter({ settings, clock, policy, store, calls, flights, failures, reader });
  }

  /**
   * The secret: from memory while its label is fresh, else checked or loaded within the wait budget. Rejects with a
   * `SecretCacheError`, with the signal's own reason, or with `TypeError`/`RangeError` for bad input.
   */
  get(secretId: string, options?: GetOptions): Promise<Secret> {
    if (options === undefined) {
      // The hit of everybody: no allocation, no timer, no I/O.
      const ref = this.#store.use(secretId)?.current;
      if (ref?.held !== undefined && this.#clock.isWithin(ref.checkedAt, ref.ttlMs)) return ref.held.promise;
    }
    return this.#get(secretId, options ?? NO_OPTIONS);
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
    if (isSchema(first)) return (await this.get(secretId, second)).json(first);
    return (await this.get(secretId, first)).json();
  }

  /** Several secrets at once, batched where they can be. Waits for all; rejects with the error of the first id, in the order asked, that failed. */
  async getMany(secretIds: Iterable<string>, options?: GetOptions): Promise<Map<string, Secret>> {
    const ids = readSecretIds(secretIds);
    const results = await Promise.allSettled(ids.map((secretId) => this.get(secretId, options)));
    const secrets = new Map<string, Secret>();
    for (const [index, result] of results.entries()) {
      if (result.status === 'rejected') throw result.reason;
      secrets.set(ids[index] ?? '', result.value);
    }
    return secrets;
  }

  /**
   * Fills the cache with these ids, or with every secret that the filters match, each under its Name. By filters it
   * takes AWSCURRENT, in batches even with `batch: false`, and needs secretsmanager:BatchGetSecretValue and
   * secretsmanager:ListSecrets. Never rejects for a single id.
   */
  async preload(
    target: Iterable<string> | { readonly filters: readonly Filter[] },
    options: PreloadOptions = NO_OPTIONS,
  ): Promise<PreloadReport> {
    readGetOptions(options, ['timeoutMs']);
    const { timeoutMs = this.#settings.waitBudgetMs, ...wait } = options;
    duration('timeoutMs', timeoutMs);
    const get = (secretId: string): Promise<Secret> => this.#get(secretId, wait, timeoutMs);
    if (!isFilters(target)) return preloadIds(readSecretIds(target), get);
    onlyKnown('member of the target of preload', target, ['filters']);
    readSelector(wait, CURRENT);
    if (wait.versionId !== undefined || (wait.versionStage ?? CURRENT) !== CURRENT) {
      throw new TypeError('preload by `filters` loads AWSCURRENT only: preload by ids for another version');
    }
    this.#requireOpen();
    wait.signal?.throwIfAborted();
    const { unusable, loaded, failed } = await preloadMatches(
      readFilters(target.filters),
      {
        source: this.#source,
        calls: this.#calls,
        flights: this.#flights,
        recordOf: (secretId) => this.#getter.record(secretId),
        place: (record) => this.#store.place(record),
      },
      { limitMs: timeoutMs, signal: wait.signal },
    );
    const rest = await preloadIds(unusable, get);
    return { loaded: [...loaded, ...rest.loaded], failed: new Map([...failed, ...rest.failed]) };
  }

  /** What is held and may be served, however old within its windows; no call, and no use in the order of eviction. */
  peek(secretId: string, options: VersionSelector = NO_OPTIONS): Secret | undefined {
    if (options !== NO_OPTIONS) readPeekOptions(options);
    const record = this.#store.peek(secretId);
    const { versionStage, versionId } = readSelector(options, CURRENT);
    const ref = record?.find(versionStage, versionId);
    return ref !== undefined && this.#policy.isServable(ref) ? ref.held?.secret : undefined;
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
    const wait = { signal: options.signal, budgetMs: this.#settings.waitBudgetMs };
    return this.#getter.refresh(secretId, ask, wait, options.rejectedVersionId);
  }

  /**
   * `get` in the SDK's own shape: resolves with a plain output that the caller may change, rejects with a copy of
   * the SDK's own exception.
   */
  async getSecretValue(
    input: GetSecretValueCommandInput,
    options: { readonly abortSignal?: AbortSignal } = {},
  ): Promise<GetSecretValueCommandOutput> {
    object('the input of getSecretValue', input);
    object('the options of getSecretValue', options);
    readSignal('abortSignal', options.abortSignal);
    const { SecretId, VersionId, VersionStage } = input;
    const { abortSignal } = options;
    try {
      const secret = await this.get(readSecretId(SecretId), {
        ...(VersionId !== undefined && { versionId: VersionId }),
        ...(VersionStage !== undefined && { versionStage: VersionStage }),
        ...(abortSignal !== undefined && { signal: abortSignal }),
      });
      return toOutput(secret);
    } catch (error) {
      throw await toSdkError(error, abortSignal);
    }
  }

  /** Drops a secret, under every id it is known by: a later get is answered only by a call that starts after this. */
  invalidate(secretId: string): void {
    readSecretId(secretId);
    this.#calls.raiseFloor();
    const records = this.#store.aliasesOf(secretId);
    const own = this.#getter.known(secretId);
    if (own !== undefined) records.add(own);
    for (const record of records) {
      record.clear();
      this.#store.place(record);
    }
  }

  /** Drops everything; the cache stays usable. */
  clear(): void {
    this.#calls.raiseFloor();
    for (const record of this.#flights.records) record.clear();
    this.#store.clear();
  }

  /** Ends every wait with `ERR_CACHE_CLOSED`, drops everything, and destroys the client if it was made here. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #get(secretId: string, options: GetOptions, budgetMs = this.#settings.waitBudgetMs): Promise<Secret> {
    readSecretId(secretId);
    if (options !== NO_OPTIONS) readGetOptions(options);
    const ask = readSelector(options, CURRENT);
    this.#requireOpen();
    return this.#getter.get(secretId, ask, { signal: options.signal, maxAgeMs: options.maxAgeMs, budgetMs });
  }

  async #close(): Promise<void> {
    this.clear();
    this.#flights.failAll(closed);
    await this.#source.close?.();
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }
}

function sayBatchDisabled(notice: SecretCacheEvents['batch-disabled']): void {
  publish('batch-disabled', notice);
}

function closed(): SecretCacheError {
  return new SecretCacheError('ERR_CACHE_CLOSED', 'The cache is closed: make a new one.');
}

function isFilters(target: unknown): target is { readonly filters: readonly Filter[] } {
  return typeof target === 'object' && target !== null && 'filters' in target;
}

/** Distinct ids. A string is iterable too, letter by letter, which nobody means. */
function readSecretIds(secretIds: unknown): string[] {
  if (typeof secretIds !== 'object' || secretIds === null || !(Symbol.iterator in secretIds)) {
    throw new TypeError(`\`secretIds\` must be an iterable of strings, got ${shown(secretIds)}`);
  }
  const ids = [...new Set(secretIds as Iterable<unknown>)].map(readSecretId);
  return ids;
}
