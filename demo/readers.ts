// The three contenders: three ways for a process to read its secrets through a client of the real SDK.

import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretCache } from 'secretsmanager-cache';

/** A value as a reader answered it. */
export interface Reading {
  readonly versionId: string;
  readonly text: string;
}

export interface Reader {
  readonly read: (secretId: string, versionStage: string) => Promise<Reading>;
  /** Another version than the one that the database refused; absent where there is no way to ask for one. */
  readonly replace?: (secretId: string, refusedVersionId: string) => Promise<Reading>;
  readonly close?: () => Promise<void>;
}

export type ContenderName = 'secretsmanager-cache' | 'plain TTL cache' | 'no cache';

/** The demo's five minutes. */
export const TTL_MS = 300;

/** Each process of a contender has a reader of its own. */
export const READERS: Readonly<Record<ContenderName, (client: SecretsManagerClient) => Reader>> = {
  'secretsmanager-cache': secretCache,
  'plain TTL cache': plainTtlCache,
  'no cache': noCache,
};

/** Defaults, but for times scaled to a demo of seconds. */
function secretCache(client: SecretsManagerClient): Reader {
  const cache = new SecretCache({
    client,
    ttlMs: TTL_MS,
    ttlJitter: 0,
    staleWaitMs: 200,
    backoff: { baseMs: 200, capMs: 600 },
  });
  return {
    read: async (secretId, versionStage) => readingOf(await cache.get(secretId, { versionStage })),
    replace: async (secretId, rejectedVersionId) =>
      readingOf(await cache.refresh(secretId, { rejectedVersionId })),
    close: () => cache.close(),
  };
}

function readingOf(secret: { readonly versionId: string; text(): string }): Reading {
  return { versionId: secret.versionId, text: secret.text() };
}

/** What many services have: answers kept for the TTL under (id, stage), concurrent reads shared, failures not kept. */
function plainTtlCache(client: SecretsManagerClient): Reader {
  const { read } = noCache(client);
  const entries = new Map<string, { readonly sinceMs: number; readonly reading: Promise<Reading> }>();
  return {
    read: (secretId, versionStage) => {
      const key = JSON.stringify([secretId, versionStage]);
      const held = entries.get(key);
      if (held !== undefined && performance.now() - held.sinceMs < TTL_MS) return held.reading;
      const entry = { sinceMs: performance.now(), reading: read(secretId, versionStage) };
      entries.set(key, entry);
      entry.reading.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return entry.reading;
    },
  };
}

function noCache(client: SecretsManagerClient): Reader {
  const read = async (SecretId: string, VersionStage: string): Promise<Reading> => {
    const answer = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    return { versionId: answer.VersionId ?? '', text: answer.SecretString ?? '' };
  };
  return { read, replace: (secretId) => read(secretId, 'AWSCURRENT') };
}
