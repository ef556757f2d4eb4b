/** The SDK's exceptions as Secrets Manager and the network make it throw them, texts and statuses included. */

import {
  DecryptionFailure,
  InternalServiceError,
  InvalidNextTokenException,
  InvalidParameterException,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';

let requests = 0;

function metadata(httpStatusCode: number): { $metadata: { httpStatusCode: number; requestId: string } } {
  requests += 1;
  return { $metadata: { httpStatusCode, requestId: `request-${requests}` } };
}

/** An exception that the SDK has no class for: it comes as the service's base class under its code's name. */
export function unmodelled(name: string, message: string, httpStatusCode = 400): Error {
  const $fault = httpStatusCode >= 500 ? 'server' : 'client';
  return new SecretsManagerServiceException({ name, $fault, message, ...metadata(httpStatusCode) });
}

export const secretNotFound = (): Error =>
  new ResourceNotFoundException({
    message: "Secrets Manager can't find the specified secret.",
    ...metadata(400),
  });

export const stageNotFound = (stage: string): Error =>
  new ResourceNotFoundException({
    message: `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
    ...metadata(400),
  });

export const versionNotFound = (versionId: string): Error =>
  new ResourceNotFoundException({
    message: `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`,
    ...metadata(400),
  });

export const stageMismatch = (): Error =>
  new InvalidRequestException({
    message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    ...metadata(400),
  });

export const markedForDeletion = (): Error =>
  new InvalidRequestException({
    message: "You can't perform this operation on the secret because it was marked for deletion.",
    ...metadata(400),
  });

export const invalidRequest = (message = "You can't access a secret from a different AWS account."): Error =>
  new InvalidRequestException({ message, ...metadata(400) });

export const invalidParameter = (message = 'The parameter name or value is incorrect.'): Error =>
  new InvalidParameterException({ message, ...metadata(400) });

export const invalidNextToken = (): Error =>
  new InvalidNextTokenException({ message: 'Invalid NextToken.', ...metadata(400) });

export const validation = (): Error =>
  unmodelled('ValidationException', "1 validation error detected: Value at 'secretId' failed.");

/** IAM's answer; BatchGetSecretValue's names no resource. */
export function accessDenied(action = 'GetSecretValue', resource?: string): Error {
  const what = `secretsmanager:${action}`;
  const where = resource === undefined ? '' : ` on resource: ${resource}`;
  const who = 'User: arn:aws:sts::123456789012:assumed-role/app/session';
  return unmodelled(
    'AccessDeniedException',
    `${who} is not authorized to perform: ${what}${where} because no identity-based policy allows the ${what} action`,
  );
}

export const kmsDenied = (): Error => unmodelled('AccessDeniedException', 'Access to KMS is not allowed');

export const decryptionFailure = (): Error =>
  new DecryptionFailure({
    message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
    ...metadata(400),
  });

export const throttled = (): Error => unmodelled('ThrottlingException', 'Rate exceeded');

export const internalError = (): Error =>
  new InternalServiceError({ message: 'An error occurred on the server side.', ...metadata(500) });

/** 502, 503 or 504, as a load balancer in front of the service answers. */
export const unavailable = (status: 502 | 503 | 504 = 503): Error =>
  unmodelled(status === 503 ? 'ServiceUnavailable' : 'UnknownError', 'Service unavailable', status);

export const expiredToken = (): Error =>
  unmodelled('ExpiredTokenException', 'The security token included in the request is expired');

export const unrecognizedClient = (): Error =>
  unmodelled('UnrecognizedClientException', 'The security token included in the request is invalid.');

export const signatureExpired = (): Error =>
  unmodelled(
    'InvalidSignatureException',
    'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)',
  );

/** What the SDK throws when no provider in its chain has credentials. */
export const noCredentials = (): Error =>
  Object.assign(new Error('Could not load credentials from any providers'), {
    name: 'CredentialsProviderError',
    tryNextLink: false,
  });

/** A Node.js network error, as it reaches the caller of `send`. */
export const network = (code: string): Error =>
  Object.assign(new Error(`${code} secretsmanager.us-east-1.amazonaws.com`), {
    code,
    errno: -1,
    syscall: 'connect',
    $metadata: { attempts: 3 },
  });

/** An answer that the deserialiser can't read: its `SyntaxError` quotes the body. */
export const unreadableBody = (body: string, httpStatusCode = 200): Error =>
  Object.assign(new SyntaxError(`Unexpected token '<', "${body}" is not valid JSON`), {
    $metadata: { httpStatusCode },
    $responseBodyText: body,
  });

/** How the SDK rejects a `send` whose signal was aborted. */
export const aborted = (reason: unknown): Error =>
  Object.assign(new Error('Request aborted', { cause: reason }), { name: 'AbortError' });
