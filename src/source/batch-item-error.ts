/** A batch's per-item error as the exception that the same failure of a single call would have been. */

import { fieldsOf, isText } from './aws-answers.ts';
import { toSecretCacheError } from './aws-errors.ts';
import type { ItemError } from './batch-matching.ts';
import type { Sdk } from './lazy-client.ts';

interface RawItemError {
  SecretId?: unknown;
  ErrorCode?: unknown;
  Message?: unknown;
}

type ExceptionOptions = ConstructorParameters<Sdk['SecretsManagerServiceException']>[0];
type ExceptionClass = new (options: ExceptionOptions) => Error;

/** `undefined` for an item that doesn't say which secret it is about. */
export function readItemError(item: unknown, metadata: unknown, sdk: Sdk): ItemError | undefined {
  const { SecretId, ErrorCode, Message } = fieldsOf<RawItemError>(item);
  if (!isText(SecretId)) return undefined;
  const name = isText(ErrorCode) ? ErrorCode : 'UnknownError';
  const Exception = modelledException(name, sdk) ?? sdk.SecretsManagerServiceException;
  const exception = new Exception({
    name,
    $fault: name === 'InternalServiceError' ? 'server' : 'client',
    $metadata: fieldsOf<ExceptionOptions['$metadata']>(metadata),
    message: isText(Message) ? Message : name,
  });
  return { secretId: SecretId, toError: (askedId) => toSecretCacheError(exception, askedId) };
}

/** The SDK's class of that name; the code comes from outside and may name any other of its exports. */
function modelledException(name: string, sdk: Sdk): ExceptionClass | undefined {
  const found: unknown = Object.hasOwn(sdk, name) ? sdk[name as keyof Sdk] : undefined;
  if (typeof found !== 'function') return undefined;
  // Not `instanceof`: the SDK's exceptions answer that by name.
  const isException = Object.prototype.isPrototypeOf.call(
    sdk.SecretsManagerServiceException.prototype,
    found.prototype as object,
  );
  return isException ? (found as ExceptionClass) : undefined;
}
