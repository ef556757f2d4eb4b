// What a load and a describe answer, and how they are refused.

import { NO_VERSION, ONE, TestCall, THREE, TWO, causeOf, failureOf, refusal } from './source-bed.ts';
import type { SourceCase } from './source-case.ts';

const CURRENT = ['AWSCURRENT'];
const PREVIOUS = ['AWSPREVIOUS'];
/** The longest value that the service takes. */
const MAX_BYTES = 65_536;

const loads: SourceCase[] = [
  {
    title: 'a load by name, ARN or partial ARN answers with the whole current version',
    observe: async (bed) => {
      const { id, arn, partialArn } = await bed.create('a');
      return Promise.all([id, arn, partialArn].map((secretId) => bed.load({ secretId })));
    },
    expected: [
      ['a', 'v1', CURRENT, ONE],
      ['a', 'v1', CURRENT, ONE],
      ['a', 'v1', CURRENT, ONE],
    ],
  },
  {
    title: 'a name that looks like another with its suffix is a secret of its own',
    observe: async (bed) => {
      await bed.create('a', ONE);
      await bed.create('a-AbCdEf', TWO);
      return [await bed.load({ secretId: bed.id('a') }), await bed.load({ secretId: bed.id('a-AbCdEf') })];
    },
    expected: [
      ['a', 'v1', CURRENT, ONE],
      ['a-AbCdEf', 'v1', CURRENT, TWO],
    ],
  },
  {
    title: 'a load by label answers with the version that has it',
    observe: async (bed) => {
      const { id: secretId } = await bed.create('a');
      await bed.put('a', TWO);
      await bed.put('a', THREE, ['AWSPENDING', 'blue'], 'v3');
      const labels = ['AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'blue'];
      return Promise.all(labels.map((versionStage) => bed.load({ secretId, versionStage })));
    },
    expected: [
      ['a', 'v2', CURRENT, TWO],
      ['a', 'v1', PREVIOUS, ONE],
      ['a', 'v3', ['AWSPENDING', 'blue'], THREE],
      ['a', 'v3', ['AWSPENDING', 'blue'], THREE],
    ],
  },
  {
    title: 'a load by version id alone answers with that version, labelled or not',
    observe: async (bed) => {
      const { id: secretId, versionId: first } = await bed.create('a');
      const second = await bed.put('a', TWO);
      await bed.put('a', THREE, undefined, 'v3');
      return Promise.all([first, second].map((versionId) => bed.load({ secretId, versionId })));
    },
    expected: [
      ['a', 'v1', [], ONE],
      ['a', 'v2', PREVIOUS, TWO],
    ],
  },
  {
    title:
      'a load by version id and label answers where they agree, and is an invalid request where they don’t',
    observe: async (bed) => {
      const { id: secretId, versionId } = await bed.create('a');
      await bed.put('a', TWO);
      return [
        await bed.load({ secretId, versionId, versionStage: 'AWSPREVIOUS' }),
        await bed.refusedLoad({ secretId, versionId, versionStage: 'AWSCURRENT' }),
      ];
    },
    expected: [['a', 'v1', PREVIOUS, ONE], 'ERR_SECRET_INVALID_REQUEST'],
    outage: [['a', 'v1', PREVIOUS, ONE], 'ERR_SECRET_UNAVAILABLE'],
  },
  {
    title: 'a load follows AWSCURRENT through a stage move and back',
    observe: async (bed) => {
      const { id: secretId, versionId, secondId } = await bed.rotate();
      const rotated = await bed.load({ secretId });
      await bed.promote('a', secondId, versionId);
      return [rotated, await bed.load({ secretId })];
    },
    expected: [
      ['a', 'v2', ['AWSCURRENT', 'AWSPENDING'], TWO],
      ['a', 'v1', CURRENT, ONE],
    ],
  },
  {
    title: 'a secret deleted and created again is another one: its name finds it, the old ARN nothing',
    observe: async (bed) => {
      const { id, arn } = await bed.create('a');
      await bed.destroy('a');
      await bed.create('a', TWO);
      return [await bed.load({ secretId: id }), await bed.refusedLoad({ secretId: arn })];
    },
    expected: [['a', 'v1', CURRENT, TWO], 'ERR_SECRET_NOT_FOUND'],
    outage: [['a', 'v1', CURRENT, TWO], 'ERR_SECRET_UNAVAILABLE'],
  },
  {
    title: 'a text comes back to the letter, up to 65,536 bytes',
    observe: async (bed) => {
      const texts = ['{"a":"\\u0000\\n"} "é€😀" \u2028\t\u0000\r\n', 'é'.repeat(MAX_BYTES / 2)];
      const answers: boolean[] = [];
      for (const [place, text] of texts.entries()) {
        const { id: secretId } = await bed.create(`t${place}`, text);
        answers.push((await bed.source.load({ secretId }, new TestCall())).value === text);
      }
      return answers;
    },
    expected: [true, true],
  },
  {
    title: 'bytes come back one by one, up to 65,536 of them, in an array of their own',
    observe: async (bed) => {
      const bytes = Uint8Array.from({ length: MAX_BYTES }, (_, place) => (place * 31 + (place >> 8)) % 256);
      const answers: unknown[] = [];
      for (const size of [1, MAX_BYTES]) {
        const { id: secretId } = await bed.create(`b${size}`, bytes.slice(0, size));
        const { value } = await bed.source.load({ secretId }, new TestCall());
        if (typeof value === 'string') return 'a text';
        const isSame = Buffer.compare(value, bytes.subarray(0, size)) === 0;
        answers.push([isSame, value.constructor === Uint8Array, value.buffer.byteLength]);
      }
      return answers;
    },
    expected: [
      [true, true, 1],
      [true, true, MAX_BYTES],
    ],
  },
  {
    title: 'loads at the same time each get their own answer, whatever the others get',
    observe: async (bed) => {
      const { id, arn, partialArn } = await bed.create('a');
      await bed.create('b', TWO);
      await bed.create('gone');
      await bed.scheduleDeletion('gone');
      const empty = await bed.createEmpty('empty');
      const known = [id, arn, partialArn, bed.id('b'), id].map((secretId) => bed.load({ secretId }));
      const refused = [bed.id('unknown'), bed.id('gone'), empty].map((secretId) =>
        bed.refusedLoad({ secretId }),
      );
      return Promise.all([...known, ...refused]);
    },
    expected: [
      ['a', 'v1', CURRENT, ONE],
      ['a', 'v1', CURRENT, ONE],
      ['a', 'v1', CURRENT, ONE],
      ['b', 'v1', CURRENT, TWO],
      ['a', 'v1', CURRENT, ONE],
      'ERR_SECRET_NOT_FOUND',
      'ERR_SECRET_DELETED',
      'ERR_SECRET_NOT_FOUND',
    ],
    outage: [
      ['a', 'v1', CURRENT, ONE],
      ['a', 'v1', CURRENT, ONE],
      ['a', 'v1', CURRENT, ONE],
      ['b', 'v1', CURRENT, TWO],
      ['a', 'v1', CURRENT, ONE],
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
    ],
  },
  {
    title: 'loads at the same time follow a stage move',
    observe: async (bed) => {
      const { id, arn } = await bed.rotate();
      await bed.create('b', THREE);
      const answers = await Promise.all([id, arn, bed.id('b')].map((secretId) => bed.load({ secretId })));
      return answers.map((shown) => (shown as unknown[]).at(-1));
    },
    expected: [TWO, TWO, THREE],
  },
];

const refusals: SourceCase[] = [
  {
    title: 'a secret that doesn’t exist is not found, under whichever id',
    observe: async (bed) => {
      const { arn } = await bed.create('a');
      const ids = [bed.id('unknown'), arn.replace('/a-', '/unknown-'), arn.slice(arn.indexOf('source/'))];
      return Promise.all(ids.map((secretId) => bed.refusedLoad({ secretId })));
    },
    expected: ['ERR_SECRET_NOT_FOUND', 'ERR_SECRET_NOT_FOUND', 'ERR_SECRET_NOT_FOUND'],
    outage: ['ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_UNAVAILABLE'],
  },
  {
    title: 'a label that no version has and a version that doesn’t exist are not found',
    observe: async (bed) => {
      const { id: secretId } = await bed.create('a');
      return [
        await bed.refusedLoad({ secretId, versionStage: 'AWSPENDING' }),
        await bed.refusedLoad({ secretId, versionId: NO_VERSION }),
      ];
    },
    expected: ['ERR_SECRET_NOT_FOUND', 'ERR_SECRET_NOT_FOUND'],
    outage: ['ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_UNAVAILABLE'],
  },
  {
    title: 'a secret without a value is not found',
    observe: async (bed) => bed.refusedLoad({ secretId: await bed.createEmpty('a') }),
    expected: 'ERR_SECRET_NOT_FOUND',
    outage: 'ERR_SECRET_UNAVAILABLE',
  },
  {
    title: 'a secret scheduled for deletion is deleted, by label and by version id too',
    observe: async (bed) => {
      const { id: secretId, versionId } = await bed.create('a');
      await bed.scheduleDeletion('a');
      const refs = [{ secretId }, { secretId, versionStage: 'AWSCURRENT' }, { secretId, versionId }];
      return Promise.all(refs.map((ref) => bed.refusedLoad(ref)));
    },
    expected: ['ERR_SECRET_DELETED', 'ERR_SECRET_DELETED', 'ERR_SECRET_DELETED'],
    outage: ['ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_UNAVAILABLE'],
  },
  {
    title: 'a refused load has the SDK’s exception as its cause',
    needs: ['sdk'],
    observe: async (bed) => {
      const { id: secretId, versionId } = await bed.create('a');
      await bed.put('a', TWO);
      await bed.create('gone');
      await bed.scheduleDeletion('gone');
      const refs = [
        { secretId: bed.id('unknown') },
        { secretId, versionStage: 'AWSPENDING' },
        { secretId, versionId: NO_VERSION },
        { secretId, versionId, versionStage: 'AWSCURRENT' },
        { secretId: bed.id('gone') },
      ];
      return Promise.all(
        refs.map(async (ref) => causeOf(await failureOf(bed.source.load(ref, new TestCall())))),
      );
    },
    expected: [
      ['ERR_SECRET_NOT_FOUND', 'ResourceNotFoundException', 'ResourceNotFoundException'],
      ['ERR_SECRET_NOT_FOUND', 'ResourceNotFoundException', 'ResourceNotFoundException'],
      ['ERR_SECRET_NOT_FOUND', 'ResourceNotFoundException', 'ResourceNotFoundException'],
      ['ERR_SECRET_INVALID_REQUEST', 'InvalidRequestException', 'InvalidRequestException'],
      ['ERR_SECRET_DELETED', 'InvalidRequestException', 'InvalidRequestException'],
    ],
    outage: Array.from({ length: 5 }, () => ['ERR_SECRET_UNAVAILABLE', 'Error', undefined]),
  },
  {
    title: 'a load that IAM or KMS denies says which of them, and the exception is its cause',
    needs: ['sdk', 'control'],
    observe: async (bed) => {
      const ids = (await bed.createMany(3)).map(({ id }) => id);
      const [denied = '', undecryptable = '', broken = ''] = ids;
      bed.server.policy.denyAction('GetSecretValue', { secretId: denied });
      bed.server.policy.denyKms({ secretId: undecryptable });
      bed.server.policy.denyKms({ secretId: broken, cause: 'broken' });
      const causes: unknown[] = [];
      for (const secretId of ids) {
        await bed.refusedLoad({ secretId });
        causes.push(causeOf(await failureOf(bed.source.load({ secretId }, new TestCall()))));
      }
      return causes;
    },
    expected: [
      ['ERR_SECRET_ACCESS_DENIED', 'AccessDeniedException', 'SecretsManagerServiceException'],
      ['ERR_SECRET_DECRYPTION', 'AccessDeniedException', 'SecretsManagerServiceException'],
      ['ERR_SECRET_DECRYPTION', 'DecryptionFailure', 'DecryptionFailure'],
    ],
  },
  {
    title: 'a load without VersionStage in its ref is allowed where a policy allows AWSCURRENT alone',
    needs: ['control'],
    observe: async (bed) => {
      const { id, arn } = await bed.create('a');
      await bed.create('b', TWO);
      bed.server.policy.requireVersionStage(['AWSCURRENT']);
      return Promise.all([id, arn, bed.id('b')].map((secretId) => bed.load({ secretId })));
    },
    expected: [
      ['a', 'v1', CURRENT, ONE],
      ['a', 'v1', CURRENT, ONE],
      ['b', 'v1', CURRENT, TWO],
    ],
  },
  {
    title: 'a throttled load, an outage and an answer that is none are told apart',
    needs: ['control'],
    observe: async (bed) => {
      const { id: secretId } = await bed.create('a');
      const { faults } = bed.server;
      const codes: string[] = [];
      for (const fault of [
        { kind: 'error', code: 'ThrottlingException' },
        { kind: 'error', code: 'InternalServiceError', status: 500 },
        { kind: 'reset' },
        { kind: 'html' },
        { kind: 'truncated' },
        { kind: 'empty-object' },
        { kind: 'html', status: 200 },
      ] as const) {
        faults.inject(fault, { times: 1 });
        codes.push(await bed.refusedLoad({ secretId }));
      }
      return codes;
    },
    expected: [
      'ERR_SECRET_THROTTLED',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_MALFORMED_RESPONSE',
      'ERR_SECRET_MALFORMED_RESPONSE',
      'ERR_SECRET_MALFORMED_RESPONSE',
    ],
    // Half an answer reaches the agent; it says that it got none.
    agent: [
      'ERR_SECRET_THROTTLED',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_UNAVAILABLE',
      'ERR_SECRET_MALFORMED_RESPONSE',
      'ERR_SECRET_MALFORMED_RESPONSE',
    ],
  },
];

const descriptions: SourceCase[] = [
  {
    title: 'a describe by name, ARN or partial ARN shows which version each label is on now',
    needs: ['describe'],
    observe: async (bed) => {
      const { id, arn, partialArn } = await bed.create('a');
      await bed.put('a', TWO);
      await bed.put('a', THREE, undefined, 'v3');
      const asked = [id, arn, partialArn].map((secretId) => bed.source.describe(secretId, new TestCall()));
      return (await Promise.all(asked)).map((description) => bed.showDescription(description));
    },
    expected: Array.from({ length: 3 }, () => ['a', { v3: CURRENT, v2: PREVIOUS }, false]),
  },
  {
    title: 'a describe follows a stage move and back',
    needs: ['describe'],
    observe: async (bed) => {
      const { id, versionId, secondId } = await bed.rotate();
      const rotated = await bed.source.describe(id, new TestCall());
      await bed.promote('a', secondId, versionId);
      const back = await bed.source.describe(id, new TestCall());
      return [bed.showDescription(rotated), bed.showDescription(back)];
    },
    expected: [
      ['a', { v1: PREVIOUS, v2: ['AWSCURRENT', 'AWSPENDING'] }, false],
      ['a', { v1: CURRENT, v2: ['AWSPENDING', 'AWSPREVIOUS'] }, false],
    ],
  },
  {
    title: 'a describe of a secret without a value shows no labels',
    needs: ['describe'],
    observe: async (bed) => {
      const id = await bed.createEmpty('a');
      return bed.showDescription(await bed.source.describe(id, new TestCall()));
    },
    expected: ['a', {}, false],
  },
  {
    title: 'a describe of a secret scheduled for deletion says so, and still shows its labels',
    needs: ['describe'],
    observe: async (bed) => {
      const { id } = await bed.create('a');
      await bed.scheduleDeletion('a');
      return bed.showDescription(await bed.source.describe(id, new TestCall()));
    },
    expected: ['a', { v1: CURRENT }, true],
  },
  {
    title: 'a describe of a secret that doesn’t exist is not found',
    needs: ['describe'],
    observe: async (bed) => {
      const id = bed.id('unknown');
      return refusal(bed.source.describe(id, new TestCall()), id);
    },
    expected: 'ERR_SECRET_NOT_FOUND',
    outage: 'ERR_SECRET_UNAVAILABLE',
  },
  {
    title: 'a refused describe has the SDK’s exception as its cause',
    needs: ['describe', 'sdk'],
    observe: async (bed) => causeOf(await failureOf(bed.source.describe(bed.id('unknown'), new TestCall()))),
    expected: ['ERR_SECRET_NOT_FOUND', 'ResourceNotFoundException', 'ResourceNotFoundException'],
    outage: ['ERR_SECRET_UNAVAILABLE', 'Error', undefined],
  },
  {
    title: 'a describe that IAM denies names the action to allow, and loads go on',
    needs: ['describe', 'control'],
    observe: async (bed) => {
      const { id } = await bed.create('a');
      bed.server.policy.denyAction('DescribeSecret');
      const error = (await failureOf(bed.source.describe(id, new TestCall()))) as Error;
      return [
        await refusal(Promise.reject(error), id),
        error.message.includes('Allow secretsmanager:DescribeSecret'),
        await bed.load({ secretId: id }),
      ];
    },
    expected: ['ERR_SECRET_ACCESS_DENIED', true, ['a', 'v1', CURRENT, ONE]],
  },
];

export const SOURCE_READS: readonly SourceCase[] = [...loads, ...refusals, ...descriptions];
