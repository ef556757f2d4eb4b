/** `secretsmanager-cache/failover`: a source over the Regions that secrets are replicated to. */

export { failover, type FailoverSource } from './failover.ts';
export type { FailoverOptions } from './options.ts';
export type { FailoverStats } from './router.ts';
export type { RegionStats } from './region.ts';
export type { RegionState } from './health.ts';
export type { FailoverEvents } from './events.ts';
