// ReplicateSecretToRegions, as far as reads in the primary Region show it: replicas are recorded. `replicateTo` serves them.

import { invalidParameter } from './errors.ts';
import { missing, SECRET_ID, type Input } from './input.ts';
import type { ReplicaStatus } from './secret-state.ts';
import { authorize, findWritable, type Handler, type Service } from './service.ts';

const REGION = { min: 1, max: 128 };
const REGION_NAME = /^(?:[a-z]+-)+\d+$/u;

export const replicateSecretToRegions: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const added = readReplicas(service, input);
  if (added === undefined) throw missing('AddReplicaRegions');
  authorize(service, 'ReplicateSecretToRegions', secretId);
  const secret = findWritable(service, secretId);
  const addedRegions = new Set(added.map((replica) => replica.Region));
  const replicas = [...secret.replicas.filter((replica) => !addedRegions.has(replica.Region)), ...added];
  service.store.save({ ...secret, replicas, changedAtMs: service.nowMs() });
  return { body: { ARN: secret.arn, ReplicationStatus: replicas } };
};

/** The request's AddReplicaRegions, at once in sync. */
export function readReplicas(service: Service, input: Input): readonly ReplicaStatus[] | undefined {
  return input.items('AddReplicaRegions')?.map((replica) => {
    const region = replica.requiredText('Region', REGION);
    const kmsKeyId = replica.text('KmsKeyId');
    if (!REGION_NAME.test(region) || region === service.home.region) {
      throw invalidParameter('Invalid replica region.');
    }
    return { Region: region, ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }), Status: 'InSync' };
  });
}
