// The caller's side of a call: when it is told that a request leaves, how it ends one, what is shared, what is closed.

import { SecretCacheError } from '../../src/errors.ts';
import type { SourceCall } from '../../src/source/secret-source.ts';
import type { Operation } from '../../src/testing/index.ts';
import { failureOf, NO_VERSION, ONE, refusal, TestCall, TWO, type SourceBed } from './source-bed.ts';
import type { SourceCase } from './source-case.ts';
import { MAX_CONCURRENCY, type Need } from './source-list.ts';

interface Method {
  readonly name: string;
  readonly needs: readonly Need[];
  /** What it sends to AWS for one secret. */
  readonly operation: Operation;
  readonly start: (bed: SourceBed, call: SourceCall) => Promise<unknown>;
}

/** Each method, called for the secret `a`. */
const METHODS: readonly Method[] = [
  {
    name: 'load',
    needs: [],
    operation: 'GetSecretValue',
    start: (bed, call) => bed.source.load({ secretId: bed.id('a') }, call),
  },
  {
    name: 'load of a version',
    needs: [],
    operation: 'GetSecretValue',
    start: (bed, call) => bed.source.load({ secretId: bed.id('a'), versionStage: 'blue' }, call),
  },
  {
    name: 'describe',
    needs: ['describe'],
    operation: 'DescribeSecret',
    start: (bed, call) => bed.source.describe(bed.id('a'), call),
  },
  {
    name: 'loadBatch',
    needs: ['loadBatch'],
    operation: 'BatchGetSecretValue',
    start: (bed, call) => bed.source.loadBatch([bed.id('a'), bed.id('b')], call),
  },
  {
    name: 'search',
    needs: ['search'],
    operation: 'BatchGetSecretValue',
    start: async (bed, call) => {
      const filters = [{ key: 'name', values: [bed.id('a')] }] as const;
      const found: unknown[] = [];
      for await (const item of bed.source.search(filters, call)) found.push(item);
      return found;
    },
  },
];

const LOADING_MANY = 2 * MAX_CONCURRENCY;

const announcements = METHODS.flatMap(({ name, needs, operation, start }): SourceCase[] => [
  {
    title: `${name}: a request is announced once, before its answer`,
    needs,
    observe: async (bed) => {
      await bed.create('a');
      await bed.put('a', TWO, ['blue']);
      const events: string[] = [];
      const { signal } = new TestCall();
      await start(bed, { signal, onDispatch: () => events.push('leaves') });
      return [...events, 'answered'];
    },
    expected: ['leaves', 'answered'],
  },
  {
    title: `${name}: a request is announced when it leaves, though its answer be held`,
    needs: [...needs, 'control'],
    observe: async (bed) => {
      await bed.create('a');
      await bed.put('a', TWO, ['blue']);
      bed.server.resetCalls();
      const gate = bed.server.hold(operation);
      const call = new TestCall();
      const answer = start(bed, call);
      await gate.arrived();
      const whileHeld = call.dispatches;
      gate.release();
      await answer;
      return [whileHeld, call.dispatches, bed.server.calls.map((logged) => logged.operation === operation)];
    },
    expected: [1, 1, [true]],
  },
  {
    title: `${name}: a request that fails was announced once, too`,
    needs: [...needs, 'control'],
    observe: async (bed) => {
      await bed.create('a');
      bed.server.faults.inject({ kind: 'html' });
      const call = new TestCall();
      return [await refusal(start(bed, call)), call.dispatches];
    },
    expected: ['ERR_SECRET_UNAVAILABLE', 1],
  },
  {
    title: `${name}: a request that is signed again after it expired is announced again`,
    needs: [...needs, 'sdk', 'control'],
    observe: async (bed) => {
      await bed.create('a');
      await bed.put('a', TWO, ['blue']);
      bed.server.resetCalls();
      bed.server.faults.inject({ kind: 'signature-expired' }, { times: 1 });
      const call = new TestCall();
      return [await refusal(start(bed, call)), call.dispatches, bed.server.count()];
    },
    expected: ['ok', 2, 2],
  },
]);

const queues: SourceCase[] = [
  {
    title: 'a load that waits for a free slot is announced when it gets one',
    needs: ['sdk', 'control'],
    observe: async (bed) => {
      const { id: secretId, versionId } = await bed.create('a');
      const gate = bed.server.hold('GetSecretValue');
      const calls = Array.from({ length: LOADING_MANY }, () => new TestCall());
      const answers = calls.map((call) => bed.source.load({ secretId, versionId }, call));
      await gate.arrived(MAX_CONCURRENCY);
      const whileFull = announced(calls);
      gate.releaseOne();
      await Promise.race(answers);
      await gate.arrived(MAX_CONCURRENCY);
      const afterOne = announced(calls);
      gate.release();
      await Promise.all(answers);
      return [whileFull, afterOne, calls.map(({ dispatches }) => dispatches)];
    },
    expected: [MAX_CONCURRENCY, MAX_CONCURRENCY + 1, Array.from({ length: LOADING_MANY }, () => 1)],
  },
  {
    title: 'a load given up while it waits for a free slot settles at once and is never sent',
    needs: ['sdk', 'control'],
    observe: async (bed) => {
      const { id: secretId, versionId } = await bed.create('a');
      bed.server.resetCalls();
      const gate = bed.server.hold('GetSecretValue');
      const load = (call: TestCall): Promise<unknown> => bed.source.load({ secretId, versionId }, call);
      const answers = Array.from({ length: MAX_CONCURRENCY }, () => load(new TestCall()));
      await gate.arrived(MAX_CONCURRENCY);
      const call = new TestCall();
      const queued = failureOf(load(call));
      // A turn of the event loop brings it into the queue.
      await new Promise((resolve) => setImmediate(resolve));
      call.abort();
      const settled = (await queued) !== undefined;
      gate.release();
      await Promise.all(answers);
      await load(new TestCall());
      return [settled, call.dispatches, bed.server.count() - MAX_CONCURRENCY];
    },
    expected: [true, 0, 1],
  },
  {
    title: 'loads given up while their answers are held give their slots back',
    needs: ['sdk', 'control'],
    observe: async (bed) => {
      const { id: secretId, versionId } = await bed.create('a');
      await bed.create('b', TWO);
      const gate = bed.server.hold('GetSecretValue', { secretId });
      const calls = Array.from({ length: MAX_CONCURRENCY }, () => new TestCall());
      const ended = calls.map((call) => failureOf(bed.source.load({ secretId, versionId }, call)));
      await gate.arrived(MAX_CONCURRENCY);
      for (const call of calls) call.abort();
      await Promise.all(ended);
      return bed.load({ secretId: bed.id('b') });
    },
    expected: ['b', 'v1', ['AWSCURRENT'], TWO],
  },
  {
    title: 'describes that hang, however many, leave slots to loads',
    needs: ['describe', 'sdk', 'control'],
    observe: async (bed) => {
      const { id: secretId } = await bed.create('a');
      const gate = bed.server.hold('DescribeSecret');
      const describes = Array.from({ length: LOADING_MANY }, () =>
        bed.source.describe(secretId, new TestCall()),
      );
      await gate.arrived();
      const loaded = await bed.load({ secretId });
      gate.release();
      await Promise.all(describes);
      return loaded;
    },
    expected: ['a', 'v1', ['AWSCURRENT'], ONE],
  },
];

const aborts = METHODS.flatMap(({ name, needs, operation, start }): SourceCase[] => [
  {
    title: `${name}: for a caller that has left, nothing is sent and the call settles`,
    needs,
    observe: async (bed) => {
      await bed.create('a');
      const call = TestCall.gone();
      return [(await failureOf(start(bed, call))) instanceof SecretCacheError, call.dispatches];
    },
    expected: [true, 0],
  },
  {
    title: `${name}: for a caller that has left, no request arrives`,
    needs: [...needs, 'control'],
    observe: async (bed) => {
      await bed.create('a');
      await bed.create('b', TWO);
      bed.server.resetCalls();
      await failureOf(start(bed, TestCall.gone()));
      // What was to be sent would have been sent before this.
      await bed.load({ secretId: bed.id('b') });
      return bed.server.calls.map(({ secretIds }) => secretIds.map((id) => id === bed.id('b')));
    },
    expected: [[true]],
  },
  {
    title: `${name}: a caller that leaves while the answer is held is let go at once`,
    needs: [...needs, 'control'],
    observe: async (bed) => {
      await bed.create('a');
      const gate = bed.server.hold(operation);
      const call = new TestCall();
      const ended = failureOf(start(bed, call));
      await gate.arrived();
      call.abort();
      // The gate is still closed: no answer can have come.
      return (await ended) !== undefined;
    },
    expected: true,
  },
  {
    title: `${name}: a caller that gives its own error for a reason is rejected with it`,
    needs: [...needs, 'control'],
    observe: async (bed) => {
      await bed.create('a');
      const gate = bed.server.hold(operation);
      const call = new TestCall();
      const ended = failureOf(start(bed, call));
      await gate.arrived();
      const reason = new SecretCacheError('ERR_SECRET_TIMEOUT', 'the caller waits no longer');
      call.abort(reason);
      return (await ended) === reason;
    },
    expected: true,
  },
]);

const closing = METHODS.map(({ name, needs, start }): SourceCase => ({
  title: `${name}: after close, which may be repeated, calls reject and nothing is sent`,
  needs: [...needs, 'close'],
  observe: async (bed) => {
    await bed.create('a');
    await start(bed, new TestCall()).catch(() => {});
    await bed.source.close();
    await bed.source.close();
    const call = new TestCall();
    return [await refusal(start(bed, call)), call.dispatches];
  },
  expected: ['ERR_CACHE_CLOSED', 0],
}));

const sharing: SourceCase[] = [
  {
    title: 'loads that begin together are one batch, and each caller hears that it left',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const created = await bed.createMany(20);
      bed.server.resetCalls();
      const calls = created.map(() => new TestCall());
      const loads = created.map(({ id }, place) =>
        bed.source.load({ secretId: id }, calls[place] ?? new TestCall()),
      );
      const versions = await Promise.all(loads);
      const isOwn = versions.every(({ name }, place) => name === created[place]?.id);
      return [isOwn, counts(bed), calls.every(({ dispatches }) => dispatches === 1)];
    },
    expected: [true, { batches: 1, singles: 0 }, true],
  },
  {
    title: 'loads beyond the twentieth make another batch, and one that is left over is a single call',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const created = await bed.createMany(41);
      bed.server.resetCalls();
      await Promise.all(created.map(({ id }) => bed.load({ secretId: id })));
      return counts(bed);
    },
    expected: { batches: 2, singles: 1 },
  },
  {
    title: 'loads of one secret that begin together are one call',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const { id: secretId } = await bed.create('a');
      bed.server.resetCalls();
      await Promise.all(Array.from({ length: 50 }, () => bed.load({ secretId })));
      return counts(bed);
    },
    expected: { batches: 0, singles: 1 },
  },
  {
    title: 'names and ARNs go in batches of their own: one secret under both ids spoils neither',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const created = await bed.createMany(3);
      bed.server.resetCalls();
      const ids = created.flatMap(({ id, arn }) => [id, arn]);
      await Promise.all(ids.map((secretId) => bed.load({ secretId })));
      return counts(bed);
    },
    expected: { batches: 2, singles: 0 },
  },
  {
    title: 'loads by other labels and by version ids are calls of their own',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const { id: secretId, versionId } = await bed.create('a');
      await bed.put('a', TWO, ['blue']);
      bed.server.resetCalls();
      const refs = [{ versionStage: 'blue' }, { versionId }, { versionId, versionStage: 'AWSCURRENT' }];
      await Promise.all(refs.map((ref) => bed.load({ secretId, ...ref })));
      await bed.refusedLoad({ secretId, versionId: NO_VERSION });
      return counts(bed);
    },
    expected: { batches: 0, singles: 4 },
  },
  {
    title: 'an id that a batch doesn’t answer is asked for singly, once',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const created = await bed.createMany(3);
      bed.server.resetCalls();
      bed.server.faults.inject({ kind: 'batch-item-omitted' }, { secretId: bed.id('s01') });
      await Promise.all(created.map(({ id }) => bed.load({ secretId: id })));
      return counts(bed);
    },
    expected: { batches: 1, singles: 1 },
  },
  {
    title: 'a batch that is denied or throttled is nobody’s failure: the same loads succeed singly',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const created = await bed.createMany(3);
      const ids = created.map(({ id, arn }) => [id, arn] as const);
      bed.server.resetCalls();
      const denial = bed.server.policy.denyAction('BatchGetSecretValue');
      await Promise.all(ids.map(([secretId]) => bed.load({ secretId })));
      denial.lift();
      const denied = counts(bed);
      const scope = { operation: 'BatchGetSecretValue' } as const;
      bed.server.faults.inject({ kind: 'error', code: 'ThrottlingException' }, scope);
      await Promise.all(ids.map(([, secretId]) => bed.load({ secretId })));
      return [denied, counts(bed)];
    },
    expected: [
      { batches: 1, singles: 3 },
      { batches: 2, singles: 6 },
    ],
  },
  {
    title: 'a caller that leaves a shared batch is let go, and takes nobody with it',
    needs: ['coalescing', 'control'],
    observe: async (bed) => {
      const { id } = await bed.create('a');
      await bed.create('b', TWO);
      bed.server.resetCalls();
      const gate = bed.server.hold('BatchGetSecretValue');
      const leaver = new TestCall();
      const left = failureOf(bed.source.load({ secretId: id }, leaver));
      const staying = [id, bed.id('b')].map((secretId) => bed.load({ secretId }));
      await gate.arrived();
      leaver.abort();
      const isLetGo = (await left) !== undefined;
      gate.release();
      return [isLetGo, await Promise.all(staying), counts(bed)];
    },
    expected: [
      true,
      [
        ['a', 'v1', ['AWSCURRENT'], ONE],
        ['b', 'v1', ['AWSCURRENT'], TWO],
      ],
      { batches: 1, singles: 0 },
    ],
  },
];

function announced(calls: readonly TestCall[]): number {
  return calls.filter(({ dispatches }) => dispatches > 0).length;
}

function counts({ server }: SourceBed): { batches: number; singles: number } {
  return { batches: server.count('BatchGetSecretValue'), singles: server.count('GetSecretValue') };
}

export const SOURCE_CALLS: readonly SourceCase[] = [
  ...announcements,
  ...queues,
  ...aborts,
  ...closing,
  ...sharing,
];
