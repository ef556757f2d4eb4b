/** Which Region answers a get, what each kind of failure means, and in whose words the caller is told. */

import { describe, expect, test } from 'vitest';

import { type Secret, SecretCacheError } from '../../src/index.ts';
import * as errors from '../support/service-errors.ts';
import { outcomeOf } from '../support/outcome.ts';
import { PRIMARY, REPLICA, setupRegions } from './bed.ts';

const ARN_END = ':123456789012:secret:a';

describe('a get', () => {
  test('is answered by the primary while it is healthy, and no other Region is asked', async () => {
    const bed = setupRegions();
    for (let times = 0; times < 10; times += 1) expect(await bed.read('a')).toBe('a v1');
    expect(bed.newCalls()).toEqual([10, 0]);
    expect(bed.switches).toEqual([]);
  });

  test.each([
    ['throttled', errors.throttled],
    ['an internal error', errors.internalError],
    ['unavailable', errors.unavailable],
    ['a reset connection', (): Error => errors.network('ECONNRESET')],
    ['an unknown host', (): Error => errors.network('ENOTFOUND')],
    ['a timeout of the socket', (): Error => errors.network('ETIMEDOUT')],
    ['an unreadable answer', (): Error => errors.unreadableBody('<html>')],
    ['no credentials', errors.noCredentials],
    ['an unknown exception', (): Error => errors.unmodelled('WhoKnowsException', 'Who knows?')],
  ])('is answered by the replica when the primary fails with %s', async (_, error) => {
    const bed = setupRegions();
    bed.primary.fail(error);
    expect(await bed.read('a')).toBe('a v1');
    expect(bed.newCalls()).toEqual([1, 1]);
  });

  test('is answered by the replica when the primary gives no answer within `regionTimeoutMs`', async () => {
    const bed = setupRegions({ failover: { regionTimeoutMs: 700 } });
    bed.primary.fail({ hangs: 'until-aborted' });
    const get = outcomeOf(bed.cache.get('a'));
    await bed.runtime.advance(699);
    expect([get.state, bed.newCalls()]).toEqual(['pending', [1, 0]]);
    await bed.runtime.advance(1);
    expect([get.value?.text(), bed.newCalls()]).toEqual(['a v1', [0, 1]]);
  });

  test('is answered by the replica though the primary’s client never heeds its signal', async () => {
    const bed = setupRegions();
    bed.primary.fail({ hangs: 'for-ever' });
    expect(await bed.code(bed.cache.get('a'), 1_000)).toBe('fulfilled');
  });

  test('goes on to a third Region, and the last one has the caller’s own limit', async () => {
    const bed = setupRegions({ regions: [PRIMARY, REPLICA, 'eu-west-1'] });
    bed.primary.fail({ hangs: 'until-aborted' });
    bed.replica.fail({ hangs: 'until-aborted' });
    const third = bed.regions[2];
    third?.delay(2_500);
    const get = outcomeOf(bed.cache.get('a'));
    await bed.runtime.advance(4_499);
    expect(get.state).toBe('pending');
    await bed.runtime.advance(1);
    expect(get.value?.text()).toBe('a v1');
    expect(bed.source.stats().regions).toMatchObject({
      [PRIMARY]: { failures: 1, state: 'down' },
      [REPLICA]: { failures: 1, state: 'down' },
      'eu-west-1': { answers: 1, state: 'up' },
    });
  });
});

describe('what the primary refuses', () => {
  test.each([
    ['ERR_SECRET_NOT_FOUND', errors.secretNotFound],
    ['ERR_SECRET_ACCESS_DENIED', errors.accessDenied],
    ['ERR_SECRET_DECRYPTION', errors.kmsDenied],
    ['ERR_SECRET_DECRYPTION', errors.decryptionFailure],
    ['ERR_SECRET_DELETED', errors.markedForDeletion],
    ['ERR_SECRET_INVALID_REQUEST', errors.invalidRequest],
  ])('is the answer: %s, and no other Region is asked', async (code, error) => {
    const bed = setupRegions();
    bed.primary.fail(error);
    expect(await bed.code(bed.cache.get('a'))).toBe(code);
    expect(bed.newCalls()).toEqual([1, 0]);
    expect(bed.source.stats().regions[PRIMARY]).toMatchObject({ state: 'up', refusals: 1 });
  });
});

describe('what a replica refuses while the primary is down', () => {
  test.each([
    ['not found', errors.secretNotFound],
    ['denied', errors.accessDenied],
    ['marked for deletion', errors.markedForDeletion],
  ])('%s, is not believed: the get fails as the primary did, and what is held stays', async (_, error) => {
    const bed = setupRegions({ staleWaitMs: 100 });
    await bed.read('a');
    bed.primary.fail(errors.internalError);
    bed.replica.fail(error);
    expect(await bed.code(bed.cache.refresh('a'))).toBe('ERR_SECRET_UNAVAILABLE');
    // Twice, and long enough apart to confirm a denial.
    for (let times = 0; times < 5; times += 1) {
      await bed.runtime.advance(60_000);
      expect(await bed.read('a')).toBe('a v1');
    }
  });

  test('the error names each Region, and has the primary’s code and exception', async () => {
    const bed = setupRegions();
    bed.primary.fail(errors.throttled);
    bed.replica.fail(errors.secretNotFound);
    const get = outcomeOf(bed.cache.get('a'));
    await bed.runtime.settle();
    expect(get.error).toBeInstanceOf(SecretCacheError);
    expect(get.error).toMatchObject({
      code: 'ERR_SECRET_THROTTLED',
      secretId: 'a',
      cause: { name: 'ThrottlingException' },
    });
    expect(String(get.error)).toContain(
      `secret "a" in any Region (${PRIMARY}: ERR_SECRET_THROTTLED, ${REPLICA}: ERR_SECRET_NOT_FOUND)`,
    );
  });

  test('a secret that no replica has is had again as soon as the primary answers, backoff or not', async () => {
    const bed = setupRegions({ failover: { backoff: { baseMs: 600_000 } } });
    bed.primary.create('b', 'b alone');
    const outage = bed.primary.fail(errors.internalError);
    expect(await bed.read('a')).toBe('a v1');
    outage.lift();
    await bed.runtime.advance(10_000);
    expect(await bed.read('b')).toBe('b alone');
    expect(bed.newCalls()).toEqual([2, 2]);
    expect(bed.source.stats().regions[PRIMARY]?.state).toBe('returning');
  });
});

describe('ids', () => {
  test('by name, ARN or partial ARN: the answer has the primary’s ARN, whichever Region gives it', async () => {
    const bed = setupRegions();
    const arn = bed.primary.arnOf('a');
    const ids = ['a', arn, arn.slice(0, -7)];
    const held: Secret[] = [];
    for (const id of ids) held.push(await bed.runtime.run(bed.cache.get(id)));
    bed.primary.fail(errors.internalError);
    // The same objects: nothing was taken for deleted and made again, and nothing was read anew.
    for (const [place, id] of ids.entries())
      expect(await bed.runtime.run(bed.cache.get(id))).toBe(held[place]);
    expect(held.map((secret) => secret.arn)).toEqual([arn, arn, arn]);
    expect(bed.cache.stats().stale).toBe(0);
    expect(bed.replica.calls.map(({ op, outcome }) => `${op} ${outcome}`)).toEqual(['D ok', 'D ok', 'D ok']);
    bed.cache.clear();
    expect((await bed.runtime.run(bed.cache.get(arn))).arn).toBe(arn);
  });

  test('an ARN of a replica’s Region is asked for everywhere, and answered under itself', async () => {
    const bed = setupRegions();
    const arn = bed.primary.arnOf('a').replace(PRIMARY, REPLICA);
    const first = await bed.runtime.run(bed.cache.get(arn));
    bed.primary.fail(errors.internalError);
    const second = await bed.runtime.run(bed.cache.get(arn));
    expect([first.arn, second.arn, second.text()]).toEqual([arn, arn, 'a v1']);
    expect(bed.newCalls()).toEqual([2, 1]);
  });

  test.each([
    ['another Region', `arn:aws:secretsmanager:eu-west-1${ARN_END}`, 'Region "eu-west-1" of partition "aws"'],
    ['another partition', `arn:aws-cn:secretsmanager:us-east-1${ARN_END}`, 'of partition "aws-cn"'],
    ['no Region', `arn:aws:secretsmanager:${ARN_END}`, 'Region ""'],
  ])('an ARN of %s is refused with no call, and the message says what to do', async (_, arn, words) => {
    const bed = setupRegions();
    const get = outcomeOf(bed.cache.get(arn));
    const call = { signal: new AbortController().signal, onDispatch: (): void => {} };
    const description = outcomeOf(bed.source.describe(arn, call));
    await bed.runtime.settle();
    expect(get.error).toMatchObject({ code: 'ERR_SECRET_INVALID_REQUEST', secretId: arn });
    expect(String(get.error)).toContain(words);
    expect(String(get.error)).toContain('us-east-1, us-west-2 of "aws". Name that Region in `regions`');
    expect(description.error).toMatchObject({ code: 'ERR_SECRET_INVALID_REQUEST' });
    expect(bed.newCalls()).toEqual([0, 0]);
  });

  test('a Region’s error speaks of the id that the caller wrote', async () => {
    const bed = setupRegions();
    const arn = bed.primary.arnOf('a').replace(PRIMARY, REPLICA);
    bed.primary.fail(errors.secretNotFound);
    const get = outcomeOf(bed.cache.get(arn));
    await bed.runtime.settle();
    expect(get.error).toMatchObject({ code: 'ERR_SECRET_NOT_FOUND', secretId: arn });
    expect(String(get.error)).toContain(arn);
    expect(String(get.error)).not.toContain(bed.primary.arnOf('a'));
  });
});
