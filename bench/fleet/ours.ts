/**
 * This cache as a policy: the library itself, down to its seam. Below that, `SecretSource` over the model of the SDK's client.
 *
 * Not in it: the bound on calls in flight, which no process here comes near, and the reading of the SDK's errors.
 */

import type * as Library from 'secretsmanager-cache';
import type {
  SecretCacheError,
  SecretCacheErrorCode,
  SecretCacheOptions,
  SecretDescription,
  SecretRef,
  SecretSource,
  SecretVersion,
  SourceCall,
} from 'secretsmanager-cache';

import type { Policy, ProcessParts } from './reader.ts';
import { ServiceFault, type SdkModel } from './sdk.ts';
import type { Version } from './service.ts';

/** `SecretCacheOptions.ttlMs` when it isn't given. */
const DEFAULT_TTL_MS = 300_000;

/** What is used of the package's values: given, so that tests run the sources and the bench the build. */
export type CacheLibrary = Pick<typeof Library, 'SecretCache' | 'SecretCacheError'>;

/** What stands between the cache and the client. */
export type Wrap = (source: ModelSource, parts: ProcessParts) => SecretSource;

export function ours(
  library: CacheLibrary,
  name: string,
  options: SecretCacheOptions = {},
  wrap: Wrap = (source) => source,
): Policy {
  return {
    name,
    role: 'ours',
    ttlMs: options.ttlMs ?? DEFAULT_TTL_MS,
    open: (parts) =>
      new library.SecretCache({
        // Room for all, and no more: an LRU of the default 1,024 takes 100 kB a process.
        maxEntries: parts.secretIds.length,
        ...options,
        runtime: parts.time,
        source: wrap(new ModelSource(library, parts.client), parts),
      }),
  };
}

const CODES: Readonly<Record<ServiceFault['outcome'], SecretCacheErrorCode>> = {
  throttled: 'ERR_SECRET_THROTTLED',
  failed: 'ERR_SECRET_UNAVAILABLE',
  denied: 'ERR_SECRET_ACCESS_DENIED',
};

export class ModelSource implements SecretSource {
  readonly #library: CacheLibrary;
  readonly #client: SdkModel;

  constructor(library: CacheLibrary, client: SdkModel) {
    this.#library = library;
    this.#client = client;
  }

  load({ secretId, versionId }: SecretRef, call: SourceCall): Promise<SecretVersion> {
    return this.#ask(secretId, call, async ({ signal }) =>
      toSecretVersion(await this.#client.getSecretValue(secretId, versionId, { signal })),
    );
  }

  /** A throttled batch is not tried again: that is the library's rule below its seam. */
  loadBatch(secretIds: readonly string[], call: SourceCall): Promise<Map<string, SecretVersion>> {
    return this.#ask(undefined, call, async ({ signal }) => {
      const versions = await this.#client.batchGetSecretValue(secretIds, {
        signal,
        retriesThrottling: false,
      });
      return new Map(versions.map((version) => [version.secretId, toSecretVersion(version)]));
    });
  }

  describe(secretId: string, call: SourceCall): Promise<SecretDescription> {
    return this.#ask(secretId, call, async ({ signal }) => {
      const { currentVersionId, previousVersionId } = await this.#client.describeSecret(secretId, { signal });
      const versionIdsToStages = new Map([[currentVersionId, ['AWSCURRENT']]]);
      if (previousVersionId !== undefined) versionIdsToStages.set(previousVersionId, ['AWSPREVIOUS']);
      return { arn: arnOf(secretId), name: secretId, deletedDate: undefined, versionIdsToStages };
    });
  }

  async #ask<T>(
    secretId: string | undefined,
    call: SourceCall,
    send: (call: SourceCall) => Promise<T>,
  ): Promise<T> {
    call.onDispatch();
    try {
      return await send(call);
    } catch (error) {
      if (!(error instanceof ServiceFault)) throw error;
      throw this.#errorOf(error, secretId);
    }
  }

  #errorOf({ outcome }: ServiceFault, secretId: string | undefined): SecretCacheError {
    return new this.#library.SecretCacheError(CODES[outcome], `The model of the service: ${outcome}.`, {
      secretId,
    });
  }
}

function toSecretVersion({ secretId, versionId, isCurrent }: Version): SecretVersion {
  return {
    arn: arnOf(secretId),
    name: secretId,
    versionId,
    versionStages: [isCurrent ? 'AWSCURRENT' : 'AWSPREVIOUS'],
    createdDate: undefined,
    value: versionId,
  };
}

function arnOf(secretId: string): string {
  return `arn:aws:secretsmanager:us-east-1:123456789012:secret:${secretId}-AbCdEf`;
}
