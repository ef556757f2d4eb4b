/** The drop-in path: the SDK's own shapes and the SDK's own exceptions, for code written against GetSecretValue. */

import type {
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
} from '@aws-sdk/client-secrets-manager';

import { object, onlyKnown } from './checks.ts';
import { copyError, SecretCacheError } from './errors.ts';
import { readSecretId, readSignal, type GetOptions } from './requests.ts';
import { contentOf, type Secret } from './secret.ts';

/** What the SDK's input and options ask of `get`. */
export function readInput(
  input: GetSecretValueCommandInput,
  options: { readonly abortSignal?: AbortSignal },
): GetOptions & { secretId: string } {
  object('the input of getSecretValue', input);
  object('the options of getSecretValue', options);
  onlyKnown('member of the input of getSecretValue', input, ['SecretId', 'VersionId', 'VersionStage']);
  onlyKnown('option of getSecretValue', options, ['abortSignal']);
  const { SecretId, VersionId, VersionStage } = input;
  const { abortSignal } = options;
  readSignal('abortSignal', abortSignal);
  return {
    secretId: readSecretId(SecretId, 'SecretId'),
    ...(VersionId !== undefined && { versionId: VersionId }),
    ...(VersionStage !== undefined && { versionStage: VersionStage }),
    ...(abortSignal !== undefined && { signal: abortSignal }),
  };
}

/** A plain output that the caller may change. */
export function toOutput(secret: Secret): GetSecretValueCommandOutput {
  const content = contentOf(secret);
  return {
    $metadata: {},
    ARN: secret.arn,
    Name: secret.name,
    VersionId: secret.versionId,
    VersionStages: [...secret.versionStages],
    ...(secret.createdDate !== undefined && { CreatedDate: secret.createdDate }),
    ...(typeof content === 'string' ? { SecretString: content } : { SecretBinary: Uint8Array.from(content) }),
  };
}

/**
 * What the SDK would have thrown: a copy of its exception, same class, so that `catch` blocks go on working. Our own
 * timeout, closed and malformed errors have no class there and stay what they are.
 */
export async function toSdkError(error: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal?.aborted === true && error === signal.reason) return asAbortError(error);
  if (!(error instanceof SecretCacheError)) return error;
  if (error.cause instanceof Error) return clone(error.cause);
  if (error.code !== 'ERR_SECRET_NOT_FOUND') return error;
  // Learned from a description, so there is no exception to copy.
  const { ResourceNotFoundException } = await import('@aws-sdk/client-secrets-manager');
  return new ResourceNotFoundException({ message: error.message, $metadata: {} });
}

/** As the SDK does: named AbortError, with the signal's reason as its cause. */
function asAbortError(reason: unknown): unknown {
  if (reason instanceof Error && reason.name === 'AbortError') return reason;
  const error = new Error('Request aborted', { cause: reason });
  error.name = 'AbortError';
  return error;
}

function clone(error: Error): Error {
  const copy = copyError(error);
  if (hasMetadata(copy)) copy.$metadata = { ...copy.$metadata };
  return copy;
}

function hasMetadata(error: Error): error is Error & { $metadata: object } {
  return '$metadata' in error;
}
