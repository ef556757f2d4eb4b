// What the agent and the extension keep of Secrets Manager's answers: by id, version and stage as asked, for their TTL.
//
// The agent (its source, aws_secretsmanager_caching): past the TTL it describes the secret and keeps what it has while
// that is still where the labels point, labels and all as it first read them; a failure that may pass keeps it too.
// The extension (user guide): past the TTL it reads again. Neither shares one call among those who miss at once.

import type * as Sdk from '@aws-sdk/client-secrets-manager';
import type { GetSecretValueCommandOutput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pLimit from 'p-limit';

import type { CheckedAgentOptions } from './options.ts';
import { isTransient } from './upstream-failure.ts';

/** What a request asks for. */
export interface Query {
  readonly secretId: string;
  readonly versionStage: string | undefined;
  readonly versionId: string | undefined;
  /** Past the cache, and into it. */
  readonly refreshNow: boolean;
}

interface Entry {
  readonly value: GetSecretValueCommandOutput;
  readonly atMs: number;
}

export class UpstreamCache {
  readonly #sdk: typeof Sdk;
  readonly #client: SecretsManagerClient;
  readonly #options: CheckedAgentOptions;
  readonly #slots: <T>(run: () => Promise<T>) => Promise<T>;
  /** In the order of use. */
  readonly #entries = new Map<string, Entry>();

  constructor(sdk: typeof Sdk, options: CheckedAgentOptions) {
    this.#sdk = sdk;
    this.#options = options;
    // A retry would take real time; who injects a fault says how often it strikes.
    this.#client = options.upstream.client({ maxAttempts: 1 });
    this.#slots = pLimit(options.kind === 'extension' ? options.maxConnections : Infinity);
  }

  /** Rejects with the SDK's error. */
  async get(query: Query): Promise<GetSecretValueCommandOutput> {
    const { kind, ttlMs, now } = this.#options;
    const entry = query.refreshNow ? undefined : this.#entries.get(keyOf(query));
    if (entry === undefined) return this.#read(query);
    if (ttlMs > 0 && now() - entry.atMs <= ttlMs) return this.#keep(query, entry);
    if (kind === 'extension') return this.#read(query);
    if (await this.#isCurrent(query, entry.value)) return this.#keep(query, { ...entry, atMs: now() });
    try {
      return await this.#read(query);
    } catch (error) {
      if (!isTransient(error)) throw error;
      return this.#keep(query, { ...entry, atMs: now() });
    }
  }

  clear(): void {
    this.#entries.clear();
  }

  async #read(query: Query): Promise<GetSecretValueCommandOutput> {
    const { secretId, versionStage, versionId } = query;
    const command = new this.#sdk.GetSecretValueCommand({
      SecretId: secretId,
      ...(versionStage !== undefined && { VersionStage: versionStage }),
      ...(versionId !== undefined && { VersionId: versionId }),
    });
    const value = await this.#slots(() => this.#client.send(command));
    return this.#keep(query, { value, atMs: this.#options.now() });
  }

  /** Whether a description still has the version asked for where it was; by the ARN that was read, so never a namesake's. */
  async #isCurrent(query: Query, { ARN, VersionId }: GetSecretValueCommandOutput): Promise<boolean> {
    const { versionId = VersionId, versionStage } = query;
    const command = new this.#sdk.DescribeSecretCommand({ SecretId: ARN });
    try {
      const { VersionIdsToStages = {} } = await this.#client.send(command);
      const stages = VersionIdsToStages[versionId ?? ''];
      if (query.versionId !== undefined && versionStage === undefined) return stages !== undefined;
      return stages?.includes(versionStage ?? 'AWSCURRENT') === true;
    } catch (error) {
      if (isTransient(error)) return true;
      throw error;
    }
  }

  #keep(query: Query, entry: Entry): GetSecretValueCommandOutput {
    const key = keyOf(query);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [leastRecent = key] = this.#entries.keys();
    if (this.#entries.size > this.#options.cacheSize) this.#entries.delete(leastRecent);
    return entry.value;
  }
}

function keyOf({ secretId, versionStage, versionId }: Query): string {
  return JSON.stringify([secretId, versionStage, versionId]);
}
