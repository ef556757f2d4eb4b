// The cases: what is observed, what the real service answers, and what moto is known to answer instead.

import type { Probe } from './probe.ts';

export interface ContractCase {
  readonly title: string;
  readonly observe: (probe: Probe) => Promise<unknown>;
  /** What AWS answers: recorded, documented or, for codes on which it is silent, what is held likeliest. */
  readonly expected: unknown;
  /** moto 5.2.1 departs here: what it answers instead. Goes red when moto is mended. */
  readonly moto?: unknown;
}

const NOT_FOUND = "Secrets Manager can't find the specified secret.";
const STAGE_NOT_FOUND = "Secrets Manager can't find the specified secret value for staging label: ";
const MISSING = '00000000-0000-4000-8000-000000000000';

const reads: ContractCase[] = [
  {
    title: 'a secret is read by name, ARN and partial ARN',
    observe: async (probe) => {
      const { ARN } = await probe.create();
      const ids = [probe.name, ARN, ARN.slice(0, -7)];
      return Promise.all(
        ids.map(async (SecretId) => (await probe.call('GetSecretValue', { SecretId }))['SecretString']),
      );
    },
    expected: ['one', 'one', 'one'],
  },
  {
    title: 'a binary value comes back byte for byte',
    observe: async (probe) => {
      await probe.create({ SecretBinary: Uint8Array.of(0, 127, 128, 255) });
      const value = await probe.call('GetSecretValue', { SecretId: probe.name });
      return [value['SecretString'], [...(value['SecretBinary'] as Uint8Array)]];
    },
    expected: [undefined, [0, 127, 128, 255]],
  },
  {
    title: 'an unknown secret',
    observe: (probe) => probe.refusal('GetSecretValue', { SecretId: probe.name }),
    expected: [400, 'ResourceNotFoundException', NOT_FOUND],
    moto: [404, 'ResourceNotFoundException', NOT_FOUND],
  },
  {
    title: 'the text of a refusal is under Message',
    observe: async (probe) => Object.keys((await probe.raw('GetSecretValue', { SecretId: probe.name })).json),
    expected: ['__type', 'Message'],
    moto: ['__type', 'message'],
  },
  {
    title: 'a secret without a value',
    observe: async (probe) => {
      await probe.create({});
      return probe.refusal('GetSecretValue', { SecretId: probe.name });
    },
    expected: [400, 'ResourceNotFoundException', `${STAGE_NOT_FOUND}AWSCURRENT`],
    moto: [404, 'ResourceNotFoundException', `${STAGE_NOT_FOUND}AWSCURRENT`],
  },
  {
    title: 'a label that no version holds',
    observe: async (probe) => {
      await probe.create();
      return probe.refusal('GetSecretValue', { SecretId: probe.name, VersionStage: 'AWSPREVIOUS' });
    },
    expected: [400, 'ResourceNotFoundException', `${STAGE_NOT_FOUND}AWSPREVIOUS`],
    moto: [404, 'ResourceNotFoundException', NOT_FOUND],
  },
  {
    title: 'a version that does not exist',
    observe: async (probe) => {
      await probe.create();
      return probe.refusal('GetSecretValue', { SecretId: probe.name, VersionId: MISSING });
    },
    expected: [
      400,
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for VersionId: ${MISSING}`,
    ],
    moto: [
      404,
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for VersionId: ${MISSING}`,
    ],
  },
  {
    title: 'a version and a label that disagree',
    observe: async (probe) => {
      const { VersionId } = await probe.create();
      await probe.call('PutSecretValue', { SecretId: probe.name, SecretString: 'two' });
      return probe.refusal('GetSecretValue', { SecretId: probe.name, VersionId, VersionStage: 'AWSCURRENT' });
    },
    expected: [
      400,
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    ],
    moto: [
      404,
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    ],
  },
  {
    title: 'a secret marked for deletion',
    observe: async (probe) => {
      await probe.create();
      await probe.call('DeleteSecret', { SecretId: probe.name });
      return probe.refusal('GetSecretValue', { SecretId: probe.name });
    },
    expected: [
      400,
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    ],
    moto: [
      400,
      'InvalidRequestException',
      "An error occurred (InvalidRequestException) when calling the GetSecretValue operation: You tried to                 perform the operation on a secret that's currently marked deleted.",
    ],
  },
  {
    title: 'a partial ARN of a name that ends in hyphen and six characters is not found',
    observe: async (probe) => {
      const { ARN } = await probe.call('CreateSecret', { Name: `${probe.name}-abc123`, SecretString: 'one' });
      return probe.code('GetSecretValue', { SecretId: ARN.slice(0, -7) });
    },
    expected: [400, 'ResourceNotFoundException'],
    moto: 'ok',
  },
  {
    title: 'an ARN of another account is denied',
    observe: async (probe) => {
      const { ARN } = await probe.create();
      return probe.code('GetSecretValue', { SecretId: ARN.replace('123456789012', '210987654321') });
    },
    expected: [400, 'AccessDeniedException'],
    moto: [404, 'ResourceNotFoundException'],
  },
  {
    title: 'an unlabelled version is read by its id',
    observe: async (probe) => {
      const { VersionId } = await probe.create();
      for (const SecretString of ['two', 'three']) {
        await probe.call('PutSecretValue', { SecretId: probe.name, SecretString });
      }
      return (await probe.call('GetSecretValue', { SecretId: probe.name, VersionId }))['SecretString'];
    },
    expected: 'one',
  },
];

const labels: ContractCase[] = [
  {
    title: 'PutSecretValue moves AWSCURRENT, and AWSPREVIOUS behind it',
    observe: async (probe) => {
      await probe.create();
      await probe.call('PutSecretValue', { SecretId: probe.name, SecretString: 'two' });
      return Promise.all(
        ['AWSCURRENT', 'AWSPREVIOUS'].map(
          async (VersionStage) =>
            (await probe.call('GetSecretValue', { SecretId: probe.name, VersionStage }))['SecretString'],
        ),
      );
    },
    expected: ['two', 'one'],
  },
  {
    title: 'a value under AWSPENDING is read by that label alone',
    observe: async (probe) => {
      await probe.create();
      const pending = { SecretId: probe.name, SecretString: 'two', VersionStages: ['AWSPENDING'] };
      await probe.call('PutSecretValue', pending);
      const read = async (input: object): Promise<unknown> =>
        (await probe.call('GetSecretValue', { SecretId: probe.name, ...input }))['SecretString'];
      return [
        await read({}),
        await read({ VersionStage: 'AWSCURRENT' }),
        await read({ VersionStage: 'AWSPENDING' }),
      ];
    },
    expected: ['one', 'one', 'two'],
  },
  {
    title: 'after a stage move, reading AWSCURRENT by name of the label gives the new value',
    observe: async (probe) => {
      await probe.rotate();
      const value = await probe.call('GetSecretValue', { SecretId: probe.name, VersionStage: 'AWSCURRENT' });
      return [value['SecretString'], (value['VersionStages'] as string[]).toSorted()];
    },
    expected: ['two', ['AWSCURRENT', 'AWSPENDING']],
  },
  {
    title: 'after a stage move, reading without a label gives the new value',
    observe: async (probe) => {
      await probe.rotate();
      const value = await probe.call('GetSecretValue', { SecretId: probe.name });
      return [value['SecretString'], value['VersionStages']];
    },
    expected: ['two', ['AWSCURRENT', 'AWSPENDING']],
    moto: ['one', ['AWSPREVIOUS']],
  },
  {
    title: 'after a stage move, a batch gives the new value',
    observe: async (probe) => {
      await probe.rotate();
      return probe.batch({ SecretIdList: [probe.name] });
    },
    expected: [['two'], []],
    moto: [['one'], []],
  },
  {
    title: 'after a stage move and a PutSecretValue, one version holds AWSCURRENT',
    observe: async (probe) => {
      await probe.rotate();
      await probe.call('PutSecretValue', { SecretId: probe.name, SecretString: 'three' });
      const { VersionIdsToStages: stages } = await probe.call('DescribeSecret', { SecretId: probe.name });
      return Object.values(stages as Record<string, string[]>).filter((on) => on.includes('AWSCURRENT'))
        .length;
    },
    expected: 1,
    moto: 2,
  },
  {
    title: 'UpdateSecretVersionStage wants RemoveFromVersionId for an attached label',
    observe: async (probe) => {
      const { VersionId } = await probe.create();
      const pending = { SecretId: probe.name, SecretString: 'two', VersionStages: ['AWSPENDING'] };
      const { VersionId: MoveToVersionId } = await probe.call('PutSecretValue', pending);
      const move = { SecretId: probe.name, VersionStage: 'AWSCURRENT', MoveToVersionId };
      const [status, code, message] = (await probe.refusal('UpdateSecretVersionStage', move)) as string[];
      return [status, code, message?.replace(VersionId, '<id>')];
    },
    expected: [
      400,
      'InvalidParameterException',
      "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version <id>, so you must explicitly reference that version in RemoveFromVersionId.",
    ],
  },
  {
    title: 'RotateSecret without a rotation function is refused',
    observe: async (probe) => {
      await probe.create();
      return probe.refusal('RotateSecret', { SecretId: probe.name });
    },
    expected: [
      400,
      'InvalidRequestException',
      'No Lambda rotation function ARN is associated with this secret.',
    ],
    moto: 'ok',
  },
];

const metadata: ContractCase[] = [
  {
    title: 'DescribeSecret leaves out what was never set',
    observe: async (probe) => {
      await probe.create();
      const { json } = await probe.raw('DescribeSecret', { SecretId: probe.name });
      return Object.keys(json).toSorted();
    },
    expected: ['ARN', 'CreatedDate', 'LastChangedDate', 'Name', 'VersionIdsToStages'],
    moto: [
      'ARN',
      'CreatedDate',
      'DeletedDate',
      'KmsKeyId',
      'LastAccessedDate',
      'LastChangedDate',
      'Name',
      'NextRotationDate',
      'SecretVersionsToStages',
      'VersionIdsToStages',
    ],
  },
  {
    title: 'DescribeSecret lists labelled versions only',
    observe: async (probe) => {
      await probe.create();
      for (const SecretString of ['two', 'three']) {
        await probe.call('PutSecretValue', { SecretId: probe.name, SecretString });
      }
      const { VersionIdsToStages: stages } = await probe.call('DescribeSecret', { SecretId: probe.name });
      return Object.values(stages as Record<string, string[]>)
        .map(String)
        .toSorted();
    },
    expected: ['AWSCURRENT', 'AWSPREVIOUS'],
    moto: ['', 'AWSCURRENT', 'AWSPREVIOUS'],
  },
  {
    title: 'DescribeSecret goes on for a secret scheduled for deletion, with its labels',
    observe: async (probe) => {
      const { VersionId } = await probe.create();
      await probe.call('DeleteSecret', { SecretId: probe.name, RecoveryWindowInDays: 7 });
      const now = await probe.call('DescribeSecret', { SecretId: probe.name });
      return [
        now['DeletedDate'] instanceof Date,
        (now['VersionIdsToStages'] as Record<string, unknown>)[VersionId],
      ];
    },
    expected: [true, ['AWSCURRENT']],
  },
  {
    title: 'ListSecretVersionIds: real ARN, no empty token, unlabelled versions only when asked',
    observe: async (probe) => {
      const { ARN } = await probe.create();
      for (const SecretString of ['two', 'three']) {
        await probe.call('PutSecretValue', { SecretId: probe.name, SecretString });
      }
      const list = await probe.call('ListSecretVersionIds', { SecretId: probe.name });
      const full = await probe.call('ListSecretVersionIds', {
        SecretId: probe.name,
        IncludeDeprecated: true,
      });
      const counts = [list, full].map((answer) => (answer['Versions'] as unknown[]).length);
      return [list.ARN === ARN, list['NextToken'], counts];
    },
    expected: [true, undefined, [2, 3]],
    moto: [false, '', [3, 3]],
  },
  {
    title: 'ListSecrets finds a name prefix',
    observe: async (probe) => {
      await probe.create();
      await probe.call('CreateSecret', { Name: `${probe.name}/b`, SecretString: 'x' });
      const answer = await probe.call('ListSecrets', { Filters: [{ Key: 'name', Values: [probe.name] }] });
      return (answer['SecretList'] as { Name: string }[]).map(({ Name }) => Name.slice(probe.name.length));
    },
    expected: ['', '/b'],
  },
  {
    title: 'tags are added and removed',
    observe: async (probe) => {
      await probe.create({ SecretString: 'x', Tags: [{ Key: 'a', Value: '1' }] });
      await probe.call('TagResource', { SecretId: probe.name, Tags: [{ Key: 'b', Value: '2' }] });
      await probe.call('UntagResource', { SecretId: probe.name, TagKeys: ['a'] });
      return (await probe.call('DescribeSecret', { SecretId: probe.name }))['Tags'];
    },
    expected: [{ Key: 'b', Value: '2' }],
  },
];

const writes: ContractCase[] = [
  {
    title: 'UpdateSecret of a description makes no version, of a value a current one',
    observe: async (probe) => {
      await probe.create();
      const described = await probe.call('UpdateSecret', { SecretId: probe.name, Description: 'd' });
      await probe.call('UpdateSecret', { SecretId: probe.name, SecretString: 'two' });
      const value = await probe.call('GetSecretValue', { SecretId: probe.name });
      const { Description } = await probe.call('DescribeSecret', { SecretId: probe.name });
      return ['VersionId' in described, value['SecretString'], Description];
    },
    expected: [false, 'two', 'd'],
  },
  {
    title: 'a name that is taken',
    observe: async (probe) => {
      await probe.create();
      const refused = (await probe.refusal('CreateSecret', {
        Name: probe.name,
        SecretString: 'x',
      })) as string[];
      return [refused[0], refused[1], refused[2]?.replace(probe.name, '<name>')];
    },
    expected: [
      400,
      'ResourceExistsException',
      'The operation failed because the secret <name> already exists.',
    ],
  },
  {
    title: 'a deleted secret is restored with its value',
    observe: async (probe) => {
      await probe.create();
      await probe.call('DeleteSecret', { SecretId: probe.name });
      await probe.call('RestoreSecret', { SecretId: probe.name });
      return (await probe.call('GetSecretValue', { SecretId: probe.name }))['SecretString'];
    },
    expected: 'one',
  },
  {
    title: 'a secret deleted by force and created again has another ARN and its own value',
    observe: async (probe) => {
      const { ARN } = await probe.create();
      await probe.call('DeleteSecret', { SecretId: probe.name, ForceDeleteWithoutRecovery: true });
      const again = await probe.create({ SecretString: 'again' });
      const value = await probe.call('GetSecretValue', { SecretId: probe.name });
      return [again.ARN === ARN, value.ARN === again.ARN, value['SecretString']];
    },
    expected: [false, true, 'again'],
  },
  {
    title: 'a recovery window out of 7 to 30 days',
    observe: async (probe) => {
      await probe.create();
      return probe.code('DeleteSecret', { SecretId: probe.name, RecoveryWindowInDays: 6 });
    },
    expected: [400, 'InvalidParameterException'],
  },
  {
    title: 'the token of a version with another value',
    observe: async (probe) => {
      const { VersionId } = await probe.create();
      const put = { SecretId: probe.name, SecretString: 'other', ClientRequestToken: VersionId };
      return probe.code('PutSecretValue', put);
    },
    expected: [400, 'ResourceExistsException'],
  },
  {
    title: 'a write without a ClientRequestToken',
    observe: async (probe) => {
      const { json } = await probe.raw('CreateSecret', { Name: probe.name, SecretString: 'x' });
      return [json['__type'], json['Message']];
    },
    expected: [
      'InvalidRequestException',
      'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    ],
    moto: [undefined, undefined],
  },
  {
    title: 'a value of 65,537 bytes',
    observe: (probe) => probe.code('CreateSecret', { Name: probe.name, SecretString: 'x'.repeat(65_537) }),
    expected: [400, 'ValidationException'],
    moto: 'ok',
  },
  {
    title: 'a name with a space',
    observe: (probe) => probe.code('CreateSecret', { Name: `${probe.name} x`, SecretString: 'x' }),
    expected: [400, 'ValidationException'],
    moto: 'ok',
  },
  {
    title: 'a SecretId over 2,048 characters, and a VersionId under 32',
    observe: async (probe) => [
      await probe.code('GetSecretValue', { SecretId: 'x'.repeat(2049) }),
      await probe.code('GetSecretValue', { SecretId: probe.name, VersionId: 'short' }),
    ],
    expected: [
      [400, 'ValidationException'],
      [400, 'ValidationException'],
    ],
    moto: [
      [404, 'ResourceNotFoundException'],
      [404, 'ResourceNotFoundException'],
    ],
  },
];

const batches: ContractCase[] = [
  {
    title: 'a batch gives values, and NotFound for the one id that is unknown',
    observe: async (probe) => {
      const { ARN } = await probe.create();
      return probe.batch({ SecretIdList: [ARN, 'contract/unknown'] });
    },
    expected: [['one'], [['contract/unknown', 'ResourceNotFoundException']]],
  },
  {
    title: 'a batch’s item that is marked for deletion',
    observe: async (probe) => {
      const { ARN } = await probe.create();
      await probe.call('DeleteSecret', { SecretId: probe.name });
      const [values, errors] = (await probe.batch({ SecretIdList: [ARN] })) as [unknown, string[][]];
      return [values, errors.map(([, code]) => code)];
    },
    expected: [[], ['InvalidRequestException']],
  },
  {
    title: 'a batch without more pages has no NextToken member',
    observe: async (probe) => {
      await probe.create();
      return Object.keys(
        (await probe.raw('BatchGetSecretValue', { SecretIdList: [probe.name] })).json,
      ).toSorted();
    },
    expected: ['Errors', 'SecretValues'],
    moto: ['Errors', 'NextToken', 'SecretValues'],
  },
  {
    title: 'a batch of 21 ids, of none, and of neither ids nor filters',
    observe: async (probe) => [
      await probe.code('BatchGetSecretValue', {
        SecretIdList: Array.from({ length: 21 }, (_, place) => `x${place}`),
      }),
      await probe.code('BatchGetSecretValue', { SecretIdList: [] }),
      await probe.code('BatchGetSecretValue', {}),
    ],
    expected: [
      [400, 'ValidationException'],
      [400, 'ValidationException'],
      [400, 'InvalidParameterException'],
    ],
    moto: ['ok', 'ok', 'ok'],
  },
  {
    title: 'a batch that lists a secret twice',
    observe: async (probe) => {
      const { ARN } = await probe.create();
      const input = { SecretIdList: [probe.name, ARN, probe.name] };
      const code = await probe.code('BatchGetSecretValue', input);
      return code === 'ok' ? probe.batch(input) : code;
    },
    expected: [400, 'InvalidParameterException'],
    moto: [['one', 'one', 'one'], []],
  },
  {
    title: 'a batch in which one secret has no value',
    observe: async (probe) => {
      await probe.create({});
      const input = { SecretIdList: [probe.name] };
      const code = await probe.code('BatchGetSecretValue', input);
      return code === 'ok' ? ((await probe.batch(input)) as unknown[][]).map((list) => list.length) : code;
    },
    expected: [0, 1],
    moto: [404, 'ResourceNotFoundException'],
  },
  {
    title: 'a batch by filters passes over secrets scheduled for deletion',
    observe: async (probe) => {
      await probe.create();
      await probe.call('CreateSecret', { Name: `${probe.name}/gone`, SecretString: 'x' });
      await probe.call('DeleteSecret', { SecretId: `${probe.name}/gone` });
      const input = { Filters: [{ Key: 'name', Values: [probe.name] }] };
      const code = await probe.code('BatchGetSecretValue', input);
      return code === 'ok' ? probe.batch(input) : code;
    },
    expected: [['one'], []],
    moto: [400, 'InvalidRequestException'],
  },
  {
    title: 'a batch with both ids and filters, and MaxResults without filters',
    observe: async (probe) => {
      const Filters = [{ Key: 'name', Values: ['x'] }];
      return [
        await probe.refusal('BatchGetSecretValue', { SecretIdList: ['x'], Filters }),
        await probe.refusal('BatchGetSecretValue', { SecretIdList: ['x'], MaxResults: 1 }),
      ];
    },
    expected: [
      [
        400,
        'InvalidParameterException',
        "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
      ],
      [
        400,
        'InvalidParameterException',
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
      ],
    ],
  },
];

const protocol: ContractCase[] = [
  {
    title: 'an unsigned request',
    observe: async (probe) => {
      const { status, json, body } = await probe.unsigned('ListSecrets', {});
      return [status, json['__type'], body.includes('ListAllMyBucketsResult')];
    },
    expected: [400, 'MissingAuthenticationTokenException', false],
    moto: [200, undefined, true],
  },
  {
    title: 'an unknown operation, malformed JSON, a missing SecretId, a foreign NextToken',
    observe: async (probe) => {
      const answers = [
        await probe.raw('NoSuchOperation', {}),
        await probe.raw('GetSecretValue', '{'),
        await probe.raw('DescribeSecret', {}),
        await probe.raw('ListSecrets', { NextToken: 'garbage' }),
      ];
      return answers.map(({ status, json }) => [status, json['__type']]);
    },
    expected: [
      [400, 'UnknownOperationException'],
      [400, 'SerializationException'],
      [400, 'ValidationException'],
      [400, 'InvalidNextTokenException'],
    ],
    moto: [
      [500, undefined],
      [500, undefined],
      [500, undefined],
      [500, undefined],
    ],
  },
  {
    title: 'the headers of an answer',
    observe: async (probe) => {
      const { headers } = await probe.raw('ListSecrets', {});
      return [headers['content-type'], String(headers['x-amzn-requestid']).length];
    },
    expected: ['application/x-amz-json-1.1', 36],
    moto: ['text/html; charset=utf-8', 52],
  },
];

export const CASES: readonly ContractCase[] = [
  ...reads,
  ...labels,
  ...metadata,
  ...writes,
  ...batches,
  ...protocol,
];
