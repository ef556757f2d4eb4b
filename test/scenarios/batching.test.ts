/** Misses of one turn gathered into BatchGetSecretValue: what is sent, who gets what, and what happens without it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { eventsOf } from '../support/events.ts';
import { codeOf, outcomeOf, type Outcome } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { ATTEMPT_MS, BUDGET_MS, manyNames, setup, type TestBed } from '../support/setup.ts';

function batches({ service }: TestBed): (readonly string[])[] {
  return service.calls.filter(({ op }) => op === 'B').map(({ ids }) => ids);
}

/** A get of each id in one turn, settled without time moving. */
async function getAll({ cache, runtime }: TestBed, ids: readonly string[]): Promise<Outcome<string>[]> {
  const gets = ids.map((id) => outcomeOf(cache.get(id).then((secret) => secret.text())));
  await runtime.settle();
  return gets;
}

const textsOf = (gets: readonly Outcome<string>[]): (string | undefined)[] => gets.map((get) => get.value);
const v1Of = (names: readonly string[]): string[] => names.map((name) => `${name} v1`);

describe('what is gathered', () => {
  test('one miss in a turn is a GetSecretValue that names its stage', async () => {
    const { service, read } = setup();
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
    expect(service.calls[0]?.input).toEqual({ SecretId: 'a', VersionStage: 'AWSCURRENT' });
  });

  test('forty-five misses of a turn are three batches of at most twenty', async () => {
    const names = manyNames(45);
    const bed = setup({ secrets: names });

    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(batches(bed).map((ids) => ids.length)).toEqual([20, 20, 5]);
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 3 });
  });

  test('a hundred misses of a turn are five batches', async () => {
    const names = manyNames(100);
    const bed = setup({ secrets: names });
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 5 });
  });

  test('other stages and version ids go singly, with exactly what was asked for', async () => {
    const bed = setup({ secrets: ['a', 'b', 'c', 'd', 'e'] });
    const { cache, service, runtime } = bed;
    const version = service.versionOf('b');
    service.put('a', 'a v2');
    service.put('c', 'c pending', { stages: ['AWSPENDING'] });

    const secrets = await runtime.run(
      Promise.all([
        cache.get('a', { versionStage: 'AWSPREVIOUS' }),
        cache.get('b', { versionId: version }),
        cache.get('c', { versionStage: 'AWSPENDING' }),
        cache.get('d'),
        cache.get('e', { versionStage: 'AWSCURRENT' }),
      ]),
    );

    expect(secrets.map((secret) => secret.text())).toEqual(['a v1', 'b v1', 'c pending', 'd v1', 'e v1']);
    expect(batches(bed)).toEqual([['d', 'e']]);
    const singles = service.calls.filter(({ op }) => op === 'G').map(({ input }) => input);
    expect(singles).toHaveLength(3);
    expect(singles).toContainEqual({ SecretId: 'a', VersionStage: 'AWSPREVIOUS' });
    expect(singles).toContainEqual({ SecretId: 'b', VersionId: version });
    expect(singles).toContainEqual({ SecretId: 'c', VersionStage: 'AWSPENDING' });
  });

  test('an id asked for three times is sent once', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    expect(textsOf(await getAll(bed, ['a', 'a', 'b', 'a']))).toEqual(['a v1', 'a v1', 'b v1', 'a v1']);
    expect(batches(bed)).toEqual([['a', 'b']]);
  });

  test('misses up to five microtasks apart share a batch', async () => {
    const names = manyNames(6);
    const bed = setup({ secrets: names });
    const gets: Outcome<string>[] = [];
    for (const name of names) {
      gets.push(outcomeOf(bed.cache.get(name).then((secret) => secret.text())));
      await Promise.resolve();
    }
    await bed.runtime.settle();

    expect(textsOf(gets)).toEqual(v1Of(names));
    expect(batches(bed)).toEqual([names]);
  });

  test('a miss waits for the end of the turn and no longer; the twentieth sends the batch at once', async () => {
    const names = manyNames(39);
    const bed = setup({ secrets: names });
    const gets = names.map((name) => outcomeOf(bed.cache.get(name)));
    await bed.runtime.settlePromises();

    expect(batches(bed)).toEqual([names.slice(0, 20)]);
    await bed.runtime.settle();
    expect(batches(bed)).toEqual([names.slice(0, 20), names.slice(20)]);
    expect(gets.every((get) => get.state === 'fulfilled')).toBe(true);
    expect(bed.service.calls.every(({ atMs }) => atMs === bed.service.calls[0]?.atMs)).toBe(true);
  });

  test('a window and a size can be set', async () => {
    const bed = setup({ secrets: ['a', 'b', 'c', 'd'], batch: { windowMs: 50, maxSize: 3 } });
    const { runtime } = bed;
    const gets = await getAll(bed, ['a']);
    await runtime.advance(40);
    gets.push(...(await getAll(bed, ['b'])));
    expect(bed.service.calls).toEqual([]);
    await runtime.advance(10);
    expect(batches(bed)).toEqual([['a', 'b']]);
    bed.cache.clear();
    gets.push(...(await getAll(bed, ['a', 'b', 'c', 'd'])));
    expect(batches(bed)).toEqual([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]);
    await runtime.advance(50);
    expect(textsOf(gets)).toEqual(['a v1', 'b v1', 'a v1', 'b v1', 'c v1', 'd v1']);
    expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 2 });
  });

  test('with batch off every miss is a GetSecretValue', async () => {
    const names = manyNames(25);
    const bed = setup({ secrets: names, batch: false });
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts).toEqual({ G: 25, D: 0, B: 0 });
  });

  test('an id whose only caller left before the batch was sent is not in it', async () => {
    const bed = setup({ secrets: ['a', 'b', 'c'] });
    const controller = new AbortController();
    const leaver = outcomeOf(bed.cache.get('b', { signal: controller.signal }));
    const stayers = ['a', 'b', 'c'].map((name) => outcomeOf(bed.cache.get(name)));
    const lone = outcomeOf(bed.cache.get('d', { signal: controller.signal }));
    controller.abort('left');
    await bed.runtime.settle();

    expect([leaver.error, lone.error]).toEqual(['left', 'left']);
    expect(stayers.map((get) => get.state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(batches(bed).map((ids) => ids.toSorted())).toEqual([['a', 'b', 'c']]);
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });

  test('the same holds for a caller that leaves in the middle of the turn', async () => {
    const bed = setup({ secrets: ['a', 'b', 'c'] });
    const controller = new AbortController();
    const leaver = outcomeOf(bed.cache.get('b', { signal: controller.signal }));
    const stayers = ['a', 'c'].map((name) => outcomeOf(bed.cache.get(name)));
    await bed.runtime.settlePromises();
    controller.abort('left');
    await bed.runtime.settle();
    expect(leaver.error).toBe('left');
    expect(stayers.map((get) => get.state)).toEqual(['fulfilled', 'fulfilled']);
    expect(batches(bed)).toEqual([['a', 'c']]);
  });

  test('when all have left before it is sent, no call is made', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    const controller = new AbortController();
    const gets = ['a', 'b'].map((name) => outcomeOf(bed.cache.get(name, { signal: controller.signal })));
    controller.abort();
    await bed.runtime.settle();
    expect(gets.every((get) => get.state === 'rejected')).toBe(true);
    expect(bed.service.calls).toEqual([]);
  });

  test('a miss enqueued before invalidate and sent after it counts as started after it', async () => {
    const { cache, service, runtime, read } = setup();
    const first = outcomeOf(cache.get('a'));
    cache.invalidate('a');
    const second = outcomeOf(cache.get('a'));
    await runtime.settle();

    expect([first.value?.text(), second.value?.text()]).toEqual(['a v1', 'a v1']);
    expect(await read('a')).toBe('a v1');
    expect(service.counts).toEqual({ G: 1, D: 0, B: 0 });
  });
});

describe('whose value is whose', () => {
  test('a shuffled answer is matched by what it names', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: names });
    bed.service.batch.shuffled = true;
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });

  test('the same holds when full ARNs were asked for', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: names });
    bed.service.batch.shuffled = true;
    const arns = names.map((name) => bed.service.arnOf(name));
    expect(textsOf(await getAll(bed, arns))).toEqual(v1Of(names));
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });

  test('names and ARNs asked for in one turn are never mixed in a batch', async () => {
    const bed = setup({ secrets: ['a', 'b', 'c', 'd'] });
    const arns = ['a', 'b', 'c'].map((name) => bed.service.arnOf(name));
    expect(textsOf(await getAll(bed, ['a', ...arns, 'b', 'd']))).toEqual(
      v1Of(['a', 'a', 'b', 'c', 'b', 'd']),
    );
    expect(batches(bed)).toHaveLength(2);
    expect(batches(bed)).toEqual(expect.arrayContaining([['a', 'b', 'd'], arns]));
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 2 });
  });

  test('ARNs of two accounts go in a batch for each', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    const far = ['x', 'y'].map((name) => bed.service.create(name, `${name} v1`, { account: '999999999999' }));
    const near = ['a', 'b'].map((name) => bed.service.arnOf(name));
    expect(textsOf(await getAll(bed, [...far, ...near]))).toEqual(v1Of(['x', 'y', 'a', 'b']));
    expect(batches(bed)).toEqual([far, near]);
  });

  test.each([true, false])(
    'a full and a partial ARN of one secret both resolve when the service refuses repeats: %s',
    async (refusesAliases) => {
      const bed = setup({ secrets: ['a', 'b'] });
      bed.service.batch.refusesAliases = refusesAliases;
      const arn = bed.service.arnOf('a');
      const gets = await getAll(bed, [arn, arn.slice(0, -7), bed.service.arnOf('b')]);
      expect(textsOf(gets)).toEqual(['a v1', 'a v1', 'b v1']);
      expect(bed.service.counts.G).toBeLessThanOrEqual(3);
    },
  );

  test('partial ARNs resolve to their own secrets and never to a sibling', async () => {
    const bed = setup({ secrets: ['app/db', 'app/db-replica', 'app/db-replica-2', 'app/d'] });
    const names = ['app/db', 'app/db-replica', 'app/db-replica-2', 'app/d'];
    bed.service.batch.shuffled = true;
    const partial = names.map((name) => bed.service.arnOf(name).slice(0, -7));
    expect(textsOf(await getAll(bed, partial))).toEqual(v1Of(names));
  });

  test('a partial ARN that the service misreads as name and suffix is not found rather than a sibling', async () => {
    const bed = setup({ secrets: ['app/db', 'app/db-abcdef', 'other'] });
    const whole = bed.service.arnOf('app/db-abcdef');
    const partial = whole.slice(0, -7);
    const others = ['app/db', 'other'].map((name) => bed.service.arnOf(name));
    for (const isReported of [true, false]) {
      if (!isReported) bed.service.batch.omitted.add(partial);
      bed.cache.clear();
      const gets = await getAll(bed, [partial, ...others, whole]);
      expect(gets.map((get) => get.value ?? codeOf(get))).toEqual([
        'ERR_SECRET_NOT_FOUND',
        ...v1Of(['app/db', 'other', 'app/db-abcdef']),
      ]);
    }
  });

  test('an id in neither list of the answer is asked for singly, once', async () => {
    const names = manyNames(5);
    const bed = setup({ secrets: names });
    bed.service.batch.omitted.add('s03');
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 1 });
    expect(bed.service.calls.at(-1)?.secretId).toBe('s03');
  });

  test('a value nobody asked for is not used', async () => {
    const bed = setup({ secrets: ['a', 'b', 'c'] });
    bed.service.fail(
      {
        output: (right) => {
          const { SecretValues } = right() as { SecretValues: Record<string, unknown>[] };
          return {
            SecretValues: SecretValues.map((item) => ({ ...item, Name: 'c', ARN: bed.service.arnOf('c') })),
          };
        },
      },
      { op: 'B' },
    );
    expect(textsOf(await getAll(bed, ['a', 'b']))).toEqual(['a v1', 'b v1']);
    expect(bed.cache.peek('c')).toBeUndefined();
    expect(bed.service.counts).toEqual({ G: 2, D: 0, B: 1 });
  });

  test('a batch item that is not the AWSCURRENT version is not used', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    bed.service.fail(
      {
        output: (right) => {
          const { SecretValues } = right() as { SecretValues: Record<string, unknown>[] };
          return { SecretValues: SecretValues.map((item) => ({ ...item, VersionStages: ['AWSPREVIOUS'] })) };
        },
      },
      { op: 'B' },
    );
    expect(textsOf(await getAll(bed, ['a', 'b']))).toEqual(['a v1', 'b v1']);
    expect(bed.service.counts).toEqual({ G: 2, D: 0, B: 1 });
  });

  test('twenty values of 65,536 bytes come back exactly', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: [] });
    for (const [nth, name] of names.entries())
      bed.service.create(name, String.fromCharCode(65 + nth).repeat(65_536));
    const texts = textsOf(await getAll(bed, names));
    expect(texts.map((text) => [text?.length, text?.[0], text?.at(-1)])).toEqual(
      names.map((_, nth) => [65_536, String.fromCharCode(65 + nth), String.fromCharCode(65 + nth)]),
    );
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });
});

describe('pages', () => {
  test('pages are followed, empty ones included', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: names });
    Object.assign(bed.service.batch, { pageSize: 5, emptyPages: true });
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 8 });
  });

  test('pages without end are not followed for ever: what is missing is asked for singly', async () => {
    const names = manyNames(5);
    const bed = setup({ secrets: names });
    bed.service.fail({ output: () => ({ SecretValues: [], Errors: [], NextToken: 'again' }) }, { op: 'B' });
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts.G).toBe(5);
    expect(bed.service.counts.B).toBeLessThanOrEqual(30);
  });

  test('an expired page token starts the batch over, once', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: names });
    Object.assign(bed.service.batch, { pageSize: 10, tokensToExpire: 1 });
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 4 });
  });

  test('page tokens that always expire end in single calls', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: names });
    Object.assign(bed.service.batch, { pageSize: 10, tokensToExpire: Number.POSITIVE_INFINITY });
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(bed.service.counts.B).toBe(4);
    expect(bed.service.counts.G).toBeLessThanOrEqual(20);
  });
});

describe('one bad item', () => {
  test('one secret that does not exist rejects for itself alone, with no further call', async () => {
    const names = manyNames(19);
    const bed = setup({ secrets: names });
    const gets = await getAll(bed, [...names, 'missing']);
    expect(textsOf(gets.slice(0, 19))).toEqual(v1Of(names));
    expect(codeOf(gets[19] as Outcome<string>)).toBe('ERR_SECRET_NOT_FOUND');
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });

  test('one denied secret is asked for singly once, and only it fails', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: names });
    bed.service.deny({ action: 'GetSecretValue', secret: 's07' });
    const gets = await getAll(bed, names);
    expect(gets.map((get) => get.value ?? codeOf(get))).toEqual(
      names.map((name) => (name === 's07' ? 'ERR_SECRET_ACCESS_DENIED' : `${name} v1`)),
    );
    expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 1 });
  });

  test("a policy's condition on the stage, which a batch can't name, costs one single call", async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    bed.service.deny({ action: 'GetSecretValue', secret: 'b', unlessStage: 'AWSCURRENT' });
    expect(textsOf(await getAll(bed, ['a', 'b']))).toEqual(['a v1', 'b v1']);
    expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 1 });
  });

  test.each(['InternalServiceError', 'ThrottlingException'])(
    'an item that fails with %s is asked for singly',
    async (code) => {
      const bed = setup({ secrets: ['a', 'b'] });
      bed.service.batch.itemErrors.set('b', { ErrorCode: code, Message: 'try again' });
      expect(textsOf(await getAll(bed, ['a', 'b']))).toEqual(['a v1', 'b v1']);
      expect(bed.service.counts).toEqual({ G: 1, D: 0, B: 1 });
    },
  );

  test.each([
    [
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
      'ERR_SECRET_DELETED',
    ],
    ['DecryptionFailure', "Secrets Manager can't decrypt the secret.", 'ERR_SECRET_DECRYPTION'],
    ['ResourceNotFoundException', "Secrets Manager can't find the specified secret.", 'ERR_SECRET_NOT_FOUND'],
    ['InvalidParameterException', 'The parameter name is incorrect.', 'ERR_SECRET_INVALID_REQUEST'],
  ])('an item that fails with %s is final', async (ErrorCode, Message, code) => {
    const bed = setup({ secrets: ['a', 'b'] });
    bed.service.batch.itemErrors.set('b', { ErrorCode, Message });
    const gets = await getAll(bed, ['a', 'b']);
    expect(gets.map((get) => get.value ?? codeOf(get))).toEqual(['a v1', code]);
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });
});

describe('a whole batch refused', () => {
  test('without the right to batch, the same gets succeed singly and batching rests for five minutes', async () => {
    const bed = setup({ secrets: manyNames(60) });
    const events = eventsOf('batch-disabled');
    bed.service.deny({ action: 'BatchGetSecretValue' });
    // All three batches are out when the first refusal arrives.
    bed.service.delay(5, { op: 'B', times: 3 });

    const gets = await getAll(bed, manyNames(45));
    await bed.runtime.advance(5);
    expect(textsOf(gets)).toEqual(v1Of(manyNames(45)));
    expect(bed.service.newCounts()).toEqual({ G: 45, D: 0, B: 3 });
    await bed.runtime.advance(299_998);
    expect(textsOf(await getAll(bed, ['s45', 's46']))).toEqual(['s45 v1', 's46 v1']);
    expect(bed.service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
    expect(events).toEqual([{ reason: 'denied', forMs: 300_000 }]);
    await bed.runtime.advance(2);
    expect(textsOf(await getAll(bed, ['s47', 's48']))).toEqual(['s47 v1', 's48 v1']);
    expect(bed.service.newCounts()).toEqual({ G: 2, D: 0, B: 1 });
  });

  test('a refusal of names does not switch batches of ARNs off', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    const denied = bed.service.deny({ action: 'BatchGetSecretValue' });
    await getAll(bed, ['a', 'b']);
    denied.lift();
    bed.service.newCounts();
    const arns = ['a', 'b'].map((name) => bed.service.arnOf(name));
    expect(textsOf(await getAll(bed, arns))).toEqual(['a v1', 'b v1']);
    expect(bed.service.newCounts()).toEqual({ G: 0, D: 0, B: 1 });
  });

  test('an endpoint policy that denies one listed secret sinks the batch but not the others', async () => {
    const names = manyNames(5);
    const bed = setup({ secrets: names });
    bed.service.denyAtEndpoint('s02');
    bed.service.deny({ action: 'GetSecretValue', secret: 's02' });
    const gets = await getAll(bed, names);
    expect(gets.map((get) => get.value ?? codeOf(get))).toEqual(
      names.map((name) => (name === 's02' ? 'ERR_SECRET_ACCESS_DENIED' : `${name} v1`)),
    );
    expect(bed.service.counts).toEqual({ G: 5, D: 0, B: 1 });
  });

  test.each([
    [0, 30_000],
    [1 - 2 ** -32, 60_000],
  ])(
    'a throttled batch becomes single calls at once and batching rests (random %d: %d ms)',
    async (random, restMs) => {
      const bed = setup({ secrets: manyNames(60), maxConcurrency: 10 });
      const events = eventsOf('batch-disabled');
      bed.runtime.fixRandom(random);
      const throttled = bed.service.fail(errors.throttled, { op: 'B' });
      bed.service.delay(10, { op: ['G', 'B'] });

      const gets = await getAll(bed, manyNames(45));
      await bed.runtime.advance(60);
      expect(textsOf(gets)).toEqual(v1Of(manyNames(45)));
      expect(bed.service.newCounts()).toEqual({ G: 45, D: 0, B: 3 });
      expect(bed.service.mostOpen).toBeLessThanOrEqual(10);
      expect(events).toHaveLength(1);
      throttled.lift();

      // The refusal came 10 ms in; 60 have passed.
      await bed.runtime.advance(restMs - 51);
      const during = await getAll(bed, ['s45', 's46']);
      expect(bed.service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
      await bed.runtime.advance(10);
      expect(textsOf(during)).toEqual(['s45 v1', 's46 v1']);
      const after = await getAll(bed, ['s47', 's48']);
      await bed.runtime.advance(10);
      expect(textsOf(after)).toEqual(['s47 v1', 's48 v1']);
      expect(bed.service.newCounts()).toEqual({ G: 0, D: 0, B: 1 });
    },
  );

  test('any other refusal sends that batch singly and leaves batching on', async () => {
    const bed = setup({ secrets: manyNames(8) });
    bed.service.fail(errors.validation, { op: 'B', times: 1 });
    expect(textsOf(await getAll(bed, manyNames(4)))).toEqual(v1Of(manyNames(4)));
    expect(bed.service.newCounts()).toEqual({ G: 4, D: 0, B: 1 });
    expect(textsOf(await getAll(bed, manyNames(8).slice(4)))).toEqual(v1Of(manyNames(8)).slice(4));
    expect(bed.service.newCounts()).toEqual({ G: 0, D: 0, B: 1 });
  });

  test.each([
    ['an internal error', errors.internalError],
    ['a network error', () => errors.network('ECONNRESET')],
  ])('%s fails the waiters of the batch and makes no further call', async (_name, error) => {
    const names = manyNames(20);
    const bed = setup({ secrets: names });
    bed.service.fail(error, { op: 'B' });
    const gets = await getAll(bed, names);
    expect(new Set(gets.map((get) => codeOf(get)))).toEqual(new Set(['ERR_SECRET_UNAVAILABLE']));
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });

  test('while the service fails, held values of a batch are served stale and no storm is made', async () => {
    const names = manyNames(20);
    const bed = setup({ secrets: names, ttlMs: 1_000, revalidate: 'fetch' });
    await getAll(bed, names);
    await bed.runtime.advance(1_000);
    bed.service.newCounts();
    bed.service.fail(errors.internalError);
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    expect(textsOf(await getAll(bed, names))).toEqual(v1Of(names));
    const { G, B } = bed.service.newCounts();
    expect(G + B).toBeLessThanOrEqual(20);
  });

  test('a batch that never answers times its waiters out and starts no second round', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    bed.service.fail({ hangs: 'for-ever' }, { op: 'B' });
    const gets = await getAll(bed, ['a', 'b']);
    await bed.runtime.advance(BUDGET_MS);
    expect(gets.map((get) => codeOf(get))).toEqual(['ERR_SECRET_TIMEOUT', 'ERR_SECRET_TIMEOUT']);
    expect(bed.service.counts).toEqual({ G: 0, D: 0, B: 1 });
  });

  test('a batch answer that comes late overwrites nothing newer', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    const hold = bed.service.hold({ op: 'B', times: 1, deaf: true });
    const gets = await getAll(bed, ['a', 'b']);
    await bed.runtime.advance(ATTEMPT_MS + 1_000);
    expect(gets.map((get) => codeOf(get))).toEqual(['ERR_SECRET_TIMEOUT', 'ERR_SECRET_TIMEOUT']);
    bed.service.put('a', 'a v2');
    expect(await bed.read('a')).toBe('a v2');
    hold.lift();
    await bed.runtime.settle();
    expect(bed.cache.peek('a')?.text()).toBe('a v2');
    expect(await bed.read('a')).toBe('a v2');
  });
});

describe('ids that no batch of this Region can hold', () => {
  test("an ARN of another Region is a clear error and doesn't poison the batch", async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    const near = ['a', 'b'].map((name) => bed.service.arnOf(name));
    const far = (near[0] ?? '').replace('us-east-1', 'eu-west-1');
    const gets = await getAll(bed, [...near, far]);
    expect(gets.map((get) => get.value ?? codeOf(get))).toEqual([
      'a v1',
      'b v1',
      'ERR_SECRET_INVALID_REQUEST',
    ]);
    expect(String(gets[2]?.error)).toContain('eu-west-1');
    expect(bed.service.calls.flatMap(({ ids }) => ids)).not.toContain(far);
  });
});

describe('preload', () => {
  test('forty-five ids, three of them bad: the others are held, and the bad ones are reported by id', async () => {
    const names = manyNames(45);
    const missing = new Set(['s04', 's20', 's44']);
    const bed = setup({ secrets: names.filter((name) => !missing.has(name)), maxConcurrency: 2 });
    bed.service.delay(10);

    const report = await bed.runtime.runFor(bed.cache.preload(names), 1_000);

    expect(report.loaded.toSorted()).toEqual(names.filter((name) => !missing.has(name)));
    expect([...report.failed.keys()].toSorted()).toEqual([...missing]);
    expect([...report.failed.values()].map(({ code }) => code)).toEqual(
      Array(3).fill('ERR_SECRET_NOT_FOUND'),
    );
    expect(bed.service.mostOpen).toBeLessThanOrEqual(2);
    expect(bed.service.newCounts()).toEqual({ G: 0, D: 0, B: 3 });
    expect(textsOf(await getAll(bed, report.loaded))).toEqual(v1Of(report.loaded));
    expect(bed.service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
  });

  test('what is held already costs no call and counts as loaded', async () => {
    const bed = setup({ secrets: ['a', 'b'] });
    await bed.read('a');
    bed.service.newCounts();
    const report = await bed.runtime.run(bed.cache.preload(['a', 'b', 'a']));
    expect([report.loaded.toSorted(), report.failed.size]).toEqual([['a', 'b'], 0]);
    expect(bed.service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('what is not loaded in time is reported as failed, and preload resolves', async () => {
    const bed = setup({ secrets: ['a', 'b'], batch: false });
    bed.service.fail({ hangs: 'until-aborted' }, { secretId: 'b' });
    const preload = outcomeOf(bed.cache.preload(['a', 'b'], { timeoutMs: 200 }));
    await bed.runtime.advance(199);
    expect(preload.state).toBe('pending');
    await bed.runtime.advance(1);
    expect(preload.value?.loaded).toEqual(['a']);
    expect([...(preload.value?.failed ?? [])].map(([id, { code }]) => [id, code])).toEqual([
      ['b', 'ERR_SECRET_TIMEOUT'],
    ]);
    await bed.runtime.advance(ATTEMPT_MS);
  });

  test.each([true, false])(
    'secrets found by a filter are held under their names (batch option: %s)',
    async (batch) => {
      const names = manyNames(45, 'app/');
      const bed = setup({ secrets: [...names, 'other'], batch });
      Object.assign(bed.service.batch, { pageSize: 10, emptyPages: true });
      bed.service.deny({ action: 'GetSecretValue', secret: 'app/13' });

      const report = await bed.runtime.run(
        bed.cache.preload({ filters: [{ key: 'name', values: ['app/'] }] }),
      );

      const held = names.filter((name) => name !== 'app/13');
      expect(report.loaded.toSorted()).toEqual(held);
      expect([...report.failed].map(([id, { code }]) => [id, code])).toEqual([
        ['app/13', 'ERR_SECRET_ACCESS_DENIED'],
      ]);
      expect(bed.service.calls[0]?.input).toMatchObject({ Filters: [{ Key: 'name', Values: ['app/'] }] });
      expect(bed.service.calls[0]?.input).not.toHaveProperty('SecretIdList');
      bed.service.newCounts();
      expect(textsOf(await getAll(bed, held))).toEqual(v1Of(held));
      expect(bed.service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
      expect(bed.cache.peek('other')).toBeUndefined();
    },
  );

  test('without ListSecrets a preload by filter rejects with an error that names the permission', async () => {
    const bed = setup({ secrets: ['a'] });
    bed.service.deny({ action: 'ListSecrets' });
    const preload = outcomeOf(bed.cache.preload({ filters: [{ key: 'all', values: ['a'] }] }));
    await bed.runtime.settle();
    expect(codeOf(preload)).toBe('ERR_SECRET_ACCESS_DENIED');
    expect(String(preload.error)).toContain('ListSecrets');
  });
});

describe('batching changes no answer', () => {
  const names = ['a', 'b', 'c', 'missing', 'denied', 'deleted'];
  const step = fc.oneof(
    fc.record({
      do: fc.constant('get' as const),
      ids: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 8 }),
    }),
    fc.record({ do: fc.constant('put' as const), id: fc.constantFrom('a', 'b', 'c') }),
    fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1, 1_000, 10_000, 30_000, 400_000),
    }),
    fc.record({ do: fc.constant('invalidate' as const), id: fc.constantFrom(...names) }),
  );

  test('the same history gives every caller the same value or code with batching on and off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const beds = [true, false].map((batch) =>
          setup({ secrets: ['a', 'b', 'c', 'denied', 'deleted'], batch, seed: 3 }),
        );
        const traces: unknown[][] = [];
        for (const bed of beds) {
          bed.runtime.fixRandom(0.5);
          bed.service.deny({ action: 'GetSecretValue', secret: 'denied' });
          bed.service.scheduleDeletion('deleted');
          traces.push(await traceOf(bed, steps));
        }
        expect(traces[0]).toEqual(traces[1]);
      }),
      { numRuns: 60 },
    );
  });

  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

  async function traceOf(bed: TestBed, steps: readonly Step[]): Promise<unknown[]> {
    const trace: unknown[] = [];
    let version = 1;
    for (const each of steps) {
      if (each.do === 'get') {
        const gets = await getAll(bed, each.ids);
        trace.push(gets.map((get) => get.value ?? codeOf(get)));
      } else if (each.do === 'put') {
        version += 1;
        bed.service.put(each.id, `${each.id} v${version}`);
      } else if (each.do === 'advance') {
        await bed.runtime.advance(each.ms);
      } else {
        bed.cache.invalidate(each.id);
      }
    }
    return trace;
  }
});
