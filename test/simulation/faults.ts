/** How calls fail, in the SDK's shapes, and which of our codes each failure may show as. */

import * as errors from '../support/service-errors.ts';
import { CANARY } from './secrets.ts';

export type FaultName =
  | 'throttled'
  | 'internal'
  | 'unavailable'
  | 'reset'
  | 'unresolved'
  | 'timedOut'
  | 'noCredentials'
  | 'expiredToken'
  | 'expiredSignature'
  | 'unreadable'
  | 'unreadable500'
  | 'unknown'
  | 'invalidParameter';

export interface Failure {
  /** The codes a caller may see it as. */
  readonly code: string;
  readonly error: Error;
}

const PAGE = `<html>${CANARY}</html>`;

const FAULTS: Readonly<Record<FaultName, readonly [string, () => Error]>> = {
  throttled: ['ERR_SECRET_THROTTLED', errors.throttled],
  internal: ['ERR_SECRET_UNAVAILABLE', errors.internalError],
  unavailable: ['ERR_SECRET_UNAVAILABLE', errors.unavailable],
  reset: ['ERR_SECRET_UNAVAILABLE', (): Error => errors.network('ECONNRESET')],
  unresolved: ['ERR_SECRET_UNAVAILABLE', (): Error => errors.network('EAI_AGAIN')],
  timedOut: ['ERR_SECRET_TIMEOUT', (): Error => errors.network('ETIMEDOUT')],
  noCredentials: ['ERR_SECRET_CREDENTIALS', errors.noCredentials],
  expiredToken: ['ERR_SECRET_CREDENTIALS', errors.expiredToken],
  expiredSignature: ['ERR_SECRET_CREDENTIALS', errors.signatureExpired],
  unreadable: ['ERR_SECRET_MALFORMED_RESPONSE', (): Error => errors.unreadableBody(PAGE)],
  unreadable500: ['ERR_SECRET_UNAVAILABLE', (): Error => errors.unreadableBody(PAGE, 500)],
  unknown: ['ERR_SECRET_UNAVAILABLE', (): Error => errors.unmodelled('WhoKnowsException', 'Who knows?')],
  invalidParameter: ['ERR_SECRET_INVALID_REQUEST', errors.invalidParameter],
};

export function fault(name: FaultName): Failure {
  const [code, make] = FAULTS[name];
  return { code, error: make() };
}

export const notFound = (): Failure => ({ code: 'ERR_SECRET_NOT_FOUND', error: errors.secretNotFound() });
export const noSuchStage = (stage: string): Failure => ({
  code: 'ERR_SECRET_NOT_FOUND',
  error: errors.stageNotFound(stage),
});
export const noSuchVersion = (versionId: string): Failure => ({
  code: 'ERR_SECRET_NOT_FOUND',
  error: errors.versionNotFound(versionId),
});
export const mismatch = (): Failure => ({
  code: 'ERR_SECRET_INVALID_REQUEST',
  error: errors.stageMismatch(),
});
export const repeated = (): Failure => ({
  code: 'ERR_SECRET_INVALID_REQUEST',
  error: errors.invalidParameter(),
});
export const expiredPages = (): Failure => ({
  code: 'ERR_SECRET_INVALID_REQUEST',
  error: errors.invalidNextToken(),
});
export const deleted = (): Failure => ({ code: 'ERR_SECRET_DELETED', error: errors.markedForDeletion() });
export const denied = (action: string): Failure => ({
  code: 'ERR_SECRET_ACCESS_DENIED',
  error: errors.accessDenied(action),
});
export const undecryptable = (isDenied: boolean): Failure => ({
  code: 'ERR_SECRET_DECRYPTION',
  error: isDenied ? errors.kmsDenied() : errors.decryptionFailure(),
});

/** Answers of status 200 that are none. */
export const GARBAGE: readonly unknown[] = [
  undefined,
  {},
  { ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:other-ABCDEF', Name: 'other' },
  {
    ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:other-ABCDEF',
    Name: 'other',
    VersionId: 'v1',
    VersionStages: ['AWSCURRENT'],
    SecretString: CANARY,
    VersionIdsToStages: { v1: ['AWSCURRENT'] },
  },
  { SecretString: CANARY, SecretBinary: new Uint8Array([1]) },
];
