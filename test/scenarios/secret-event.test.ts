/** EventBridge events of Secrets Manager turned into hints, in every shape that was recorded, and in none that was. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseSecretEvent } from '../../src/index.ts';
import { setup } from '../support/setup.ts';

const NAME = 'app/db';
const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-a1b2c3';
const V1 = '00000000-0000-4000-8000-000000000001';
const V2 = '00000000-0000-4000-8000-000000000002';
const CANARY = 'hunter2-canary-77aa';

/** The envelope that EventBridge puts round every event. */
function eventOf(type: string, detail: unknown, resources: unknown = []): Record<string, unknown> {
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': type,
    source: 'aws.secretsmanager',
    account: '123456789012',
    time: '2026-05-04T10:00:00Z',
    region: 'us-east-1',
    resources,
    detail,
  };
}

const labelUpdated = (detail: object = {}, resources: unknown = [ARN]): Record<string, unknown> =>
  eventOf(
    'Secret Label Updated',
    { name: NAME, labelUpdated: 'AWSCURRENT', versionId: V2, ...detail },
    resources,
  );

const apiCall = (eventName: string, members: object = {}): Record<string, unknown> =>
  eventOf('AWS API Call via CloudTrail', {
    eventVersion: '1.08',
    userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::123456789012:assumed-role/ops/me' },
    eventTime: '2026-05-04T10:00:00Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName,
    awsRegion: 'us-east-1',
    requestParameters: { secretId: NAME },
    responseElements: null,
    ...members,
  });

const serviceEvent = (eventName: string, members: object): Record<string, unknown> =>
  eventOf('AWS Service Event via CloudTrail', {
    eventVersion: '1.08',
    userIdentity: { accountId: '123456789012', invokedBy: 'secretsmanager.amazonaws.com' },
    eventSource: 'secretsmanager.amazonaws.com',
    eventName,
    requestParameters: null,
    responseElements: null,
    eventType: 'AwsServiceEvent',
    ...members,
  });

describe('Secret Label Updated', () => {
  test('names the secret by its ARN, the label and the version', () => {
    expect(parseSecretEvent(labelUpdated())).toEqual({
      secretId: ARN,
      versionStage: 'AWSCURRENT',
      versionId: V2,
    });
  });

  test('of a custom label is a hint of that label', () => {
    expect(parseSecretEvent(labelUpdated({ labelUpdated: 'BLUE' }))).toMatchObject({ versionStage: 'BLUE' });
  });

  test.each([[[]], [null], [{ 0: ARN }], ['not a list'], [[7]], [[' ']]])(
    'without an ARN falls back to the name: resources %j',
    (resources) => {
      expect(parseSecretEvent(labelUpdated({}, resources))).toMatchObject({ secretId: NAME });
    },
  );

  test('without a version is a hint of the label', () => {
    expect(parseSecretEvent(labelUpdated({ versionId: undefined }))).toEqual({
      secretId: ARN,
      versionStage: 'AWSCURRENT',
    });
  });

  test('without a label doubts every label, and waits for no version in particular', () => {
    expect(parseSecretEvent(labelUpdated({ labelUpdated: undefined }))).toEqual({ secretId: ARN });
  });
});

describe('AWS API Call via CloudTrail', () => {
  test.each(['arn', 'aRN', 'ARN'])('finds the ARN under the casing %s', (casing) => {
    const event = apiCall('PutSecretValue', { responseElements: { [casing]: ARN } });
    expect(parseSecretEvent(event)).toMatchObject({ secretId: ARN });
  });

  test.each([NAME, ARN, ARN.slice(0, -7)])(
    'without one takes the id as the caller typed it: %s',
    (secretId) => {
      expect(parseSecretEvent(apiCall('UpdateSecret', { requestParameters: { secretId } }))).toEqual({
        secretId,
      });
    },
  );

  test('PutSecretValue without labels is about AWSCURRENT', () => {
    const event = apiCall('PutSecretValue', { responseElements: { arn: ARN, versionId: V2 } });
    expect(parseSecretEvent(event)).toEqual({ secretId: ARN, versionStage: 'AWSCURRENT', versionId: V2 });
  });

  test('PutSecretValue of a rotation is about AWSPENDING', () => {
    const event = apiCall('PutSecretValue', {
      requestParameters: { secretId: ARN, clientRequestToken: V2, versionStages: ['AWSPENDING'] },
      responseElements: { arn: ARN, versionId: V2, versionStages: ['AWSPENDING'] },
    });
    expect(parseSecretEvent(event)).toEqual({ secretId: ARN, versionStage: 'AWSPENDING', versionId: V2 });
  });

  test('PutSecretValue of several labels doubts them all', () => {
    const event = apiCall('PutSecretValue', {
      responseElements: { arn: ARN, versionId: V2, versionStages: ['AWSCURRENT', 'BLUE'] },
    });
    expect(parseSecretEvent(event)).toEqual({ secretId: ARN });
  });

  test('UpdateSecretVersionStage names the label and the version it moves to', () => {
    const event = apiCall('UpdateSecretVersionStage', {
      requestParameters: {
        secretId: ARN,
        versionStage: 'AWSCURRENT',
        moveToVersionId: V2,
        removeFromVersionId: V1,
      },
      responseElements: { aRN: ARN, name: NAME },
    });
    expect(parseSecretEvent(event)).toEqual({ secretId: ARN, versionStage: 'AWSCURRENT', versionId: V2 });
  });

  test('UpdateSecretVersionStage that only takes a label off names the label', () => {
    const event = apiCall('UpdateSecretVersionStage', {
      requestParameters: { secretId: ARN, versionStage: 'BLUE', removeFromVersionId: V1 },
    });
    expect(parseSecretEvent(event)).toEqual({ secretId: ARN, versionStage: 'BLUE' });
  });

  test.each(['UpdateSecret', 'DeleteSecret', 'RestoreSecret'])('%s doubts every label', (eventName) => {
    expect(parseSecretEvent(apiCall(eventName, { responseElements: { arn: ARN } }))).toEqual({
      secretId: ARN,
    });
  });

  test.each([
    'GetSecretValue',
    'DescribeSecret',
    'TagResource',
    'CreateSecret',
    'RotateSecret',
    undefined,
    7,
  ])('%s is no hint', (eventName) => {
    expect(parseSecretEvent(apiCall(eventName as string))).toBeUndefined();
  });

  test('a call that failed is no hint', () => {
    const event = apiCall('PutSecretValue', { errorCode: 'AccessDenied', errorMessage: 'no' });
    expect(parseSecretEvent(event)).toBeUndefined();
  });

  test('a call of another service is no hint', () => {
    const event = apiCall('UpdateSecret', { eventSource: 'ssm.amazonaws.com' });
    expect(parseSecretEvent(event)).toBeUndefined();
  });
});

describe('AWS Service Event via CloudTrail', () => {
  const NAMES = [
    'RotationStarted',
    'RotationSucceeded',
    'RotationFailed',
    'RotationAbandoned',
    'TestRotationStarted',
    'TestRotationSucceeded',
    'TestRotationFailed',
    'StartSecretVersionDelete',
    'CancelSecretVersionDelete',
    'EndSecretVersionDelete',
    'SecretVersionDeletion',
    'ReplicationStarted',
    'ReplicationSucceeded',
    'ReplicationFailed',
  ];

  test.each(NAMES)('%s doubts every label, by the id of the older and of the newer shape', (eventName) => {
    expect(parseSecretEvent(serviceEvent(eventName, { additionalEventData: { SecretId: ARN } }))).toEqual({
      secretId: ARN,
    });
    const newer = serviceEvent(eventName, { serviceEventDetails: { secretId: ARN, versionId: V2 } });
    expect(parseSecretEvent(newer)).toEqual({ secretId: ARN });
  });

  test('one without an id, and one of another name, is no hint', () => {
    expect(parseSecretEvent(serviceEvent('RotationSucceeded', {}))).toBeUndefined();
    const unknown = serviceEvent('SomethingElse', { additionalEventData: { SecretId: ARN } });
    expect(parseSecretEvent(unknown)).toBeUndefined();
  });
});

describe('what is no event of Secrets Manager', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string', JSON.stringify(labelUpdated())],
    ['a number', 7],
    ['an array', [labelUpdated()]],
    ['an empty object', {}],
    ['another source', { ...labelUpdated(), source: 'aws.ssm' }],
    ['a source that looks alike', { ...labelUpdated(), source: 'AWS.SecretsManager' }],
    ['a custom source', { ...labelUpdated(), source: 'my.app' }],
    ['no source', { ...labelUpdated(), source: undefined }],
    ['another type', { ...labelUpdated(), 'detail-type': 'Secret Created' }],
    ['no type', { ...labelUpdated(), 'detail-type': undefined }],
    ['no detail', { ...labelUpdated({}, []), detail: undefined }],
    ['a detail that is a string', { ...labelUpdated({}, []), detail: 'x' }],
    ['an id that is no string', labelUpdated({ name: { toString: NAME } }, [])],
    ['an id too long', labelUpdated({ name: 'a'.repeat(2_049) }, ['b'.repeat(2_049)])],
    ['a blank id', labelUpdated({ name: '  ' }, [''])],
    ['a message of SQS around it', { Records: [{ body: JSON.stringify(labelUpdated()) }] }],
  ])('is no hint: %s', (_name, event) => {
    expect(parseSecretEvent(event)).toBeUndefined();
  });

  test.each<[string, object]>([
    ['a label that is no string', { labelUpdated: ['AWSCURRENT'] }],
    ['a label too long', { labelUpdated: 'L'.repeat(257) }],
    ['a blank label', { labelUpdated: ' ' }],
  ])('a member that can’t be one is left out, its version with it: %s', (_name, detail) => {
    expect(parseSecretEvent(labelUpdated(detail))).toEqual({ secretId: ARN });
  });

  test.each<[string, unknown]>([
    ['no string', 7],
    ['too long', 'v'.repeat(65)],
    ['blank', ''],
  ])('a version that can’t be one is left out: %s', (_name, versionId) => {
    expect(parseSecretEvent(labelUpdated({ versionId }))).toEqual({
      secretId: ARN,
      versionStage: 'AWSCURRENT',
    });
  });
});

function spring(): never {
  throw new Error('a trap');
}

describe('hostile events', () => {
  /** A real event with anything in the place of any of its members, at any depth, and more members beside them. */
  const shapes = [
    labelUpdated(),
    apiCall('PutSecretValue', { responseElements: { arn: ARN, versionId: V2 } }),
    apiCall('UpdateSecretVersionStage', {
      requestParameters: { secretId: ARN, versionStage: 'AWSCURRENT', moveToVersionId: V2 },
    }),
    serviceEvent('RotationSucceeded', { additionalEventData: { SecretId: ARN } }),
  ];
  const junk = fc.oneof(
    fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
    fc.string({ unit: 'binary', maxLength: 5_000 }),
    fc.constantFrom(ARN, NAME, '__proto__', 'constructor', V2, 'AWSCURRENT', ['AWSCURRENT'], [[]]),
  );
  const LEVELS = [
    '',
    'detail',
    'detail.requestParameters',
    'detail.responseElements',
    'detail.additionalEventData',
  ];
  const MEMBERS = [
    'detail',
    'resources',
    'name',
    'labelUpdated',
    'versionId',
    'requestParameters',
    'responseElements',
    'secretId',
    'arn',
    'ARN',
    'versionStages',
    'versionStage',
    'moveToVersionId',
    'SecretId',
    'secretString',
    'SecretString',
  ];
  const mutated = fc
    .tuple(
      fc.constantFrom(...shapes),
      fc.array(fc.tuple(fc.constantFrom(...LEVELS), fc.constantFrom(...MEMBERS), junk), { maxLength: 4 }),
    )
    .map(([shape, changes]) => {
      const event = structuredClone(shape);
      for (const [level, member, value] of changes) {
        let target: unknown = event;
        for (const step of level.split('.').filter((part) => part !== '')) {
          target = (target as Record<string, unknown> | null | undefined)?.[step];
        }
        if (typeof target === 'object' && target !== null)
          Object.defineProperty(target, member, {
            value,
            configurable: true,
            enumerable: true,
            writable: true,
          });
      }
      return event;
    });

  test('never throw, and give nothing or a hint of bounded texts that `notify` takes', () => {
    const { cache, service } = setup();
    fc.assert(
      fc.property(fc.oneof(mutated, fc.anything()), (event) => {
        const hint = parseSecretEvent(event);
        if (hint === undefined) return;
        expect(['secretId', 'versionStage', 'versionId']).toEqual(expect.arrayContaining(Object.keys(hint)));
        for (const text of Object.values(hint)) expect(typeof text).toBe('string');
        expect(hint.secretId.length).toBeLessThanOrEqual(2_048);
        expect((hint.versionStage ?? '').length).toBeLessThanOrEqual(256);
        expect((hint.versionId ?? '').length).toBeLessThanOrEqual(64);
        cache.notify(hint);
      }),
      { numRuns: 5_000 },
    );
    expect(service.counts).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('a value that someone puts into an event goes nowhere', () => {
    const withValue = { secretString: CANARY, SecretString: CANARY, secretBinary: CANARY };
    const events = [
      labelUpdated(withValue),
      { ...labelUpdated(), ...withValue },
      apiCall('PutSecretValue', { requestParameters: { secretId: ARN, ...withValue } }),
      apiCall('UpdateSecret', { requestParameters: { secretId: ARN, ...withValue } }),
      serviceEvent('RotationSucceeded', { additionalEventData: { SecretId: ARN, ...withValue } }),
    ];
    for (const event of events) {
      const hint = parseSecretEvent(event);
      expect(hint).toBeDefined();
      expect(JSON.stringify(hint)).not.toContain(CANARY);
    }
  });

  test('an object that throws when it is looked at is no hint', () => {
    const traps = [
      Object.defineProperty({}, 'source', { get: spring }),
      new Proxy({}, { get: spring }),
      { ...labelUpdated(), detail: new Proxy({}, { get: spring }) },
      Object.defineProperty({ ...labelUpdated() }, 'resources', { get: spring }),
    ];
    for (const trap of traps) expect(parseSecretEvent(trap)).toBeUndefined();
  });

  test('one that was polluted through its prototype is read like any other', () => {
    const event = JSON.parse(
      JSON.stringify(labelUpdated()).replace('"version"', '"__proto__":{"source":"x"},"version"'),
    ) as unknown;
    expect(parseSecretEvent(event)).toMatchObject({ secretId: ARN });
  });
});
