/**
 * What an AWS error means, told by its structure alone: name, HTTP status, system code, and those of its causes.
 * Classes don't help: most codes have none, and two copies of the SDK don't share theirs.
 */

import { copyError, SecretCacheError } from '../errors.ts';
import {
  type AwsFailureCode,
  MENTIONS_DELETION,
  MENTIONS_KMS,
  MENTIONS_NO_CREDENTIALS,
  MENTIONS_STS_ACTION,
  NAMES_BY_CODE,
  NETWORK_CODE,
  THROTTLING_NAME,
  TIMEOUT_CODE,
  TLS_CODE,
} from './aws-error-words.ts';
import { failureText } from './failure-text.ts';

/** What is looked at in an error, all of it unchecked. */
interface ErrorTraits {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown; readonly attempts?: unknown } | undefined;
  readonly $retryable?: { readonly throttling?: unknown } | undefined;
}

/** How far causes are followed: further than any real chain, and an end for one that is a ring. */
const MAX_CAUSES = 10;

/**
 * The error to hand on for whatever a call threw; one of ours passes unchanged. What nobody knows may pass by itself,
 * and counts as an outage. `action` is the IAM permission to name when access is denied.
 */
export function toSecretCacheError(
  error: unknown,
  secretId: string | undefined,
  action = 'secretsmanager:GetSecretValue',
): SecretCacheError {
  try {
    return error instanceof SecretCacheError ? error : classify(error, secretId, action);
  } catch {
    // An error whose own fields throw when they are read.
    return classify(undefined, secretId, action);
  }
}

function classify(error: unknown, secretId: string | undefined, action: string): SecretCacheError {
  const chain = causesOf(error);
  const known = chain.find((link) => codeOf(link) !== undefined) ?? chain[0] ?? {};
  const code = codeOf(known) ?? 'ERR_SECRET_UNAVAILABLE';
  return new SecretCacheError(code, failureText(code, known, secretId, action), {
    secretId,
    cause: isSafeCause(known) ? copyError(known) : undefined,
  });
}

/** Whether the service, or something before it, asked for fewer requests. */
export function isThrottling(error: unknown): boolean {
  const { name, $metadata, $retryable } = traitsOf(error);
  return (
    $metadata?.httpStatusCode === 429 || $retryable?.throttling === true || THROTTLING_NAME.test(textOf(name))
  );
}

/** A signature that grew too old on its way, in a queue or a frozen VM. Not one that the SDK has signed again already. */
export function isExpiredSignature(error: unknown): boolean {
  const { message, $metadata } = traitsOf(error);
  const attempts = $metadata?.attempts;
  const triedOnce = typeof attempts !== 'number' || attempts <= 1;
  return (
    triedOnce && hasName(error, 'InvalidSignatureException') && textOf(message).includes('Signature expired')
  );
}

export function hasName(error: unknown, name: string): boolean {
  return traitsOf(error).name === name;
}

function codeOf(link: ErrorTraits): AwsFailureCode | undefined {
  if (isThrottling(link)) return 'ERR_SECRET_THROTTLED';
  const status = Number(link.$metadata?.httpStatusCode);
  // A success that is an error: the SDK could not read the body.
  if (status >= 200 && status < 300 && !isServiceException(link)) return 'ERR_SECRET_MALFORMED_RESPONSE';
  // The SDK calls a reset connection a TimeoutError, and keeps the system's code.
  return codeBySystem(link) ?? codeByName(link) ?? (status >= 500 ? 'ERR_SECRET_UNAVAILABLE' : undefined);
}

function codeByName(link: ErrorTraits): AwsFailureCode | undefined {
  const name = textOf(link.name);
  const message = textOf(link.message);
  const code = NAMES_BY_CODE.find(([, names]) => names.test(name))?.[0];
  if (code === 'ERR_SECRET_ACCESS_DENIED') {
    if (MENTIONS_STS_ACTION.test(message)) return 'ERR_SECRET_CREDENTIALS';
    if (MENTIONS_KMS.test(message)) return 'ERR_SECRET_DECRYPTION';
  }
  if (name === 'InvalidRequestException' && MENTIONS_DELETION.test(message)) return 'ERR_SECRET_DELETED';
  return code;
}

/** Errors of Node and of the SDK itself, which have no name of their own. */
function codeBySystem(link: ErrorTraits): AwsFailureCode | undefined {
  const message = textOf(link.message);
  const systemCode = textOf(link.code);
  if (TIMEOUT_CODE.test(systemCode)) return 'ERR_SECRET_TIMEOUT';
  if (NETWORK_CODE.test(systemCode) || TLS_CODE.test(systemCode)) return 'ERR_SECRET_UNAVAILABLE';
  if (MENTIONS_NO_CREDENTIALS.test(message)) return 'ERR_SECRET_CREDENTIALS';
  return message === 'Region is missing' ? 'ERR_SECRET_INVALID_REQUEST' : undefined;
}

/** Whether an error may be handed on as a `cause`: a service exception, a network or a credentials error, free of body text. */
function isSafeCause(link: ErrorTraits): boolean {
  const isKnown =
    isServiceException(link) || codeByName(link) !== undefined || codeBySystem(link) !== undefined;
  const [, ...inner] = causesOf(link);
  return (
    isKnown && !holdsBodyText(link) && !inner.some((cause) => holdsBodyText(cause) || '$response' in cause)
  );
}

/** A parser's error quotes the text it choked on, and an HTTP parser's carries the bytes. */
function holdsBodyText(link: ErrorTraits): boolean {
  return link instanceof SyntaxError || link.name === 'SyntaxError' || 'rawPacket' in link;
}

function isServiceException(link: ErrorTraits): boolean {
  return link.$fault !== undefined && link.$metadata !== undefined && !holdsBodyText(link);
}

/** The error and what caused it, outermost first. */
function causesOf(error: unknown): ErrorTraits[] {
  const chain: ErrorTraits[] = [];
  let link = error;
  while (isObject(link) && chain.length < MAX_CAUSES) {
    chain.push(link);
    link = traitsOf(link).cause;
  }
  return chain;
}

function traitsOf(error: unknown): ErrorTraits {
  return isObject(error) ? error : {};
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
