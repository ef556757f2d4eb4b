/** Checks the service's answers: a 200 may be empty, incomplete or about another secret, and the SDK passes all of them on. */

import { types } from 'node:util';
import { SecretCacheError, subjectOf } from '../errors.ts';
import type { SecretDescription, SecretVersion } from './secret-source.ts';

/** The fields of GetSecretValue's answer, and of each item of a batch's, before they are checked. */
interface RawVersion {
  ARN?: unknown;
  Name?: unknown;
  VersionId?: unknown;
  SecretString?: unknown;
  SecretBinary?: unknown;
  VersionStages?: unknown;
  CreatedDate?: unknown;
}

/** The fields of DescribeSecret's answer, before they are checked. */
interface RawDescription {
  ARN?: unknown;
  Name?: unknown;
  DeletedDate?: unknown;
  VersionIdsToStages?: unknown;
}

/** A whole version, or `undefined` where anything a caller relies on is missing. */
export function readVersion(answer: unknown): SecretVersion | undefined {
  const { ARN, Name, VersionId, VersionStages, CreatedDate, ...rest } = fieldsOf<RawVersion>(answer);
  const value = readValue(rest);
  if (!isText(ARN) || !isText(Name) || !isText(VersionId) || value === undefined) return undefined;
  return {
    arn: ARN,
    name: Name,
    versionId: VersionId,
    versionStages: readStages(VersionStages),
    createdDate: isDate(CreatedDate) ? CreatedDate : undefined,
    value,
  };
}

/** A whole description, or `undefined` where it doesn't say which secret it is about, or not clearly whether that is alive. */
export function readDescription(answer: unknown): SecretDescription | undefined {
  const { ARN, Name, DeletedDate, VersionIdsToStages } = fieldsOf<RawDescription>(answer);
  if (!isText(ARN) || !isText(Name)) return undefined;
  const deletedDate = DeletedDate ?? undefined;
  if (deletedDate !== undefined && !isDate(deletedDate)) return undefined;

  // A Map, for a version id such as "constructor" must not find anything it wasn't told. Some emulators list
  // unlabelled versions; the service leaves them out.
  const versionIdsToStages = new Map<string, readonly string[]>();
  for (const [versionId, stages] of Object.entries(fieldsOf<Record<string, unknown>>(VersionIdsToStages))) {
    const labels = readStages(stages);
    if (labels.length > 0) versionIdsToStages.set(versionId, labels);
  }
  return { arn: ARN, name: Name, deletedDate, versionIdsToStages };
}

/** An answer that can't be used; nothing of its content is repeated. */
export function malformed(secretId: string | undefined, why: string): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_MALFORMED_RESPONSE',
    `Cannot read ${subjectOf(secretId)}: the answer ${why}. Check for a proxy or an emulator between here and Secrets Manager.`,
    { secretId },
  );
}

/** The fields of an object, and of anything else none. */
export function fieldsOf<Fields extends object>(value: unknown): Partial<Fields> {
  return typeof value === 'object' && value !== null ? value : {};
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Exactly one of text and bytes. Bytes are copied: the SDK's may be a view into a larger pool. */
function readValue({ SecretString, SecretBinary }: RawVersion): string | Uint8Array | undefined {
  const text = SecretString ?? undefined;
  const bytes = SecretBinary ?? undefined;
  if (typeof text === 'string' && bytes === undefined) return text;
  if (types.isUint8Array(bytes) && text === undefined) return new Uint8Array(bytes);
  return undefined;
}

function readStages(stages: unknown): string[] {
  return Array.isArray(stages) ? stages.filter(isText) : [];
}

function isDate(value: unknown): value is Date {
  return types.isDate(value) && !Number.isNaN(value.getTime());
}
