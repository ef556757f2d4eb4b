// Which function carries out which operation.

import { batchGetSecretValue } from './batch.ts';
import { deleteSecret, restoreSecret } from './deletion.ts';
import { describeSecret, listSecrets, listSecretVersionIds } from './describe.ts';
import type { Operation } from './operation.ts';
import { getSecretValue } from './read-value.ts';
import { replicateSecretToRegions } from './replication.ts';
import { rotateSecret } from './rotate.ts';
import type { Handler } from './service.ts';
import { tagResource, untagResource } from './tags.ts';
import { createSecret, putSecretValue, updateSecret, updateSecretVersionStage } from './write-value.ts';

export const HANDLERS: Readonly<Record<Operation, Handler>> = {
  BatchGetSecretValue: batchGetSecretValue,
  CreateSecret: createSecret,
  DeleteSecret: deleteSecret,
  DescribeSecret: describeSecret,
  GetSecretValue: getSecretValue,
  ListSecretVersionIds: listSecretVersionIds,
  ListSecrets: listSecrets,
  PutSecretValue: putSecretValue,
  ReplicateSecretToRegions: replicateSecretToRegions,
  RestoreSecret: restoreSecret,
  RotateSecret: rotateSecret,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateSecret: updateSecret,
  UpdateSecretVersionStage: updateSecretVersionStage,
};
