/** One contender before one server of its own: what it asks of the server, and what its callers see. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { textOf, type Contender, type Peer } from '../contenders/contender.ts';
import type { Cost } from './cost.ts';

export const ID = 'prod/db';
export const FIRST_VERSION = '00000000-0000-4000-8000-000000000001';
/** JSON, since some contenders parse what they read. */
export const OLD = '{"password":"the old one"}';
export const NEW = '{"password":"the new one"}';
export const HUNDRED: readonly string[] = Array.from({ length: 100 }, (_, nth) => `prod/service-${nth}`);

/** What is still on its way when the callers have their answers is counted too. */
const SETTLED_AFTER_MS = 50;

/** On its server, `ID` is `OLD`. */
export interface Trial {
  readonly server: LocalSecretsManager;
  readonly peer: Peer;
  /** Lets everything held pass its TTL, in real time. */
  expire(): Promise<void>;
}

/** What is done in a situation: it says what the callers saw, and the calls since the last reset are its cost. */
export interface Situation {
  /** Whether TTLs are waited for; else they are long, so that none ends by itself. */
  readonly expires: boolean;
  act(trial: Trial): Promise<string>;
}

/** Some contenders count in seconds. */
const SHORT_TTL_MS = 1_000;
const LONG_TTL_MS = 60_000;

export async function costOf({ open }: Contender, { expires, act }: Situation): Promise<Cost> {
  const ttlMs = expires ? SHORT_TTL_MS : LONG_TTL_MS;
  await using server = await LocalSecretsManager.start();
  server.createSecret({ name: ID, secretString: OLD, versionId: FIRST_VERSION });
  const peer = await open(server, ttlMs, HUNDRED.length + 1);
  server.resetCalls();
  try {
    const seen = await act({ server, peer, expire: () => delay(ttlMs * 1.1) });
    await delay(SETTLED_AFTER_MS);
    return { ...countsOf(server), seen };
  } finally {
    await peer.close?.();
  }
}

function countsOf(server: LocalSecretsManager): Omit<Cost, 'seen'> {
  const describes = server.count('DescribeSecret');
  const reads = server.count('GetSecretValue');
  const batches = server.count('BatchGetSecretValue');
  assert.equal(server.count(), describes + reads + batches, 'a call of another kind');
  return { describes, reads, batches };
}

/** What the callers saw: `values` where all saw `expected`, else how many saw what. */
export async function outcomes(
  gets: readonly unknown[],
  expected: string,
  another = 'another value',
): Promise<string> {
  const kinds = (await Promise.allSettled(gets)).map((get) => {
    if (get.status === 'rejected') return 'errors';
    const text = textOf(get.value);
    if (text === undefined) return '`undefined`';
    return text === expected ? 'values' : another;
  });
  const distinct = [...new Set(kinds)];
  if (distinct.length === 1) return kinds[0] ?? '';
  return distinct.map((kind) => `${kinds.filter((other) => other === kind).length} ${kind}`).join(', ');
}
