/**
 * A model of the SDK's client in one process: three attempts, the backoffs between them, and the bucket that ends them
 * when too many fail. (`StandardRetryStrategy` and its constants in @smithy/core, as of @aws-sdk/client-secrets-manager
 * 3.1163.0: bases of 50 ms and, throttled, 1 s; costs of 14 and 5 out of 500.)
 */

import type { Answer, Description, ServiceModel, Version } from './service.ts';
import type { Outcome } from './traffic.ts';
import type { VirtualTime } from './virtual-time.ts';

const ATTEMPTS = 3;
const TOKENS = 500;
const RETRY: Partial<Readonly<Record<Outcome, { readonly baseMs: number; readonly cost: number }>>> = {
  failed: { baseMs: 50, cost: 14 },
  throttled: { baseMs: 1_000, cost: 5 },
};
const LONGEST_PAUSE_MS = 20_000;

/** What the SDK rejects with. */
export class ServiceFault extends Error {
  readonly outcome: Exclude<Outcome, 'answered'>;

  constructor(outcome: Exclude<Outcome, 'answered'>) {
    super(outcome);
    this.outcome = outcome;
  }
}

export interface SendOptions {
  /** Aborted: no further attempt is made. */
  readonly signal?: AbortSignal;
  /** Default true. */
  readonly retriesThrottling?: boolean;
}

export class SdkModel {
  readonly #service: ServiceModel;
  readonly #time: VirtualTime;
  readonly #process: number;
  #tokens = TOKENS;

  constructor(service: ServiceModel, time: VirtualTime, process: number) {
    this.#service = service;
    this.#time = time;
    this.#process = process;
  }

  getSecretValue(secretId: string, versionId?: string, options?: SendOptions): Promise<Version> {
    return this.#send(() => this.#service.getSecretValue(this.#process, secretId, versionId), options);
  }

  batchGetSecretValue(secretIds: readonly string[], options?: SendOptions): Promise<readonly Version[]> {
    return this.#send(() => this.#service.batchGetSecretValue(this.#process, secretIds), options);
  }

  describeSecret(secretId: string, options?: SendOptions): Promise<Description> {
    return this.#send(() => this.#service.describeSecret(this.#process, secretId), options);
  }

  async #send<T>(
    ask: () => Promise<Answer<T>>,
    { signal, retriesThrottling = true }: SendOptions = {},
  ): Promise<T> {
    let paid = 1;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask();
      if (answer.outcome === 'answered') {
        // A success gives back what its last retry had cost, or earns one.
        this.#tokens = Math.min(TOKENS, this.#tokens + paid);
        return answer.value;
      }
      const retry = RETRY[answer.outcome];
      const isFinal = answer.outcome === 'throttled' && !retriesThrottling;
      if (retry === undefined || isFinal || attempt === ATTEMPTS || this.#tokens < retry.cost) {
        throw new ServiceFault(answer.outcome);
      }
      paid = retry.cost;
      this.#tokens -= paid;
      const longestMs = Math.min(retry.baseMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      await this.#time.after(Math.floor(this.#time.random() * longestMs));
      if (signal?.aborted === true) throw new ServiceFault(answer.outcome);
    }
  }
}
