/** The calls to Secrets Manager: one request each, through the user's client or one made here, within a bound on those in flight. */

import pLimit from 'p-limit';
import { names } from '../identity.ts';
import { malformed, readDescription, readVersion } from './aws-answers.ts';
import { type BatchAnswer, loadBatch, search } from './aws-batches.ts';
import { toSecretCacheError } from './aws-errors.ts';
import { wrongRegion } from './aws-region.ts';
import { AwsRequests, type Slots } from './aws-requests.ts';
import { type ClientChoice, type Connection, LazyClient } from './lazy-client.ts';
import type { WholeSource } from './lazy-source.ts';
import type { Filter, SecretDescription, SecretRef, SecretVersion, SourceCall } from './secret-source.ts';
import { untilAborted } from './until-aborted.ts';

export class AwsCalls implements WholeSource {
  readonly #client: LazyClient;
  readonly #requests: AwsRequests;
  /** Describes get half, rounded up: however many of them hang, loads have slots left. */
  readonly #describeSlots: Slots;

  constructor({ maxConcurrency, ...choice }: ClientChoice & { readonly maxConcurrency: number }) {
    this.#client = new LazyClient(choice, () => import('@aws-sdk/client-secrets-manager'));
    this.#requests = new AwsRequests(this.#client, pLimit(maxConcurrency));
    this.#describeSlots = pLimit(Math.ceil(maxConcurrency / 2));
  }

  async load(ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    const { secretId, versionId } = ref;
    // Policies may allow certain labels only, and then deny a request that names none.
    const versionStage = ref.versionStage ?? (versionId === undefined ? 'AWSCURRENT' : undefined);
    const input = {
      SecretId: secretId,
      ...(versionStage !== undefined && { VersionStage: versionStage }),
      ...(versionId !== undefined && { VersionId: versionId }),
    };
    try {
      const connection = await this.#connectFor(secretId, call);
      const command = (): object => new connection.sdk.GetSecretValueCommand(input);
      const version = readVersion(await this.#requests.ask(connection, command, call));
      if (version === undefined) throw malformed(secretId, 'is incomplete');
      if (!names(secretId, version)) throw malformed(secretId, 'is about another secret');
      const isAsked = versionId === undefined || versionId === version.versionId;
      if (!isAsked) throw malformed(secretId, 'is another version of it');
      return version;
    } catch (error) {
      throw toSecretCacheError(error, secretId);
    }
  }

  async describe(secretId: string, call: SourceCall): Promise<SecretDescription> {
    try {
      const connection = await this.#connectFor(secretId, call);
      const command = (): object => new connection.sdk.DescribeSecretCommand({ SecretId: secretId });
      // Waiting for one of these is waiting, too.
      call.onQueued?.();
      const asked = this.#describeSlots(() => this.#requests.ask(connection, command, call));
      const description = readDescription(await untilAborted(asked, call.signal));
      if (description === undefined) throw malformed(secretId, 'is incomplete');
      if (!names(secretId, description)) throw malformed(secretId, 'is about another secret');
      return description;
    } catch (error) {
      throw toSecretCacheError(error, secretId, 'secretsmanager:DescribeSecret');
    }
  }

  async loadBatch(secretIds: readonly string[], call: SourceCall): Promise<Map<string, BatchAnswer>> {
    try {
      return await loadBatch(this.#requests, secretIds, call);
    } catch (error) {
      throw toSecretCacheError(error, undefined, 'secretsmanager:BatchGetSecretValue');
    }
  }

  async *search(filters: readonly Filter[], call: SourceCall): AsyncGenerator<BatchAnswer, void, undefined> {
    try {
      yield* search(this.#requests, filters, call);
    } catch (error) {
      const actions = 'secretsmanager:BatchGetSecretValue and secretsmanager:ListSecrets';
      throw toSecretCacheError(error, undefined, actions);
    }
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  async #connectFor(secretId: string, call: SourceCall): Promise<Connection> {
    const connection = await this.#requests.connect(call);
    const refusal = await wrongRegion(secretId, connection, call);
    if (refusal !== undefined) throw refusal;
    return connection;
  }
}
