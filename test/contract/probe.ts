// What contract cases see of an emulator: calls by operation and members, answers with nothing hidden by an SDK.

import { randomUUID } from 'node:crypto';

import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

import type { Operation } from '../../src/testing/index.ts';
import { post, send, type RawAnswer } from '../testing/raw.ts';
import type { Emulator } from './emulator.ts';

type ProbedOperation = Exclude<Operation, 'ReplicateSecretToRegions'>;

const COMMANDS: Readonly<Record<ProbedOperation, unknown>> = {
  BatchGetSecretValue: BatchGetSecretValueCommand,
  CreateSecret: CreateSecretCommand,
  DeleteSecret: DeleteSecretCommand,
  DescribeSecret: DescribeSecretCommand,
  GetSecretValue: GetSecretValueCommand,
  ListSecrets: ListSecretsCommand,
  ListSecretVersionIds: ListSecretVersionIdsCommand,
  PutSecretValue: PutSecretValueCommand,
  RestoreSecret: RestoreSecretCommand,
  RotateSecret: RotateSecretCommand,
  TagResource: TagResourceCommand,
  UntagResource: UntagResourceCommand,
  UpdateSecret: UpdateSecretCommand,
  UpdateSecretVersionStage: UpdateSecretVersionStageCommand,
};

type Members = Readonly<Record<string, unknown>>;

/** An SDK answer, loosely typed: cases look at members that the SDK's types don't have. */
export interface Output {
  readonly ARN: string;
  readonly Name: string;
  readonly VersionId: string;
  readonly [member: string]: unknown;
}

/** One case's view of one emulator. Names are its own, so that suites can share a server. */
export class Probe {
  readonly emulator: Emulator;
  /** A name no other case uses. */
  readonly name: string = `contract/${randomUUID().slice(0, 8)}`;
  readonly #client: SecretsManagerClient;

  constructor(emulator: Emulator) {
    this.emulator = emulator;
    this.#client = emulator.client();
  }

  /** Through the real SDK. */
  async call(operation: ProbedOperation, input: Members): Promise<Output> {
    const Command = COMMANDS[operation] as new (input: Members) => GetSecretValueCommand;
    const { $metadata: _, ...output } = await this.#client.send(new Command(input));
    return output as unknown as Output;
  }

  /** As `[status, code, message]`, or `'ok'`. */
  async refusal(operation: ProbedOperation, input: Members): Promise<unknown> {
    try {
      await this.call(operation, input);
      return 'ok';
    } catch (error) {
      const {
        $metadata: metadata,
        name,
        message,
      } = error as Error & { $metadata?: { httpStatusCode?: number } };
      return [metadata?.httpStatusCode, name, message];
    }
  }

  /** The same without the message, for texts that nobody has recorded. */
  async code(operation: ProbedOperation, input: Members): Promise<unknown> {
    const refused = await this.refusal(operation, input);
    return Array.isArray(refused) ? refused.slice(0, 2) : refused;
  }

  /** Past the SDK. */
  raw(operation: string, body: unknown): Promise<RawAnswer> {
    return post(this.emulator.endpoint, operation, body);
  }

  unsigned(operation: string, body: Members): Promise<RawAnswer> {
    return send(this.emulator.endpoint, JSON.stringify(body), {
      'X-Amz-Target': `secretsmanager.${operation}`,
    });
  }

  create(more: Members = { SecretString: 'one' }): Promise<Output> {
    return this.call('CreateSecret', { Name: this.name, ...more });
  }

  /** Adds `two` as AWSPENDING and moves AWSCURRENT to it, as a rotation does. Resolves to the version ids. */
  async rotate(): Promise<{ readonly first: string; readonly second: string }> {
    const { VersionId: first } = await this.create();
    const pending = { SecretId: this.name, SecretString: 'two', VersionStages: ['AWSPENDING'] };
    const { VersionId: second } = await this.call('PutSecretValue', pending);
    await this.call('UpdateSecretVersionStage', {
      SecretId: this.name,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: second,
      RemoveFromVersionId: first,
    });
    return { first, second };
  }

  /** The values that a batch of these ids gives, and its items' codes. */
  async batch(input: Members): Promise<unknown> {
    const answer = await this.call('BatchGetSecretValue', input);
    const values = (answer['SecretValues'] ?? []) as { SecretString?: string }[];
    const errors = (answer['Errors'] ?? []) as { SecretId?: string; ErrorCode?: string }[];
    return [
      values.map((value) => value.SecretString),
      errors.map((error) => [error.SecretId, error.ErrorCode]),
    ];
  }

  destroy(): void {
    this.#client.destroy();
  }
}
