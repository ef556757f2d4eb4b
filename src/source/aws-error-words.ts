/** The names, codes and phrases that AWS errors are told by. */

import type { SecretCacheErrorCode } from '../errors.ts';

/** What a call to AWS can fail with. */
export type AwsFailureCode = Exclude<
  SecretCacheErrorCode,
  | 'ERR_SECRET_NOT_TEXT'
  | 'ERR_SECRET_NOT_BINARY'
  | 'ERR_SECRET_NOT_JSON'
  | 'ERR_SECRET_SCHEMA'
  | 'ERR_CACHE_CLOSED'
>;

/** By the service's names, common errors of AWS and the SDK's own included. Throttling has a pattern of its own. */
export const NAMES_BY_CODE: readonly (readonly [AwsFailureCode, RegExp])[] = [
  ['ERR_SECRET_NOT_FOUND', /^ResourceNotFoundException$/],
  ['ERR_SECRET_ACCESS_DENIED', /^(AccessDenied(Exception)?|NotAuthorized)$/],
  ['ERR_SECRET_DECRYPTION', /^DecryptionFailure$/],
  [
    'ERR_SECRET_INVALID_REQUEST',
    /^((Invalid(Request|Parameter|NextToken)|Validation|Serialization)Exception|ValidationError)$/,
  ],
  ['ERR_SECRET_CREDENTIALS', /^(Credentials|Token)?ProviderError$/],
  ['ERR_SECRET_CREDENTIALS', /^(ExpiredToken|IncompleteSignature|MissingAuthenticationToken)(Exception)?$/],
  ['ERR_SECRET_CREDENTIALS', /^(InvalidSignature|UnrecognizedClient)Exception$/],
  ['ERR_SECRET_CREDENTIALS', /^(InvalidClientTokenId|InvalidIdentityToken|SignatureDoesNotMatch)$/],
  ['ERR_SECRET_CREDENTIALS', /^(AuthFailure|OptInRequired|Request(Expired|InTheFuture|TimeTooSkewed))$/],
  ['ERR_SECRET_TIMEOUT', /^(TimeoutError|RequestTimeout(Exception)?)$/],
  ['ERR_SECRET_UNAVAILABLE', /^(InternalServiceError|InternalFailure|ServiceUnavailable(Exception)?)$/],
];

export const THROTTLING_NAME: RegExp =
  /Throttl|^(TooManyRequestsException|RequestLimitExceeded|LimitExceededException|BandwidthLimitExceeded|SlowDown)$/;
export const TIMEOUT_CODE: RegExp = /^(ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_\w+_TIMEOUT)$/;
/** A connection that failed or was never made. Not the HTTP parser's HPE_*: those errors carry raw bytes. */
export const NETWORK_CODE: RegExp =
  /^(ECONN(RESET|REFUSED|ABORTED)|EPIPE|E(HOST|NET)(UNREACH|DOWN)|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL|ERR_HTTP2_.+|UND_ERR_SOCKET)$/;
/** A TLS connection that could not be trusted. */
export const TLS_CODE: RegExp =
  /^(EPROTO|ERR_(TLS|SSL)_.+|CERT_.+|CRL_.+|UNABLE_TO_.+|(DEPTH_ZERO_)?SELF_SIGNED_CERT.*|HOSTNAME_MISMATCH)$/;

/** AWS's words on KMS. A secret's own name may hold "kms" as well, but no blank and no colon. */
export const MENTIONS_KMS: RegExp = /\bKMS (is|key)\b|\bkms:|\bto KMS\b/;
/** "marked for deletion" by AWS, "currently marked deleted" by moto. */
export const MENTIONS_DELETION: RegExp = /marked (for deletion|deleted)|scheduled for deletion/;
/** The credentials' own role was refused, not the secret. `arn:aws:sts::…` only names the caller. */
export const MENTIONS_STS_ACTION: RegExp = /\bsts:[A-Za-z]/;
export const MENTIONS_NO_CREDENTIALS: RegExp =
  /^(Credential is missing|Resolved credential object is not valid)/;
