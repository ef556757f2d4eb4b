// Reading one value: which version a request means, whether the caller may have it, and how it is written.

import {
  markedForDeletion,
  secretNotFound,
  stageMismatch,
  stageNotFound,
  versionNotFound,
} from './errors.ts';
import { SECRET_ID, VERSION_ID, VERSION_STAGE } from './input.ts';
import {
  AWSCURRENT,
  labelsOf,
  touch,
  type Content,
  type SecretState,
  type VersionState,
} from './secret-state.ts';
import { authorize, seconds, type Body, type Handler, type Service } from './service.ts';

export interface ValueRef {
  readonly secretId: string;
  readonly versionId?: string | undefined;
  readonly versionStage?: string | undefined;
  /** Conditions on VersionStage don't count. */
  readonly ignoreStageCondition?: boolean;
}

export const getSecretValue: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const versionId = input.text('VersionId', VERSION_ID);
  const versionStage = input.text('VersionStage', VERSION_STAGE);
  return { body: readValue(service, { secretId, versionId, versionStage }) };
};

/** The members of a GetSecretValue answer, which are those of a batch's items too. Throws a ServiceError. */
export function readValue(service: Service, ref: ValueRef): Body {
  authorize(service, 'GetSecretValue', ref.secretId, ref);
  const secret = service.lag.find(ref.secretId);
  if (secret === undefined) throw secretNotFound();
  if (secret.deletionAtMs !== undefined) throw markedForDeletion();
  const { version, content } = selectVersion(secret, ref);
  service.policy.checkKey(secret.arn);
  const live = service.store.find(secret.arn);
  if (live !== undefined) service.store.save(touch(live, version.versionId, service.nowMs()));
  const labels = labelsOf(secret, version.versionId);
  return {
    ARN: secret.arn,
    CreatedDate: seconds(version.createdAtMs),
    Name: secret.name,
    SecretString: content.kind === 'text' ? content.text : undefined,
    SecretBinary: content.kind === 'bytes' ? content.base64 : undefined,
    VersionId: version.versionId,
    VersionStages: labels.length === 0 ? undefined : labels,
  };
}

/** Label and version id must agree when both are given; AWSCURRENT when neither is. */
function selectVersion(secret: SecretState, ref: ValueRef): { version: VersionState; content: Content } {
  const { versionId, versionStage = versionId === undefined ? AWSCURRENT : undefined } = ref;
  const holder = versionStage === undefined ? undefined : secret.labels.get(versionStage);
  if (versionId !== undefined && !secret.versions.has(versionId)) throw versionNotFound(versionId);
  if (versionId !== undefined && versionStage !== undefined && holder !== versionId) throw stageMismatch();
  const version = secret.versions.get(versionId ?? holder ?? '');
  // AWSPENDING may name a version that has no value yet.
  if (version?.content !== undefined) return { version, content: version.content };
  throw versionStage === undefined ? versionNotFound(versionId ?? '') : stageNotFound(versionStage);
}
