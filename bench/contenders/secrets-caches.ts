/** The caches on npm that are made for Secrets Manager. */

import { randomUUID } from 'node:crypto';

import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import {
  clientConfig,
  clientOf,
  legacyConfig,
  load,
  type Contender,
  type Peer,
  type Service,
} from './contender.ts';
import { dvsa, janis } from './module-wide-caches.ts';

export const POWERTOOLS = 'Powertools';

const made = { role: 'peer', isForSecrets: true } as const;
const madeWithItsClient = { ...made, makesItsOwnClient: true } as const;

export const secretsCaches: readonly Contender[] = [
  {
    ...made,
    name: POWERTOOLS,
    from: '@aws-lambda-powertools/parameters',
    ttl: 'any',
    open: powertools,
  },
  {
    ...made,
    name: 'middy',
    from: '@middy/secrets-manager',
    ttl: 'any',
    open: middleware,
  },
  {
    ...madeWithItsClient,
    name: 'fl-secretsmanager-caching',
    from: '@fatlama/fl-secretsmanager-caching',
    ttl: 'any',
    open: fatLlama,
  },
  {
    ...madeWithItsClient,
    name: 'aws-secrets-manager-cache',
    from: 'aws-secrets-manager-cache',
    ttl: 'any',
    open: secretsManagerCache,
  },
  {
    ...madeWithItsClient,
    name: 'janiscommerce',
    from: '@janiscommerce/aws-secrets-manager',
    ttl: 'fixed at 24 h',
    open: janis,
  },
  {
    ...madeWithItsClient,
    name: 'dvsa',
    from: '@dvsa/secrets-manager',
    ttl: 'none',
    open: dvsa,
  },
];

async function powertools(service: Service, ttlMs: number): Promise<Peer> {
  interface Provider {
    get(name: string, options: object): Promise<unknown>;
  }
  const { SecretsProvider } = await load<{
    SecretsProvider: new (config: { awsSdkV3Client: SecretsManagerClient }) => Provider;
  }>('@aws-lambda-powertools/parameters/secrets');
  const client = clientOf(service);
  const provider = new SecretsProvider({ awsSdkV3Client: client });
  const maxAge = ttlMs / 1_000;
  const options = { maxAge };
  return {
    get: (secretId) => provider.get(secretId, options),
    getStage: (secretId, VersionStage) => provider.get(secretId, { maxAge, sdkOptions: { VersionStage } }),
    close: () => client.destroy(),
  };
}

/** The whole handler, as Lambda would call it; a middleware has no get of its own. */
async function middleware(service: Service, ttlMs: number): Promise<Peer> {
  type Values = Record<string, unknown>;
  type Handler = (event: object, context: object) => Promise<Values>;
  const { default: middy } = await load<{
    default: (handler: (event: object, context: Values) => Values) => { use(middleware: object): Handler };
  }>('@middy/core');
  const { default: secretsManager } = await load<{ default: (options: object) => object }>(
    '@middy/secrets-manager',
  );
  const { clearCache } = await load<{ clearCache: (cacheKeys: string[]) => void }>('@middy/util');

  const awsClientOptions = clientConfig(service);
  const cacheKeys: string[] = [];
  const handlers = new Map<string, Handler>();
  const invoke = async (secretIds: readonly string[]): Promise<unknown[]> => {
    const name = secretIds.join();
    let handler = handlers.get(name);
    if (handler === undefined) {
      const cacheKey = randomUUID();
      cacheKeys.push(cacheKey);
      const fetchData = Object.fromEntries(secretIds.map((secretId, nth) => [`secret${nth}`, secretId]));
      const options = { fetchData, awsClientOptions, cacheKey, cacheExpiry: ttlMs, setToContext: true };
      handler = middy((_event, context) => context).use(secretsManager(options));
      handlers.set(name, handler);
    }
    const context = await handler({}, {});
    return secretIds.map((_, nth) => context[`secret${nth}`]);
  };
  return {
    get: async (secretId) => (await invoke([secretId]))[0],
    getAll: invoke,
    close: () => clearCache(cacheKeys),
  };
}

/** It needs the SDK's version 2, and gets that. */
async function fatLlama(service: Service, ttlMs: number, maxCacheSize: number): Promise<Peer> {
  interface Cache {
    getSecretValue(secretId: string, options?: { versionStage: string }): Promise<unknown>;
  }
  const { SecretsCache } = await load<{
    SecretsCache: new (options: { client: object; config: object }) => Cache;
  }>('@fatlama/fl-secretsmanager-caching');
  const config = { secretRefreshInterval: ttlMs, maxCacheSize };
  const cache = new SecretsCache({ client: await legacyClient(service), config });
  return {
    get: (secretId) => cache.getSecretValue(secretId),
    getStage: (secretId, versionStage) => cache.getSecretValue(secretId, { versionStage }),
  };
}

/** It needs the SDK's version 2, and gets that. */
async function secretsManagerCache(service: Service, ttl: number): Promise<Peer> {
  const { SecretsManagerCache } = await load<{
    SecretsManagerCache: new (options: object) => { getSecret(secretId: string): Promise<unknown> };
  }>('aws-secrets-manager-cache');
  const cache = new SecretsManagerCache({ secretsManager: await legacyClient(service), ttl });
  return { get: (secretId) => cache.getSecret(secretId) };
}

async function legacyClient(service: Service): Promise<object> {
  const { default: sdk } = await load<{ default: { SecretsManager: new (config: object) => object } }>(
    'aws-sdk',
  );
  return new sdk.SecretsManager(legacyConfig(service));
}
