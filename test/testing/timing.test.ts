// When answers come and which state they show: gates, replica lag, rotations step by step.

import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';
import { post, refusal } from './raw.ts';

const V1 = '11111111-1111-4111-8111-111111111111';
const V2 = '22222222-2222-4222-8222-222222222222';

let server: LocalSecretsManager;
let client: SecretsManagerClient;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 });
  client = server.client();
});
afterEach(() => server.close());

async function read(SecretId = 'app/db', VersionStage?: string): Promise<string | undefined> {
  const stage = VersionStage === undefined ? {} : { VersionStage };
  return (await client.send(new GetSecretValueCommand({ SecretId, ...stage }))).SecretString;
}

async function labels(): Promise<Record<string, string[]> | undefined> {
  return (await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }))).VersionIdsToStages;
}

function rotate(more: object): ReturnType<typeof post> {
  return post(server.endpoint, 'RotateSecret', { SecretId: 'app/db', ClientRequestToken: V2, ...more });
}

describe('a gate', () => {
  test('holds matching calls, received and logged, until it is released', async () => {
    const gate = server.hold('GetSecretValue');
    const held = [read(), read()];
    await gate.arrived(2);
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'] });
    expect(server.calls.map((call) => call.outcome)).toEqual(['pending', 'pending', 'ok']);
    expect(gate.waiting).toBe(2);
    gate.release();
    expect(await Promise.all(held)).toEqual(['one', 'one']);
    expect(await read()).toBe('one');
  });

  test('answers with the state of the arrival or, when asked, of the release', async () => {
    const early = server.hold('GetSecretValue', { secretId: 'app/db' });
    const old = read();
    await early.arrived();
    server.putSecretValue('app/db', { secretString: 'two' });
    early.release();
    expect(await old).toBe('one');
    const late = server.hold(['GetSecretValue', 'DescribeSecret'], { stateAt: 'release' });
    const fresh = read();
    await late.arrived();
    server.putSecretValue('app/db', { secretString: 'three' });
    late.release();
    expect(await fresh).toBe('three');
  });

  test('lets calls go one by one, in any order, and goes on holding', async () => {
    const gate = server.hold('GetSecretValue');
    const first = read();
    await gate.arrived(1);
    server.putSecretValue('app/db', { secretString: 'two' });
    const second = read();
    await gate.arrived(2);
    gate.releaseOne(1);
    expect(await second).toBe('two');
    expect(gate.waiting).toBe(1);
    gate.releaseOne();
    expect(await first).toBe('one');
    expect(() => gate.releaseOne()).toThrow('no call is held at place 0; 0 are held');
  });

  test('forgets a call whose client has gone, and holds faults back too', async () => {
    server.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 }, { times: 1 });
    const gate = server.hold('GetSecretValue');
    const patient = server.client({ maxAttempts: 1 }).send(new GetSecretValueCommand({ SecretId: 'app/db' }));
    await gate.arrived();
    const caller = new AbortController();
    const leaving = client.send(new GetSecretValueCommand({ SecretId: 'app/db' }), {
      abortSignal: caller.signal,
    });
    await gate.arrived(2);
    caller.abort();
    await expect(leaving).rejects.toMatchObject({ name: 'AbortError' });
    gate.releaseOne();
    await expect(patient).rejects.toMatchObject({ name: 'InternalServiceError' });
    await expect
      .poll(() => [gate.waiting, server.calls[1]?.outcome], { timeout: 5000 })
      .toEqual([0, 'aborted']);
  });

  test('tells waiters when it opens before enough calls came', async () => {
    const gate = server.hold('GetSecretValue');
    const arrived = gate.arrived(3);
    gate.release();
    await expect(arrived).rejects.toThrow('the gate was opened before so many calls came');
    await expect(gate.arrived()).rejects.toThrow('the gate is open');
  });
});

describe('replica lag', () => {
  test('values come from the frozen state, single and in batch, while DescribeSecret is ahead', async () => {
    server.lag.freezeReads();
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2 });
    server.createSecret({ name: 'new', secretString: 'x' });
    expect(await labels()).toEqual({ [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT'] });
    expect(await read()).toBe('one');
    const batch = await client.send(new BatchGetSecretValueCommand({ SecretIdList: ['app/db', 'new'] }));
    expect(batch.SecretValues?.map((value) => value.VersionStages)).toEqual([['AWSCURRENT']]);
    expect(batch.Errors?.map((error) => error.SecretId)).toEqual(['new']);
    const pinned = { SecretId: 'app/db', VersionId: V2, VersionStage: 'AWSCURRENT' };
    const [, type] = await refusal(post(server.endpoint, 'GetSecretValue', pinned));
    expect(type).toBe('ResourceNotFoundException');
    server.lag.catchUp();
    expect([await read(), await read('new')]).toEqual(['two', 'x']);
  });

  test('can befall one secret, and a pinned read then disagrees', async () => {
    server.createSecret({ name: 'other', secretString: 'x' });
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2, versionStages: ['AWSPENDING'] });
    server.lag.freezeReads('app/db');
    server.moveLabel('app/db', 'AWSCURRENT', V2);
    server.putSecretValue('other', { secretString: 'y' });
    expect([await read(), await read('other')]).toEqual(['one', 'y']);
    const pinned = { SecretId: 'app/db', VersionId: V2, VersionStage: 'AWSCURRENT' };
    expect(await refusal(post(server.endpoint, 'GetSecretValue', pinned))).toEqual([
      400,
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    ]);
    server.lag.catchUp('app/db');
    expect(await read()).toBe('two');
    expect(() => server.lag.freezeReads('nope')).toThrow("can't find the specified secret");
  });
});

describe('a rotation', () => {
  test('goes through the labels of the real one, step by step', async () => {
    const rotation = server.startRotation('app/db', { versionId: V2 });
    expect(rotation.versionId).toBe(V2);
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'], [V2]: ['AWSPENDING'] });
    const pending = post(server.endpoint, 'GetSecretValue', {
      SecretId: 'app/db',
      VersionStage: 'AWSPENDING',
    });
    expect(await refusal(pending)).toEqual([
      400,
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    ]);
    rotation.createSecret('two');
    expect([await read('app/db', 'AWSPENDING'), await read()]).toEqual(['two', 'one']);
    rotation.setSecret().testSecret();
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'], [V2]: ['AWSPENDING'] });
    rotation.finishSecret();
    expect(await labels()).toEqual({ [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT', 'AWSPENDING'] });
    expect([await read(), await read('app/db', 'AWSPREVIOUS')]).toEqual(['two', 'one']);
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(described.LastRotatedDate).toBeInstanceOf(Date);
  });

  test('of the service-managed kind ends with AWSCURRENT alone', async () => {
    const rotation = server.startRotation('app/db', { versionId: V2 }).createSecret(new Uint8Array([1, 2]));
    rotation.setSecret().testSecret().finishSecret({ keepPending: false });
    expect(await labels()).toEqual({ [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT'] });
  });

  test('the next one unlabels the oldest version and moves AWSPENDING', async () => {
    server
      .startRotation('app/db', { versionId: V2 })
      .createSecret('two')
      .setSecret()
      .testSecret()
      .finishSecret();
    const next = server.startRotation('app/db').createSecret('three').setSecret().testSecret().finishSecret();
    expect(await labels()).toEqual({ [V2]: ['AWSPREVIOUS'], [next.versionId]: ['AWSCURRENT', 'AWSPENDING'] });
  });

  test('keeps its steps in order, and refuses a second one beside it', () => {
    const rotation = server.startRotation('app/db');
    expect(() => rotation.finishSecret()).toThrow(
      'finishSecret() is out of turn: the next step is createSecret()',
    );
    expect(() => server.startRotation('app/db')).toThrow(/A previous rotation isn't complete/);
    rotation.createSecret('two').setSecret().testSecret().finishSecret();
    expect(() => rotation.finishSecret()).toThrow('finishSecret() is out of turn: the rotation is finished');
    expect(() => server.rotationOf('app/db')).toThrow('no rotation of "app/db" is under way');
    expect(() => server.startRotation('app/db', { versionId: 'short' })).toThrow(/must have length/i);
    expect(() => server.startRotation('nope')).toThrow(/can't find the specified secret/);
  });

  test('begun over the wire by RotateSecret is driven from here, or over the wire', async () => {
    const RotationLambdaARN = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
    const input = { SecretId: 'app/db', RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 1 } };
    const { VersionId } = await client.send(new RotateSecretCommand(input));
    const rotation = server.rotationOf('app/db');
    expect(rotation.versionId).toBe(VersionId);
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(described).toMatchObject({
      RotationEnabled: true,
      RotationLambdaARN,
      RotationRules: { AutomaticallyAfterDays: 1 },
    });
    expect(described.NextRotationDate).toBeInstanceOf(Date);
    await expect(client.send(new RotateSecretCommand({ SecretId: 'app/db' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    await client.send(
      new PutSecretValueCommand({
        SecretId: 'app/db',
        SecretString: 'two',
        ClientRequestToken: rotation.versionId,
        VersionStages: ['AWSPENDING'],
      }),
    );
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: 'app/db',
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: rotation.versionId,
        RemoveFromVersionId: V1,
      }),
    );
    expect(await read()).toBe('two');
  });

  test('needs a rotation function over the wire, as recorded, and may wait for its schedule', async () => {
    expect(await refusal(rotate({}))).toEqual([
      400,
      'InvalidRequestException',
      'No Lambda rotation function ARN is associated with this secret.',
    ]);
    const RotationLambdaARN = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
    expect((await rotate({ RotationLambdaARN, RotateImmediately: false })).status).toBe(200);
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'] });
  });
});
