// Writing: versions and labels as recorded from AWS, tokens, limits, deletion, tags, replicas.

import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';
import { post, refusal } from './raw.ts';

const V1 = '11111111-1111-4111-8111-111111111111';
const V2 = '22222222-2222-4222-8222-222222222222';
const V3 = '33333333-3333-4333-8333-333333333333';
const DAY_MS = 86_400_000;

let server: LocalSecretsManager;
let client: SecretsManagerClient;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  server = await LocalSecretsManager.start({ now: () => nowMs });
  client = server.client();
});
afterEach(() => server.close());

async function labels(secretId = 'app/db'): Promise<Record<string, string[]> | undefined> {
  return (await client.send(new DescribeSecretCommand({ SecretId: secretId }))).VersionIdsToStages;
}

function put(token: string, input: object): ReturnType<typeof post> {
  return post(server.endpoint, 'PutSecretValue', { SecretId: 'app/db', ClientRequestToken: token, ...input });
}

function move(input: Record<string, string>): ReturnType<typeof post> {
  const label = { SecretId: 'app/db', VersionStage: 'AWSCURRENT' };
  return post(server.endpoint, 'UpdateSecretVersionStage', { ...label, ...input });
}

async function refusedMove(input: Record<string, string>): Promise<unknown> {
  return (await refusal(move(input)))[1];
}

describe('CreateSecret', () => {
  test('makes a secret over the wire with a version named by its token', async () => {
    const answer = await client.send(
      new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ClientRequestToken: V1 }),
    );
    expect(answer.ARN).toMatch(
      /^arn:aws:secretsmanager:us-east-1:123456789012:secret:app\/db-[A-Za-z0-9]{6}$/,
    );
    expect(answer.VersionId).toBe(V1);
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'] });
  });

  test('makes a secret without a value, whose first value becomes current under any label', async () => {
    const created = await post(server.endpoint, 'CreateSecret', { Name: 'app/db', ClientRequestToken: V1 });
    expect(Object.keys(created.json)).toEqual(['ARN', 'Name']);
    await client.send(
      new PutSecretValueCommand({
        SecretId: 'app/db',
        SecretString: 'one',
        ClientRequestToken: V2,
        VersionStages: ['AWSPENDING'],
      }),
    );
    expect(await labels()).toEqual({ [V2]: ['AWSCURRENT', 'AWSPENDING'] });
  });

  test('refuses a name that is taken, being deleted, or ill-formed, as recorded', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    const create = (Name: string): ReturnType<typeof refusal> =>
      refusal(post(server.endpoint, 'CreateSecret', { Name, SecretString: 'x', ClientRequestToken: V1 }));
    expect(await create('app/db')).toEqual([
      400,
      'ResourceExistsException',
      'The operation failed because the secret app/db already exists.',
    ]);
    server.deleteSecret('app/db');
    expect(await create('app/db')).toEqual([
      400,
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ]);
    expect(await create('bad name')).toEqual([
      400,
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    ]);
    expect((await create('Valid/_+=.@-Name!'))[0]).toBe(200);
    expect((await create('x'.repeat(513)))[1]).toBe('ValidationException');
  });

  test('is idempotent by token and value', async () => {
    const input = { Name: 'app/db', SecretString: 'one', ClientRequestToken: V1 };
    const first = await client.send(new CreateSecretCommand(input));
    const again = await client.send(new CreateSecretCommand(input));
    expect(again.ARN).toBe(first.ARN);
    const other = client.send(new CreateSecretCommand({ ...input, SecretString: 'two' }));
    await expect(other).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  test('gives a secret deleted and created again another ARN', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'one' });
    server.deleteSecret('app/db', { force: true });
    expect(server.createSecret({ name: 'app/db', secretString: 'one' }).arn).not.toBe(arn);
    const byOldArn = client.send(new GetSecretValueCommand({ SecretId: arn }));
    await expect(byOldArn).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('PutSecretValue', () => {
  beforeEach(() => void server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 }));

  test('moves AWSCURRENT to the new version and AWSPREVIOUS to the one before', async () => {
    await client.send(
      new PutSecretValueCommand({ SecretId: 'app/db', SecretString: 'two', ClientRequestToken: V2 }),
    );
    expect(await labels()).toEqual({ [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT'] });
    await client.send(
      new PutSecretValueCommand({ SecretId: 'app/db', SecretString: 'three', ClientRequestToken: V3 }),
    );
    expect(await labels()).toEqual({ [V2]: ['AWSPREVIOUS'], [V3]: ['AWSCURRENT'] });
  });

  test('takes AWSPENDING off the version that was current, as recorded', async () => {
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2, versionStages: ['AWSPENDING'] });
    server.moveLabel('app/db', 'AWSCURRENT', V2);
    expect(await labels()).toEqual({ [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT', 'AWSPENDING'] });
    server.putSecretValue('app/db', { secretString: 'three', versionId: V3 });
    expect(await labels()).toEqual({ [V2]: ['AWSPREVIOUS'], [V3]: ['AWSCURRENT'] });
  });

  test('attaches the labels asked for, each taken from where it was, and answers with them sorted', async () => {
    expect(
      (await put(V2, { SecretString: '2', VersionStages: ['two', 'one', 'three'] })).json['VersionStages'],
    ).toEqual(['one', 'three', 'two']);
    expect(
      (await put(V3, { SecretString: '3', VersionStages: ['one', 'two', 'four'] })).json['VersionStages'],
    ).toEqual(['four', 'one', 'two']);
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'], [V2]: ['three'], [V3]: ['four', 'one', 'two'] });
  });

  test('keeps a version’s content for ever: the same again is fine, another value is refused', async () => {
    expect((await put(V1, { SecretString: 'one' })).status).toBe(200);
    for (const other of [{ SecretString: 'two' }, { SecretBinary: 'b25l' }]) {
      expect((await refusal(put(V1, other))).slice(0, 2)).toEqual([400, 'ResourceExistsException']);
    }
    const value = await client.send(new GetSecretValueCommand({ SecretId: 'app/db', VersionId: V1 }));
    expect(value.SecretString).toBe('one');
  });

  test('takes 65,536 bytes and not one more, text or binary, counted in bytes', async () => {
    const bytes = Buffer.alloc(65_537, 1);
    expect((await put(V2, { SecretString: 'é'.repeat(32_768) })).status).toBe(200);
    expect((await put(V3, { SecretBinary: bytes.subarray(1).toString('base64') })).status).toBe(200);
    for (const tooLong of [
      { SecretString: `${'é'.repeat(32_768)}x` },
      { SecretBinary: bytes.toString('base64') },
    ]) {
      const [status, type, message] = await refusal(put(V1, tooLong));
      expect([status, type]).toEqual([400, 'ValidationException']);
      expect(message).toMatch(/^1 validation error detected: Value at 'secret(String|Binary)' failed/);
    }
  });

  test('refuses none, both, empty and undecodable values', async () => {
    const rows: [object, string][] = [
      [{}, 'InvalidRequestException'],
      [{ SecretString: 'a', SecretBinary: 'YQ==' }, 'InvalidParameterException'],
      [{ SecretString: '' }, 'ValidationException'],
      [{ SecretBinary: '***' }, 'SerializationException'],
      [{ SecretString: 5 }, 'SerializationException'],
    ];
    for (const [value, type] of rows) {
      expect((await refusal(put(V2, value))).slice(0, 2)).toEqual([400, type]);
    }
  });

  test('holds at most 20 labels across a secret', async () => {
    const stages = Array.from({ length: 19 }, (_, place) => `label-${place}`);
    server.putSecretValue('app/db', { secretString: 'two', versionStages: stages });
    const over = put(V3, { SecretString: 'three', VersionStages: ['one-more'] });
    const [status, type] = await refusal(over);
    expect([status, type]).toEqual([400, 'LimitExceededException']);
  });

  test('prunes unlabelled versions beyond a hundred once they are a day old', async () => {
    for (let count = 0; count < 110; count += 1)
      server.putSecretValue('app/db', { secretString: `v${count}` });
    const old = new GetSecretValueCommand({ SecretId: 'app/db', VersionId: V1 });
    expect((await client.send(old)).SecretString).toBe('one');
    nowMs += DAY_MS + 1;
    server.putSecretValue('app/db', { secretString: 'last' });
    await expect(client.send(old)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect((await client.send(new GetSecretValueCommand({ SecretId: 'app/db' }))).SecretString).toBe('last');
  });
});

describe('a write without ClientRequestToken', () => {
  test.each([
    ['CreateSecret', { Name: 'other', SecretString: 'x' }, 'InvalidRequestException'],
    ['PutSecretValue', { SecretId: 'app/db', SecretString: 'x' }, 'InvalidRequestException'],
    ['UpdateSecret', { SecretId: 'app/db', SecretString: 'x' }, 'InvalidRequestException'],
    ['RotateSecret', { SecretId: 'app/db' }, 'InvalidParameterException'],
  ])('is refused by %s as recorded', async (operation, input, type) => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    expect(await refusal(post(server.endpoint, operation, input))).toEqual([
      400,
      type,
      'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    ]);
  });
});

describe('UpdateSecret', () => {
  test('changes the description without a version, and a value with one', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 });
    const described = await client.send(
      new UpdateSecretCommand({ SecretId: 'app/db', Description: 'the db' }),
    );
    expect(described).not.toHaveProperty('VersionId');
    const input = { SecretId: 'app/db', SecretString: 'two', ClientRequestToken: V2, KmsKeyId: 'alias/mine' };
    expect((await client.send(new UpdateSecretCommand(input))).VersionId).toBe(V2);
    const now = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect([now.Description, now.KmsKeyId]).toEqual(['the db', 'alias/mine']);
    expect(now.VersionIdsToStages).toEqual({ [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT'] });
  });
});

describe('UpdateSecretVersionStage', () => {
  beforeEach(() => {
    server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 });
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2, versionStages: ['AWSPENDING'] });
  });

  test('moves AWSCURRENT with AWSPREVIOUS behind it, leaves AWSPENDING, and answers ARN and Name', async () => {
    const { json } = await move({ MoveToVersionId: V2, RemoveFromVersionId: V1 });
    expect(Object.keys(json)).toEqual(['ARN', 'Name']);
    expect(await labels()).toEqual({ [V1]: ['AWSPREVIOUS'], [V2]: ['AWSCURRENT', 'AWSPENDING'] });
    const value = await client.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
    expect(value.SecretString).toBe('two');
  });

  test('moves a label back', async () => {
    await move({ MoveToVersionId: V2, RemoveFromVersionId: V1 });
    await move({ MoveToVersionId: V1, RemoveFromVersionId: V2 });
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'], [V2]: ['AWSPENDING', 'AWSPREVIOUS'] });
  });

  test('wants RemoveFromVersionId for a label that is attached elsewhere, as recorded', async () => {
    expect(await refusal(move({ MoveToVersionId: V2 }))).toEqual([
      400,
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${V1}, so you must explicitly reference that version in RemoveFromVersionId.`,
    ]);
  });

  test('never takes AWSCURRENT off, names neither version, a wrong one, or one that does not exist', async () => {
    expect(await refusedMove({ RemoveFromVersionId: V1 })).toBe('InvalidParameterException');
    expect(await refusedMove({})).toBe('InvalidParameterException');
    expect(await refusedMove({ RemoveFromVersionId: V2, MoveToVersionId: V2 })).toBe(
      'InvalidParameterException',
    );
    expect(await refusedMove({ RemoveFromVersionId: V1, MoveToVersionId: V3 })).toBe(
      'ResourceNotFoundException',
    );
  });

  test('takes a label off', async () => {
    const input = { SecretId: 'app/db', VersionStage: 'AWSPENDING', RemoveFromVersionId: V2 };
    await client.send(new UpdateSecretVersionStageCommand(input));
    expect(await labels()).toEqual({ [V1]: ['AWSCURRENT'] });
  });
});

describe('DeleteSecret and RestoreSecret', () => {
  beforeEach(() => void server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 }));

  test('schedule a deletion in 30 days, or in 7 to 30 as asked, and take it back', async () => {
    const answer = await client.send(new DeleteSecretCommand({ SecretId: 'app/db' }));
    expect(answer.DeletionDate?.getTime()).toBe(nowMs + 30 * DAY_MS);
    await client.send(new RestoreSecretCommand({ SecretId: 'app/db' }));
    expect((await client.send(new GetSecretValueCommand({ SecretId: 'app/db' }))).SecretString).toBe('one');
    expect(await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }))).not.toHaveProperty(
      'DeletedDate',
    );
    const soon = await client.send(new DeleteSecretCommand({ SecretId: 'app/db', RecoveryWindowInDays: 7 }));
    expect(soon.DeletionDate?.getTime()).toBe(nowMs + 7 * DAY_MS);
  });

  test('refuse windows out of range and a window together with force', async () => {
    for (const input of [
      { RecoveryWindowInDays: 6 },
      { RecoveryWindowInDays: 31 },
      { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
    ]) {
      const refused = client.send(new DeleteSecretCommand({ SecretId: 'app/db', ...input }));
      await expect(refused).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
  });

  test('a secret is gone once its window is over, and its name is free', async () => {
    server.deleteSecret('app/db', { recoveryWindowInDays: 7 });
    nowMs += 7 * DAY_MS;
    const describeIt = client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    await expect(describeIt).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    server.createSecret({ name: 'app/db', secretString: 'again' });
  });

  test('force is at once, also for a scheduled or an unknown secret', async () => {
    server.deleteSecret('app/db');
    await client.send(new DeleteSecretCommand({ SecretId: 'app/db', ForceDeleteWithoutRecovery: true }));
    await client.send(new DeleteSecretCommand({ SecretId: 'nope', ForceDeleteWithoutRecovery: true }));
    const restore = client.send(new RestoreSecretCommand({ SecretId: 'app/db' }));
    await expect(restore).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('writes to a secret scheduled for deletion are refused', async () => {
    server.deleteSecret('app/db');
    for (const command of [
      new PutSecretValueCommand({ SecretId: 'app/db', SecretString: 'x' }),
      new UpdateSecretCommand({ SecretId: 'app/db', Description: 'x' }),
      new TagResourceCommand({ SecretId: 'app/db', Tags: [] }),
      new DeleteSecretCommand({ SecretId: 'app/db' }),
    ]) {
      await expect(client.send(command as PutSecretValueCommand)).rejects.toMatchObject({
        name: 'InvalidRequestException',
        message: "You can't perform this operation on the secret because it was marked for deletion.",
      });
    }
  });
});

describe('tags and replicas', () => {
  test('tags are added, replaced and removed; an empty list stays, as recorded', async () => {
    server.createSecret({ name: 'app/db', secretString: 'x', tags: { team: 'a' } });
    const tags = async (): Promise<unknown> =>
      (await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }))).Tags;
    const Tags = [
      { Key: 'team', Value: 'b' },
      { Key: 'env', Value: 'prod' },
    ];
    await client.send(new TagResourceCommand({ SecretId: 'app/db', Tags }));
    expect(await tags()).toEqual(Tags);
    await client.send(new UntagResourceCommand({ SecretId: 'app/db', TagKeys: ['team', 'env', 'nope'] }));
    expect(await tags()).toEqual([]);
    const many = Array.from({ length: 51 }, (_, place) => ({ Key: `k${place}`, Value: '' }));
    const over = client.send(new TagResourceCommand({ SecretId: 'app/db', Tags: many }));
    await expect(over).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('replicas are recorded with their status and the primary Region', async () => {
    server.createSecret({ name: 'app/db', secretString: 'x' });
    const AddReplicaRegions = [{ Region: 'eu-west-1', KmsKeyId: 'alias/eu' }];
    const input = { SecretId: 'app/db', AddReplicaRegions };
    const answer = await client.send(new ReplicateSecretToRegionsCommand(input));
    const status = [{ Region: 'eu-west-1', KmsKeyId: 'alias/eu', Status: 'InSync' }];
    expect(answer.ReplicationStatus).toEqual(status);
    const now = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect([now.ReplicationStatus, now.PrimaryRegion]).toEqual([status, 'us-east-1']);
    const home = { SecretId: 'app/db', AddReplicaRegions: [{ Region: 'us-east-1' }] };
    await expect(client.send(new ReplicateSecretToRegionsCommand(home))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});
