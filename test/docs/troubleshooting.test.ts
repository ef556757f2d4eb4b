// docs/troubleshooting.md is complete: every code is provoked here and has its section, every event has its row.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  SecretCache,
  SecretCacheError,
  type SecretCacheErrorCode,
  type SecretCacheEvents,
} from '../../src/index.ts';
import { failureKind, type FailureKind } from '../../src/errors.ts';
import { LocalSecretsManager, type Fault } from '../../src/testing/index.ts';
import { headingsOf, markdownFile, rowsOf } from './documents.ts';

const { text } = markdownFile('docs/troubleshooting.md');

let server: LocalSecretsManager;
let cache: SecretCache;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'text', secretString: 'not JSON' });
  server.createSecret({ name: 'json', secretString: '{"user":"app"}' });
  server.createSecret({ name: 'binary', secretBinary: Uint8Array.of(1) });
  cache = new SecretCache({ client: server.client({ maxAttempts: 1 }) });
});

afterEach(async () => {
  await cache.close();
  await server.close();
});

const SCHEMA = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => ({ issues: [{ message: 'no', path: ['user'] }] }),
  },
} as const;

async function under(fault: Fault): Promise<unknown> {
  server.faults.inject(fault);
  return cache.get('text');
}

/** A way to each code, as the page describes it. TypeScript sees to it that none is left out. */
const PROVOCATIONS: Readonly<Record<SecretCacheErrorCode, () => Promise<unknown>>> = {
  ERR_SECRET_NOT_FOUND: () => cache.get('text', { versionStage: 'AWSPENDING' }),
  ERR_SECRET_DELETED: () => {
    server.deleteSecret('text');
    return cache.get('text');
  },
  ERR_SECRET_ACCESS_DENIED: () => {
    server.policy.denyAction('GetSecretValue');
    return cache.get('no-such-secret');
  },
  ERR_SECRET_DECRYPTION: () => {
    server.policy.denyKms({ cause: 'broken' });
    return cache.get('text');
  },
  ERR_SECRET_INVALID_REQUEST: () =>
    cache.get('arn:aws:secretsmanager:eu-west-1:123456789012:secret:text-a1b2c3'),
  ERR_SECRET_THROTTLED: () => {
    server.limits.set({ perSecond: { GetSecretValue: 0.001 } });
    return cache.get('text').then(() => cache.get('json'));
  },
  ERR_SECRET_UNAVAILABLE: () => under({ kind: 'reset' }),
  ERR_SECRET_TIMEOUT: async () => {
    server.faults.inject({ kind: 'hang' });
    await using impatient = new SecretCache({ client: server.client(), attemptTimeoutMs: 50 });
    return await impatient.get('text');
  },
  ERR_SECRET_CREDENTIALS: () => under({ kind: 'expired-token' }),
  ERR_SECRET_MALFORMED_RESPONSE: () => under({ kind: 'empty-object' }),
  ERR_SECRET_NOT_TEXT: () => cache.getText('binary'),
  ERR_SECRET_NOT_BINARY: async () => (await cache.get('text')).bytes(),
  ERR_SECRET_NOT_JSON: () => cache.getJson('text'),
  ERR_SECRET_SCHEMA: () => cache.getJson('json', SCHEMA),
  ERR_CACHE_CLOSED: async () => {
    await cache.close();
    return cache.get('text');
  },
};

/** TypeScript sees to it that none is left out. */
const EVENTS: Readonly<Record<keyof SecretCacheEvents, true>> = {
  load: true,
  revalidate: true,
  rotated: true,
  'stale-served': true,
  suspect: true,
  revoked: true,
  'batch-disabled': true,
  'describe-disabled': true,
  failure: true,
  evicted: true,
};

describe('every error code', () => {
  test.each(Object.entries(PROVOCATIONS))('%s is provoked', async (code, provoke) => {
    const error: unknown = await provoke().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SecretCacheError);
    expect((error as SecretCacheError).code).toBe(code);
  });

  test('has a section of its own, and no section is about a code that there is not', () => {
    const sections = headingsOf(text).filter((heading) => heading.startsWith('ERR_'));
    expect(sections).toEqual(Object.keys(PROVOCATIONS));
  });

  test('is in the row of what stands in for it, as the cache judges it', () => {
    const codes = Object.keys(PROVOCATIONS) as SecretCacheErrorCode[];
    const ofKind = (wanted: FailureKind): string[] =>
      codes.filter((code) => failureKind(new SecretCacheError(code, '')) === wanted).toSorted();
    const rows = rowsOf(text, 'code').map(([cell = '']) =>
      [...cell.matchAll(/`(?:ERR_SECRET)?(_[A-Z_]+)`/g)].map(([, end]) => `ERR_SECRET${end}`).toSorted(),
    );
    expect(rows).toEqual([ofKind('transient'), ofKind('denied'), []]);
  });
});

test('every event has its row', () => {
  const named = rowsOf(text, 'event').flatMap(([cell = '']) => cell.match(/[a-z][a-z-]+/g) ?? []);
  expect(named.toSorted()).toEqual(Object.keys(EVENTS).toSorted());
});
