/** What each command of the SDK means for the cache, decided one by one: a command that is new to the SDK fails here. */

import { Readable } from 'node:stream';

import * as sdk from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';

import { secretCachePlugin } from '../../src/sdk-plugin.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf';
const VERSION = '00000000-0000-4000-8000-000000000002';

/** What the cache was told, in order. */
type Told = readonly (readonly [method: string, what: unknown])[];

const DROPPED: Told = [
  ['invalidate', 'db'],
  ['invalidate', 'app/db'],
  ['invalidate', ARN],
];
const CREATED: Told = DROPPED.slice(1);
const ROTATING: Told = [['notify', { secretId: ARN, versionStage: 'AWSCURRENT', versionId: VERSION }]];
const NOTHING: Told = [];

const MEANINGS: Readonly<Record<string, Told>> = {
  BatchGetSecretValueCommand: NOTHING,
  CancelRotateSecretCommand: NOTHING,
  CreateSecretCommand: CREATED,
  DeleteResourcePolicyCommand: DROPPED,
  DeleteSecretCommand: DROPPED,
  DescribeSecretCommand: NOTHING,
  GetRandomPasswordCommand: NOTHING,
  GetResourcePolicyCommand: NOTHING,
  GetSecretValueCommand: [['getSecretValue', 'db']],
  ListSecretVersionIdsCommand: NOTHING,
  ListSecretsCommand: NOTHING,
  PutResourcePolicyCommand: DROPPED,
  PutSecretValueCommand: DROPPED,
  RemoveRegionsFromReplicationCommand: NOTHING,
  ReplicateSecretToRegionsCommand: NOTHING,
  RestoreSecretCommand: DROPPED,
  RotateSecretCommand: ROTATING,
  StopReplicationToReplicaCommand: NOTHING,
  TagResourceCommand: NOTHING,
  UntagResourceCommand: NOTHING,
  UpdateSecretCommand: DROPPED,
  UpdateSecretVersionStageCommand: DROPPED,
  ValidateResourcePolicyCommand: NOTHING,
};

/** Of which a lost answer may have been a change. */
const WRITES = Object.keys(MEANINGS).filter((name) =>
  [DROPPED, ROTATING].includes(MEANINGS[name] ?? NOTHING),
);

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** A client whose network is a function, and a cache that only takes notes. */
function setupPlugin(answer: () => Answer): { client: sdk.SecretsManagerClient; told: [string, unknown][] } {
  const told: [string, unknown][] = [];
  const client = new sdk.SecretsManagerClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: {
      handle: () => {
        const { status: statusCode, body } = answer();
        const headers = { 'content-type': 'application/x-amz-json-1.1' };
        return Promise.resolve({
          response: { statusCode, headers, body: Readable.from([JSON.stringify(body)]) },
        });
      },
    },
  });
  client.middlewareStack.use(
    secretCachePlugin({
      getSecretValue: ({ SecretId }) => {
        told.push(['getSecretValue', SecretId]);
        return Promise.resolve({ $metadata: {} });
      },
      invalidate: (secretId) => void told.push(['invalidate', secretId]),
      notify: (hint) => void told.push(['notify', hint]),
    }),
  );
  return { client, told };
}

function send(client: sdk.SecretsManagerClient, name: string): Promise<unknown> {
  const Command = Reflect.get(sdk, name) as new (input: object) => sdk.GetSecretValueCommand;
  return client.send(new Command(name === 'CreateSecretCommand' ? { Name: 'app/db' } : { SecretId: 'db' }));
}

function secretWritten(): Answer {
  return { status: 200, body: { ARN, Name: 'app/db', VersionId: VERSION, VersionStages: ['AWSCURRENT'] } };
}

test('every command of the SDK is decided', () => {
  const names = Object.keys(sdk).filter((name) => /^[A-Z]\w+Command$/.test(name));
  expect(names.toSorted()).toEqual(Object.keys(MEANINGS).toSorted());
});

describe('carried out', () => {
  test.each(Object.entries(MEANINGS))('%s tells the cache what it means', async (name, meaning) => {
    const { client, told } = setupPlugin(secretWritten);
    await send(client, name);
    expect(told).toEqual(meaning);
  });
});

describe('failed', () => {
  const outcomes: [name: string, status: number, meaning: Told][] = [
    ['refused', 400, NOTHING],
    ['lost', 500, [['notify', { secretId: 'db' }]]],
  ];
  const cases = WRITES.flatMap((name) =>
    outcomes.map(([outcome, status, meaning]) => ({ name, outcome, status, meaning })),
  );

  test.each(cases)('$name, $outcome', async ({ name, status, meaning }) => {
    const { client, told } = setupPlugin(() => ({ status, body: { __type: 'SomeException' } }));
    await expect(send(client, name)).rejects.toMatchObject({ name: 'SomeException' });
    expect(told).toEqual(meaning);
  });

  test('on the way, not by the service: it may have been carried out', async () => {
    const error = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const { client, told } = setupPlugin(() => {
      throw error;
    });
    await expect(send(client, 'PutSecretValueCommand')).rejects.toBe(error);
    expect(told).toEqual([['notify', { secretId: 'db' }]]);
  });
});

describe('odd ids', () => {
  const odd: [name: string, id: unknown][] = [
    ['none', undefined],
    ['an empty one', ''],
    ['a blank one', ' '],
    ['a number', 42],
    ['2,049 characters', 'x'.repeat(2_049)],
  ];

  test.each(odd)(
    '%s is told to nobody, and its command’s failure is the caller’s',
    async (_name, SecretId) => {
      const { client, told } = setupPlugin(() => ({ status: 503, body: {} }));
      const write = client.send(new sdk.DeleteSecretCommand({ SecretId: SecretId as string }));
      await expect(write).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
      expect(told).toEqual([]);
    },
  );

  test('an answer without ids drops what the caller named', async () => {
    const { client, told } = setupPlugin(() => ({ status: 200, body: {} }));
    await send(client, 'PutSecretValueCommand');
    expect(told).toEqual([['invalidate', 'db']]);
  });
});

test('the writes that no read follows are not remembered for ever', async () => {
  let written = 0;
  const { client } = setupPlugin(() => {
    written += 1;
    const body = {
      ARN: `${ARN}${written}`,
      Name: 'app/db',
      VersionId: VERSION,
      VersionStages: ['AWSCURRENT'],
    };
    return { status: 200, body };
  });
  const notified: unknown[] = [];
  client.middlewareStack.use(
    secretCachePlugin({
      getSecretValue: ({ SecretId = '' }) =>
        Promise.resolve({ $metadata: {}, ARN: SecretId, VersionId: 'another' }),
      invalidate: () => {},
      notify: ({ secretId }) => void notified.push(secretId),
    }),
  );
  for (let write = 1; write <= 101; write += 1) await send(client, 'PutSecretValueCommand');
  for (const number of [1, 2, 101]) {
    await client.send(new sdk.GetSecretValueCommand({ SecretId: `${ARN}${number}` }));
  }
  expect(notified).toEqual([`${ARN}2`, `${ARN}101`]);
});
