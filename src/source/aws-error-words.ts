/** The names, codes and phrases that AWS errors are told by. */

import type { AwsFailureCode } from './failure-text.ts';

/** By the service's names, common errors of AWS and the SDK's own included. Throttling has a pattern of its own. */
const NAMES: readonly (readonly [AwsFailureCode, readonly string[]])[] = [
  ['ERR_SECRET_NOT_FOUND', ['ResourceNotFoundException']],
  ['ERR_SECRET_ACCESS_DENIED', ['AccessDeniedException', 'AccessDenied', 'NotAuthorized']],
  ['ERR_SECRET_DECRYPTION', ['DecryptionFailure']],
  [
    'ERR_SECRET_INVALID_REQUEST',
    [
      'InvalidRequestException',
      'InvalidParameterException',
      'InvalidNextTokenException',
      'ValidationException',
      'ValidationError',
      'SerializationException',
    ],
  ],
  [
    'ERR_SECRET_CREDENTIALS',
    [
      'CredentialsProviderError',
      'TokenProviderError',
      'ProviderError',
      'ExpiredToken',
      'ExpiredTokenException',
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidIdentityToken',
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
      'IncompleteSignature',
      'IncompleteSignatureException',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
      'AuthFailure',
      'OptInRequired',
      'RequestExpired',
      'RequestInTheFuture',
      'RequestTimeTooSkewed',
    ],
  ],
  ['ERR_SECRET_TIMEOUT', ['TimeoutError', 'RequestTimeout', 'RequestTimeoutException']],
  [
    'ERR_SECRET_UNAVAILABLE',
    ['InternalServiceError', 'InternalFailure', 'ServiceUnavailable', 'ServiceUnavailableException'],
  ],
];
export const CODE_BY_NAME: ReadonlyMap<unknown, AwsFailureCode> = new Map(
  NAMES.flatMap(([code, names]) => names.map((name): [string, AwsFailureCode] => [name, code])),
);

export const THROTTLING_NAME: RegExp =
  /Throttl|^(TooManyRequestsException|RequestLimitExceeded|LimitExceededException|BandwidthLimitExceeded|SlowDown)$/;
export const TIMEOUT_CODE: RegExp = /^(ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_\w+_TIMEOUT)$/;
/** A connection that failed or was never made, TLS included. Not the HTTP parser's HPE_*: those errors carry raw bytes. */
export const NETWORK_CODE: RegExp =
  /^(ECONN(RESET|REFUSED|ABORTED)|EPIPE|E(HOST|NET)(UNREACH|DOWN)|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL|EPROTO|ERR_(HTTP2|TLS|SSL)_.+|CERT_.+|CRL_.+|UNABLE_TO_.+|(DEPTH_ZERO_)?SELF_SIGNED_CERT.*|HOSTNAME_MISMATCH|UND_ERR_SOCKET)$/;

/** AWS's words on KMS. A secret's own name may hold "kms" as well, but no blank and no colon. */
export const MENTIONS_KMS: RegExp = /\bKMS (is|key)\b|\bkms:|\bto KMS\b/;
/** "marked for deletion" by AWS, "currently marked deleted" by moto. */
export const MENTIONS_DELETION: RegExp = /marked (for deletion|deleted)|scheduled for deletion/;
/** The credentials' own role was refused, not the secret. `arn:aws:sts::…` only names the caller. */
export const MENTIONS_STS_ACTION: RegExp = /\bsts:[A-Za-z]/;
export const MENTIONS_NO_CREDENTIALS: RegExp =
  /^(Credential is missing|Resolved credential object is not valid)/;
