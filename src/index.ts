/** The public surface of the cache. */

export { SecretCache } from './secret-cache.ts';
export { Secret } from './secret.ts';
export { SecretCacheError, type SecretCacheErrorCode, type SecretCacheErrorDetails } from './errors.ts';
export type { BatchOptions, SecretCacheOptions } from './options.ts';
export type { BackoffOptions } from './backoff.ts';
export type { GetOptions, RefreshOptions, VersionSelector } from './requests.ts';
export type { PreloadOptions, PreloadReport } from './preload.ts';
export type { SecretCacheEvents } from './events.ts';
export type { SecretCacheStats } from './stats.ts';
export { parseSecretEvent, type SecretChangeHint } from './secret-event.ts';
export type { WatchOptions } from './watch.ts';
export type { WithSecretOptions } from './with-secret.ts';
export type { Runtime, TimerHandle } from './runtime.ts';
export { awsSource, type AwsSourceOptions, type SecretsManagerClientLike } from './source/aws-source.ts';
export type {
  Filter,
  SecretDescription,
  SecretRef,
  SecretSource,
  SecretVersion,
  SourceCall,
} from './source/secret-source.ts';
