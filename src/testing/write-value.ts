// Writes that make or change versions: CreateSecret, PutSecretValue, UpdateSecret, UpdateSecretVersionStage.

import {
  invalidParameter,
  invalidRequest,
  nameScheduledForDeletion,
  removeFromMissing,
  secretExists,
  tokenMissing,
  versionNotFound,
} from './errors.ts';
import { SECRET_ID, VERSION_ID, VERSION_STAGE, type Input } from './input.ts';
import { readReplicas } from './replication.ts';
import { checkName, newArn } from './secret-id.ts';
import {
  AWSCURRENT,
  labelsOf,
  moveLabel,
  newSecret,
  sameContent,
  writeVersion,
  type Content,
  type SecretState,
} from './secret-state.ts';
import { authorize, findWritable, type Handler, type Service } from './service.ts';
import { readTags } from './tags.ts';

/** A value's size in bytes (Secrets Manager quotas). */
const VALUE = { min: 1, max: 65_536 };
const NAME = { min: 1, max: 512 };
const DESCRIPTION = { min: 0, max: 2048 };
const KMS_KEY_ID = { min: 0, max: 2048 };

export const createSecret: Handler = (service, input) => {
  const name = input.requiredText('Name', NAME);
  const token = readToken(input, 'CreateSecret');
  const description = input.text('Description', DESCRIPTION);
  const kmsKeyId = input.text('KmsKeyId', KMS_KEY_ID);
  const content = readContent(input);
  const tags = readTags(input);
  const replicas = readReplicas(service, input) ?? [];
  checkName(name);
  service.policy.check({ action: 'CreateSecret', secretId: name, resource: name });
  const existing = service.store.find(name);
  if (existing !== undefined) return { body: repeatedCreate(existing, token, content) };
  const created = {
    ...newSecret(newArn(service.home, name), name, service.nowMs()),
    description,
    kmsKeyId,
    tags,
    replicas,
  };
  const secret = content === undefined ? created : addCurrent(service, created, token, content);
  service.store.save(secret);
  return {
    body: {
      ARN: secret.arn,
      Name: name,
      VersionId: content === undefined ? undefined : token,
      ReplicationStatus: replicas.length === 0 ? undefined : replicas,
    },
  };
};

/** The same token with the same value is the same request again; anything else is a name already taken. */
function repeatedCreate(
  existing: SecretState,
  token: string,
  content: Content | undefined,
): Record<string, string> {
  if (existing.deletionAtMs !== undefined) throw nameScheduledForDeletion();
  const held = existing.versions.get(token)?.content;
  if (held === undefined || content === undefined || !sameContent(held, content))
    throw secretExists(existing.name);
  return { ARN: existing.arn, Name: existing.name, VersionId: token };
}

export const putSecretValue: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const token = readToken(input, 'PutSecretValue');
  const stages = input.texts('VersionStages', { min: 1, max: 20 }, VERSION_STAGE) ?? [AWSCURRENT];
  const content = readContent(input);
  authorize(service, 'PutSecretValue', secretId);
  const secret = findWritable(service, secretId);
  if (content === undefined) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  const written = writeVersion(secret, { versionId: token, content, stages }, service.nowMs());
  service.store.save(written);
  return {
    body: { ARN: secret.arn, Name: secret.name, VersionId: token, VersionStages: labelsOf(written, token) },
  };
};

export const updateSecret: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const token = readToken(input, 'UpdateSecret');
  const description = input.text('Description', DESCRIPTION);
  const kmsKeyId = input.text('KmsKeyId', KMS_KEY_ID);
  const content = readContent(input);
  authorize(service, 'UpdateSecret', secretId);
  const secret = findWritable(service, secretId);
  const updated = {
    ...secret,
    description: description ?? secret.description,
    kmsKeyId: kmsKeyId ?? secret.kmsKeyId,
    changedAtMs: service.nowMs(),
  };
  service.store.save(content === undefined ? updated : addCurrent(service, updated, token, content));
  return {
    body: { ARN: secret.arn, Name: secret.name, VersionId: content === undefined ? undefined : token },
  };
};

function addCurrent(service: Service, secret: SecretState, versionId: string, content: Content): SecretState {
  return writeVersion(secret, { versionId, content, stages: [AWSCURRENT] }, service.nowMs());
}

export const updateSecretVersionStage: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const versionStage = input.requiredText('VersionStage', VERSION_STAGE);
  const removeFrom = input.text('RemoveFromVersionId', VERSION_ID);
  const moveTo = input.text('MoveToVersionId', VERSION_ID);
  authorize(service, 'UpdateSecretVersionStage', secretId);
  const secret = findWritable(service, secretId);
  checkMove(secret, versionStage, removeFrom, moveTo);
  service.store.save(moveLabel(secret, versionStage, moveTo, service.nowMs()));
  return { body: { ARN: secret.arn, Name: secret.name } };
};

function checkMove(
  secret: SecretState,
  versionStage: string,
  removeFrom: string | undefined,
  moveTo: string | undefined,
): void {
  const holder = secret.labels.get(versionStage);
  for (const versionId of [removeFrom, moveTo]) {
    if (versionId !== undefined && !secret.versions.has(versionId)) throw versionNotFound(versionId);
  }
  if (removeFrom === undefined && moveTo === undefined) {
    throw invalidParameter('You must provide RemoveFromVersionId, MoveToVersionId, or both.');
  }
  if (removeFrom !== undefined && removeFrom !== holder) {
    throw invalidParameter(`Staging label ${versionStage} is not attached to version ${removeFrom}.`);
  }
  if (removeFrom === undefined && holder !== undefined && holder !== moveTo) {
    throw removeFromMissing(versionStage, holder);
  }
  if (versionStage === AWSCURRENT && moveTo === undefined) {
    throw invalidParameter(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  }
}

/** SDKs make a token of their own; raw HTTP without one is refused. A token becomes the version's id. */
export function readToken(input: Input, operation: string): string {
  const token = input.text('ClientRequestToken');
  if (token === undefined || token === '') throw tokenMissing(operation);
  return input.requiredText('ClientRequestToken', VERSION_ID);
}

function readContent(input: Input): Content | undefined {
  const text = input.sensitiveText('SecretString', VALUE);
  const bytes = input.sensitiveBytes('SecretBinary', VALUE);
  if (text !== undefined && bytes !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (text !== undefined) return { kind: 'text', text };
  return bytes === undefined ? undefined : { kind: 'bytes', base64: Buffer.from(bytes).toString('base64') };
}
