/** What there is without a library: the SDK alone, and what one writes in five minutes. */

import { clientOf, read, type Contender, type Peer, type Service } from './contender.ts';

export const NO_CACHE = 'no cache';
export const MAP_WITH_TTL = 'a Map with a TTL';

export const controls: readonly Contender[] = [
  {
    name: NO_CACHE,
    role: 'control',
    isForSecrets: true,
    ttl: 'none',
    open: noCache,
  },
  {
    name: MAP_WITH_TTL,
    role: 'control',
    isForSecrets: false,
    ttl: 'any',
    open: handRolled,
  },
];

function noCache(service: Service): Peer {
  const client = clientOf(service);
  return {
    get: (secretId) => read(client, secretId),
    getStage: (secretId, versionStage) => read(client, secretId, versionStage),
    close: () => client.destroy(),
  };
}

function handRolled(service: Service, ttlMs: number): Peer {
  const client = clientOf(service);
  const held = new Map<string, { value: string | undefined; expiresAtMs: number }>();
  const get = async (secretId: string, stage = 'AWSCURRENT'): Promise<string | undefined> => {
    const key = JSON.stringify([secretId, stage]);
    const entry = held.get(key);
    if (entry !== undefined && Date.now() < entry.expiresAtMs) return entry.value;
    const value = await read(client, secretId, stage);
    held.set(key, { value, expiresAtMs: Date.now() + ttlMs });
    return value;
  };
  return { get: (secretId) => get(secretId), getStage: get, close: () => client.destroy() };
}
