/** Batches and searches over several Regions: one Region answers, and what it can't settle is asked for singly. */

import { describe, expect, test } from 'vitest';

import { failover } from '../../src/failover/index.ts';
import { SecretCacheError, type SecretSource, type SecretVersion } from '../../src/index.ts';
import * as errors from '../support/service-errors.ts';
import { outcomeOf } from '../support/outcome.ts';
import { PRIMARY, REPLICA, setupRegions, type RegionsBed } from './bed.ts';

const SECRETS = ['a', 'b', 'c'];

/** What gets of all of them at once are answered: texts or codes. */
async function readAll(bed: RegionsBed, ids: readonly string[] = SECRETS): Promise<string[]> {
  const gets = ids.map((id) =>
    bed.cache.get(id).then(
      (secret) => secret.text(),
      (error: { code: string }) => error.code,
    ),
  );
  return bed.runtime.runFor(Promise.all(gets), 20_000);
}

/** What a preload by filters holds, and what it reports. */
const preload = (bed: RegionsBed): Promise<string[]> =>
  bed.runtime.runFor(
    bed.cache.preload({ filters: [{ key: 'name', values: ['a', 'b', 'c'] }] }).then(
      ({ loaded, failed }) => [...loaded, ...[...failed].map(([id, { code }]) => `${id}: ${code}`)],
      (error: { code: string }) => [error.code],
    ),
    20_000,
  );

const ops = (bed: RegionsBed): string[] =>
  bed.regions.map((service) => service.calls.map(({ op }) => op).join(''));

describe('a batch', () => {
  test('goes to the primary alone while it is healthy', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    expect(await readAll(bed)).toEqual(['a v1', 'b v1', 'c v1']);
    expect(ops(bed)).toEqual(['B', '']);
  });

  test.each([
    ['fails', errors.unavailable],
    ['hangs', { hangs: 'until-aborted' } as const],
  ])('moves on as a whole when the primary %s', async (_, fault) => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.primary.fail(fault);
    expect(await readAll(bed)).toEqual(['a v1', 'b v1', 'c v1']);
    expect(ops(bed)).toEqual(['B', 'B']);
  });

  test('by ARNs is rewritten for each Region, and answered under the ids asked', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    const ids = SECRETS.map((name) => bed.primary.arnOf(name));
    bed.primary.fail(errors.unavailable);
    const secrets = await bed.runtime.run(bed.cache.getMany(ids));
    expect([...secrets].map(([id, secret]) => [id === secret.arn, secret.name])).toEqual(
      SECRETS.map((name) => [true, name]),
    );
    expect(ops(bed)).toEqual(['B', 'B']);
  });

  test('lists a secret once that is asked for by the ARNs of two Regions', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    const here = bed.primary.arnOf('a');
    const there = here.replace(PRIMARY, REPLICA);
    expect(await readAll(bed, [here, there, bed.primary.arnOf('b')])).toEqual(['a v1', 'a v1', 'b v1']);
    expect(bed.primary.calls.map(({ ids }) => ids.length)).toEqual([2]);
    expect([bed.cache.peek(here)?.arn, bed.cache.peek(there)?.arn]).toEqual([here, there]);
  });

  test('refuses alone an ARN that no Region of it has', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    const foreign = bed.primary.arnOf('a').replace(PRIMARY, 'eu-west-1');
    const ids = [bed.primary.arnOf('b'), foreign, bed.primary.arnOf('c')];
    expect(await readAll(bed, ids)).toEqual(['b v1', 'ERR_SECRET_INVALID_REQUEST', 'c v1']);
    expect(ops(bed)).toEqual(['B', '']);
  });

  test('of nothing else makes no call', async () => {
    const bed = setupRegions();
    const foreign = bed.primary.arnOf('a').replace(PRIMARY, 'eu-west-1');
    const call = { signal: new AbortController().signal, onDispatch: (): void => {} };
    const answers = await bed.runtime.run(bed.source.loadBatch([foreign], call));
    expect([...answers].map(([id, answer]) => [id === foreign, (answer as SecretCacheError).code])).toEqual([
      [true, 'ERR_SECRET_INVALID_REQUEST'],
    ]);
    expect(ops(bed)).toEqual(['', '']);
  });

  test('that is throttled or denied is the batch’s own: the same gets go singly, and the primary stays up', async () => {
    for (const error of [errors.throttled, errors.accessDenied]) {
      const bed = setupRegions({ secrets: SECRETS });
      bed.primary.fail(error, { op: 'B' });
      expect(await readAll(bed)).toEqual(['a v1', 'b v1', 'c v1']);
      expect(ops(bed)).toEqual(['BGGG', '']);
    }
  });

  test('has the primary’s errors for single secrets', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.primary.deny({ action: 'GetSecretValue', secret: 'b' });
    expect(await readAll(bed)).toEqual(['a v1', 'ERR_SECRET_ACCESS_DENIED', 'c v1']);
    expect(ops(bed)).toEqual(['BG', '']);
  });

  test('has none of a replica’s: what one has not is asked for singly, there and then of the primary', async () => {
    const bed = setupRegions({ secrets: ['a', 'c'] });
    bed.primary.create('b', 'b alone');
    bed.primary.fail(errors.unavailable, { op: 'B' });
    expect(await readAll(bed)).toEqual(['a v1', 'b alone', 'c v1']);
    expect(ops(bed)).toEqual(['BG', 'BG']);
  });

  test('leaves out what a replica is behind with', async () => {
    const bed = setupRegions({ secrets: SECRETS, staleIfErrorMs: 0 });
    bed.put('b', 'b v2');
    expect(await readAll(bed)).toEqual(['a v1', 'b v2', 'c v1']);
    bed.cache.clear();
    bed.primary.fail(errors.unavailable);
    expect(await readAll(bed)).toEqual(['a v1', 'ERR_SECRET_UNAVAILABLE', 'c v1']);
  });

  test('is no younger than its own request', async () => {
    const bed = setupRegions({ secrets: SECRETS, ttlMs: 1_000 });
    bed.primary.fail({ hangs: 'until-aborted' });
    bed.replica.delay(400);
    expect(await readAll(bed)).toEqual(['a v1', 'b v1', 'c v1']);
    // Sent 400 ms ago, a second after the primary was asked.
    await bed.runtime.advance(599);
    await readAll(bed);
    expect(bed.cache.stats().hits).toBe(3);
    await bed.runtime.advance(1);
    await readAll(bed);
    expect(bed.cache.stats().hits).toBe(3);
    await bed.runtime.advance(5_000);
  });
});

describe('a search', () => {
  test.each([
    ['fails', errors.unavailable],
    ['is throttled', errors.throttled],
    ['hangs', { hangs: 'until-aborted' } as const],
  ])('moves on when the primary %s', async (_, fault) => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.primary.fail(fault);
    expect(await preload(bed)).toEqual(SECRETS);
    expect(bed.cache.peek('b')?.arn).toBe(bed.primary.arnOf('b'));
  });

  test('that was denied by the primary is denied', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.primary.deny({ action: 'ListSecrets' });
    expect(await preload(bed)).toEqual(['ERR_SECRET_ACCESS_DENIED']);
    expect(ops(bed)).toEqual(['B', '']);
  });

  test('that fails after its first page fails: another Region would find the same again', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.primary.batch.pageSize = 1;
    const found: string[] = [];
    const call = { signal: new AbortController().signal, onDispatch: (): void => {} };
    const search = bed.source.search([{ key: 'all', values: [''] }], call);
    const reading = async (): Promise<void> => {
      for await (const item of search) {
        found.push((item as SecretVersion).name);
        bed.primary.fail(errors.unavailable);
      }
    };
    expect(await bed.code(reading())).toBe('ERR_SECRET_UNAVAILABLE');
    expect([found, ops(bed)]).toEqual([['a'], ['BB', '']]);
  });

  test('by a replica leaves open what is refused there or behind, which is then got singly', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.put('b', 'b v2');
    await bed.read('b');
    bed.cache.clear();
    bed.primary.fail(errors.unavailable);
    bed.replica.deny({ action: 'GetSecretValue', secret: 'c' });
    expect(await preload(bed)).toEqual(['a', 'b: ERR_SECRET_UNAVAILABLE', 'c: ERR_SECRET_UNAVAILABLE']);
  });

  test('by a replica reports no denial: only the primary could', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    const call = { signal: new AbortController().signal, onDispatch: (): void => {} };
    const found = async (): Promise<string[]> => {
      const items: string[] = [];
      for await (const item of bed.source.search([{ key: 'all', values: [''] }], call))
        items.push(item instanceof SecretCacheError ? `${item.secretId}: ${item.code}` : item.name);
      return items;
    };
    for (const service of bed.regions) service.deny({ action: 'GetSecretValue', secret: 'c' });
    expect(await bed.runtime.run(found())).toEqual(['a', 'b', 'c: ERR_SECRET_ACCESS_DENIED']);
    bed.primary.fail(errors.unavailable);
    expect(await bed.runtime.run(found())).toEqual(['a', 'b', 'c: ERR_SECRET_UNAVAILABLE']);
  });

  test('that nobody reads on asks for no further page, and counts as answered', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.primary.batch.pageSize = 1;
    const call = { signal: new AbortController().signal, onDispatch: (): void => {} };
    const search = bed.source.search([{ key: 'all', values: [''] }], call);
    const items = search[Symbol.asyncIterator]();
    await bed.runtime.run(items.next());
    await bed.runtime.run(Promise.resolve(items.return?.()));
    expect(ops(bed)).toEqual(['B', '']);
    expect(bed.source.stats().regions[PRIMARY]).toMatchObject({ calls: 1, answers: 1 });
  });

  test('that hangs on its second page, and hears of no end, is over with its caller', async () => {
    const bed = setupRegions({ secrets: SECRETS });
    bed.primary.batch.pageSize = 1;
    const controller = new AbortController();
    const call = { signal: controller.signal, onDispatch: (): void => {} };
    const search = bed.source.search([{ key: 'all', values: [''] }], call);
    const items = search[Symbol.asyncIterator]();
    await bed.runtime.run(items.next());
    bed.primary.fail({ hangs: 'for-ever' });
    const next = outcomeOf(items.next());
    await bed.runtime.settle();
    controller.abort();
    await bed.runtime.settle();
    expect(next.error).toBeInstanceOf(SecretCacheError);
  });
});

const bare = (): SecretSource => ({ load: () => Promise.reject(new Error('unused')) });

test('a source over Regions that lack a method lacks it too', () => {
  const whole: SecretSource = {
    ...bare(),
    describe: () => Promise.reject(new Error('unused')),
    loadBatch: () => Promise.reject(new Error('unused')),
  };
  const sources: Record<string, SecretSource> = { [PRIMARY]: whole, [REPLICA]: bare() };
  const mixed = failover({ regions: [PRIMARY, REPLICA], source: (region) => sources[region] ?? bare() });
  expect(Object.keys(mixed).toSorted()).toEqual(['close', 'load', 'stats']);
  expect(Object.keys(failover({ regions: [PRIMARY], source: () => whole })).toSorted()).toEqual([
    'close',
    'describe',
    'load',
    'loadBatch',
    'stats',
  ]);
});
