// Everything about secrets but their values: DescribeSecret, ListSecrets, ListSecretVersionIds.

import { validation } from './errors.ts';
import { readFilters } from './filters.ts';
import { SECRET_ID, type Input } from './input.ts';
import { pageOf } from './paging.ts';
import { labelsOf, primaryRegionOf, type SecretState, type VersionState } from './secret-state.ts';
import { authorize, findSecret, seconds, type Body, type Handler, type Service } from './service.ts';

const DAY_MS = 86_400_000;

/** Succeeds for a secret scheduled for deletion too, with DeletedDate and its labels unchanged, as recorded. */
export const describeSecret: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  authorize(service, 'DescribeSecret', secretId);
  const secret = findSecret(service, secretId);
  const replicas = secret.replicas.length === 0 ? undefined : secret.replicas;
  return {
    body: {
      ...metadata(service, secret),
      ReplicationStatus: replicas,
      VersionIdsToStages: versionsToStages(secret),
    },
  };
};

export const listSecrets: Handler = (service, input) => {
  const filter = readFilters(input, service.home) ?? (() => true);
  const size = input.integer('MaxResults', { min: 1, max: 100 }) ?? 100;
  const order = readOrder(input);
  const withDeleted = input.flag('IncludePlannedDeletion');
  service.policy.check({ action: 'ListSecrets' });
  const secrets = service.store
    .all()
    .filter((secret) => (withDeleted || secret.deletionAtMs === undefined) && filter(secret))
    .toSorted(order);
  const page = pageOf(secrets, input, { operation: 'ListSecrets', size });
  const list = page.items.map((secret) => ({
    ...metadata(service, secret),
    SecretVersionsToStages: versionsToStages(secret),
  }));
  return { body: { SecretList: list, NextToken: page.nextToken } };
};

export const listSecretVersionIds: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const size = input.integer('MaxResults', { min: 1, max: 100 }) ?? 100;
  const withDeprecated = input.flag('IncludeDeprecated');
  authorize(service, 'ListSecretVersionIds', secretId);
  const secret = findSecret(service, secretId);
  const versions = [...secret.versions.values()].filter(
    ({ versionId }) => withDeprecated || labelsOf(secret, versionId).length > 0,
  );
  const page = pageOf(versions, input, { operation: 'ListSecretVersionIds', size });
  const list = page.items.map((version) => versionEntry(secret, version));
  return { body: { ARN: secret.arn, Name: secret.name, Versions: list, NextToken: page.nextToken } };
};

/** Members that were never set are left out, as recorded: the aws/secretsmanager key, rotation, an empty label map. */
function metadata(service: Service, secret: SecretState): Body {
  const { rotation, rotatedAtMs = secret.createdAtMs } = secret;
  const days = rotation?.rules?.AutomaticallyAfterDays;
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation === undefined ? undefined : true,
    RotationLambdaARN: rotation?.lambdaArn,
    RotationRules: rotation?.rules,
    LastRotatedDate: seconds(secret.rotatedAtMs),
    LastChangedDate: seconds(secret.changedAtMs),
    LastAccessedDate: seconds(secret.accessedAtMs),
    DeletedDate: seconds(secret.deletionAtMs),
    NextRotationDate: days === undefined ? undefined : seconds(rotatedAtMs + days * DAY_MS),
    Tags: secret.tags,
    OwningService: secret.owningService,
    CreatedDate: seconds(secret.createdAtMs),
    PrimaryRegion: primaryRegionOf(secret, service.home),
  };
}

/** Versions with at least one label; undefined without any. */
function versionsToStages(secret: SecretState): Body | undefined {
  const labelled = [...secret.versions.keys()]
    .map((versionId) => [versionId, labelsOf(secret, versionId)] as const)
    .filter(([, labels]) => labels.length > 0);
  return labelled.length === 0 ? undefined : Object.fromEntries(labelled);
}

function versionEntry(secret: SecretState, version: VersionState): Body {
  const labels = labelsOf(secret, version.versionId);
  return {
    CreatedDate: seconds(version.createdAtMs),
    KmsKeyIds: [version.kmsKeyId ?? 'DefaultEncryptionKey'],
    LastAccessedDate: seconds(version.accessedAtMs),
    VersionId: version.versionId,
    VersionStages: labels.length === 0 ? undefined : labels,
  };
}

const SORT_KEYS = {
  'created-date': (secret: SecretState) => secret.createdAtMs,
  'last-accessed-date': (secret: SecretState) => secret.accessedAtMs ?? 0,
  'last-changed-date': (secret: SecretState) => secret.changedAtMs,
  name: (secret: SecretState) => secret.name,
} as const;

function readOrder(input: Input): (one: SecretState, other: SecretState) => number {
  const sortBy = input.text('SortBy') ?? 'created-date';
  const direction = (input.text('SortOrder') ?? 'asc') === 'desc' ? -1 : 1;
  if (!Object.hasOwn(SORT_KEYS, sortBy)) {
    const enumeration = Object.keys(SORT_KEYS).join(', ');
    throw validation(
      `Value '${sortBy}' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: [${enumeration}]`,
    );
  }
  const keyOf = SORT_KEYS[sortBy as keyof typeof SORT_KEYS];
  return (one, other) => {
    const [first, second] = [keyOf(one), keyOf(other)];
    return first === second ? 0 : direction * (first < second ? -1 : 1);
  };
}
