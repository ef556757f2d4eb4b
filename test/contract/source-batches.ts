// What a batch of ids and a search answer: each item its own, and none that is in doubt.

import { ONE, TestCall, TWO, causeOf, failureOf, refusal } from './source-bed.ts';
import type { SourceCase } from './source-case.ts';

const MAX_IDS = 20;
/** Three pages. */
const MANY = 45;

const TWENTY = Array.from({ length: MAX_IDS }, (_, place) => `hunter2 of s${String(place).padStart(2, '0')}`);

const batches: SourceCase[] = [
  {
    title: 'a batch of 20 names, ARNs and partial ARNs in any order gives each its own value',
    needs: ['loadBatch'],
    observe: async (bed) => {
      const created = await bed.createMany(MAX_IDS);
      const ids = created.map(({ id, arn, partialArn }, place) => [id, arn, partialArn][place % 3] ?? id);
      // 7 and 20 have no common divisor: every id once, none at its place.
      const order = ids.map((_, place) => (place * 7 + 3) % MAX_IDS);
      const values = await bed.batch(order.map((place) => ids[place] ?? ''));
      return ids.map((_, place) => values[order.indexOf(place)]);
    },
    expected: TWENTY,
  },
  {
    title:
      'a batch gives each its own value when the answer is in another order, in pages, some of them empty',
    needs: ['loadBatch', 'control'],
    observe: async (bed) => {
      const ids = (await bed.createMany(MAX_IDS)).map(({ id }) => id);
      const pages = { batchPagesIdLists: true, batchPageSize: 7, batchEmptyPages: true };
      Object.assign(bed.server.switches, pages, { batchOrder: 'reversed' });
      bed.server.resetCalls();
      const call = new TestCall();
      const values = await bed.batch(ids, call);
      // Later pages aren't announced: no value may pass for younger than it is.
      return [values, bed.server.count('BatchGetSecretValue'), call.dispatches];
    },
    expected: [TWENTY, 6, 1],
  },
  {
    title: 'bytes and texts come in one batch',
    needs: ['loadBatch'],
    observe: async (bed) => {
      const { id: bytes } = await bed.create('bytes', Uint8Array.of(0, 127, 128, 255));
      const { id: text } = await bed.create('text');
      return bed.batch([text, bytes]);
    },
    expected: [ONE, Uint8Array.of(0, 127, 128, 255)],
  },
  {
    title: 'an unknown or deleted secret in a batch is refused alone',
    needs: ['loadBatch'],
    observe: async (bed) => {
      const { id } = await bed.create('a');
      const { id: gone } = await bed.create('gone');
      await bed.scheduleDeletion('gone');
      const { arn: other } = await bed.create('b', TWO);
      return bed.batch([bed.id('unknown'), id, gone, other]);
    },
    expected: ['ERR_SECRET_NOT_FOUND', ONE, 'ERR_SECRET_DELETED', TWO],
    outage: ['absent', ONE, 'absent', TWO],
  },
  {
    title: 'a refused item of a batch has the SDK’s exception as its cause',
    needs: ['loadBatch', 'sdk'],
    observe: async (bed) => {
      const ids = [(await bed.create('gone')).arn, bed.id('unknown')];
      await bed.scheduleDeletion('gone');
      const answers = await bed.source.loadBatch(ids, new TestCall());
      return ids.map((id) => (answers.has(id) ? causeOf(answers.get(id)) : 'absent'));
    },
    expected: [
      ['ERR_SECRET_DELETED', 'InvalidRequestException', 'InvalidRequestException'],
      ['ERR_SECRET_NOT_FOUND', 'ResourceNotFoundException', 'ResourceNotFoundException'],
    ],
    outage: ['absent', 'absent'],
  },
  {
    title: 'a secret without a value in a batch is refused alone',
    needs: ['loadBatch'],
    observe: async (bed) => {
      const ids = [(await bed.create('a')).id, await bed.createEmpty('empty')];
      const code = await refusal(bed.source.loadBatch(ids, new TestCall()));
      return code === 'ok' ? bed.batch(ids) : code;
    },
    expected: [ONE, 'ERR_SECRET_NOT_FOUND'],
    outage: [ONE, 'absent'],
    moto: 'ERR_SECRET_NOT_FOUND',
  },
  {
    title: 'a batch gives the new value after a stage move',
    needs: ['loadBatch'],
    observe: async (bed) => {
      const { id, arn } = await bed.rotate();
      return [await bed.batch([id]), await bed.batch([arn])];
    },
    expected: [[TWO], [TWO]],
    // It answers with the old version, which isn't AWSCURRENT and is not used.
    moto: [['absent'], ['absent']],
  },
  {
    title: 'a batch that lists one secret under several ids is refused whole',
    needs: ['loadBatch'],
    observe: async (bed) => {
      const { id, arn, partialArn } = await bed.create('a');
      const ids = [id, arn, partialArn];
      const code = await refusal(bed.source.loadBatch(ids, new TestCall()));
      return code === 'ok' ? bed.batch(ids) : code;
    },
    expected: 'ERR_SECRET_INVALID_REQUEST',
    // It answers three times over. For all the name knows, that may be what the ARN of another account brought.
    moto: ['absent', ONE, ONE],
  },
  {
    title: 'a service that takes several ids of one secret brings each of them its value or nothing',
    needs: ['loadBatch', 'control'],
    observe: async (bed) => {
      const { id, arn, partialArn } = await bed.create('a');
      const { id: other } = await bed.create('b', TWO);
      const answers: unknown[] = [];
      for (const duplicateIds of ['merge', 'repeat'] as const) {
        bed.server.switches.duplicateIds = duplicateIds;
        answers.push(await bed.batch([arn, other, id, partialArn]));
      }
      return answers;
    },
    expected: [
      [ONE, TWO, 'absent', ONE],
      [ONE, TWO, 'absent', ONE],
    ],
  },
  {
    title: 'an id that the service’s answer doesn’t mention is absent from the batch',
    needs: ['loadBatch', 'control'],
    observe: async (bed) => {
      const ids = (await bed.createMany(3)).map(({ id }) => id);
      bed.server.faults.inject({ kind: 'batch-item-omitted' }, { secretId: bed.id('s01') });
      return bed.batch(ids);
    },
    expected: ['hunter2 of s00', 'absent', 'hunter2 of s02'],
  },
  {
    title: 'a secret that IAM or KMS denies is refused alone, under either form of its id in the answer',
    needs: ['loadBatch', 'control'],
    observe: async (bed) => {
      const ids = (await bed.createMany(3)).map(({ id }) => id);
      bed.server.policy.denyAction('GetSecretValue', { secretId: bed.id('s00') });
      bed.server.policy.denyKms({ secretId: bed.id('s02') });
      const asked = await bed.batch(ids);
      bed.server.switches.deniedBatchErrorId = 'arn';
      return [asked, await bed.batch(ids)];
    },
    expected: Array.from({ length: 2 }, () => [
      'ERR_SECRET_ACCESS_DENIED',
      'hunter2 of s01',
      'ERR_SECRET_DECRYPTION',
    ]),
  },
  {
    title:
      'a batch that is denied, throttled or met by an outage rejects as a whole, and names the action to allow',
    needs: ['loadBatch', 'control'],
    observe: async (bed) => {
      const ids = (await bed.createMany(2)).map(({ id }) => id);
      const { faults, policy } = bed.server;
      const denial = policy.denyAction('BatchGetSecretValue');
      const error = (await failureOf(bed.source.loadBatch(ids, new TestCall()))) as Error;
      denial.lift();
      const codes = [await refusal(Promise.reject(error))];
      for (const fault of [{ kind: 'error', code: 'ThrottlingException' }, { kind: 'html' }] as const) {
        faults.inject(fault, { times: 1 });
        codes.push(await refusal(bed.source.loadBatch(ids, new TestCall())));
      }
      return [codes, error.message.includes('Allow secretsmanager:BatchGetSecretValue')];
    },
    expected: [['ERR_SECRET_ACCESS_DENIED', 'ERR_SECRET_THROTTLED', 'ERR_SECRET_UNAVAILABLE'], true],
  },
  {
    title: 'a batch of no ids is an empty answer, and no request',
    needs: ['loadBatch'],
    observe: async (bed) => {
      const call = new TestCall();
      return [await bed.batch([], call), call.dispatches];
    },
    expected: [[], 0],
  },
];

const searches: SourceCase[] = [
  {
    title: 'a search by name prefix finds all that begin with it, over pages of 20, and nothing else',
    needs: ['search'],
    observe: async (bed) => {
      await bed.createMany(MANY);
      await bed.create('other');
      const call = new TestCall();
      return [await bed.search(['s'], call), call.dispatches];
    },
    expected: [Array.from({ length: MANY }, (_, place) => `s${String(place).padStart(2, '0')}`), 3],
  },
  {
    title: 'a search goes on after empty pages',
    needs: ['search', 'control'],
    observe: async (bed) => {
      await bed.createMany(3);
      Object.assign(bed.server.switches, { batchPageSize: 2, batchEmptyPages: true });
      const call = new TestCall();
      return [await bed.search(['s'], call), call.dispatches];
    },
    expected: [['s00', 's01', 's02'], 4],
  },
  {
    title:
      'a search finds what matches every filter, and a value that begins with ! leaves out what its rest matches',
    needs: ['search'],
    observe: async (bed) => {
      for (const name of ['aa', 'ab', 'b']) await bed.create(name);
      return [await bed.search(['a']), await bed.search(['a', '!ab']), await bed.search(['c'])];
    },
    expected: [['aa', 'ab'], ['aa'], []],
  },
  {
    title: 'a search finds the new version after a stage move',
    needs: ['search'],
    observe: async (bed) => {
      await bed.rotate();
      return bed.search(['a']);
    },
    expected: ['a'],
    // It answers with the old version, which isn't AWSCURRENT and is reported.
    moto: ['a: ERR_SECRET_MALFORMED_RESPONSE'],
  },
  {
    title: 'a search passes over secrets scheduled for deletion',
    needs: ['search'],
    observe: async (bed) => {
      await bed.create('a');
      await bed.create('ab');
      await bed.scheduleDeletion('ab');
      const code = await refusal(bed.search(['a']));
      return code === 'ok' ? bed.search(['a']) : code;
    },
    expected: ['a'],
    moto: 'ERR_SECRET_DELETED',
  },
  {
    title: 'a secret that a search finds and may not read is reported under its name among the others',
    needs: ['search', 'control'],
    observe: async (bed) => {
      await bed.createMany(3);
      bed.server.policy.denyAction('GetSecretValue', { secretId: bed.id('s00') });
      bed.server.policy.denyKms({ secretId: bed.id('s02') });
      return bed.search(['s']);
    },
    expected: ['s00: ERR_SECRET_ACCESS_DENIED', 's01', 's02: ERR_SECRET_DECRYPTION'],
  },
  {
    title: 'a search that IAM denies rejects and names the actions to allow',
    needs: ['search', 'control'],
    observe: async (bed) => {
      bed.server.policy.denyAction('ListSecrets');
      const error = (await failureOf(bed.search(['s']))) as Error;
      const remedy = 'Allow secretsmanager:BatchGetSecretValue and secretsmanager:ListSecrets';
      return [await refusal(Promise.reject(error)), error.message.includes(remedy)];
    },
    expected: ['ERR_SECRET_ACCESS_DENIED', true],
  },
  {
    title: 'a search that fails on a later page rejects after the pages before it',
    needs: ['search', 'control'],
    observe: async (bed) => {
      await bed.createMany(3);
      bed.server.switches.batchPageSize = 2;
      const found: unknown[] = [];
      const filters = [{ key: 'name', values: [bed.id('s')] }] as const;
      const reading = async (): Promise<void> => {
        for await (const item of bed.source.search(filters, new TestCall())) {
          if (found.push(item) === 2) bed.server.faults.inject({ kind: 'html' });
        }
      };
      return [await refusal(reading()), found.length];
    },
    expected: ['ERR_SECRET_UNAVAILABLE', 2],
  },
  {
    title: 'a search that nobody reads on asks for no further page',
    needs: ['search', 'control'],
    observe: async (bed) => {
      await bed.createMany(MANY);
      const filters = [{ key: 'name', values: [bed.id('s')] }] as const;
      const call = new TestCall();
      const unread = bed.source.search(filters, call)[Symbol.asyncIterator]();
      await unread.next();
      await unread.return?.();
      return [call.dispatches, bed.server.count('BatchGetSecretValue'), await unread.next()];
    },
    expected: [1, 1, { done: true, value: undefined }],
  },
];

export const SOURCE_BATCHES: readonly SourceCase[] = [...batches, ...searches];
