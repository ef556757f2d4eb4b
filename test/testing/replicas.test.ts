// Secrets of one server as replicas in another: what arrives there, when, and who may write.

import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';

let primary: LocalSecretsManager;
let replica: LocalSecretsManager;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_767_225_600_000;
  const now = (): number => nowMs;
  primary = await LocalSecretsManager.start({ now });
  replica = await LocalSecretsManager.start({ now, region: 'us-west-2' });
});

afterEach(async () => {
  await primary.close();
  await replica.close();
});

/** What a server answers a read of the secret with: its text, or the exception's name. */
async function read(server: LocalSecretsManager, secretId = 'a'): Promise<string | undefined> {
  const client = server.client({ maxAttempts: 1 });
  return client.send(new GetSecretValueCommand({ SecretId: secretId })).then(
    ({ SecretString }) => SecretString,
    (error: Error) => error.name,
  );
}

describe('replicateTo', () => {
  test('brings what is there, and what comes later', async () => {
    const { arn, versionId } = primary.createSecret({ name: 'a', secretString: 'one' });
    primary.replicateTo(replica);
    const there = arn.replace('us-east-1', 'us-west-2');
    const output = await replica.client().send(new GetSecretValueCommand({ SecretId: there }));
    expect(output).toMatchObject({ ARN: there, Name: 'a', VersionId: versionId, SecretString: 'one' });
    expect(await read(replica, arn)).toBe('ResourceNotFoundException');
    primary.putSecretValue('a', { secretString: 'two' });
    primary.createSecret({ name: 'b', secretString: 'new' });
    expect([await read(replica), await read(replica, 'b')]).toEqual(['two', 'new']);
  });

  test('comes `lagMs` behind, whole and in order, by the clock of the servers', async () => {
    primary.createSecret({ name: 'a', secretString: 'one' });
    primary.replicateTo(replica, { lagMs: 5_000 });
    const { versionId } = primary.putSecretValue('a', { secretString: 'two' });
    nowMs += 2_000;
    primary.deleteSecret('a', { force: true });
    nowMs += 2_999;
    expect([await read(primary), await read(replica)]).toEqual(['ResourceNotFoundException', 'one']);
    nowMs += 1;
    expect(await read(replica)).toBe('two');
    const { VersionIdsToStages } = await replica.client().send(new DescribeSecretCommand({ SecretId: 'a' }));
    expect(VersionIdsToStages?.[versionId]).toEqual(['AWSCURRENT']);
    nowMs += 2_000;
    expect(await read(replica)).toBe('ResourceNotFoundException');
  });

  test('is told when to bring what is under way, and how long it takes from now on', async () => {
    primary.createSecret({ name: 'a', secretString: 'one' });
    const replication = primary.replicateTo(replica, { lagMs: Infinity });
    primary.putSecretValue('a', { secretString: 'two' });
    nowMs += 86_400_000;
    expect(await read(replica)).toBe('one');
    replication.catchUp();
    expect(await read(replica)).toBe('two');
    primary.putSecretValue('a', { secretString: 'three' });
    replication.lagMs = 1_000;
    expect(await read(replica)).toBe('two');
    nowMs += 1_000;
    expect(await read(replica)).toBe('three');
    replication.stop();
    primary.putSecretValue('a', { secretString: 'four' });
    expect(await read(replica)).toBe('three');
  });

  test('makes replicas that say where their primary is, and refuse writes', async () => {
    primary.createSecret({ name: 'a', secretString: 'one' });
    primary.replicateTo(replica);
    const client = replica.client();
    expect(await client.send(new DescribeSecretCommand({ SecretId: 'a' }))).toMatchObject({
      PrimaryRegion: 'us-east-1',
    });
    const put = client.send(new PutSecretValueCommand({ SecretId: 'a', SecretString: 'two' }));
    await expect(put).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    });
    expect(() => replica.putSecretValue('a', { secretString: 'two' })).toThrow('not permitted on a replica');
    expect(await read(replica)).toBe('one');
  });

  test('leaves alone what the other server has of its own, and replicates no replica', async () => {
    replica.createSecret({ name: 'a', secretString: 'its own' });
    primary.createSecret({ name: 'a', secretString: 'one' });
    primary.createSecret({ name: 'b', secretString: 'replicated' });
    primary.replicateTo(replica);
    replica.replicateTo(primary);
    expect([await read(replica), await read(primary)]).toEqual(['its own', 'one']);
    replica.createSecret({ name: 'c', secretString: 'back' });
    expect([await read(primary, 'c'), await read(primary, 'b')]).toEqual(['back', 'replicated']);
    primary.putSecretValue('b', { secretString: 'writable' });
    expect(await read(replica, 'b')).toBe('writable');
  });

  test('ends with `reset()` of either server', async () => {
    primary.createSecret({ name: 'a', secretString: 'one' });
    primary.replicateTo(replica, { lagMs: 10 });
    primary.createSecret({ name: 'b', secretString: 'under way' });
    replica.reset();
    nowMs += 10;
    expect([await read(replica), await read(replica, 'b')]).toEqual(
      Array(2).fill('ResourceNotFoundException'),
    );
    primary.createSecret({ name: 'c', secretString: 'later' });
    expect(await read(replica, 'c')).toBe('ResourceNotFoundException');
  });

  test('refuses servers that can’t be replicas, and options it doesn’t know', async () => {
    await using same = await LocalSecretsManager.start();
    await using other = await LocalSecretsManager.start({ region: 'us-west-2', account: '210987654321' });
    await using china = await LocalSecretsManager.start({ region: 'cn-north-1' });
    expect(() => primary.replicateTo(same)).toThrow('a replica must be in another Region than us-east-1');
    expect(() => primary.replicateTo(other)).toThrow(
      'of the same account: 123456789012 here, 210987654321 there',
    );
    expect(() => primary.replicateTo(china)).toThrow('of the same partition: aws here, aws-cn there');
    expect(() => primary.replicateTo(replica, { lagMs: -1 })).toThrow(
      '`lagMs` must be a number of milliseconds >= 0, got -1',
    );
    expect(() => primary.replicateTo(replica, { lag: 1 } as object)).toThrow('unknown option `lag`');
  });
});
