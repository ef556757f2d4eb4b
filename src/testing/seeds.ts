// Changing secrets from JavaScript: the same writes as over the wire, at once, without faults, policies or log.

import { randomUUID } from 'node:crypto';

import { secretNotFound, ServiceError } from './errors.ts';
import { Input, VERSION_ID } from './input.ts';
import { onlyKnown } from './known.ts';
import { HANDLERS } from './operations.ts';
import type { Operation } from './operation.ts';
import { checkNoPending } from './rotate.ts';
import { Rotation, type SecretContent } from './rotation.ts';
import { AWSCURRENT, AWSPENDING, beginRotation, moveLabel, type SecretState } from './secret-state.ts';
import type { Body, Service } from './service.ts';

/** A value: one of the two, as in the service's API. */
export type SeedValue =
  | { readonly secretString: string; readonly secretBinary?: never }
  | { readonly secretBinary: Uint8Array; readonly secretString?: never };

export type NewSecret = (SeedValue | { readonly secretString?: never; readonly secretBinary?: never }) & {
  /** 1 to 512 letters, digits and `/_+=.@-!`. */
  readonly name: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly kmsKeyId?: string;
  /** Marks the secret as managed by another service, e.g. `'rds'`. */
  readonly owningService?: string;
  /** The first version's id, 32 to 64 characters. A random UUID when left out. */
  readonly versionId?: string;
};

export type NewVersion = SeedValue & {
  /** 32 to 64 characters. A random UUID when left out. */
  readonly versionId?: string;
  /** Default `['AWSCURRENT']`, which also moves AWSPREVIOUS. */
  readonly versionStages?: readonly string[];
};

export interface SeededSecret {
  readonly arn: string;
  readonly name: string;
}

export interface SeededVersion extends SeededSecret {
  readonly versionId: string;
}

export interface DeletionOptions {
  /** 7 to 30 days; 30 when left out. */
  readonly recoveryWindowInDays?: number;
  /** Gone at once, with no way back. */
  readonly force?: boolean;
}

const SECRET_NAMES = [
  'name',
  'secretString',
  'secretBinary',
  'description',
  'tags',
  'kmsKeyId',
  'owningService',
  'versionId',
] satisfies (keyof NewSecret)[];
const VERSION_NAMES = [
  'secretString',
  'secretBinary',
  'versionId',
  'versionStages',
] satisfies (keyof NewVersion)[];

/** All methods throw an Error whose message has the service's own words, and never a value. */
export class Seeds {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  /** A secret without a value has no version: its `versionId` in the answer is undefined. */
  createSecret(secret: NewSecret): SeededSecret & { readonly versionId: string | undefined } {
    onlyKnown('member of a secret', secret, SECRET_NAMES);
    const versionId = secret.versionId ?? randomUUID();
    const seeded = this.#perform('CreateSecret', secret.name, {
      Name: secret.name,
      ClientRequestToken: versionId,
      ...valueMembers(secret),
      Description: secret.description,
      KmsKeyId: secret.kmsKeyId,
      Tags: secret.tags && Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
    });
    const { owningService } = secret;
    if (owningService !== undefined) {
      this.#service.store.save({ ...this.#find(secret.name, 'CreateSecret'), owningService });
    }
    return { ...seeded, versionId: seeded.versionId };
  }

  putSecretValue(secretId: string, version: NewVersion): SeededVersion {
    onlyKnown('member of a version', version, VERSION_NAMES);
    const versionId = version.versionId ?? randomUUID();
    const seeded = this.#perform('PutSecretValue', secretId, {
      SecretId: secretId,
      ClientRequestToken: versionId,
      ...valueMembers(version),
      VersionStages: version.versionStages,
    });
    return { ...seeded, versionId };
  }

  /** Moves a label to a version, from wherever it is; with `undefined`, takes it off. */
  moveLabel(secretId: string, label: string, toVersionId: string | undefined): void {
    const holder = this.#find(secretId, 'UpdateSecretVersionStage').labels.get(label);
    this.#perform('UpdateSecretVersionStage', secretId, {
      SecretId: secretId,
      VersionStage: label,
      RemoveFromVersionId: holder === toVersionId ? undefined : holder,
      MoveToVersionId: toVersionId,
    });
  }

  deleteSecret(secretId: string, options: DeletionOptions): void {
    onlyKnown('option', options, ['recoveryWindowInDays', 'force']);
    this.#perform('DeleteSecret', secretId, {
      SecretId: secretId,
      RecoveryWindowInDays: options.recoveryWindowInDays,
      ForceDeleteWithoutRecovery: options.force,
    });
  }

  restoreSecret(secretId: string): void {
    this.#perform('RestoreSecret', secretId, { SecretId: secretId });
  }

  startRotation(secretId: string, versionId: string): Rotation {
    const secret = this.#find(secretId, 'RotateSecret');
    this.#guard('RotateSecret', secretId, () => {
      new Input({ VersionId: versionId }).requiredText('VersionId', VERSION_ID);
      checkNoPending(secret);
    });
    this.#service.store.save(beginRotation(secret, versionId, this.#service.nowMs()));
    return this.#rotation(secret.arn, versionId);
  }

  rotationOf(secretId: string): Rotation {
    const secret = this.#find(secretId, 'RotateSecret');
    const pending = secret.labels.get(AWSPENDING);
    if (pending === undefined || pending === secret.labels.get(AWSCURRENT)) {
      throw new Error(`no rotation of ${JSON.stringify(secretId)} is under way`);
    }
    return this.#rotation(secret.arn, pending);
  }

  #rotation(arn: string, versionId: string): Rotation {
    return new Rotation(arn, versionId, {
      hasValue: (id) => this.#find(arn, 'RotateSecret').versions.get(id)?.content !== undefined,
      putPending: (id, content) =>
        void this.putSecretValue(arn, {
          ...contentMembers(content),
          versionId: id,
          versionStages: [AWSPENDING],
        }),
      finish: (id, keepPending) => {
        this.moveLabel(arn, AWSCURRENT, id);
        const nowMs = this.#service.nowMs();
        const rotated: SecretState = { ...this.#find(arn, 'RotateSecret'), rotatedAtMs: nowMs };
        this.#service.store.save(keepPending ? rotated : moveLabel(rotated, AWSPENDING, undefined, nowMs));
      },
    });
  }

  #find(secretId: string, operation: Operation): SecretState {
    return this.#guard(operation, secretId, () => {
      const secret = this.#service.store.find(secretId);
      if (secret === undefined) throw secretNotFound();
      return secret;
    });
  }

  #perform(
    operation: Operation,
    secretId: string,
    members: Body,
  ): SeededSecret & { versionId: string | undefined } {
    const { body } = this.#guard(operation, secretId, () =>
      HANDLERS[operation](this.#service, new Input(members), { itemFault: () => undefined }),
    );
    const { ARN, Name, VersionId } = body as { ARN: string; Name: string; VersionId?: string };
    return { arn: ARN, name: Name, versionId: VersionId };
  }

  #guard<Result>(operation: Operation, secretId: string, act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new Error(`${operation} of ${JSON.stringify(secretId)}: ${error.message} (${error.code})`, {
        cause: error,
      });
    }
  }
}

function contentMembers(content: SecretContent): SeedValue {
  return typeof content === 'string' ? { secretString: content } : { secretBinary: content };
}

function valueMembers(value: { readonly secretString?: string; readonly secretBinary?: Uint8Array }): Body {
  const { secretString, secretBinary } = value;
  return {
    SecretString: secretString,
    SecretBinary: secretBinary && Buffer.from(secretBinary).toString('base64'),
  };
}
