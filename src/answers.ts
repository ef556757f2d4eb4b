/** What a source must answer with: the last check before anything is held, for sources that are not ours. */

import { quote, SecretCacheError } from './errors.ts';
import { names, type SecretIdentity } from './identity.ts';
import type { SecretDescription, SecretVersion } from './source/secret-source.ts';

/** Throws `ERR_SECRET_MALFORMED_RESPONSE` for anything but a whole version of the secret asked for. */
export function requireVersion(secretId: string, answer: Partial<SecretVersion> | undefined): void {
  const { versionId, versionStages, value } = answer ?? {};
  const hasValue = typeof value === 'string' || value instanceof Uint8Array;
  const isWhole = isText(versionId) && Array.isArray(versionStages) && hasValue;
  if (!isWhole || !isOf(secretId, answer)) throw malformed(secretId);
}

/** The same for a description. */
export function requireDescription(secretId: string, answer: Partial<SecretDescription> | undefined): void {
  if (!(answer?.versionIdsToStages instanceof Map) || !isOf(secretId, answer)) throw malformed(secretId);
}

function isOf(secretId: string, answer: Partial<SecretIdentity> | undefined): boolean {
  const { arn, name } = answer ?? {};
  return isText(arn) && isText(name) && names(secretId, { arn, name });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function malformed(secretId: string): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_MALFORMED_RESPONSE',
    `The source's answer for secret ${quote(secretId)} is incomplete, or about another secret.`,
    { secretId },
  );
}
