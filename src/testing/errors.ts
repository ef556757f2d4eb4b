// The service's refusals, one function each: code, HTTP status and message text as AWS answers them.

/**
 * A refusal as it travels: `__type`, HTTP status and message. Texts marked "recorded" were recorded from AWS
 * (LocalStack's AWS-validated snapshots, moto's AWS-verified tests, output pasted in issue threads); the others
 * follow AWS's documentation as closely as it goes. No message ever holds a secret value.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** The exception's name, e.g. `ResourceNotFoundException`. */
  readonly code: string;
  /** HTTP status. 400 for everything but server faults. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Codes in the service's model. Their text travels as `Message`; all others' as `message`, and clients must read both. */
const MODELLED: ReadonlySet<string> = new Set([
  'DecryptionFailure',
  'EncryptionFailure',
  'InternalServiceError',
  'InvalidNextTokenException',
  'InvalidParameterException',
  'InvalidRequestException',
  'LimitExceededException',
  'MalformedPolicyDocumentException',
  'PreconditionNotMetException',
  'ResourceExistsException',
  'ResourceNotFoundException',
]);

/** The JSON body of a refusal. */
export function errorBody(error: {
  readonly code: string;
  readonly message: string;
}): Record<string, string> {
  const key = MODELLED.has(error.code) ? 'Message' : 'message';
  return { __type: error.code, [key]: error.message };
}

// ---- Reads ----

/** Recorded. */
export function secretNotFound(): ServiceError {
  return new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

/** Recorded: no version holds the label, or the one that does has no value yet. */
export function stageNotFound(versionStage: string): ServiceError {
  return new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for staging label: ${versionStage}`,
  );
}

/** Recorded. */
export function versionNotFound(versionId: string): ServiceError {
  return new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`,
  );
}

/** Recorded. */
export function stageMismatch(): ServiceError {
  return new ServiceError(
    'InvalidRequestException',
    'You provided a VersionStage that is not associated to the provided VersionId.',
  );
}

/** Recorded. */
export function markedForDeletion(): ServiceError {
  return new ServiceError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

export function invalidNextToken(): ServiceError {
  return new ServiceError('InvalidNextTokenException', 'The NextToken value is invalid.');
}

// ---- Writes ----

/** Recorded, for names in any member and any operation. */
export function invalidName(): ServiceError {
  return new ServiceError(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
}

/** Recorded. */
export function secretExists(name: string): ServiceError {
  return new ServiceError(
    'ResourceExistsException',
    `The operation failed because the secret ${name} already exists.`,
  );
}

/** A version's content never changes: the same ClientRequestToken with another value. Text from the API reference. */
export function versionExists(): ServiceError {
  return new ServiceError('ResourceExistsException', 'A resource with the ID you requested already exists.');
}

/** Recorded. */
export function nameScheduledForDeletion(): ServiceError {
  return new ServiceError(
    'InvalidRequestException',
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  );
}

/** Recorded: RotateSecret answers with another code than the other writes. */
export function tokenMissing(operation: string): ServiceError {
  return new ServiceError(
    operation === 'RotateSecret' ? 'InvalidParameterException' : 'InvalidRequestException',
    'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
  );
}

/** Recorded. */
export function removeFromMissing(versionStage: string, holder: string): ServiceError {
  return new ServiceError(
    'InvalidParameterException',
    `The parameter RemoveFromVersionId can't be empty. Staging label ${versionStage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
  );
}

/** Recorded. */
export function noRotationFunction(): ServiceError {
  return new ServiceError(
    'InvalidRequestException',
    'No Lambda rotation function ARN is associated with this secret.',
  );
}

export function rotationUnfinished(): ServiceError {
  return new ServiceError(
    'InvalidRequestException',
    "A previous rotation isn't complete. That rotation will be reattempted.",
  );
}

/** Text from the API reference. */
export function limitExceeded(): ServiceError {
  return new ServiceError(
    'LimitExceededException',
    'The request failed because it would exceed one of the Secrets Manager quotas.',
  );
}

export function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}

export function invalidRequest(message: string): ServiceError {
  return new ServiceError('InvalidRequestException', message);
}

// ---- Rights ----

/** Why a caller was refused; the words are those of IAM's own messages. */
export type DenialCause = 'identity' | 'explicit' | 'resource' | 'endpoint';

const CAUSES: Readonly<Record<DenialCause, (action: string) => string>> = {
  identity: (action) => `because no identity-based policy allows the ${action} action`,
  explicit: () => 'with an explicit deny in a resource-based policy',
  resource: (action) => `because no resource-based policy allows the ${action} action`,
  endpoint: (action) => `because no VPC endpoint policy allows the ${action} action`,
};

/** Recorded. `resource` is absent for actions without resource types, such as BatchGetSecretValue. */
export function accessDenied(
  userArn: string,
  operation: string,
  resource: string | undefined,
  cause: DenialCause,
): ServiceError {
  const action = `secretsmanager:${operation}`;
  const on = resource === undefined ? '' : ` on resource: ${resource}`;
  return new ServiceError(
    'AccessDeniedException',
    `User: ${userArn} is not authorized to perform: ${action}${on} ${CAUSES[cause](action)}`,
  );
}

/** Recorded. */
export function kmsDenied(): ServiceError {
  return new ServiceError('AccessDeniedException', 'Access to KMS is not allowed');
}

/** Recorded: the caller may use the secret's key of today, not the one this version was encrypted with. */
export function oldKeyDenied(): ServiceError {
  return new ServiceError(
    'AccessDeniedException',
    'Access to KMS is not allowed. This version of secret is not encrypted with the current KMS key.',
  );
}

/** Recorded: the aws/secretsmanager key can't be shared with other accounts. */
export function defaultKeyAcrossAccounts(): ServiceError {
  return new ServiceError(
    'InvalidRequestException',
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  );
}

/** Text from the API reference; what the service really says is unknown. */
export function decryptionFailure(): ServiceError {
  return new ServiceError(
    'DecryptionFailure',
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  );
}

/** Recorded. */
export function throttled(): ServiceError {
  return new ServiceError('ThrottlingException', 'Rate exceeded');
}

/** Text as moto has it; what the service really says is unknown. */
export function replicaIsReadOnly(): ServiceError {
  return new ServiceError(
    'InvalidParameterException',
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  );
}

// ---- Protocol ----

export function validation(message: string): ServiceError {
  return new ServiceError('ValidationException', `1 validation error detected: ${message}`);
}

export function serialization(message: string): ServiceError {
  return new ServiceError('SerializationException', message);
}

export function unknownOperation(): ServiceError {
  return new ServiceError(
    'UnknownOperationException',
    'The X-Amz-Target header names no operation of this service.',
  );
}

export function missingSignature(): ServiceError {
  return new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}
