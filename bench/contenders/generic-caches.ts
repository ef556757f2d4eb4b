/** Caches for anything, in front of `client.send`; with the option to outlive an outage where they have one. */

import { LRUCache } from 'lru-cache';

import { clientOf, load, read, type Contender, type Peer, type Service } from './contender.ts';

export const LRU_FETCH = 'lru-cache fetch()';

const made = { role: 'peer', isForSecrets: false, ttl: 'any' } as const;

export const genericCaches: readonly Contender[] = [
  { ...made, name: LRU_FETCH, from: 'lru-cache', open: lruFetch },
  {
    ...made,
    name: 'async-cache-dedupe',
    from: 'async-cache-dedupe',
    open: asyncCacheDedupe,
  },
  { ...made, name: 'cachified', from: '@epic-web/cachified', open: cachified },
  { ...made, name: 'bentocache', from: 'bentocache', open: bentocache },
  { ...made, name: 'p-memoize', from: 'p-memoize', open: pMemoize },
  { ...made, name: 'dataloader', from: 'dataloader', ttl: 'none', open: dataloader },
];

interface Asked {
  readonly secretId: string;
  readonly stage?: string | undefined;
}

/** All of them take one key; two parts of it are joined as JSON, so that no two pairs collide. */
function keyOf({ secretId, stage }: Asked): string {
  return stage === undefined ? secretId : JSON.stringify([secretId, stage]);
}

/** A peer from one function of what is asked for. */
function peerOf(client: { destroy(): void }, ask: (asked: Asked) => Promise<unknown>): Peer {
  return {
    get: (secretId) => ask({ secretId }),
    getStage: (secretId, stage) => ask({ secretId, stage }),
    close: () => client.destroy(),
  };
}

function lruFetch(service: Service, ttl: number, max: number): Peer {
  const client = clientOf(service);
  const cache = new LRUCache<string, string, Asked>({
    max,
    ttl,
    allowStaleOnFetchRejection: true,
    fetchMethod: (_key, _stale, { context }) => read(client, context.secretId, context.stage),
  });
  return peerOf(client, (asked) => cache.fetch(keyOf(asked), { context: asked }));
}

async function asyncCacheDedupe(service: Service, ttlMs: number, size: number): Promise<Peer> {
  interface Cache {
    define(name: 'read', options: object, load: (asked: Asked) => Promise<unknown>): void;
    read(asked: Asked): Promise<unknown>;
  }
  const { createCache } = await load<{ createCache: (options: object) => Cache }>('async-cache-dedupe');
  const client = clientOf(service);
  const cache = createCache({ ttl: ttlMs / 1_000, storage: { type: 'memory', options: { size } } });
  cache.define('read', { serialize: keyOf }, ({ secretId, stage }) => read(client, secretId, stage));
  return peerOf(client, (asked) => cache.read(asked));
}

async function cachified(service: Service, ttl: number, max: number): Promise<Peer> {
  const library = await load<{
    cachified: (options: object) => Promise<unknown>;
    totalTtl: (metadata: unknown) => number;
  }>('@epic-web/cachified');
  const client = clientOf(service);
  const lru = new LRUCache<string, { metadata: { createdTime: number } }>({ max });
  // As in its README.
  const cache = {
    set(key: string, value: { metadata: { createdTime: number } }): unknown {
      const total = library.totalTtl(value.metadata);
      const lifetime = total === Infinity ? {} : { ttl: total };
      return lru.set(key, value, { ...lifetime, start: value.metadata.createdTime });
    },
    get: (key: string): unknown => lru.get(key),
    delete: (key: string): unknown => lru.delete(key),
  };
  return peerOf(client, (asked) =>
    library.cachified({
      key: keyOf(asked),
      cache,
      ttl,
      getFreshValue: () => read(client, asked.secretId, asked.stage),
    }),
  );
}

async function bentocache(service: Service, ttlMs: number, maxItems: number): Promise<Peer> {
  interface Bento {
    getOrSet(options: object): Promise<unknown>;
    disconnectAll(): Promise<void>;
  }
  const { BentoCache, bentostore } = await load<{
    BentoCache: new (options: object) => Bento;
    bentostore: () => { useL1Layer(layer: object): object };
  }>('bentocache');
  const { memoryDriver } = await load<{ memoryDriver: (options: object) => object }>(
    'bentocache/drivers/memory',
  );
  const client = clientOf(service);
  const stores = { memory: bentostore().useL1Layer(memoryDriver({ maxItems })) };
  // With a grace but no timeout it answers every get past the TTL from memory, and never waits for a check.
  const bento = new BentoCache({ default: 'memory', stores, ttl: ttlMs, grace: '24h', timeout: '1s' });
  const ask = (asked: Asked): Promise<unknown> =>
    bento.getOrSet({ key: keyOf(asked), factory: () => read(client, asked.secretId, asked.stage) });
  return {
    ...peerOf(client, ask),
    close: async () => {
      await bento.disconnectAll();
      client.destroy();
    },
  };
}

async function pMemoize(service: Service, ttl: number, max: number): Promise<Peer> {
  const { default: memoize } = await load<{
    default: (
      load: (asked: Asked) => Promise<unknown>,
      options: object,
    ) => (asked: Asked) => Promise<unknown>;
  }>('p-memoize');
  const client = clientOf(service);
  const options = {
    cache: new LRUCache<string, string>({ max, ttl }),
    cacheKey: ([asked]: [Asked]) => keyOf(asked),
  };
  return peerOf(
    client,
    memoize(({ secretId, stage }) => read(client, secretId, stage), options),
  );
}

/** The only one that gathers keys: 20 to a BatchGetSecretValue, which knows AWSCURRENT alone. */
async function dataloader(service: Service): Promise<Peer> {
  interface Loader {
    load(secretId: string): Promise<unknown>;
  }
  const { default: DataLoader } = await load<{
    default: new (batch: (secretIds: readonly string[]) => Promise<unknown[]>, options: object) => Loader;
  }>('dataloader');
  const { BatchGetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = clientOf(service);
  const batch = async (secretIds: readonly string[]): Promise<unknown[]> => {
    const { SecretValues = [], Errors = [] } = await client.send(
      new BatchGetSecretValueCommand({ SecretIdList: [...secretIds] }),
    );
    const values = new Map(SecretValues.map(({ Name, SecretString }) => [Name, SecretString]));
    return secretIds.map((secretId) => {
      const error = Errors.find((item) => item.SecretId === secretId);
      return values.get(secretId) ?? new Error(error?.Message ?? 'not in the answer');
    });
  };
  const loader = new DataLoader(batch, { maxBatchSize: 20 });
  return { get: (secretId) => loader.load(secretId), close: () => client.destroy() };
}
