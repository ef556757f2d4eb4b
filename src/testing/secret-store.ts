// All secrets of one account and Region, found by name, ARN or partial ARN. Pure memory; no HTTP.

import { parseSecretId, partialArnName, type Home } from './secret-id.ts';
import type { SecretState } from './secret-state.ts';

export class SecretStore {
  readonly #home: Home;
  readonly #nowMs: () => number;
  readonly #byArn: Map<string, SecretState>;
  readonly #arnByName: Map<string, string>;

  constructor(home: Home, nowMs: () => number) {
    this.#home = home;
    this.#nowMs = nowMs;
    this.#byArn = new Map();
    this.#arnByName = new Map();
  }

  /**
   * The secret that an id names. Undefined for one that doesn't exist, whose recovery window is over, or that lives
   * in another Region or account. Throws the service's ValidationException for an ill-formed id.
   */
  find(secretId: string): SecretState | undefined {
    const id = parseSecretId(secretId);
    if (id.kind === 'name') return this.#byName(id.name);
    const { partition, region, account } = id.home;
    const home = this.#home;
    if (partition !== home.partition || region !== home.region || account !== home.account) return undefined;
    const exact = this.#alive(this.#byArn.get(secretId));
    if (exact !== undefined) return exact;
    const name = partialArnName(id.resource);
    return name === undefined ? undefined : this.#byName(name);
  }

  /** Every secret, in the order of creation. */
  all(): SecretState[] {
    return [...this.#byArn.values()].filter((secret) => this.#alive(secret) !== undefined);
  }

  save(secret: SecretState): void {
    this.#byArn.set(secret.arn, secret);
    this.#arnByName.set(secret.name, secret.arn);
  }

  remove(secret: SecretState): void {
    this.#byArn.delete(secret.arn);
    if (this.#arnByName.get(secret.name) === secret.arn) this.#arnByName.delete(secret.name);
  }

  /** A store of its own over the same states, which no later write here changes. */
  snapshot(): SecretStore {
    const copy = new SecretStore(this.#home, this.#nowMs);
    for (const secret of this.#byArn.values()) copy.save(secret);
    return copy;
  }

  clear(): void {
    this.#byArn.clear();
    this.#arnByName.clear();
  }

  #byName(name: string): SecretState | undefined {
    const arn = this.#arnByName.get(name);
    return arn === undefined ? undefined : this.#alive(this.#byArn.get(arn));
  }

  /** A secret is gone for good once its recovery window is over; that is decided when it is looked at. */
  #alive(secret: SecretState | undefined): SecretState | undefined {
    if (secret?.deletionAtMs === undefined || this.#nowMs() < secret.deletionAtMs) return secret;
    this.remove(secret);
    return undefined;
  }
}
