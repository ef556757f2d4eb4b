/** What people read secrets with: each contender as its documentation sets it up, over a real SDK client. */

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { LRUCache } from 'lru-cache';
import { SecretCache, type SecretCacheOptions } from 'secretsmanager-cache';
import type { LocalSecretsManager } from 'secretsmanager-cache/testing';

/** A contender at work on one server. */
export interface Peer {
  get(secretId: string): Promise<unknown>;
  /** Absent where it has no way to ask for another label than AWSCURRENT. */
  getStage?(secretId: string, versionStage: string): Promise<unknown>;
  /** Only where many secrets are asked for in another way than one by one. */
  getAll?(secretIds: readonly string[]): Promise<readonly unknown[]>;
  close?(): Promise<void> | void;
}

export interface Contender {
  readonly name: string;
  /** Its npm package, where it isn't this one. */
  readonly from?: string;
  /** The shortest TTL to wait for: a second where that is its unit, or where a timer of its own needs time for a call. */
  readonly shortestTtlMs: number;
  open(server: LocalSecretsManager, ttlMs: number): Promise<Peer> | Peer;
}

/** One call is one request: no SDK here tries again. */
const CLIENT_CONFIG = { maxAttempts: 1 } as const;
const CREDENTIALS = { accessKeyId: 'AKIABENCH', secretAccessKey: 'not-a-real-key' } as const;

export const contenders: readonly Contender[] = [
  ours('`SecretCache`', {}),
  ours('with `batch: false`', { batch: false }),
  ours("with `revalidate: 'fetch'`", { revalidate: 'fetch' }),
  { name: 'no cache', shortestTtlMs: 0, open: noCache },
  { name: 'a Map with a TTL', shortestTtlMs: 500, open: handRolled },
  { name: 'lru-cache `fetch()`', from: 'lru-cache', shortestTtlMs: 500, open: lruFetch },
  { name: 'Powertools', from: '@aws-lambda-powertools/parameters', shortestTtlMs: 1_000, open: powertools },
  { name: 'middy', from: '@middy/secrets-manager', shortestTtlMs: 1_000, open: middleware },
  {
    name: 'aws-secrets-manager-cache',
    from: 'aws-secrets-manager-cache',
    shortestTtlMs: 500,
    open: secretsManagerCache,
  },
];

/** Whether there is anything to run: some come by `npm --prefix bench ci` alone. */
export function isInstalled({ from }: Contender): boolean {
  return from === undefined || versionOf(from) !== undefined;
}

/** The installed version of a package, here or at the root; undefined when it isn't installed. */
export function versionOf(name: string): string | undefined {
  const manifest = ['node_modules', '../node_modules']
    .map((modules) => new URL(`${modules}/${name}/package.json`, import.meta.url))
    .find((url) => existsSync(url));
  if (manifest === undefined) return undefined;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function ours(name: string, options: SecretCacheOptions): Contender {
  return {
    name,
    shortestTtlMs: 500,
    open: (server, ttlMs) => {
      // Without jitter, so that all contenders' TTLs end together.
      const client = server.client(CLIENT_CONFIG);
      const cache = new SecretCache({ client, ttlMs, ttlJitter: 0, ...options });
      return {
        get: (secretId) => cache.getText(secretId),
        getStage: (secretId, versionStage) => cache.getText(secretId, { versionStage }),
        close: () => cache.close(),
      };
    },
  };
}

async function read(
  client: SecretsManagerClient,
  secretId: string,
  stage?: string,
): Promise<string | undefined> {
  const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
  return (await client.send(command)).SecretString;
}

function noCache(server: LocalSecretsManager): Peer {
  const client = server.client(CLIENT_CONFIG);
  return {
    get: (secretId) => read(client, secretId),
    getStage: (secretId, versionStage) => read(client, secretId, versionStage),
  };
}

function handRolled(server: LocalSecretsManager, ttlMs: number): Peer {
  const client = server.client(CLIENT_CONFIG);
  const held = new Map<string, { value: string | undefined; expiresAtMs: number }>();
  const get = async (secretId: string, stage = 'AWSCURRENT'): Promise<string | undefined> => {
    const key = JSON.stringify([secretId, stage]);
    const entry = held.get(key);
    if (entry !== undefined && Date.now() < entry.expiresAtMs) return entry.value;
    const value = await read(client, secretId, stage);
    held.set(key, { value, expiresAtMs: Date.now() + ttlMs });
    return value;
  };
  return { get, getStage: get };
}

function lruFetch(server: LocalSecretsManager, ttlMs: number): Peer {
  const client = server.client(CLIENT_CONFIG);
  const cache = new LRUCache<string, string, { stage?: string; secretId: string }>({
    max: 1024,
    ttl: ttlMs,
    // Its option for outages; without it, gets while the service is down are rejected.
    allowStaleOnFetchRejection: true,
    fetchMethod: (_key, _stale, { context }) => read(client, context.secretId, context.stage),
  });
  const get = (secretId: string, stage = 'AWSCURRENT'): Promise<string | undefined> =>
    cache.fetch(JSON.stringify([secretId, stage]), { context: { secretId, stage } });
  return { get, getStage: get };
}

async function powertools(server: LocalSecretsManager, ttlMs: number): Promise<Peer> {
  interface Provider {
    get(name: string, options: object): Promise<unknown>;
  }
  const { SecretsProvider } = await load<{
    SecretsProvider: new (config: { awsSdkV3Client: SecretsManagerClient }) => Provider;
  }>('@aws-lambda-powertools/parameters/secrets');
  const provider = new SecretsProvider({ awsSdkV3Client: server.client(CLIENT_CONFIG) });
  const maxAge = ttlMs / 1_000;
  return {
    get: (secretId) => provider.get(secretId, { maxAge }),
    getStage: (secretId, VersionStage) => provider.get(secretId, { maxAge, sdkOptions: { VersionStage } }),
  };
}

/** The whole handler, as Lambda would call it; a middleware has no get of its own. */
async function middleware({ endpoint, region }: LocalSecretsManager, ttlMs: number): Promise<Peer> {
  type Values = Record<string, unknown>;
  type Handler = (event: object, context: object) => Promise<Values>;
  const { default: middy } = await load<{
    default: (handler: (event: object, context: Values) => Values) => { use(middleware: object): Handler };
  }>('@middy/core');
  const { default: secretsManager } = await load<{ default: (options: object) => object }>(
    '@middy/secrets-manager',
  );
  const { clearCache } = await load<{ clearCache: (cacheKeys: string[]) => void }>('@middy/util');

  const awsClientOptions = { endpoint, region, credentials: CREDENTIALS, ...CLIENT_CONFIG };
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
async function secretsManagerCache({ endpoint, region }: LocalSecretsManager, ttl: number): Promise<Peer> {
  process.env['AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE'] = '1';
  const { default: sdk } = await load<{ default: { SecretsManager: new (config: object) => object } }>(
    'aws-sdk',
  );
  const { SecretsManagerCache } = await load<{
    SecretsManagerCache: new (options: object) => { getSecret(secretId: string): Promise<unknown> };
  }>('aws-secrets-manager-cache');
  const secretsManager = new sdk.SecretsManager({
    endpoint,
    region,
    credentials: CREDENTIALS,
    maxRetries: 0,
  });
  const cache = new SecretsManagerCache({ secretsManager, ttl });
  return { get: (secretId) => cache.getSecret(secretId) };
}

/** By a variable, so that the root type-checks without what only bench/package.json installs. */
function load<Module>(specifier: string): Promise<Module> {
  return import(specifier) as Promise<Module>;
}
