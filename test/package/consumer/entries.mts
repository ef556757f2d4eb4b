// A user's ES module with the other entry points: type-checked against the installed package, never run.

import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { awsSource, SecretCache, type SecretSource } from 'secretsmanager-cache';
import { agentSource, type AgentSourceOptions } from 'secretsmanager-cache/agent';
import { failover, type FailoverSource } from 'secretsmanager-cache/failover';
import {
  getSecret,
  getSecretBytes,
  getSecretJson,
  preloadSecrets,
  secretCache,
} from 'secretsmanager-cache/lambda';
import { secret, secretsMiddleware } from 'secretsmanager-cache/middy';
import { secretCachePlugin } from 'secretsmanager-cache/sdk-plugin';
import { LocalAgent, LocalSecretsManager } from 'secretsmanager-cache/testing';

declare const credentials: StandardSchemaV1<unknown, { username: string; port: number }>;

export async function inLambda(): Promise<number> {
  const { failed } = await preloadSecrets(['prod/db'], { timeoutMs: 1_000 });
  const text: string = await getSecret('prod/db', { versionStage: 'AWSPREVIOUS' });
  const bytes: Uint8Array = await getSecretBytes('prod/tls-cert');
  const { port } = await getSecretJson('prod/db', credentials);
  const { host } = await getSecretJson<{ host: string }>('prod/db', { maxAgeMs: 0 });
  return failed.size + text.length + bytes.length + port + host.length + secretCache().stats().hits;
}

export async function throughPlugin(): Promise<string | undefined> {
  const client = new SecretsManagerClient({});
  client.middlewareStack.use(secretCachePlugin(new SecretCache({ client })));
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: 'prod/db' }));
  return SecretString;
}

export const { before } = secretsMiddleware({
  secrets: {
    db: secret<{ host: string }>('prod/db'),
    typed: secret('prod/db').json(credentials),
    key: secret('prod/api-key', { versionStage: 'AWSPENDING' }).text(),
  },
  cache: new SecretCache(),
});
type Secrets = Parameters<typeof before>[0]['context']['secrets'];
export const host = ({ db, typed, key }: Secrets): string => db.host + String(typed.port) + key.trim();

const options: AgentSourceOptions = { endpoint: 'http://127.0.0.1:2773', behind: awsSource() };
export const agent: SecretSource = agentSource(options);
export const regions: FailoverSource = failover({
  regions: ['us-east-1', 'eu-west-1'],
  regionTimeoutMs: 500,
});
export const caches: SecretCache[] = [agent, regions].map((source) => new SecretCache({ source }));

export async function local(): Promise<string> {
  await using upstream = await LocalSecretsManager.start();
  await using local = await LocalAgent.start({ upstream });
  return local.endpoint;
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error -- an id is a string
  await getSecret(1);
  // @ts-expect-error -- a cache, not its options
  secretCachePlugin({ ttlMs: 1 });
  // @ts-expect-error -- at least what to load
  secretsMiddleware({});
  // @ts-expect-error -- no such kind
  agentSource({ kind: 'sidecar' });
  // @ts-expect-error -- Regions by name, in order
  failover({ regions: 'us-east-1' });
}

/** What `watch` gives is for `for await`, and to be asked by hand. */
export async function watched(cache: SecretCache): Promise<string> {
  const versions = cache.watch('prod/db');
  const { value } = await versions.next();
  for await (const { versionId } of versions) return versionId;
  return value?.versionId ?? 'none';
}
