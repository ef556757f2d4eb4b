// docs/iam.md against the server: each permission is taken away, and the page must name what was seen.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { SecretCache, SecretCacheError, type SecretCacheOptions } from '../../src/index.ts';
import { LocalSecretsManager, type Operation } from '../../src/testing/index.ts';
import { eventsOf } from '../support/events.ts';
import { markdownFile, rowsOf } from './documents.ts';

const page = markdownFile('docs/iam.md').text;
const rows = new Map(
  rowsOf(page, 'permission').map(([permission = '', use = '', without = '']) => [
    permission,
    `${use} ${without}`,
  ]),
);

const KEY = 'prod/db';
const OTHER = 'prod/api-key';

let server: LocalSecretsManager;
let skippedMs: number;
const caches: SecretCache[] = [];

beforeEach(async () => {
  skippedMs = 0;
  server = await LocalSecretsManager.start();
  for (const name of [KEY, OTHER]) server.createSecret({ name, secretString: `value of ${name}` });
});

afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await server.close();
});

function makeCache(options: SecretCacheOptions = {}): SecretCache {
  const runtime = {
    wallNowMs: () => Date.now() + skippedMs,
    monotonicNowMs: () => performance.now() + skippedMs,
  };
  const cache = new SecretCache({ client: server.client(), runtime, ttlJitter: 0, ...options });
  caches.push(cache);
  return cache;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('it was not denied'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SecretCacheError)) throw error;
  return error.code;
}

function counts(...operations: Operation[]): number[] {
  return operations.map((operation) => server.count(operation));
}

function foreignArn(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:999999999999:secret:${name}-a1b2c3`;
}

/** The row of the page, and that it says all of this. */
function expectRow(permission: string, ...seen: string[]): void {
  const row = rows.get(permission);
  expect(row, `docs/iam.md has no row ${permission}`).toBeDefined();
  for (const each of seen) expect(row).toContain(each);
}

describe('the table of docs/iam.md', () => {
  test.each([
    { row: '`secretsmanager:GetSecretValue`', deny: () => server.policy.denyAction('GetSecretValue') },
    { row: '`kms:Decrypt`', deny: () => server.policy.denyKms() },
  ])('$row', async ({ row, deny }) => {
    const cold = makeCache();
    const held = makeCache({ ttlMs: 1_000, revalidate: 'fetch' });
    await held.get(KEY);
    const events = { suspect: eventsOf('suspect'), revoked: eventsOf('revoked') };
    deny();
    const code = await codeOf(cold.get(KEY));
    skippedMs += 2_000;
    expect(await held.getText(KEY)).toBe(`value of ${KEY}`);
    skippedMs += 2_000;
    expect(await codeOf(held.get(KEY))).toBe(code);
    expect(events).toEqual({
      suspect: [{ secretId: KEY, code }],
      revoked: [{ secretId: KEY, code }],
    });
    expectRow(row, `\`${code}\``, '`suspect`, then `revoked`');
  });

  test('`secretsmanager:DescribeSecret`', async () => {
    const cache = makeCache({ ttlMs: 1_000 });
    const disabled = eventsOf('describe-disabled');
    await cache.getMany([KEY, OTHER]);
    server.policy.denyAction('DescribeSecret');
    server.resetCalls();
    for (let check = 0; check < 2; check += 1) {
      skippedMs += 1_000;
      await cache.get(KEY);
    }
    expect(counts('DescribeSecret', 'GetSecretValue')).toEqual([1, 2]);
    skippedMs += 3_600_000;
    await cache.get(KEY);
    expect(counts('DescribeSecret', 'GetSecretValue')).toEqual([2, 3]);
    expect(disabled).toHaveLength(1);
    expectRow('`secretsmanager:DescribeSecret`', 'no error: one `describe-disabled`', 'after an hour');
  });

  test('`secretsmanager:BatchGetSecretValue`', async () => {
    const cache = makeCache();
    const disabled = eventsOf('batch-disabled');
    server.policy.denyAction('BatchGetSecretValue');
    expect((await cache.getMany([KEY, OTHER])).size).toBe(2);
    cache.clear();
    await cache.getMany([KEY, OTHER]);
    expect(counts('BatchGetSecretValue', 'GetSecretValue')).toEqual([1, 4]);
    skippedMs += 300_000;
    cache.clear();
    await cache.getMany([KEY, OTHER]);
    expect(counts('BatchGetSecretValue', 'GetSecretValue')).toEqual([2, 6]);
    expect(disabled).toEqual(Array.from({ length: 2 }, () => ({ reason: 'denied', forMs: 300_000 })));
    expectRow(
      '`secretsmanager:BatchGetSecretValue`',
      'no error: `batch-disabled`',
      'each miss is a GetSecretValue',
      'after five minutes',
    );
  });

  test('`secretsmanager:ListSecrets` on `*`', async () => {
    server.policy.denyAction('ListSecrets');
    const cache = makeCache();
    const code = await codeOf(cache.preload({ filters: [{ key: 'name', values: ['prod/'] }] }));
    expectRow('`secretsmanager:ListSecrets` on `*`', '`preload({ filters })`', `\`${code}\``);
    expect([...(await cache.preload([KEY, OTHER])).failed]).toEqual([]);
  });

  test('has no row that is not tried here', () => {
    expect([...rows.keys()]).toEqual([
      '`secretsmanager:GetSecretValue`',
      '`secretsmanager:DescribeSecret`',
      '`secretsmanager:BatchGetSecretValue`',
      '`secretsmanager:ListSecrets` on `*`',
      '`kms:Decrypt`',
    ]);
  });
});

describe('what docs/iam.md says beside', () => {
  test('a condition on the label is met by single reads, and costs the batch', async () => {
    server.policy.requireVersionStage(['AWSCURRENT']);
    const batched = makeCache();
    expect((await batched.getMany([KEY, OTHER])).size).toBe(2);
    expect(counts('BatchGetSecretValue', 'GetSecretValue')).toEqual([1, 2]);
    server.resetCalls();
    await makeCache({ batch: false }).getMany([KEY, OTHER]);
    expect(counts('BatchGetSecretValue', 'GetSecretValue')).toEqual([0, 2]);
  });

  test('a denied batch of one account switches off that account alone', async () => {
    server.switches.batchForeignArn = 'whole';
    const cache = makeCache();
    const { failed } = await cache.preload([foreignArn('one'), foreignArn('two')]);
    expect([...failed.values()].map(({ code }) => code)).toEqual(
      Array.from({ length: 2 }, () => 'ERR_SECRET_ACCESS_DENIED'),
    );
    expect(counts('BatchGetSecretValue', 'GetSecretValue')).toEqual([1, 2]);
    await cache.getMany([KEY, OTHER]);
    expect(counts('BatchGetSecretValue', 'GetSecretValue')).toEqual([2, 2]);
  });

  test('the default key across accounts, and an ARN of another Region, are invalid requests', async () => {
    server.policy.denyKms({ cause: 'default-key' });
    const cache = makeCache();
    expect(await codeOf(cache.get(KEY))).toBe('ERR_SECRET_INVALID_REQUEST');
    server.resetCalls();
    const elsewhere = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1b2c3';
    expect(await codeOf(cache.get(elsewhere))).toBe('ERR_SECRET_INVALID_REQUEST');
    expect(server.count()).toBe(0);
  });

  test('an endpoint that denies one secret sinks the batch, and the others are read singly', async () => {
    const disabled = eventsOf('batch-disabled');
    server.policy.denyAtEndpoint({ secretId: OTHER });
    const cache = makeCache();
    const { loaded, failed } = await cache.preload([KEY, OTHER]);
    expect([loaded, [...failed.keys()]]).toEqual([[KEY], [OTHER]]);
    expect(counts('BatchGetSecretValue', 'GetSecretValue')).toEqual([1, 2]);
    expect(disabled).toEqual([{ reason: 'denied', forMs: 300_000 }]);
  });

  test('a denial names a secret that does not exist', async () => {
    server.policy.denyAction('GetSecretValue');
    expect(await codeOf(makeCache().get('no/such/secret'))).toBe('ERR_SECRET_ACCESS_DENIED');
  });
});
