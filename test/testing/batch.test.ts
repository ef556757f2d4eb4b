// BatchGetSecretValue and ListSecrets: items, pages, filters, and every open question in all its positions.

import {
  BatchGetSecretValueCommand,
  ListSecretsCommand,
  paginateBatchGetSecretValue,
  type BatchGetSecretValueCommandInput,
  type BatchGetSecretValueCommandOutput,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LocalSecretsManager, type Switches } from '../../src/testing/index.ts';
import { post, refusal } from './raw.ts';

let server: LocalSecretsManager;
let client: SecretsManagerClient;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  client = server.client();
});
afterEach(() => server.close());

function batch(...SecretIdList: string[]): Promise<BatchGetSecretValueCommandOutput> {
  return client.send(new BatchGetSecretValueCommand({ SecretIdList }));
}

function names(answer: BatchGetSecretValueCommandOutput): (string | undefined)[] {
  return (answer.SecretValues ?? []).map((value) => value.Name);
}

function errors(
  answer: BatchGetSecretValueCommandOutput,
): (readonly [string | undefined, string | undefined])[] {
  return (answer.Errors ?? []).map((error) => [error.SecretId, error.ErrorCode]);
}

function seed(count: number): string[] {
  return Array.from({ length: count }, (_, place) => {
    const name = `app/${String(place).padStart(2, '0')}`;
    server.createSecret({ name, secretString: `value of ${name}` });
    return name;
  });
}

function byFilters(filters: [string, ...string[]][]): BatchGetSecretValueCommandInput {
  return { Filters: filters.map(([Key, ...Values]) => ({ Key: Key as 'name', Values })) };
}

async function found(...filters: [string, ...string[]][]): Promise<unknown> {
  return names(await client.send(new BatchGetSecretValueCommand(byFilters(filters))));
}

async function pages(MaxResults?: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  const input = { ...byFilters([['name', 'app/']]), ...(MaxResults === undefined ? {} : { MaxResults }) };
  for await (const page of paginateBatchGetSecretValue({ client }, input)) seen.push(names(page));
  return seen;
}

function set(switches: Partial<Switches>): void {
  Object.assign(server.switches, switches);
}

const refused = (input: unknown): ReturnType<typeof refusal> =>
  refusal(post(server.endpoint, 'BatchGetSecretValue', input));

describe('a batch by ids', () => {
  test('answers as AWS’s sample does: Errors always present, NextToken absent', async () => {
    const { arn, versionId } = server.createSecret({ name: 'app/db', secretString: 'x' });
    const { json } = await post(server.endpoint, 'BatchGetSecretValue', { SecretIdList: ['app/db'] });
    expect(Object.keys(json)).toEqual(['SecretValues', 'Errors']);
    expect(json['Errors']).toEqual([]);
    const value = {
      ARN: arn,
      Name: 'app/db',
      SecretString: 'x',
      VersionId: versionId,
      VersionStages: ['AWSCURRENT'],
    };
    expect(json['SecretValues']).toEqual([expect.objectContaining(value)]);
  });

  test('gives each id its own outcome, under the id as asked', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'x' });
    server.createSecret({ name: 'empty' });
    server.createSecret({ name: 'deleted', secretString: 'x' });
    server.deleteSecret('deleted');
    const missingArn = arn.replace('app/db', 'app/no');
    const foreign = arn.replace('123456789012', '210987654321');
    const answer = await batch(arn.slice(0, -7), 'nope', missingArn, 'empty', 'deleted', foreign, 'a b');
    expect(names(answer)).toEqual(['app/db']);
    expect(errors(answer)).toEqual([
      ['nope', 'ResourceNotFoundException'],
      [missingArn, 'ResourceNotFoundException'],
      ['empty', 'ResourceNotFoundException'],
      ['deleted', 'InvalidRequestException'],
      [foreign, 'AccessDeniedException'],
      ['a b', 'ValidationException'],
    ]);
    expect(server.calls.at(-1)?.items?.map((item) => item.outcome)).toEqual([
      'ok',
      'ResourceNotFoundException',
      'ResourceNotFoundException',
      'ResourceNotFoundException',
      'InvalidRequestException',
      'AccessDeniedException',
      'ValidationException',
    ]);
  });

  test('answers with the current version after a stage move', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    server.startRotation('app/db').createSecret('two').setSecret().testSecret().finishSecret();
    expect((await batch('app/db')).SecretValues?.[0]?.SecretString).toBe('two');
  });

  test('takes 20 ids and refuses both, neither, and MaxResults without Filters', async () => {
    const ids = seed(20);
    expect(names(await batch(...ids))).toEqual(ids);
    const Filters = [{ Key: 'name', Values: ['app'] }];
    const eitherOr = "Either 'SecretIdList' or 'Filters' must be provided, but not both.";
    const whole = [400, 'InvalidParameterException'];
    expect(await refused({})).toEqual([...whole, eitherOr]);
    expect(await refused({ SecretIdList: ['app/00'], Filters })).toEqual([...whole, eitherOr]);
    expect(await refused({ SecretIdList: ['app/00'], MaxResults: 5 })).toEqual([
      ...whole,
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    ]);
  });
});

describe('a batch by filters', () => {
  beforeEach(() => {
    const secretString = 'x';
    server.createSecret({
      name: 'app/db',
      secretString,
      description: 'Main database',
      tags: { Team: 'Blue' },
    });
    server.createSecret({
      name: 'app/api',
      secretString,
      description: 'the API key',
      tags: { Team: 'Red', env: 'x' },
    });
    server.createSecret({ name: 'App/other', secretString, owningService: 'rds' });
    server.createSecret({ name: 'app/gone', secretString });
    server.deleteSecret('app/gone');
  });

  test.each<[string, [string, ...string[]][], string[]]>([
    ['name: a prefix, by case', [['name', 'app/']], ['app/db', 'app/api']],
    ['name: one of several values', [['name', 'app/a', 'App']], ['app/api', 'App/other']],
    ['description: a prefix in any case', [['description', 'MAIN', 'api']], ['app/db']],
    ['tag-key: a prefix, by case', [['tag-key', 'en', 'team']], ['app/api']],
    ['tag-value: a prefix, by case', [['tag-value', 'Bl']], ['app/db']],
    ['owning-service: a prefix', [['owning-service', 'rd']], ['App/other']],
    ['all: words of any attribute in any case', [['all', 'blue data']], ['app/db']],
    ['!: what the rest does not match', [['name', '!app/']], ['App/other']],
    [
      'several filters: all of them',
      [
        ['name', 'app/'],
        ['tag-key', '!env'],
      ],
      ['app/db'],
    ],
    ['primary-region: replicated secrets alone', [['primary-region', 'us']], []],
  ])('matches %s, and nothing scheduled for deletion', async (_, filters, expected) => {
    expect(await found(...filters)).toEqual(expected);
  });

  test('finds replicated secrets by primary-region', async () => {
    const AddReplicaRegions = [{ Region: 'eu-west-1' }];
    await post(server.endpoint, 'ReplicateSecretToRegions', { SecretId: 'app/db', AddReplicaRegions });
    expect(await found(['primary-region', 'us-east'])).toEqual(['app/db']);
  });

  test('refuses filters out of the model', async () => {
    const Values = ['x'];
    for (const Filters of [
      [{ Key: 'colour', Values }],
      [{ Key: 'name' }],
      [{ Key: 'name', Values: [] }],
      [{ Key: 'name', Values: ['§'] }],
      [{ Key: 'name', Values: ['x'.repeat(513)] }],
      Array.from({ length: 11 }, () => ({ Key: 'name', Values })),
    ]) {
      expect((await refused({ Filters })).slice(0, 2)).toEqual([400, 'ValidationException']);
    }
    expect((await refused({ Filters: 'name' }))[1]).toBe('SerializationException');
    expect((await refused({ Filters: [{ Key: 'name', Values }], MaxResults: 21 }))[1]).toBe(
      'ValidationException',
    );
  });

  test('pages by MaxResults, by forced size, and with empty pages between', async () => {
    expect(await pages()).toEqual([['app/db', 'app/api']]);
    expect(await pages(1)).toEqual([['app/db'], ['app/api']]);
    server.switches.batchPageSize = 1;
    expect(await pages(20)).toEqual([['app/db'], ['app/api']]);
    server.switches.batchEmptyPages = true;
    expect(await pages()).toEqual([[], ['app/db'], [], ['app/api']]);
  });

  test('refuses tokens that are not its own', async () => {
    const Filters = [{ Key: 'name', Values: ['app'] }];
    const foreign = await post(server.endpoint, 'ListSecrets', { MaxResults: 1 });
    for (const NextToken of ['garbage', 'W10', String(foreign.json['NextToken'])]) {
      expect((await refused({ Filters, NextToken })).slice(0, 2)).toEqual([400, 'InvalidNextTokenException']);
    }
  });
});

describe('open questions, in every position', () => {
  test('duplicateIds: reject, merge or repeat', async () => {
    seed(2);
    await expect(batch('app/00', 'app/01', 'app/00')).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    set({ duplicateIds: 'merge' });
    expect(names(await batch('app/00', 'app/01', 'app/00'))).toEqual(['app/00', 'app/01']);
    set({ duplicateIds: 'repeat' });
    expect(names(await batch('app/00', 'app/01', 'app/00'))).toEqual(['app/00', 'app/01', 'app/00']);
  });

  test('aliasesAreDuplicates: a name and the ARN of one secret are a repeat, or two secrets', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'x' });
    await expect(batch('app/db', arn)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    set({ aliasesAreDuplicates: false });
    expect(names(await batch('app/db', arn))).toEqual(['app/db', 'app/db']);
  });

  test('deniedBatchErrorId: a denied name comes back as asked, or as ARN', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'x' });
    server.policy.denyAction('GetSecretValue', { secretId: 'app/db' });
    expect(errors(await batch('app/db'))).toEqual([['app/db', 'AccessDeniedException']]);
    set({ deniedBatchErrorId: 'arn' });
    expect(errors(await batch('app/db'))).toEqual([[arn, 'AccessDeniedException']]);
  });

  test('valuelessBatchItem and deletedBatchItem: the item’s code', async () => {
    server.createSecret({ name: 'empty' });
    server.createSecret({ name: 'deleted', secretString: 'x' });
    server.deleteSecret('deleted');
    const [notFound, invalid] = ['ResourceNotFoundException', 'InvalidRequestException'] as const;
    expect(errors(await batch('empty', 'deleted', 'nope')).map(([, code]) => code)).toEqual([
      notFound,
      invalid,
      notFound,
    ]);
    set({ valuelessBatchItem: invalid, deletedBatchItem: notFound });
    expect(errors(await batch('empty', 'deleted', 'nope')).map(([, code]) => code)).toEqual([
      invalid,
      notFound,
      notFound,
    ]);
  });

  test('batchListLength: the code for an empty list and for 21 ids', async () => {
    const ids = Array.from({ length: 21 }, (_, place) => `app/${place}`);
    for (const code of ['ValidationException', 'InvalidParameterException'] as const) {
      set({ batchListLength: code });
      expect((await refused({ SecretIdList: ids })).slice(0, 2)).toEqual([400, code]);
      expect(await refused({ SecretIdList: [] })).toEqual([
        400,
        code,
        "1 validation error detected: Value '[]' at 'secretIdList' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ]);
    }
  });

  test('batchForeignArn: an item, or the whole call', async () => {
    const { arn } = server.createSecret({ name: 'app/db', secretString: 'x' });
    const foreign = arn.replace('123456789012', '210987654321');
    expect(errors(await batch('app/db', foreign))).toEqual([[foreign, 'AccessDeniedException']]);
    set({ batchForeignArn: 'whole' });
    await expect(batch('app/db', foreign)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('batchPagesIdLists: one answer, or pages that may be empty', async () => {
    const ids = seed(5);
    set({ batchPageSize: 2 });
    expect(names(await batch(...ids))).toEqual(ids);
    set({ batchPagesIdLists: true, batchEmptyPages: true });
    const sizes: number[] = [];
    for await (const page of paginateBatchGetSecretValue({ client }, { SecretIdList: ids })) {
      sizes.push(names(page).length);
    }
    expect(sizes).toEqual([0, 2, 0, 2, 0, 1]);
  });

  test('batchOrder: as asked, or not', async () => {
    const ids = seed(3);
    expect(names(await batch(...ids))).toEqual(ids);
    set({ batchOrder: 'reversed' });
    expect(names(await batch(...ids))).toEqual(ids.toReversed());
  });

  test('batchVersionStageCondition: the condition denies items, or does not count', async () => {
    seed(1);
    server.policy.requireVersionStage(['AWSCURRENT']);
    expect(errors(await batch('app/00'))).toEqual([['app/00', 'AccessDeniedException']]);
    set({ batchVersionStageCondition: 'ignore' });
    expect(names(await batch('app/00'))).toEqual(['app/00']);
  });

  test('switches are set at the start too, and no others can be added', async () => {
    await using other = await LocalSecretsManager.start({ switches: { duplicateIds: 'merge' } });
    expect(other.switches.duplicateIds).toBe('merge');
    expect(() => Object.assign(other.switches, { nope: 1 })).toThrow(TypeError);
  });
});

describe('ListSecrets', () => {
  test('lists metadata with labels, deleted ones only when asked, sorted and paged', async () => {
    seed(3);
    server.deleteSecret('app/01');
    const list = async (input: Record<string, unknown>): Promise<(string | undefined)[]> => {
      const answer = await client.send(new ListSecretsCommand(input));
      return (answer.SecretList ?? []).map((secret) => secret.Name);
    };
    expect(await list({})).toEqual(['app/00', 'app/02']);
    expect(await list({ IncludePlannedDeletion: true, SortBy: 'name', SortOrder: 'desc' })).toEqual([
      'app/02',
      'app/01',
      'app/00',
    ]);
    expect(await list({ Filters: [{ Key: 'name', Values: ['!app/00'] }] })).toEqual(['app/02']);
    const first = await client.send(new ListSecretsCommand({ MaxResults: 1 }));
    expect(first.SecretList?.[0]?.SecretVersionsToStages).toBeDefined();
    expect(await list({ MaxResults: 1, NextToken: first.NextToken })).toEqual(['app/02']);
    expect((await refusal(post(server.endpoint, 'ListSecrets', { SortBy: 'size' })))[1]).toBe(
      'ValidationException',
    );
  });
});
