// The operations this server speaks.

import { onlyKnown } from './known.ts';

const OPERATIONS = [
  'BatchGetSecretValue',
  'CreateSecret',
  'DeleteSecret',
  'DescribeSecret',
  'GetSecretValue',
  'ListSecretVersionIds',
  'ListSecrets',
  'PutSecretValue',
  'ReplicateSecretToRegions',
  'RestoreSecret',
  'RotateSecret',
  'TagResource',
  'UntagResource',
  'UpdateSecret',
  'UpdateSecretVersionStage',
] as const;

/** An operation of AWS Secrets Manager that LocalSecretsManager answers. */
export type Operation = (typeof OPERATIONS)[number];

const KNOWN: ReadonlySet<string> = new Set(OPERATIONS);

export function isOperation(name: string): name is Operation {
  return KNOWN.has(name);
}

/** Throws TypeError for what is no operation: a misspelt one would match no call, and a test would prove nothing. */
export function checkOperations(operation: unknown): void {
  for (const name of Array.isArray(operation) ? (operation as unknown[]) : [operation]) {
    if (typeof name === 'string' && isOperation(name)) continue;
    throw new TypeError(`unknown operation ${JSON.stringify(name)}; known are ${OPERATIONS.join(', ')}`);
  }
}

/** Throws TypeError for members that a scope doesn't have: a misspelt one would match every call. */
export function checkScope(scope: CallScope, known: readonly string[]): void {
  onlyKnown('member of a scope', scope, known);
  if (scope.operation !== undefined) checkOperations(scope.operation);
}

/** Which calls something applies to. */
export interface CallScope {
  /** One operation, or several. All when left out. */
  readonly operation?: Operation | readonly Operation[];
  /** Only calls that ask for this secret, by name, ARN or partial ARN. All when left out. */
  readonly secretId?: string;
}

/** A call as scopes see it. */
export interface ScopedCall {
  readonly operation: Operation | undefined;
  readonly secretIds: readonly string[];
}

/** Do two ids name one secret? */
export type SameSecret = (one: string, other: string) => boolean;

export function inScope(scope: CallScope, call: ScopedCall, same: SameSecret): boolean {
  const { operation, secretId } = scope;
  if (operation !== undefined && !asList(operation).some((name) => name === call.operation)) return false;
  return secretId === undefined || call.secretIds.some((asked) => same(asked, secretId));
}

function asList(operation: Operation | readonly Operation[]): readonly Operation[] {
  return typeof operation === 'string' ? [operation] : operation;
}
