/** What is written through a client that carries the plugin, and what is read after it: never the value from before. */

import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  TagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { SecretCache } from '../../src/index.ts';
import { secretCachePlugin } from '../../src/sdk-plugin.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import { SteppedTime } from '../support/stepped-time.ts';

let server: LocalSecretsManager;
let time: SteppedTime;
let client: SecretsManagerClient;
let cache: SecretCache;
let arn: string;
let first: string;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  ({ arn, versionId: first } = server.createSecret({ name: 'prod/db', secretString: 'old' }));
  time = new SteppedTime();
  client = server.client({ maxAttempts: 1 });
  cache = new SecretCache({ client, runtime: time, batch: false, ttlJitter: 0 });
  client.middlewareStack.use(secretCachePlugin(cache));
});

afterEach(async () => {
  await cache.close();
  await server.close();
});

async function read(SecretId = 'prod/db'): Promise<string | undefined> {
  return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
}

function put(SecretId = 'prod/db'): Promise<unknown> {
  return client.send(new PutSecretValueCommand({ SecretId, SecretString: 'new' }));
}

async function nameOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'fulfilled',
    (error: unknown) => (error as Error).name,
  );
}

describe('a read that begins after a write', () => {
  test('is answered by a call of its own, under every id the secret is known by', async () => {
    const ids = ['prod/db', arn, arn.slice(0, -'-AbCdEf'.length)];
    for (const id of ids) expect(await read(id)).toBe('old');
    await put(arn);
    server.resetCalls();
    for (const id of ids) expect(await read(id)).toBe('new');
    expect(server.count('GetSecretValue')).toBe(3);
  });

  test('finds what UpdateSecret has made, and what UpdateSecretVersionStage has moved', async () => {
    await read();
    const { VersionId } = await client.send(
      new UpdateSecretCommand({ SecretId: 'prod/db', SecretString: 'updated' }),
    );
    expect(await read()).toBe('updated');
    const move = { VersionStage: 'AWSCURRENT', MoveToVersionId: first, RemoveFromVersionId: VersionId };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId: 'prod/db', ...move }));
    expect(await read()).toBe('old');
  });

  test('finds a deletion and a restoration at once, whatever was remembered', async () => {
    await read();
    await client.send(new DeleteSecretCommand({ SecretId: 'prod/db' }));
    expect(await nameOf(read())).toBe('InvalidRequestException');
    await client.send(new RestoreSecretCommand({ SecretId: 'prod/db' }));
    expect(await read()).toBe('old');
  });

  test('finds it under an id that was only ever refused', async () => {
    server.deleteSecret('prod/db');
    expect(await nameOf(read(arn))).toBe('InvalidRequestException');
    await client.send(new RestoreSecretCommand({ SecretId: 'prod/db' }));
    expect(await read(arn)).toBe('old');
  });

  test('finds a secret that was not there before', async () => {
    expect(await nameOf(read('prod/new'))).toBe('ResourceNotFoundException');
    await client.send(new CreateSecretCommand({ Name: 'prod/new', SecretString: 'there' }));
    expect(await read('prod/new')).toBe('there');
  });

  test('on a replica that lags is answered by the old value, and the written one is looked for', async () => {
    await read();
    server.lag.freezeReads('prod/db');
    await put();
    expect(await read()).toBe('old');
    expect(await read()).toBe('old');
    server.lag.catchUp();
    time.step(5_000);
    expect(await read()).toBe('new');
    // Seen: from here on a hit is a hit.
    server.resetCalls();
    time.step(60_000);
    expect(await read()).toBe('new');
    expect(server.count()).toBe(0);
  });

  test('of another label, or answered late, does not end that search', async () => {
    await read();
    const gate = server.hold('GetSecretValue');
    server.lag.freezeReads('prod/db');
    cache.clear();
    const early = read();
    await gate.arrived();
    await put();
    gate.release();
    expect(await early).toBe('old');
    expect(
      await nameOf(client.send(new GetSecretValueCommand({ SecretId: 'prod/db', VersionId: first }))),
    ).toBe('fulfilled');
    expect(await read()).toBe('old');
    server.lag.catchUp();
    expect(await read()).toBe('new');
  });

  test('after a rotation was begun finds the new value as soon as it is there', async () => {
    await read();
    const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
    await client.send(new RotateSecretCommand({ SecretId: 'prod/db', RotationLambdaARN: lambda }));
    expect(await read()).toBe('old');
    server.rotationOf('prod/db').createSecret('new').setSecret().testSecret().finishSecret();
    time.step(5_000);
    expect(await read()).toBe('new');
  });

  test('after a mere change of the schedule makes no call', async () => {
    await read();
    const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
    await client.send(
      new RotateSecretCommand({ SecretId: 'prod/db', RotationLambdaARN: lambda, RotateImmediately: false }),
    );
    server.resetCalls();
    expect(await read()).toBe('old');
    expect(server.count()).toBe(0);
  });
});

describe('a read that began before a write', () => {
  test('and is answered after it is not kept', async () => {
    const gate = server.hold('GetSecretValue');
    const early = read();
    await gate.arrived();
    await put();
    gate.release();
    expect(await early).toBe('old');
    expect(await read()).toBe('new');
    expect(server.count('GetSecretValue')).toBe(2);
  });

  test('and is answered while the write is under way is not kept beyond it', async () => {
    const gate = server.hold('PutSecretValue', { stateAt: 'release' });
    const writing = put();
    await gate.arrived();
    expect(await read()).toBe('old');
    gate.release();
    await writing;
    expect(await read()).toBe('new');
  });

  test('that was sent while the write was under way, and is answered after it, is not kept', async () => {
    const write = server.hold('PutSecretValue', { stateAt: 'release' });
    const writing = put();
    await write.arrived();
    const reads = server.hold('GetSecretValue');
    const between = read();
    await reads.arrived();
    write.release();
    await writing;
    const after = read();
    await reads.arrived(2);
    reads.release();
    expect([await between, await after]).toEqual(['old', 'new']);
    expect(await read()).toBe('new');
  });

  test('by another id, before the two were known to be one, is not kept', async () => {
    const gate = server.hold('GetSecretValue');
    const early = read(arn);
    await gate.arrived();
    await put('prod/db');
    gate.release();
    expect(await early).toBe('old');
    expect(await read(arn)).toBe('new');
  });
});

describe('a write that fails', () => {
  test('by the service’s refusal changes nothing', async () => {
    await read();
    expect(await nameOf(put('nope'))).toBe('ResourceNotFoundException');
    server.policy.denyAction('PutSecretValue');
    expect(await nameOf(put())).toBe('AccessDeniedException');
    server.resetCalls();
    expect(await read()).toBe('old');
    expect(server.count()).toBe(0);
  });

  test('for a lost answer may have been carried out: the next read checks', async () => {
    await read();
    server.faults.inject({ kind: 'truncated' }, { operation: 'PutSecretValue', times: 1 });
    expect(await nameOf(put())).not.toBe('fulfilled');
    expect(await read()).toBe('new');
  });

  test('in an outage leaves what is held to be served', async () => {
    await read();
    server.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 });
    expect(await nameOf(put())).toBe('InternalServiceError');
    expect(await read()).toBe('old');
  });

  test('at its second attempt may have been carried out at its first', async () => {
    await read();
    const { versionId } = server.putSecretValue('prod/db', { secretString: 'new', versionStages: ['NEXT'] });
    const retrying = server.client({ maxAttempts: 2 });
    retrying.middlewareStack.use(secretCachePlugin(cache));
    server.faults.inject({ kind: 'truncated' }, { operation: 'UpdateSecretVersionStage', times: 1 });
    const move = { VersionStage: 'AWSCURRENT', MoveToVersionId: versionId, RemoveFromVersionId: first };
    const write = retrying.send(new UpdateSecretVersionStageCommand({ SecretId: 'prod/db', ...move }));
    expect(await nameOf(write)).toBe('InvalidParameterException');
    expect(await read()).toBe('new');
  });
});

describe('what changes no answer', () => {
  test('a tag leaves what is held', async () => {
    await read();
    await client.send(new TagResourceCommand({ SecretId: 'prod/db', Tags: [{ Key: 'a', Value: 'b' }] }));
    server.resetCalls();
    expect(await read()).toBe('old');
    expect(server.count()).toBe(0);
  });
});
