/** The one error class of the library: a stable code, the secret it is about, and never a value. */

/** What went wrong, stable across releases; match on this. */
export type SecretCacheErrorCode =
  | 'ERR_SECRET_NOT_FOUND'
  | 'ERR_SECRET_DELETED'
  | 'ERR_SECRET_ACCESS_DENIED'
  | 'ERR_SECRET_DECRYPTION'
  | 'ERR_SECRET_INVALID_REQUEST'
  | 'ERR_SECRET_THROTTLED'
  | 'ERR_SECRET_UNAVAILABLE'
  | 'ERR_SECRET_TIMEOUT'
  | 'ERR_SECRET_CREDENTIALS'
  | 'ERR_SECRET_MALFORMED_RESPONSE'
  | 'ERR_SECRET_NOT_TEXT'
  | 'ERR_SECRET_NOT_BINARY'
  | 'ERR_SECRET_NOT_JSON'
  | 'ERR_SECRET_SCHEMA'
  | 'ERR_CACHE_CLOSED';

/** Where an error comes from, beside its code and message. */
export interface SecretCacheErrorDetails {
  /** The id as the caller wrote it. */
  readonly secretId?: string | undefined;
  /** An SDK exception or a network error. Never one that may hold secret text, such as a parser's `SyntaxError`. */
  readonly cause?: unknown;
}

const BRAND = Symbol.for('secretsmanager-cache.SecretCacheError');

/**
 * Why a secret could not be had. `instanceof` recognises the errors of another copy of this package too
 * (ESM and CJS builds, two versions in one tree).
 */
export class SecretCacheError extends Error {
  readonly code: SecretCacheErrorCode;
  readonly secretId: string | undefined;

  static {
    this.prototype.name = 'SecretCacheError';
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor(code: SecretCacheErrorCode, message: string, details: SecretCacheErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.secretId = details.secretId;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** How the cache acts on a failure: README has the table. */
export type FailureKind = 'transient' | 'denied' | 'rejected';

/** `transient`: may pass by itself. `denied`: the secret or the right to it is gone. `rejected`: the request is at fault. */
export function failureKind(error: SecretCacheError): FailureKind {
  switch (error.code) {
    case 'ERR_SECRET_THROTTLED':
    case 'ERR_SECRET_UNAVAILABLE':
    case 'ERR_SECRET_TIMEOUT':
    case 'ERR_SECRET_CREDENTIALS':
    case 'ERR_SECRET_MALFORMED_RESPONSE':
      return 'transient';
    case 'ERR_SECRET_NOT_FOUND':
    case 'ERR_SECRET_DELETED':
    case 'ERR_SECRET_ACCESS_DENIED':
    case 'ERR_SECRET_DECRYPTION':
      return 'denied';
    case 'ERR_SECRET_INVALID_REQUEST':
    case 'ERR_SECRET_NOT_TEXT':
    case 'ERR_SECRET_NOT_BINARY':
    case 'ERR_SECRET_NOT_JSON':
    case 'ERR_SECRET_SCHEMA':
    case 'ERR_CACHE_CLOSED':
      return 'rejected';
  }
}

/** A new error with the same content: no two callers share one, so none sees another's stack or additions. */
export function freshError(error: SecretCacheError, note = ''): SecretCacheError {
  return new SecretCacheError(error.code, error.message + note, {
    secretId: error.secretId,
    cause: error.cause,
  });
}

/** A copy of the same class, without the raw HTTP response that the SDK hides in its errors, body and all. */
export function copyError(error: object): Error {
  const kept: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(error);
  delete kept['$response'];
  // An accessor in newer versions of V8, which would give the stack of the copy.
  if ('stack' in error) kept['stack'] = { value: error.stack, writable: true, configurable: true };
  const copy = Object.defineProperties(new Error(), kept);
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  return copy;
}

/** A text from outside, quoted, escaped and cut to 256 characters: safe in a one-line message. */
export function quote(text: string): string {
  const cut = text.length > 256 ? `${text.slice(0, 256)}…` : text;
  const escaped = JSON.stringify(cut).replace(
    /[^\x20-\x7e…]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped;
}

/** What a call was about, for a message. */
export function subjectOf(secretId: string | undefined): string {
  return secretId === undefined ? 'secrets' : `secret ${quote(secretId)}`;
}

/** A source must reject with our errors; of any other only the class is told, since it may hold secret text. */
export function asOurs(error: unknown, secretId: string | undefined): SecretCacheError {
  let what = 'Error';
  try {
    if (error instanceof SecretCacheError) return error;
    what = error instanceof Error ? error.name : typeof error;
  } catch {
    // An error whose own fields throw when they are read.
  }
  return new SecretCacheError(
    'ERR_SECRET_UNAVAILABLE',
    `The source failed for ${subjectOf(secretId)} with ${quote(what)}.`,
    { secretId },
  );
}
