// All secrets of one account and Region, found by name, ARN or partial ARN. Pure memory; no HTTP.

import { parseSecretId, partialArnName, type Home } from './secret-id.ts';
import type { SecretState } from './secret-state.ts';

export class SecretStore {
  readonly #home: Home;
  readonly #nowMs: () => number;
  readonly #byArn: Map<string, SecretState>;
  readonly #arnByName: Map<string, string>;
  readonly #onChange = new Set<(arn: string, secret: SecretState | undefined) => void>();
  readonly #onRead = new Set<() => void>();

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
    for (const arrive of this.#onRead) arrive();
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
    for (const arrive of this.#onRead) arrive();
    return [...this.#byArn.values()].filter((secret) => this.#alive(secret) !== undefined);
  }

  /** The secret of that ARN, or name, as it stands here. */
  at(arn: string): SecretState | undefined {
    return this.#byArn.get(arn);
  }

  named(name: string): SecretState | undefined {
    return this.#byName(name);
  }

  save(secret: SecretState): void {
    const before = this.#byArn.get(secret.arn);
    this.#byArn.set(secret.arn, secret);
    this.#arnByName.set(secret.name, secret.arn);
    if (before !== secret) for (const tell of this.#onChange) tell(secret.arn, secret);
  }

  remove(secret: SecretState): void {
    this.#byArn.delete(secret.arn);
    if (this.#arnByName.get(secret.name) === secret.arn) this.#arnByName.delete(secret.name);
    for (const tell of this.#onChange) tell(secret.arn, undefined);
  }

  /** Calls `tell` with every state that is saved, and `undefined` for a secret that goes. Returns what ends that. */
  onChange(tell: (arn: string, secret: SecretState | undefined) => void): () => void {
    this.#onChange.add(tell);
    return () => void this.#onChange.delete(tell);
  }

  /** Calls `arrive` before secrets are looked for: what has arrived by then is seen. Returns what ends that. */
  onRead(arrive: () => void): () => void {
    this.#onRead.add(arrive);
    return () => void this.#onRead.delete(arrive);
  }

  /** A store of its own over the same states, which no later write here changes. */
  snapshot(): SecretStore {
    const copy = new SecretStore(this.#home, this.#nowMs);
    for (const secret of this.all()) copy.save(secret);
    return copy;
  }

  clear(): void {
    for (const secret of this.#byArn.values()) this.remove(secret);
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
