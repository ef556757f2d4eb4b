// secretsmanager-cache/testing: the public surface.

export { LocalSecretsManager } from './local-secrets-manager.ts';
export { LocalAgent, type LoggedAgentRequest } from './local-agent.ts';
export type { LocalAgentKind, LocalAgentOptions } from './agent/options.ts';
export type { LocalSecretsManagerOptions } from './options.ts';
export type { LoggedCall, LoggedItem } from './call-log.ts';
export type { CallScope, Operation } from './operation.ts';
export type { Fault, FaultKind, Faults, FaultScope, InjectedFault } from './faults.ts';
export type { Gate, HoldOptions } from './gate.ts';
export type { ReplicaLag } from './lag.ts';
export type { Replication, ReplicationOptions } from './replicas.ts';
export { AWS_QUOTAS_PER_SECOND } from './limits.ts';
export type { Limits, RateLimits } from './limits.ts';
export type { AccessPolicy, Denial, EndpointDenial, IamDenial, KmsDenial } from './policy.ts';
export type { Rotation, SecretContent } from './rotation.ts';
export type {
  DeletionOptions,
  NewSecret,
  NewVersion,
  SeededSecret,
  SeededVersion,
  SeedValue,
} from './seeds.ts';
export { DEFAULT_SWITCHES } from './switches.ts';
export type { Switches } from './switches.ts';
