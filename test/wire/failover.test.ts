// Two Regions over real sockets: the real SDK, replicas that lag, a primary that goes away. Time passes when it is stepped.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { failover, type FailoverOptions, type FailoverSource } from '../../src/failover/index.ts';
import { awsSource, SecretCache, type SecretCacheOptions } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import { SteppedTime } from '../support/stepped-time.ts';

const LONG_MS = 3_600_000;

let primary: LocalSecretsManager;
let replica: LocalSecretsManager;
let time: SteppedTime;
let source: FailoverSource;
const caches: SecretCache[] = [];

beforeEach(async () => {
  time = new SteppedTime();
  const now = (): number => time.wallNowMs();
  primary = await LocalSecretsManager.start({ now, sendDate: false });
  replica = await LocalSecretsManager.start({ now, sendDate: false, region: 'us-west-2' });
});

afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await primary.close();
  await replica.close();
});

function makeCache(
  options: SecretCacheOptions = {},
  more: Omit<FailoverOptions, 'regions' | 'source'> = {},
): SecretCache {
  source = failover({
    regions: [primary.region, replica.region],
    source: (name) => {
      const server = name === primary.region ? primary : replica;
      return awsSource({ client: server.client({ maxAttempts: 1 }), maxConcurrency: 50 });
    },
    runtime: time,
    ...more,
  });
  // Real answers take real time, which doesn't pass here: what bounds them is the test's own timeout.
  const cache = new SecretCache({
    source,
    ttlMs: 0,
    attemptTimeoutMs: LONG_MS,
    waitBudgetMs: LONG_MS,
    staleWaitMs: LONG_MS,
    runtime: time,
    ...options,
  });
  caches.push(cache);
  return cache;
}

describe('a primary that is gone', () => {
  test('costs its callers nothing: connections are refused, replicas answer, and nothing is read anew', async () => {
    const { arn } = primary.createSecret({ name: 'prod/db', secretString: 'one' });
    primary.replicateTo(replica);
    const cache = makeCache();
    const before = await cache.get('prod/db');
    await primary.close();
    const after = await cache.get('prod/db');
    expect(after).toBe(before);
    expect(after.arn).toBe(arn);
    expect(await cache.getText(arn)).toBe('one');
    expect([replica.count('DescribeSecret'), replica.count('GetSecretValue')]).toEqual([1, 1]);
    expect(source.stats()).toMatchObject({
      serving: 'us-west-2',
      switches: 1,
      regions: { 'us-east-1': { answers: 1, failures: 1, state: 'down' }, 'us-west-2': { answers: 2 } },
    });
    expect(cache.stats()).toMatchObject({ stale: 0, failures: 0, rotations: 0 });
  });

  test('that swallows requests is left at its deadline, and tried again when its backoff is over', async () => {
    primary.createSecret({ name: 'prod/db', secretString: 'one' });
    primary.replicateTo(replica);
    const cache = makeCache({}, { regionTimeoutMs: 700 });
    const swallowed = primary.faults.inject({ kind: 'hang' });
    const get = cache.getText('prod/db');
    await time.stepUntil(() => primary.count() === 1 && replica.count() === 1);
    expect(await get).toBe('one');
    expect(await cache.getText('prod/db')).toBe('one');
    expect([primary.count(), replica.count()]).toEqual([1, 2]);
    swallowed.remove();
    time.step(1_000);
    expect(await cache.getText('prod/db')).toBe('one');
    expect([primary.count(), replica.count()]).toEqual([2, 2]);
    expect(source.stats().regions['us-east-1']).toMatchObject({
      failures: 1,
      answers: 1,
      state: 'returning',
    });
  });

  test('takes nothing away that its replicas have not, and a drop-in call gets the SDK’s own exception', async () => {
    primary.createSecret({ name: 'prod/db', secretString: 'one' });
    const cache = makeCache();
    await cache.get('prod/db');
    const outage = primary.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 });
    for (let times = 0; times < 3; times += 1) {
      time.step(600_000);
      expect(await cache.getText('prod/db')).toBe('one');
    }
    await expect(cache.getSecretValue({ SecretId: 'other' })).rejects.toMatchObject({
      name: 'InternalServiceError',
    });
    outage.remove();
    time.step(600_000);
    await expect(cache.getSecretValue({ SecretId: 'other' })).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
  });
});

describe('a rotation just before the primary goes', () => {
  test('stays, though replicas have not heard of it: no label moves back, and theirs follows', async () => {
    primary.createSecret({ name: 'prod/db', secretString: 'old' });
    const replication = primary.replicateTo(replica, { lagMs: 20_000 });
    const cache = makeCache({}, { lagWindowMs: 60_000 });
    await cache.get('prod/db');
    primary.startRotation('prod/db').createSecret('new').setSecret().testSecret().finishSecret();
    expect(await cache.getText('prod/db')).toBe('new');
    primary.faults.inject({ kind: 'reset' });
    for (let second = 0; second < 30; second += 1) {
      expect(await cache.getText('prod/db')).toBe('new');
      time.step(1_000);
    }
    expect(cache.stats()).toMatchObject({ rotations: 1, failures: 0 });
    expect(source.stats().regions['us-west-2']?.lagging).toBeGreaterThan(0);
    replication.stop();
    time.step(300_000);
    cache.clear();
    expect(await cache.getText('prod/db')).toBe('new');
    expect(await cache.getText('prod/db', { versionStage: 'AWSPREVIOUS' })).toBe('old');
  });

  test('that replicas know of is followed there', async () => {
    primary.createSecret({ name: 'prod/db', secretString: 'old' });
    primary.replicateTo(replica, { lagMs: 2_000 });
    const cache = makeCache();
    await cache.get('prod/db');
    primary.putSecretValue('prod/db', { secretString: 'new' });
    await primary.close();
    expect(await cache.getText('prod/db')).toBe('old');
    time.step(2_000);
    // What the primary showed last may still be the newer of the two.
    expect(await cache.getText('prod/db')).toBe('old');
    time.step(60_000);
    expect(await cache.getText('prod/db')).toBe('new');
    expect(cache.stats()).toMatchObject({ rotations: 1, failures: 0, stale: 1 });
  });
});

test('20 secrets are a batch in each Region, and by ARN too', async () => {
  const ids = Array.from({ length: 20 }, (_, place) => `app/${place}`);
  const arns = ids.map((name) => primary.createSecret({ name, secretString: `value of ${name}` }).arn);
  primary.replicateTo(replica);
  const cache = makeCache();
  await primary.close();
  for (const asked of [ids, arns]) {
    const secrets = await cache.getMany(asked);
    expect([...secrets.values()].map((secret) => secret.text())).toEqual(
      ids.map((name) => `value of ${name}`),
    );
    expect([...secrets.values()].map(({ arn }) => arn)).toEqual(arns);
  }
  expect(replica.count('BatchGetSecretValue')).toBe(2);
  expect(replica.count('GetSecretValue')).toBe(0);
});

test('a process that has read through a failover ends by itself', async () => {
  primary.createSecret({ name: 'prod/db', secretString: 'one' });
  const script = `
    import { SecretCache } from './src/index.ts';
    import { failover } from './src/failover/index.ts';
    const cache = new SecretCache({ source: failover({ regions: ['us-east-1', 'us-west-2'] }) });
    console.log((await cache.get('prod/db')).versionStages.join());
  `;
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: primary.endpoint,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
  };
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number];
  expect([code, printed.trim()]).toEqual([0, 'AWSCURRENT']);
});
