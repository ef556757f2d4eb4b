// The smallest SecretSource there is: secrets in a Map, read by load and describe. Start here to write another.

import { quote, SecretCacheError } from '../../src/errors.ts';
import { names } from '../../src/identity.ts';
import type { SecretRef, SecretSource, SecretVersion, SourceCall } from '../../src/source/secret-source.ts';

export interface InMemorySecret {
  readonly arn: string;
  readonly name: string;
  deletedDate: Date | undefined;
  /** By version id. */
  readonly versions: Map<string, Pick<SecretVersion, 'value' | 'createdDate'>>;
  /** The version id that each label points at. */
  readonly labels: Map<string, string>;
}

export function inMemorySource(secrets: ReadonlyMap<string, InMemorySecret>): SecretSource {
  /** What a request would be: it may be given up before it leaves, and is announced when it does. */
  const find = (secretId: string, { signal, onDispatch }: SourceCall): InMemorySecret => {
    if (signal.aborted) throw failure('ERR_SECRET_UNAVAILABLE', secretId, 'the caller has left');
    onDispatch();
    const secret = [...secrets.values()].find((candidate) => names(secretId, candidate));
    if (secret === undefined) throw failure('ERR_SECRET_NOT_FOUND', secretId, 'there is none');
    return secret;
  };
  return {
    async load({ secretId, versionStage, versionId }: SecretRef, call) {
      const { arn, name, deletedDate, versions, labels } = find(secretId, call);
      if (deletedDate) throw failure('ERR_SECRET_DELETED', secretId, 'it is scheduled for deletion');
      const label = versionStage ?? (versionId === undefined ? 'AWSCURRENT' : undefined);
      const id = versionId ?? labels.get(label ?? '') ?? '';
      const version = versions.get(id);
      if (version === undefined) throw failure('ERR_SECRET_NOT_FOUND', secretId, 'it has no such version');
      const versionStages = stagesOf(labels, id);
      if (label !== undefined && !versionStages.includes(label))
        throw failure('ERR_SECRET_INVALID_REQUEST', secretId, 'that version has another label');
      return { arn, name, versionId: id, versionStages, ...version };
    },
    async describe(secretId, call) {
      const { arn, name, deletedDate, labels } = find(secretId, call);
      const labelled = [...new Set(labels.values())].map((id) => [id, stagesOf(labels, id)] as const);
      return { arn, name, deletedDate, versionIdsToStages: new Map(labelled) };
    },
  };
}

function stagesOf(labels: ReadonlyMap<string, string>, versionId: string): string[] {
  return [...labels].filter(([, holder]) => holder === versionId).map(([label]) => label);
}

function failure(code: SecretCacheError['code'], secretId: string, why: string): SecretCacheError {
  return new SecretCacheError(code, `Cannot read secret ${quote(secretId)}: ${why}.`, { secretId });
}
