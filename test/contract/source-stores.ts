// Where the secrets of source cases live, and how a case writes them: over the wire to an emulator, or into a Map.

import { randomUUID } from 'node:crypto';

import type { SecretVersion } from '../../src/source/secret-source.ts';
import type { Emulator } from './emulator.ts';
import { Probe } from './probe.ts';
import type { InMemorySecret } from './source-in-memory.ts';

export type SecretValue = SecretVersion['value'];

export interface Written {
  readonly arn: string;
  readonly versionId: string;
}

/** The writes that cases make. */
export interface Store {
  /** With `undefined` for a value: a secret that has none yet. */
  create(name: string, value: SecretValue | undefined): Promise<Written>;
  /** Adds a version under these labels. AWSCURRENT, the default, leaves AWSPREVIOUS behind. */
  put(name: string, value: SecretValue, labels?: readonly string[]): Promise<Written>;
  /** Moves AWSCURRENT from one version to another, as the last step of a rotation does. */
  promote(name: string, move: { readonly from: string; readonly to: string }): Promise<void>;
  scheduleDeletion(name: string): Promise<void>;
  /** Gone at once. */
  destroy(name: string): Promise<void>;
  close(): void;
}

export class WireStore implements Store {
  readonly #probe: Probe;

  constructor(emulator: Emulator) {
    this.#probe = new Probe(emulator);
  }

  async create(name: string, value: SecretValue | undefined): Promise<Written> {
    const { ARN, VersionId } = await this.#probe.call('CreateSecret', { Name: name, ...membersOf(value) });
    return { arn: ARN, versionId: VersionId };
  }

  async put(name: string, value: SecretValue, labels?: readonly string[]): Promise<Written> {
    const input = { SecretId: name, ...membersOf(value), ...(labels && { VersionStages: labels }) };
    const { ARN, VersionId } = await this.#probe.call('PutSecretValue', input);
    return { arn: ARN, versionId: VersionId };
  }

  async promote(name: string, { from, to }: { from: string; to: string }): Promise<void> {
    const move = { VersionStage: 'AWSCURRENT', MoveToVersionId: to, RemoveFromVersionId: from };
    await this.#probe.call('UpdateSecretVersionStage', { SecretId: name, ...move });
  }

  async scheduleDeletion(name: string): Promise<void> {
    await this.#probe.call('DeleteSecret', { SecretId: name });
  }

  async destroy(name: string): Promise<void> {
    await this.#probe.call('DeleteSecret', { SecretId: name, ForceDeleteWithoutRecovery: true });
  }

  close(): void {
    this.#probe.destroy();
  }
}

export class MemoryStore implements Store {
  readonly secrets: Map<string, InMemorySecret> = new Map();

  async create(name: string, value: SecretValue | undefined): Promise<Written> {
    const arn = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-${randomUUID().slice(0, 6)}`;
    this.secrets.set(name, { arn, name, deletedDate: undefined, versions: new Map(), labels: new Map() });
    return value === undefined ? { arn, versionId: randomUUID() } : this.put(name, value);
  }

  async put(name: string, value: SecretValue, labels: readonly string[] = ['AWSCURRENT']): Promise<Written> {
    const secret = this.#find(name);
    const versionId = randomUUID();
    secret.versions.set(versionId, { value, createdDate: new Date() });
    for (const label of labels) move(secret, label, versionId);
    return { arn: secret.arn, versionId };
  }

  async promote(name: string, { to }: { to: string }): Promise<void> {
    move(this.#find(name), 'AWSCURRENT', to);
  }

  async scheduleDeletion(name: string): Promise<void> {
    this.#find(name).deletedDate = new Date();
  }

  async destroy(name: string): Promise<void> {
    this.secrets.delete(name);
  }

  close(): void {
    this.secrets.clear();
  }

  #find(name: string): InMemorySecret {
    const secret = this.secrets.get(name);
    if (secret === undefined) throw new Error(`no secret ${name}`);
    return secret;
  }
}

function move({ labels }: InMemorySecret, label: string, versionId: string): void {
  const current = labels.get('AWSCURRENT');
  if (label === 'AWSCURRENT' && current !== undefined) labels.set('AWSPREVIOUS', current);
  labels.set(label, versionId);
}

function membersOf(value: SecretValue | undefined): object {
  if (value === undefined) return {};
  return typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
}
