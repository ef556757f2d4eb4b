/**
 * What others do, as small models of their policies: what is asked for when, and what a failure leaves. They are no
 * benchmark of those libraries, whose code `bench/calls.ts` runs; lru-cache is small enough to be itself here too.
 */

import { LRUCache } from 'lru-cache';

import type { Role } from '../question.ts';
import type { Held, Policy, ProcessParts, Reader } from './reader.ts';

export const noCache: Policy = {
  name: 'no cache',
  role: 'control',
  ttlMs: 0,
  open: ({ client }) => ({ get: (secretId) => client.getSecretValue(secretId) }),
};

/** A Map with a TTL and nothing more: what is written by hand, Powertools, aws-secrets-manager-cache. */
export function expiringMap(name: string, role: Role, ttlMs: number): Policy {
  return { name, role, ttlMs, open: (parts) => new ExpiringMap(parts, ttlMs) };
}

/** lru-cache's `fetch()` with `allowStaleOnFetchRejection`, its option for outages. */
export function fetchingLru(name: string, ttlMs: number): Policy {
  return { name, role: 'peer', ttlMs, open: (parts) => new FetchingLru(parts, ttlMs) };
}

/** middy's `secrets-manager` with `cacheExpiry`: all secrets at once, again by a timer, whoever reads. */
export function refreshedSet(name: string, ttlMs: number): Policy {
  return { name, role: 'peer', ttlMs, open: (parts) => new RefreshedSet(parts, ttlMs) };
}

/** AWS's clients (after aws-secretsmanager-caching-java): describe, then read a version not held; half to all of a TTL. */
export function describingCache(name: string, ttlMs: number): Policy {
  return { name, role: 'peer', ttlMs, open: (parts) => new DescribingCache(parts, ttlMs) };
}

class ExpiringMap implements Reader {
  readonly #parts: ProcessParts;
  readonly #ttlMs: number;
  readonly #entries = new Map<string, { readonly held: Held; readonly expiresAtMs: number }>();

  constructor(parts: ProcessParts, ttlMs: number) {
    this.#parts = parts;
    this.#ttlMs = ttlMs;
  }

  async get(secretId: string): Promise<Held> {
    const { client, time } = this.#parts;
    const entry = this.#entries.get(secretId);
    if (entry !== undefined && time.nowMs < entry.expiresAtMs) return entry.held;
    const held = await client.getSecretValue(secretId);
    this.#entries.set(secretId, { held, expiresAtMs: time.nowMs + this.#ttlMs });
    return held;
  }
}

class FetchingLru implements Reader {
  readonly #cache: LRUCache<string, Held>;

  constructor({ client, time }: ProcessParts, ttl: number) {
    this.#cache = new LRUCache<string, Held>({
      max: 1_024,
      ttl,
      // Asks the clock each time: its own way waits for a real timer.
      ttlResolution: 0,
      perf: { now: () => time.monotonicNowMs() },
      allowStaleOnFetchRejection: true,
      fetchMethod: (secretId) => client.getSecretValue(secretId),
    });
  }

  async get(secretId: string): Promise<Held> {
    const held = await this.#cache.fetch(secretId);
    // What it answers with where nothing stale is left: a caller can do nothing with it.
    if (held === undefined) throw new Error('undefined');
    return held;
  }
}

class RefreshedSet implements Reader {
  readonly #parts: ProcessParts;
  readonly #ttlMs: number;
  readonly #values = new Map<string, Promise<Held>>();
  #expiresAtMs = 0;
  #timer: object | undefined;

  constructor(parts: ProcessParts, ttlMs: number) {
    this.#parts = parts;
    this.#ttlMs = ttlMs;
  }

  get(secretId: string): Promise<Held> {
    this.#refresh();
    return this.#values.get(secretId) ?? Promise.reject(new Error(`${secretId} isn't one of the set`));
  }

  #refresh(): void {
    const { secretIds, time } = this.#parts;
    const isExpired = time.nowMs >= this.#expiresAtMs;
    for (const secretId of secretIds) if (isExpired || !this.#values.has(secretId)) this.#fetch(secretId);
    if (isExpired) this.#expiresAtMs = time.nowMs + this.#ttlMs;
    if (isExpired && this.#ttlMs < Number.POSITIVE_INFINITY) this.#setTimer();
  }

  #fetch(secretId: string): void {
    const value = this.#parts.client.getSecretValue(secretId);
    this.#values.set(secretId, value);
    // The good value is gone already; the timer ends, and the next request asks for what is missing.
    value.catch(() => {
      if (this.#values.get(secretId) !== value) return;
      this.#timer = undefined;
      this.#values.delete(secretId);
    });
  }

  #setTimer(): void {
    const timer = {};
    this.#timer = timer;
    this.#parts.time.setTimeout(() => {
      if (this.#timer === timer) this.#refresh();
    }, this.#ttlMs);
  }
}

/** One thing that is read now and then: a description, or a version. */
class Refreshed<T> {
  value: T | undefined;
  error: unknown;
  #failures = 0;
  #dueAtMs = 0;
  #refreshing: Promise<void> | undefined;

  /** `keepsForMs`: until it is due again after a success. */
  async fresh(time: ProcessParts['time'], read: () => Promise<T>, keepsForMs: () => number): Promise<T> {
    if (time.nowMs >= this.#dueAtMs) this.#refreshing ??= this.#refresh(time, read, keepsForMs);
    await this.#refreshing;
    if (this.value === undefined) throw this.error;
    return this.value;
  }

  async #refresh(
    time: ProcessParts['time'],
    read: () => Promise<T>,
    keepsForMs: () => number,
  ): Promise<void> {
    try {
      this.value = await read();
      this.error = undefined;
      this.#failures = 0;
      this.#dueAtMs = time.nowMs + keepsForMs();
    } catch (error) {
      this.error = error;
      const waitMs = Math.min(1_000 + 1_000 * 2 ** this.#failures, 128_000);
      this.#failures += waitMs < 128_000 ? 1 : 0;
      this.#dueAtMs = time.nowMs + waitMs * (0.5 + time.random() / 2);
    } finally {
      this.#refreshing = undefined;
    }
  }
}

class DescribingCache implements Reader {
  readonly #parts: ProcessParts;
  readonly #ttlMs: number;
  readonly #descriptions = new Map<string, Refreshed<string>>();
  readonly #versions = new Map<string, Refreshed<Held>>();

  constructor(parts: ProcessParts, ttlMs: number) {
    this.#parts = parts;
    this.#ttlMs = ttlMs;
  }

  async get(secretId: string): Promise<Held> {
    const { client, time } = this.#parts;
    const current = await of(this.#descriptions, secretId).fresh(
      time,
      async () => (await client.describeSecret(secretId)).currentVersionId,
      () => this.#ttlMs * (0.5 + time.random() / 2),
    );
    return of(this.#versions, `${secretId} ${current}`).fresh(
      time,
      () => client.getSecretValue(secretId, current),
      () => Number.POSITIVE_INFINITY,
    );
  }
}

function of<T>(all: Map<string, Refreshed<T>>, key: string): Refreshed<T> {
  const found = all.get(key) ?? new Refreshed<T>();
  all.set(key, found);
  return found;
}
