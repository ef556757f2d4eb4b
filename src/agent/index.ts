/** `secretsmanager-cache/agent`: secrets through a cache that the processes of a host share. */

export { agentSource } from './agent-source.ts';
export type { AgentKind, AgentSourceOptions } from './options.ts';
