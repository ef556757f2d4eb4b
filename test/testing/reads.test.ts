// Reading values and metadata: which version, by which id, in which shape, with which refusal.

import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  paginateListSecretVersionIds,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LocalSecretsManager } from '../../src/testing/index.ts';
import { post, refusal } from './raw.ts';

const V1 = '11111111-1111-4111-8111-111111111111';
const V2 = '22222222-2222-4222-8222-222222222222';
const V3 = '33333333-3333-4333-8333-333333333333';
const NOT_FOUND = "Secrets Manager can't find the specified secret.";
const STAGE_NOT_FOUND = "Secrets Manager can't find the specified secret value for staging label: ";
const NOW = 1_700_591_229_801;

let server: LocalSecretsManager;
let client: SecretsManagerClient;

beforeEach(async () => {
  server = await LocalSecretsManager.start({ now: () => NOW });
  client = server.client();
});
afterEach(() => server.close());

function get(input: Record<string, unknown>): ReturnType<typeof post> {
  return post(server.endpoint, 'GetSecretValue', input);
}

describe('GetSecretValue', () => {
  test('answers with the members, headers and fractional seconds of the real service', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'hunter2', versionId: V1 });
    const answer = await get({ SecretId: 'app/db' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-amz-json-1.1');
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers['date']).toMatch(/GMT$/);
    expect(answer.json).toEqual({
      ARN: arn,
      CreatedDate: 1_700_591_229.801,
      Name: 'app/db',
      SecretString: 'hunter2',
      VersionId: V1,
      VersionStages: ['AWSCURRENT'],
    });
  });

  test('gives binary values back byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    server.createSecret({ name: 'key', secretBinary: bytes });
    const answer = await client.send(new GetSecretValueCommand({ SecretId: 'key' }));
    expect(answer.SecretBinary).toEqual(bytes);
    expect(answer).not.toHaveProperty('SecretString');
  });

  test('finds a secret by name, ARN and partial ARN, and not by name and suffix', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'x' });
    for (const SecretId of ['app/db', arn, arn.slice(0, -7)]) {
      expect((await get({ SecretId })).json['ARN']).toBe(arn);
    }
    expect(await refusal(get({ SecretId: arn.slice(arn.indexOf('app/db')) }))).toEqual([
      400,
      'ResourceNotFoundException',
      NOT_FOUND,
    ]);
  });

  test('takes hyphen and six characters at the end of a partial ARN for the suffix', async () => {
    const { arn } = server.createSecret({ name: 'app/db-abc123', secretString: 'x' });
    expect(await refusal(get({ SecretId: arn.slice(0, -7) }))).toEqual([
      400,
      'ResourceNotFoundException',
      NOT_FOUND,
    ]);
    expect((await get({ SecretId: 'app/db-abc123' })).status).toBe(200);
    expect((await get({ SecretId: arn })).status).toBe(200);
  });

  test('does not find ARNs of another Region, and denies those of another account', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'x' });
    const elsewhere = arn.replace('us-east-1', 'eu-west-1');
    expect(await refusal(get({ SecretId: elsewhere }))).toEqual([
      400,
      'ResourceNotFoundException',
      NOT_FOUND,
    ]);
    const foreign = arn.replace('123456789012', '210987654321');
    expect(await refusal(get({ SecretId: foreign }))).toEqual([
      400,
      'AccessDeniedException',
      `User: arn:aws:iam::123456789012:user/local is not authorized to perform: secretsmanager:GetSecretValue on resource: ${foreign} because no resource-based policy allows the secretsmanager:GetSecretValue action`,
    ]);
  });

  test('refuses as recorded: no secret, no label, no version, no value, a mismatch', async () => {
    server.createSecret({ name: 'app/db', secretString: 'x', versionId: V1 });
    server.createSecret({ name: 'empty' });
    const notFound = 'ResourceNotFoundException';
    const rows: [Record<string, unknown>, string, string][] = [
      [{ SecretId: 'nope' }, notFound, NOT_FOUND],
      [{ SecretId: 'app/db', VersionStage: 'AWSPREVIOUS' }, notFound, `${STAGE_NOT_FOUND}AWSPREVIOUS`],
      [{ SecretId: 'app/db', VersionStage: 'AWSPENDING' }, notFound, `${STAGE_NOT_FOUND}AWSPENDING`],
      [{ SecretId: 'empty' }, notFound, `${STAGE_NOT_FOUND}AWSCURRENT`],
      [
        { SecretId: 'app/db', VersionId: V2 },
        notFound,
        `Secrets Manager can't find the specified secret value for VersionId: ${V2}`,
      ],
      [
        { SecretId: 'app/db', VersionId: V1, VersionStage: 'AWSPENDING' },
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      ],
    ];
    for (const [input, type, message] of rows) {
      const answer = await get(input);
      expect([answer.status, answer.json]).toEqual([400, { __type: type, Message: message }]);
    }
  });

  test('refuses a secret marked for deletion, as recorded', async () => {
    server.createSecret({ name: 'app/db', secretString: 'x' });
    server.deleteSecret('app/db');
    expect(await refusal(get({ SecretId: 'app/db' }))).toEqual([
      400,
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    ]);
  });

  test('reads a version that has lost every label by its id, without VersionStages', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 });
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2 });
    server.putSecretValue('app/db', { secretString: 'three', versionId: V3 });
    const { json } = await get({ SecretId: 'app/db', VersionId: V1 });
    expect(json['SecretString']).toBe('one');
    expect(json).not.toHaveProperty('VersionStages');
    expect((await get({ SecretId: 'app/db', VersionStage: 'AWSPREVIOUS' })).json['SecretString']).toBe('two');
    expect((await get({ SecretId: 'app/db', VersionId: V3, VersionStage: 'AWSCURRENT' })).status).toBe(200);
  });

  test('refuses members out of their bounds, and names that no secret can have', async () => {
    const invalidName =
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!';
    expect(await refusal(get({ SecretId: ' Inv *?!]Name\\-' }))).toEqual([
      400,
      'ValidationException',
      invalidName,
    ]);
    for (const input of [
      {},
      { SecretId: null },
      { SecretId: '' },
      { SecretId: 'x'.repeat(2049) },
      { SecretId: 'a', VersionId: 'short' },
      { SecretId: 'a', VersionId: 'x'.repeat(65) },
      { SecretId: 'a', VersionStage: '' },
      { SecretId: 'a', VersionStage: 'x'.repeat(257) },
    ]) {
      const [status, type, message] = await refusal(get(input));
      expect([status, type]).toEqual([400, 'ValidationException']);
      expect(message).toMatch(
        /^1 validation error detected: Value .* failed to satisfy constraint: Member must/,
      );
    }
  });
});

describe('DescribeSecret', () => {
  test('leaves out what was never set, rotation, key and labels included', async () => {
    const { arn } = server.createSecret({ name: 'empty' });
    const answer = await post(server.endpoint, 'DescribeSecret', { SecretId: 'empty' });
    const at = 1_700_591_229.801;
    expect(answer.json).toEqual({ ARN: arn, Name: 'empty', CreatedDate: at, LastChangedDate: at });
  });

  test('lists only labelled versions, and the last access as a day', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1, description: 'the db' });
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2 });
    server.putSecretValue('app/db', { secretString: 'three', versionId: V3 });
    await client.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
    const answer = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(answer.VersionIdsToStages).toEqual({ [V2]: ['AWSPREVIOUS'], [V3]: ['AWSCURRENT'] });
    expect(answer.Description).toBe('the db');
    expect(answer.LastAccessedDate?.toISOString()).toBe('2023-11-21T00:00:00.000Z');
  });

  test('succeeds for a secret scheduled for deletion, its labels unchanged', async () => {
    server.createSecret({ name: 'app/db', secretString: 'x', versionId: V1 });
    server.deleteSecret('app/db', { recoveryWindowInDays: 7 });
    const answer = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(answer.VersionIdsToStages).toEqual({ [V1]: ['AWSCURRENT'] });
    expect(answer.DeletedDate?.getTime()).toBe(NOW + 7 * 86_400_000);
  });

  test('refuses an unknown secret as recorded', async () => {
    const answer = post(server.endpoint, 'DescribeSecret', { SecretId: 'nope' });
    expect(await refusal(answer)).toEqual([400, 'ResourceNotFoundException', NOT_FOUND]);
  });
});

describe('ListSecretVersionIds', () => {
  test('shows versions without labels only when asked, under the real ARN and key name', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 });
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2 });
    server.putSecretValue('app/db', { secretString: 'three', versionId: V3 });
    const short = await client.send(new ListSecretVersionIdsCommand({ SecretId: 'app/db' }));
    expect([short.ARN, short.Versions?.map((version) => version.VersionId)]).toEqual([arn, [V2, V3]]);
    const input = { SecretId: 'app/db', IncludeDeprecated: true };
    const full = await client.send(new ListSecretVersionIdsCommand(input));
    expect(full.Versions?.[0]).toEqual({
      VersionId: V1,
      KmsKeyIds: ['DefaultEncryptionKey'],
      CreatedDate: new Date(NOW),
    });
    expect(full.NextToken).toBeUndefined();
  });

  test('pages by MaxResults', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one', versionId: V1 });
    server.putSecretValue('app/db', { secretString: 'two', versionId: V2 });
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListSecretVersionIds({ client, pageSize: 1 }, { SecretId: 'app/db' })) {
      pages.push((page.Versions ?? []).map((version) => version.VersionId));
    }
    expect(pages).toEqual([[V1], [V2]]);
  });
});
