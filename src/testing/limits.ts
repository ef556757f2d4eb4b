// AWS's request quotas as token buckets: off until asked for.

import { throttled } from './errors.ts';
import type { Operation } from './operation.ts';

/**
 * Requests a second, per account and Region, as on AWS's "Secrets Manager quotas" page since March 2025. PutSecretValue,
 * UpdateSecret and UpdateSecretVersionStage share one quota.
 */
export const AWS_QUOTAS_PER_SECOND: Readonly<Record<Operation, number>> = {
  BatchGetSecretValue: 100,
  CreateSecret: 50,
  DeleteSecret: 50,
  DescribeSecret: 40_000,
  GetSecretValue: 10_000,
  ListSecretVersionIds: 50,
  ListSecrets: 100,
  PutSecretValue: 50,
  ReplicateSecretToRegions: 50,
  RestoreSecret: 50,
  RotateSecret: 50,
  TagResource: 50,
  UntagResource: 50,
  UpdateSecret: 50,
  UpdateSecretVersionStage: 50,
};

const SHARED: Partial<Record<Operation, Operation>> = {
  UpdateSecret: 'PutSecretValue',
  UpdateSecretVersionStage: 'PutSecretValue',
};

export interface Limits {
  /** Factor on every quota, e.g. 0.01 for a hundredth of AWS's. Default 1. Must be > 0. */
  readonly scale?: number;
  /** Requests a second of single operations, in place of AWS's; `scale` applies to them too. Must be > 0. */
  readonly perSecond?: Partial<Readonly<Record<Operation, number>>>;
}

/** A bucket that holds one second's worth of requests, at least one, and fills evenly. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, perSecond);
    this.#tokens = this.#capacity;
    this.#filledAtMs = nowMs;
  }

  /** Takes a token if there is one. A clock that steps back fills nothing. */
  take(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsedMs * this.#perMs);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Throttles calls over their quota with ThrottlingException "Rate exceeded", HTTP 400. */
export class RateLimits {
  readonly #nowMs: () => number;
  readonly #buckets = new Map<Operation, TokenBucket>();
  #limits: Limits | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Turns the quotas on, with full buckets. Throws RangeError for a factor or rate that isn't > 0. */
  set(limits: Limits = {}): void {
    for (const [name, value] of [
      ['scale', limits.scale ?? 1] as const,
      ...Object.entries(limits.perSecond ?? {}),
    ]) {
      if (!(value > 0)) throw new RangeError(`\`${name}\` must be a number > 0, got ${value}`);
    }
    this.#limits = limits;
    this.#buckets.clear();
  }

  /** Turns the quotas off. */
  clear(): void {
    this.#limits = undefined;
    this.#buckets.clear();
  }

  /** @internal Counts one call. Throws when it is over its quota. */
  check(operation: Operation): void {
    if (this.#limits === undefined) return;
    const quota = SHARED[operation] ?? operation;
    let bucket = this.#buckets.get(quota);
    if (bucket === undefined) {
      const perSecond = this.#limits.perSecond?.[quota] ?? AWS_QUOTAS_PER_SECOND[quota];
      bucket = new TokenBucket(perSecond * (this.#limits.scale ?? 1), this.#nowMs());
      this.#buckets.set(quota, bucket);
    }
    if (!bucket.take(this.#nowMs())) throw throttled();
  }
}
