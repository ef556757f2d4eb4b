/** Secrets Manager as a source. Its code and the SDK's are loaded at the first call. */

import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

import { integer, object, onlyKnown } from '../checks.ts';
import { LazySource, type WholeSource } from './lazy-source.ts';

/** A `SecretsManagerClient`, or anything that takes its commands. */
export interface SecretsManagerClientLike {
  send(command: never, options?: never): Promise<unknown>;
}

/** Give at most one of `client` and `clientConfig`. */
export interface AwsSourceOptions {
  /** Sends the commands; never destroyed. Default: a `SecretsManagerClient` made from `clientConfig` at the first call. */
  readonly client?: SecretsManagerClientLike | undefined;
  /** The configuration of the client that is made at the first call, and destroyed by `close()`. */
  readonly clientConfig?: SecretsManagerClientConfig | undefined;
  /** How many calls may be in flight at once, 1 to 10_000; DescribeSecret takes at most half. Default 50. */
  readonly maxConcurrency?: number | undefined;
}

/**
 * AWS Secrets Manager, one request a call: what a cache reads from unless it is given a `source`, and what other
 * sources are built upon. Throws `TypeError` or `RangeError` for options that are unknown or out of range.
 */
export function awsSource(options: AwsSourceOptions = {}): WholeSource {
  object('the options of awsSource', options);
  onlyKnown('option of awsSource', options, ['client', 'clientConfig', 'maxConcurrency']);
  const { client, clientConfig } = options;
  requireOneOrigin({ client, clientConfig });
  const maxConcurrency = integer('maxConcurrency', options.maxConcurrency ?? 50, 1, 10_000);
  return new LazySource(async () => {
    const { AwsCalls } = await import('./aws-calls.ts');
    return new AwsCalls({ client, clientConfig, maxConcurrency });
  });
}

/** Throws unless at most one of these is given, and what is given is an object that can do its part. */
export function requireOneOrigin(origins: {
  readonly client: SecretsManagerClientLike | undefined;
  readonly clientConfig: object | undefined;
  readonly source?: object | undefined;
}): void {
  const present = Object.entries(origins).filter(([, value]) => value !== undefined);
  if (present.length > 1) {
    throw new TypeError(
      `give at most one of ${Object.keys(origins)
        .map((name) => `\`${name}\``)
        .join(', ')}`,
    );
  }
  for (const [name, value] of present) object(`\`${name}\``, value);
  if (origins.client !== undefined && typeof origins.client.send !== 'function') {
    throw new TypeError('`client` must be a SecretsManagerClient or have its `send(command, options)`');
  }
}
