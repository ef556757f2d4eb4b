// A user's ES module: type-checked against the installed package, never run.

import { Secret, SecretCache, SecretCacheError, type SecretCacheOptions } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { SecretsManagerClient, type GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import type { StandardSchemaV1 } from '@standard-schema/spec';

declare const credentials: StandardSchemaV1<unknown, { username: string; port: number }>;

const options: SecretCacheOptions = { ttlMs: 60_000, batch: { windowMs: 0, maxSize: 20 } };
export const cache = new SecretCache({ ...options, client: new SecretsManagerClient({}) });
export const lazily = new SecretCache({ clientConfig: { region: 'eu-central-1', maxAttempts: 2 } });

export async function read(): Promise<number> {
  const secret: Secret = await cache.get('prod/db', { versionStage: 'AWSPREVIOUS', maxAgeMs: 0 });
  const untyped: unknown = await cache.getJson('prod/db');
  const { port } = await cache.getJson('prod/db', credentials);
  const given = await cache.getJson<{ host: string }>('prod/db');
  const many: Map<string, Secret> = await cache.getMany(['a', 'b']);
  const output: GetSecretValueCommandOutput = await cache.getSecretValue({ SecretId: 'prod/db' });
  const text: string = secret.text() + given.host + (output.SecretString ?? '') + String(untyped);
  return port + text.length + many.size + (cache.peek('prod/db')?.versionStages.length ?? 0);
}

export async function explain(error: unknown): Promise<string> {
  const report = await cache.preload({ filters: [{ key: 'name', values: ['prod/'] }] }, { timeoutMs: 1_000 });
  if (!(error instanceof SecretCacheError)) return String(report.loaded.length);
  switch (error.code) {
    case 'ERR_SECRET_NOT_FOUND':
      return error.secretId ?? 'none';
    // @ts-expect-error -- no such code
    case 'ERR_SECRET_NOSUCH':
    default:
      return error.message;
  }
}

export async function local(): Promise<string> {
  await using server = await LocalSecretsManager.start();
  server.createSecret({ name: 'prod/db', secretString: 'hunter2' });
  const own = new SecretCache({ client: server.client() });
  const text = await own.getText('prod/db');
  await own.close();
  return text + String(server.calls.length);
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error -- a unit is part of the name
  new SecretCache({ ttl: 60 });
  // @ts-expect-error -- an id is a string
  await cache.get(1);
  // @ts-expect-error -- a stage is an option
  await cache.get('prod/db', 'AWSPREVIOUS');
  // @ts-expect-error -- no filter of that name
  await cache.preload({ filters: [{ key: 'arn', values: ['x'] }] });
  // @ts-expect-error -- it has no public value
  (await cache.get('prod/db')).value;
}
