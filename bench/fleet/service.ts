/**
 * A model of Secrets Manager: versions that labels move between, quotas, latency, outages and denials; it counts every call.
 *
 * The quotas are AWS's (Secrets Manager quotas, user guide); how large a burst they allow, and what a call takes, AWS
 * doesn't publish, so those are parameters.
 */

import { TokenBucket } from './token-bucket.ts';
import { Traffic, type Operation, type Outcome } from './traffic.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Calls a second, an account and a Region. */
export type Quotas = Readonly<Record<Operation, number>>;

export const AWS_QUOTAS: Quotas = {
  GetSecretValue: 10_000,
  DescribeSecret: 40_000,
  BatchGetSecretValue: 100,
};

/** More than any fleet asks for. */
export const UNLIMITED_QUOTAS: Quotas = {
  GetSecretValue: 1e9,
  DescribeSecret: 1e9,
  BatchGetSecretValue: 1e9,
};

export interface ServiceOptions {
  readonly time: VirtualTime;
  readonly quotas?: Quotas | undefined;
  /** How much of the quotas there is: less than 1 for the sample of a larger fleet. Default 1. */
  readonly share?: number | undefined;
  /** There and back, in milliseconds. Default 20 for each operation. */
  readonly roundTripMs?: Partial<Readonly<Record<Operation, number>>> | undefined;
}

/** One version of a secret. Its id is its value: what was read says how old it is. */
export interface Version {
  readonly secretId: string;
  readonly versionId: string;
  readonly isCurrent: boolean;
}

export interface Description {
  readonly currentVersionId: string;
  readonly previousVersionId: string | undefined;
}

export type Answer<T> =
  | { readonly outcome: 'answered'; readonly value: T }
  | { readonly outcome: Exclude<Outcome, 'answered'> };

const ROUND_TRIP_MS = 20;

/** When Linux gives up connecting to a host that doesn't answer (`tcp_syn_retries` 6). The SDK has no timeout of its own. */
const GIVEN_UP_AFTER_MS = 127_000;

export class ServiceModel {
  readonly traffic: Traffic = new Traffic();
  /** Every call fails with a 5xx. */
  isDown = false;
  /** No call gets an answer: each fails when the kernel gives its connection up. */
  isSilent = false;
  /** The part of all calls that is throttled whatever the caller's own rate: others eat the quota. 0 to 1. */
  crowding = 0;
  readonly denied: Set<Operation> = new Set();
  readonly #time: VirtualTime;
  readonly #buckets: Readonly<Record<Operation, TokenBucket>>;
  readonly #roundTripMs: ServiceOptions['roundTripMs'];
  #arriving: (() => void)[] = [];
  /** How often each secret was rotated. */
  readonly #rotations = new Map<string, number>();

  constructor({ time, quotas = AWS_QUOTAS, share = 1, roundTripMs }: ServiceOptions) {
    this.#time = time;
    this.#roundTripMs = roundTripMs;
    this.#buckets = {
      GetSecretValue: new TokenBucket(quotas.GetSecretValue * share),
      DescribeSecret: new TokenBucket(quotas.DescribeSecret * share),
      BatchGetSecretValue: new TokenBucket(quotas.BatchGetSecretValue * share),
    };
  }

  currentVersionId(secretId: string): string {
    return `v${this.#rotations.get(secretId) ?? 0}`;
  }

  /** AWSCURRENT moves to a new version. */
  rotate(secretId: string): void {
    this.#rotations.set(secretId, (this.#rotations.get(secretId) ?? 0) + 1);
  }

  getSecretValue(process: number, secretId: string, versionId?: string): Promise<Answer<Version>> {
    return this.#call('GetSecretValue', process, 1, () => this.#version(secretId, versionId));
  }

  batchGetSecretValue(process: number, secretIds: readonly string[]): Promise<Answer<readonly Version[]>> {
    return this.#call('BatchGetSecretValue', process, secretIds.length, () =>
      secretIds.map((secretId) => this.#version(secretId)),
    );
  }

  describeSecret(process: number, secretId: string): Promise<Answer<Description>> {
    return this.#call('DescribeSecret', process, 1, () => {
      const rotations = this.#rotations.get(secretId) ?? 0;
      const previousVersionId = rotations === 0 ? undefined : `v${rotations - 1}`;
      return { currentVersionId: `v${rotations}`, previousVersionId };
    });
  }

  #version(secretId: string, versionId = this.currentVersionId(secretId)): Version {
    return { secretId, versionId, isCurrent: versionId === this.currentVersionId(secretId) };
  }

  #call<T>(operation: Operation, process: number, secrets: number, answer: () => T): Promise<Answer<T>> {
    const time = this.#time;
    const halfMs = (this.#roundTripMs?.[operation] ?? ROUND_TRIP_MS) / 2;
    return new Promise((resolve) => {
      const arrive = (): void => {
        const outcome = this.#judge(operation);
        this.traffic.note(time.nowMs, operation, outcome, process, secrets);
        const said: Answer<T> = outcome === 'answered' ? { outcome, value: answer() } : { outcome };
        const waitMs = this.isSilent ? GIVEN_UP_AFTER_MS : halfMs;
        time.at(time.nowMs + waitMs, () => resolve(said));
      };
      time.at(time.nowMs + halfMs, () => this.#line(arrive));
    });
  }

  /** What arrives in one millisecond arrives in any order: else who was sent first would be admitted first. */
  #line(arrive: () => void): void {
    this.#arriving.push(arrive);
    if (this.#arriving.length > 1) return;
    const time = this.#time;
    time.at(time.nowMs, () => {
      const arriving = this.#arriving;
      this.#arriving = [];
      for (let left = arriving.length; left > 0; left -= 1) {
        const chosen = Math.floor(time.random() * left);
        const arrival = arriving[chosen];
        arriving[chosen] = arriving[left - 1] ?? arrive;
        arrival?.();
      }
    });
  }

  #judge(operation: Operation): Outcome {
    if (this.isDown || this.isSilent) return 'failed';
    const isCrowdedOut = this.crowding > 0 && this.#time.random() < this.crowding;
    if (isCrowdedOut || !this.#buckets[operation].take(this.#time.nowMs)) return 'throttled';
    return this.denied.has(operation) ? 'denied' : 'answered';
  }
}
