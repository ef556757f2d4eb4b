// Denials: IAM by action, secret and VersionStage condition; KMS; the VPC endpoint's policy.

import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';
import { post, refusal } from './raw.ts';

const USER = 'User: arn:aws:iam::123456789012:user/local is not authorized to perform: ';

let server: LocalSecretsManager;
let client: SecretsManagerClient;
let arn: string;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  client = server.client();
  ({ arn } = server.createSecret({ name: 'app/db', secretString: 'one' }));
  server.createSecret({ name: 'app/api', secretString: 'two' });
});
afterEach(() => server.close());

const call = (operation: string, input: object): ReturnType<typeof refusal> =>
  refusal(post(server.endpoint, operation, input));
const get = (input: object): ReturnType<typeof refusal> => call('GetSecretValue', input);
const bothIds = { SecretIdList: ['app/db', 'app/api'] };

describe('IAM', () => {
  test('denies an action with the recorded text, naming the ARN, or the id of a secret that does not exist', async () => {
    const denial = server.policy.denyAction('GetSecretValue');
    const because = 'because no identity-based policy allows the secretsmanager:GetSecretValue action';
    expect(await get({ SecretId: 'app/db' })).toEqual([
      400,
      'AccessDeniedException',
      `${USER}secretsmanager:GetSecretValue on resource: ${arn} ${because}`,
    ]);
    expect((await get({ SecretId: 'nope' }))[2]).toBe(
      `${USER}secretsmanager:GetSecretValue on resource: nope ${because}`,
    );
    expect((await call('DescribeSecret', { SecretId: 'app/db' }))[0]).toBe(200);
    denial.lift();
    expect((await get({ SecretId: 'app/db' }))[0]).toBe(200);
  });

  test('denies one secret under all its ids, as an item of a batch too', async () => {
    server.policy.denyAction('GetSecretValue', { secretId: arn, cause: 'explicit' });
    expect((await get({ SecretId: 'app/db' }))[2]).toMatch(
      /with an explicit deny in a resource-based policy$/,
    );
    expect((await get({ SecretId: arn.slice(0, -7) }))[1]).toBe('AccessDeniedException');
    expect((await get({ SecretId: 'app/api' }))[0]).toBe(200);
    const answer = await client.send(new BatchGetSecretValueCommand(bothIds));
    expect(answer.SecretValues?.map((value) => value.Name)).toEqual(['app/api']);
    expect(answer.Errors?.map((error) => error.ErrorCode)).toEqual(['AccessDeniedException']);
  });

  test('denying BatchGetSecretValue refuses batches whole, without a resource in the text', async () => {
    server.policy.denyAction('BatchGetSecretValue');
    expect(await call('BatchGetSecretValue', bothIds)).toEqual([
      400,
      'AccessDeniedException',
      `${USER}secretsmanager:BatchGetSecretValue because no identity-based policy allows the secretsmanager:BatchGetSecretValue action`,
    ]);
    expect((await get({ SecretId: 'app/db' }))[0]).toBe(200);
  });

  test('denying ListSecrets refuses batches by filters, and not by ids', async () => {
    server.policy.denyAction('ListSecrets');
    const Filters = [{ Key: 'name', Values: ['app'] }];
    expect((await call('BatchGetSecretValue', { Filters }))[2]).toMatch(
      /perform: secretsmanager:ListSecrets because/,
    );
    expect((await call('BatchGetSecretValue', bothIds))[0]).toBe(200);
  });

  test('a VersionStage condition denies calls that name no stage or another one', async () => {
    const denial = server.policy.requireVersionStage(['AWSCURRENT'], { secretId: 'app/db' });
    expect((await get({ SecretId: 'app/db' }))[1]).toBe('AccessDeniedException');
    expect((await get({ SecretId: 'app/db', VersionStage: 'AWSPENDING' }))[1]).toBe('AccessDeniedException');
    expect((await get({ SecretId: 'app/db', VersionStage: 'AWSCURRENT' }))[0]).toBe(200);
    expect((await get({ SecretId: 'app/api' }))[0]).toBe(200);
    denial.lift();
    expect((await get({ SecretId: 'app/db' }))[0]).toBe(200);
  });

  test.each([
    ['CreateSecret', { Name: 'x' }],
    ['PutSecretValue', { SecretString: 'x' }],
    ['UpdateSecret', {}],
    ['UpdateSecretVersionStage', { VersionStage: 'x' }],
    ['DescribeSecret', {}],
    ['ListSecrets', {}],
    ['ListSecretVersionIds', {}],
    ['DeleteSecret', {}],
    ['RestoreSecret', {}],
    ['RotateSecret', {}],
    ['TagResource', { Tags: [] }],
    ['UntagResource', { TagKeys: [] }],
    ['ReplicateSecretToRegions', { AddReplicaRegions: [] }],
  ] as const)('can deny %s', async (operation, input) => {
    server.policy.denyAction(operation);
    const ClientRequestToken = '22222222-2222-4222-8222-222222222222';
    const refused = await call(operation, { SecretId: 'app/db', ClientRequestToken, ...input });
    expect(refused.slice(0, 2)).toEqual([400, 'AccessDeniedException']);
  });
});

describe('KMS', () => {
  test('denied: AccessDeniedException for the value, none for DescribeSecret', async () => {
    const denial = server.policy.denyKms({ secretId: 'app/db' });
    const text = 'Access to KMS is not allowed';
    expect(await get({ SecretId: arn })).toEqual([400, 'AccessDeniedException', text]);
    await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    const answer = await client.send(new BatchGetSecretValueCommand(bothIds));
    expect(answer.Errors).toEqual([
      { SecretId: 'app/db', ErrorCode: 'AccessDeniedException', Message: text },
    ]);
    denial.lift();
    expect((await get({ SecretId: arn }))[0]).toBe(200);
  });

  test('key disabled or gone: DecryptionFailure', async () => {
    server.policy.denyKms({ cause: 'broken' });
    expect((await get({ SecretId: 'app/db' })).slice(0, 2)).toEqual([400, 'DecryptionFailure']);
    server.policy.clear();
    const answer = await client.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
    expect(answer.SecretString).toBe('one');
  });
});

describe('KMS, by cause', () => {
  test.each([
    [
      'old-key',
      'AccessDeniedException',
      'Access to KMS is not allowed. This version of secret is not encrypted with the current KMS key.',
    ],
    [
      'default-key',
      'InvalidRequestException',
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    ],
  ] as const)('%s: %s as recorded', async (cause, type, message) => {
    server.policy.denyKms({ secretId: 'app/db', cause });
    expect(await get({ SecretId: 'app/db' })).toEqual([400, type, message]);
    expect((await get({ SecretId: 'app/api' }))[0]).toBe(200);
  });
});

describe('the VPC endpoint’s policy', () => {
  test('sinks the whole batch when it denies one listed secret', async () => {
    server.policy.denyAtEndpoint({ secretId: 'app/db' });
    const [, type, message] = await call('BatchGetSecretValue', bothIds);
    expect(type).toBe('AccessDeniedException');
    expect(message).toMatch(
      /because no VPC endpoint policy allows the secretsmanager:GetSecretValue action$/,
    );
    const Filters = [{ Key: 'name', Values: ['app'] }];
    expect((await call('BatchGetSecretValue', { Filters }))[1]).toBe('AccessDeniedException');
    expect((await call('BatchGetSecretValue', { SecretIdList: ['app/api'] }))[0]).toBe(200);
    expect((await get({ SecretId: 'app/db' }))[1]).toBe('AccessDeniedException');
    expect((await get({ SecretId: 'app/api' }))[0]).toBe(200);
  });

  test('can allow single reads alone, as AWS’s sample policy does', async () => {
    server.policy.denyAtEndpoint({ action: 'BatchGetSecretValue' });
    expect((await call('BatchGetSecretValue', bothIds))[1]).toBe('AccessDeniedException');
    expect((await get({ SecretId: 'app/db' }))[0]).toBe(200);
  });
});
