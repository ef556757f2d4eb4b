// Quotas as token buckets, under a clock that only the test moves.

import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { AWS_QUOTAS_PER_SECOND, LocalSecretsManager } from '../../src/testing/index.ts';
import { TokenBucket } from '../../src/testing/limits.ts';
import { post, refusal } from './raw.ts';

let server: LocalSecretsManager;
let nowMs = 0;

beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  server = await LocalSecretsManager.start({ now: () => nowMs });
  server.createSecret({ name: 'app/db', secretString: 'x' });
});
afterEach(() => server.close());

const read = async (operation = 'GetSecretValue'): Promise<unknown> =>
  (await refusal(post(server.endpoint, operation, { SecretId: 'app/db' })))[1] ?? 'ok';

test('a bucket holds a second’s worth, fills evenly and never over, and survives a clock that steps back', () => {
  const bucket = new TokenBucket(4, 0);
  const take = (count: number, atMs: number): boolean[] =>
    Array.from({ length: count }, () => bucket.take(atMs));
  expect(take(5, 0)).toEqual([true, true, true, true, false]);
  expect(take(2, 250)).toEqual([true, false]);
  expect(take(1, -5000)).toEqual([false]);
  expect(take(5, 60_000)).toEqual([true, true, true, true, false]);
  const slow = new TokenBucket(0.5, 0);
  expect([slow.take(0), slow.take(1999), slow.take(2000)]).toEqual([true, false, true]);
});

test('the quotas are AWS’s', () => {
  expect(AWS_QUOTAS_PER_SECOND).toMatchObject({
    BatchGetSecretValue: 100,
    GetSecretValue: 10_000,
    DescribeSecret: 40_000,
    ListSecrets: 100,
    ListSecretVersionIds: 50,
    PutSecretValue: 50,
  });
});

test('calls over a scaled quota get ThrottlingException "Rate exceeded" until the bucket fills', async () => {
  expect(await read()).toBe('ok');
  server.limits.set({ scale: 0.000_2 });
  expect([await read(), await read(), await read()]).toEqual(['ok', 'ok', 'ThrottlingException']);
  const answer = await post(server.endpoint, 'GetSecretValue', { SecretId: 'app/db' });
  expect([answer.status, answer.json]).toEqual([
    400,
    { __type: 'ThrottlingException', message: 'Rate exceeded' },
  ]);
  expect(await read('DescribeSecret')).toBe('ok');
  nowMs += 500;
  expect([await read(), await read()]).toEqual(['ok', 'ThrottlingException']);
  server.limits.clear();
  expect(await read()).toBe('ok');
});

test('PutSecretValue, UpdateSecret and UpdateSecretVersionStage share one quota', async () => {
  server.limits.set({ perSecond: { PutSecretValue: 1 } });
  const write = async (operation: string, more: object): Promise<unknown> =>
    (await refusal(post(server.endpoint, operation, { SecretId: 'app/db', ...more })))[1] ?? 'ok';
  const ClientRequestToken = '22222222-2222-4222-8222-222222222222';
  expect(await write('UpdateSecret', { Description: 'x', ClientRequestToken })).toBe('ok');
  expect(await write('PutSecretValue', { SecretString: 'y', ClientRequestToken })).toBe(
    'ThrottlingException',
  );
  expect(await write('UpdateSecretVersionStage', { VersionStage: 'x' })).toBe('ThrottlingException');
});

test('the SDK takes the answer for throttling', async () => {
  await using limited = await LocalSecretsManager.start({
    now: () => nowMs,
    limits: { perSecond: { GetSecretValue: 1 } },
  });
  limited.createSecret({ name: 'app/db', secretString: 'x' });
  const client = limited.client({ maxAttempts: 1 });
  await client.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
  const over = client.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
  await expect(over).rejects.toMatchObject({ name: 'ThrottlingException' });
  await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
});

test('a factor or rate that is not > 0 is refused', () => {
  expect(() => server.limits.set({ scale: 0 })).toThrow('`scale` must be a number > 0, got 0');
  expect(() => server.limits.set({ perSecond: { GetSecretValue: Number.NaN } })).toThrow(RangeError);
});
