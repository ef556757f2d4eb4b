// Where the secrets of one contender live: a Secrets Manager of its own in this process, or a prefix of its own on the
// endpoint that AWS_ENDPOINT_URL_SECRETS_MANAGER names. Either way the calls are counted as they go over the wire.

import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const READS = ['GetSecretValue', 'BatchGetSecretValue', 'DescribeSecret'] as const;

export type ReadOperation = (typeof READS)[number];

/** One HTTP request: each attempt of an SDK's retries counts. */
export interface Call {
  readonly operation: ReadOperation;
  /** `'ok'`, or what became of it. */
  readonly outcome: string;
  /** When it arrived or, on another's endpoint, left; in milliseconds since 1970. */
  readonly atMs: number;
}

/** How the right to a secret is taken away. */
interface Revocation {
  readonly how: string;
  /** The least time between the first denial on the wire and the first refused read. */
  readonly confirmedAfterMs: number;
}

/** What only a server in this process can be made to do. */
export interface Faults {
  /** Leaves one call a second of each of the account's quotas. */
  throttle(): void;
  /** Resets every connection. */
  cutOff(): void;
  end(): void;
}

export interface Account {
  /** Makes the secrets, each with one version of this id. */
  create(secrets: ReadonlyMap<string, string>, versionId: string): Promise<void>;
  readonly idOf: (name: string) => string;
  /** For what an administrator or a rotation function does: not counted. */
  readonly admin: SecretsManagerClient;
  /** A client for one process of the contender: counted. */
  client(): SecretsManagerClient;
  /** Reads so far, in order. */
  calls(): readonly Call[];
  readonly faults: Faults | undefined;
  readonly revocation: Revocation;
  revoke(name: string): Promise<void>;
  /** Deletes the secrets. */
  close(): Promise<void>;
}

export function isRead(operation: string | undefined): operation is ReadOperation {
  return READS.some((read) => read === operation);
}
