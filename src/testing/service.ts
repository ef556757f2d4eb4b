// What every operation works with: the state, the caller's rights, the switches and the clock.

import { parseSecretId, type Home } from './secret-id.ts';
import { markedForDeletion, replicaIsReadOnly, secretNotFound } from './errors.ts';
import type { Input } from './input.ts';
import type { ItemFault } from './faults.ts';
import type { LoggedItem } from './call-log.ts';
import type { Operation } from './operation.ts';
import type { AccessPolicy } from './policy.ts';
import type { ReplicaLag } from './lag.ts';
import type { SecretState } from './secret-state.ts';
import type { SecretStore } from './secret-store.ts';
import type { Switches } from './switches.ts';

export interface Service {
  readonly home: Home;
  readonly store: SecretStore;
  readonly lag: ReplicaLag;
  readonly policy: AccessPolicy;
  readonly switches: Switches;
  nowMs(): number;
}

/** An answer's body as it will be written: members that are undefined are left out. */
export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly body: Body;
  /** For the log: how each id of a batch fared. */
  readonly items?: readonly LoggedItem[];
}

/** Carries out one operation, at once and whole, or throws a ServiceError. */
export type Handler = (service: Service, input: Input, call: HandlerCall) => Answer;

export interface HandlerCall {
  itemFault(secretId: string): ItemFault | undefined;
}

/** Seconds since the epoch, with a fraction: how AWS JSON writes instants. */
export function seconds(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : atMs / 1000;
}

/**
 * Passes if the caller may do this to the secret that `secretId` names, whether or not it exists. An ARN of another
 * account is denied: nothing is shared with us.
 */
export function authorize(
  service: Service,
  action: Operation,
  secretId: string,
  conditions: { readonly versionStage?: string | undefined; readonly ignoreStageCondition?: boolean } = {},
): void {
  const resource = service.store.find(secretId)?.arn ?? secretId;
  service.policy.check({ action, secretId, resource, ...conditions });
  if (isForeign(service, secretId)) throw service.policy.foreign({ action, resource });
}

/** An ARN of this Region but another account. One of another Region is merely not found here. */
export function isForeign(service: Service, secretId: string): boolean {
  const id = parseSecretId(secretId);
  const { partition, region, account } = service.home;
  return (
    id.kind === 'arn' &&
    id.home.partition === partition &&
    id.home.region === region &&
    id.home.account !== account
  );
}

/** The live secret, for everything but values. Throws ResourceNotFoundException. */
export function findSecret(service: Service, secretId: string): SecretState {
  const secret = service.store.find(secretId);
  if (secret === undefined) throw secretNotFound();
  return secret;
}

/**
 * The live secret for a write. Throws InvalidParameterException for a replica, and InvalidRequestException while it is
 * scheduled for deletion.
 */
export function findWritable(service: Service, secretId: string): SecretState {
  const secret = findSecret(service, secretId);
  if (secret.primaryRegion !== undefined) throw replicaIsReadOnly();
  if (secret.deletionAtMs !== undefined) throw markedForDeletion();
  return secret;
}
