/** What is remembered of a Region: how long it is left alone, who tries it again, and how reads come back to it. */

import { describe, expect, test } from 'vitest';

import type { FailoverSource } from '../../src/failover/index.ts';
import type { Rule } from '../support/model-service.ts';
import * as errors from '../support/service-errors.ts';
import { outcomeOf } from '../support/outcome.ts';
import { PRIMARY, REPLICA, RegionsBed, setupRegions } from './bed.ts';

const HOUR_MS = 3_600_000;
const stateOf = (source: FailoverSource, region: string = PRIMARY): string | undefined =>
  source.stats().regions[region]?.state;

/** Down for `downMs`; when reads come back to the primary after its first good probe, to 100 ms. */
async function returnMs(bed: RegionsBed, downMs: number): Promise<number> {
  const outage = bed.primary.fail(errors.unavailable);
  await bed.read('a');
  await bed.runtime.advance(downMs);
  outage.lift();
  while (stateOf(bed.source) !== 'returning') {
    await bed.runtime.advance(50);
    await bed.read('a');
  }
  let waitedMs = 0;
  for (; stateOf(bed.source) !== 'up'; waitedMs += 100) {
    await bed.runtime.advance(100);
  }
  return waitedMs;
}

describe('an hour’s outage of the primary', () => {
  test.each([
    ['fails at once', errors.unavailable],
    ['swallows every call', { hangs: 'until-aborted' } as const],
  ])('that %s costs no failed get and no stale answer', async (_, fault) => {
    const bed = setupRegions({ staleWaitMs: 2_000 });
    await bed.read('a');
    bed.newCalls();
    const outage = bed.primary.fail(fault);
    for (let nth = 0; nth < 360; nth += 1) {
      expect(await bed.code(bed.cache.get('a'), 1_000)).toBe('fulfilled');
      await bed.runtime.advance(10_000);
    }
    const { failures, stale, gets } = bed.cache.stats();
    expect([failures, stale, gets]).toEqual([0, 0, 361]);
    const [toPrimary, toReplica] = bed.newCalls();
    expect(toReplica).toBe(360);
    // One call, then probes whose backoff grows to 60 s at most, a half of it at least.
    expect(toPrimary).toBeGreaterThan(50);
    expect(toPrimary).toBeLessThan(130);
    outage.lift();
    await bed.runtime.advance(60_000);
    await bed.read('a');
    await bed.runtime.advance(30_000);
    bed.newCalls();
    await bed.read('a');
    expect(bed.newCalls()).toEqual([1, 0]);
    expect(bed.switches).toEqual([
      {
        from: PRIMARY,
        to: REPLICA,
        reason: fault === errors.unavailable ? 'ERR_SECRET_UNAVAILABLE' : 'ERR_SECRET_TIMEOUT',
      },
      { from: REPLICA, to: PRIMARY, reason: 'recovered' },
    ]);
  });

  test('in which callers have less patience than `regionTimeoutMs` costs no more than the first of them', async () => {
    const bed = setupRegions({ failover: { regionTimeoutMs: 1_000 }, batch: false });
    bed.primary.fail({ hangs: 'until-aborted' });
    const codes: string[] = [];
    for (let nth = 0; nth < 20; nth += 1) {
      const controller = new AbortController();
      const get = bed.cache.get('a', { signal: controller.signal, maxAgeMs: 0 });
      const outcome = outcomeOf(get);
      await bed.runtime.advance(400);
      if (outcome.state === 'pending') controller.abort('left');
      await bed.runtime.settle();
      codes.push(outcome.state);
      await bed.runtime.advance(600);
    }
    // 400 ms, thrice; and then one probe now and then.
    expect(codes.slice(0, 4)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
    expect(codes.filter((state) => state === 'rejected').length).toBeLessThan(9);
  });
});

describe('a Region that comes and goes', () => {
  test.each([1, 2])(
    'every few seconds for half an hour, doesn’t double the calls (seed %d)',
    async (seed) => {
      const bed = setupRegions({ seed });
      let outage: Rule | undefined;
      for (let second = 0; second < 1_800; second += 1) {
        if (second % 10 === 0) outage = bed.primary.fail(errors.unavailable);
        if (second % 10 === 5) outage?.lift();
        expect(await bed.code(bed.cache.get('a'), 100)).toBe('fulfilled');
        await bed.runtime.advance(1_000);
      }
      const calls = bed.newCalls().reduce((sum, each) => sum + each);
      // One a get, and one more for each call to the primary that fails.
      expect(calls).toBeGreaterThan(1_800);
      expect(calls).toBeLessThan(1_800 * 1.05);
      expect(bed.switches.length).toBeLessThan(60);
    },
  );
});

describe('a Region that is down', () => {
  test('is left alone for base x U(0.5, 1), doubled at each failed probe up to the cap', async () => {
    const bed = setupRegions({ failover: { backoff: { baseMs: 1_000, capMs: 4_000 } } });
    bed.primary.fail(errors.unavailable);
    const chances = [0, 0.5, 0, 0];
    bed.runtime.fixRandom(chances[0] ?? 0);
    await bed.read('a');
    bed.newCalls();
    const pauses: number[] = [];
    for (const next of [...chances.slice(1), 0]) {
      // Drawn by the probe that ends this pause, for the one after it.
      bed.runtime.fixRandom(next);
      let pauseMs = 0;
      for (let toPrimary = 0; toPrimary === 0; [toPrimary = 0] = bed.newCalls()) {
        await bed.runtime.advance(125);
        pauseMs += 125;
        await bed.read('a');
      }
      pauses.push(pauseMs);
    }
    expect(pauses).toEqual([500, 1_500, 2_000, 2_000]);
  });

  test('is tried again by one call; others go elsewhere meanwhile', async () => {
    const bed = setupRegions({ secrets: ['a', 'b', 'c', 'd'], batch: false });
    const outage = bed.primary.fail(errors.unavailable);
    await bed.read('a');
    await bed.runtime.advance(1_000);
    bed.newCalls();
    outage.lift();
    bed.primary.latencyMs = 200;
    const gets = ['a', 'b', 'c', 'd'].map((id) => outcomeOf(bed.cache.get(id)));
    await bed.runtime.settle();
    expect(bed.newCalls()).toEqual([1, 3]);
    expect(gets.map(({ state }) => state).toSorted()).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'pending',
    ]);
    await bed.runtime.advance(200);
    expect(gets.every(({ state }) => state === 'fulfilled')).toBe(true);
  });

  test('is tried again by the next call when the one that tried was given up', async () => {
    const bed = setupRegions({ secrets: ['a', 'b'] });
    const outage = bed.primary.fail(errors.unavailable);
    await bed.read('a');
    await bed.runtime.advance(1_000);
    bed.newCalls();
    outage.lift();
    bed.primary.latencyMs = 50;
    const controller = new AbortController();
    const left = outcomeOf(bed.cache.get('b', { signal: controller.signal }));
    await bed.runtime.advance(10);
    controller.abort();
    await bed.runtime.settle();
    expect([left.state, bed.newCalls()]).toEqual(['rejected', [1, 0]]);
    const get = outcomeOf(bed.cache.get('a'));
    await bed.runtime.advance(50);
    expect([get.state, bed.newCalls()]).toEqual(['fulfilled', [1, 0]]);
  });

  test('makes what waits in its queue go elsewhere', async () => {
    const secrets = Array.from({ length: 120 }, (_, nth) => `s${nth}`);
    const bed = setupRegions({ secrets, batch: false });
    // From then on it is known that the source tells when a request leaves.
    await bed.read('s0');
    bed.newCalls();
    bed.cache.clear();
    bed.primary.fail({ hangs: 'until-aborted' });
    const gets = secrets.map((id) => outcomeOf(bed.cache.get(id)));
    await bed.runtime.settle();
    expect(bed.newCalls()).toEqual([50, 0]);
    await bed.runtime.advance(1_000);
    expect(gets.filter(({ state }) => state !== 'fulfilled')).toEqual([]);
    // The 70 that were queued are given up there by the first that is over.
    expect(bed.newCalls()).toEqual([0, 120]);
    expect(bed.source.stats().regions[PRIMARY]).toMatchObject({ failures: 50, left: 70 });
  });

  test('is asked last when the others are down too', async () => {
    const bed = setupRegions({
      failover: { backoff: { baseMs: 600_000, capMs: 600_000 } },
      backoff: { baseMs: 1 },
    });
    const outages = bed.regions.map((service) => service.fail(errors.throttled));
    expect(await bed.code(bed.cache.get('a'))).toBe('ERR_SECRET_THROTTLED');
    for (const outage of outages) outage.lift();
    await bed.runtime.advance(10);
    expect(await bed.read('a')).toBe('a v1');
    expect(bed.newCalls()).toEqual([2, 1]);
  });

  test('and is up again is not taken down by a call that left before', async () => {
    const bed = setupRegions({
      secrets: ['a', 'b'],
      failover: { regionTimeoutMs: 600_000, switchBackMs: 0 },
      attemptTimeoutMs: 600_000,
      waitBudgetMs: 600_000,
    });
    const hold = bed.primary.hold({ secretId: 'b' });
    const late = outcomeOf(bed.cache.get('b'));
    await bed.runtime.settle();
    const outage = bed.primary.fail(errors.unavailable);
    await bed.read('a');
    outage.lift();
    await bed.runtime.advance(60_000);
    await bed.read('a');
    expect(stateOf(bed.source)).toBe('up');
    hold.held[0]?.fail(errors.unavailable());
    await bed.runtime.settle();
    expect(late.value?.text()).toBe('b v1');
    expect(stateOf(bed.source)).toBe('up');
    hold.lift();
  });

  test('calls that fail together count once', async () => {
    const secrets = Array.from({ length: 30 }, (_, nth) => `s${nth}`);
    const bed = setupRegions({ secrets, batch: false });
    bed.runtime.fixRandom(0);
    const hold = bed.primary.hold();
    const gets = secrets.map((id) => outcomeOf(bed.cache.get(id)));
    await bed.runtime.settle();
    for (const held of hold.held.slice()) held.fail(errors.unavailable());
    hold.lift();
    await bed.runtime.settle();
    expect(gets.every(({ state }) => state === 'fulfilled')).toBe(true);
    // The shortest backoff, and not the 30th.
    await bed.runtime.advance(500);
    bed.newCalls();
    await bed.read('s0');
    expect(bed.newCalls()).toEqual([1, 0]);
  });
});

describe('the way back', () => {
  test('takes a drawn part of `switchBackMs` after a long outage, and is spread over a fleet', async () => {
    const waits: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1)
      waits.push(await returnMs(new RegionsBed({ seed, failover: { switchBackMs: 20_000 } }), 300_000));
    const early = waits.filter((ms) => ms < 10_000).length;
    expect(Math.max(...waits)).toBeLessThanOrEqual(20_100);
    expect(early).toBeGreaterThan(4);
    expect(early).toBeLessThan(16);
  });

  test('takes no longer than a short outage took', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const bed = new RegionsBed({ seed });
      expect(await returnMs(bed, 1_000)).toBeLessThanOrEqual(1_200);
    }
  });

  test('is at once with `switchBackMs` 0', async () => {
    const bed = setupRegions({ failover: { switchBackMs: 0 } });
    const outage = bed.primary.fail(errors.unavailable);
    await bed.read('a');
    await bed.runtime.advance(60_000);
    outage.lift();
    bed.newCalls();
    await bed.read('a');
    await bed.read('a');
    expect(bed.newCalls()).toEqual([2, 0]);
  });
});

describe('a freeze', () => {
  test('in the middle of a call is no fault of the Region: the call is made there once more', async () => {
    const bed = setupRegions();
    bed.primary.delay(500, { times: 1 });
    const get = outcomeOf(bed.cache.get('a'));
    await bed.runtime.advance(100);
    bed.runtime.freeze(HOUR_MS);
    await bed.runtime.advance(1);
    await bed.runtime.advance(1);
    expect(get.value?.text()).toBe('a v1');
    expect(bed.newCalls()).toEqual([2, 0]);
    expect(stateOf(bed.source)).toBe('up');
  });

  test.each([true, false])(
    'counts as time that a Region was left alone (monotonic clock: %s)',
    async (monotonic) => {
      const bed = setupRegions();
      const outage = bed.primary.fail(errors.unavailable);
      await bed.read('a');
      outage.lift();
      bed.runtime.freeze(60_000, { monotonic });
      bed.newCalls();
      await bed.read('a');
      expect(bed.newCalls()).toEqual([1, 0]);
    },
  );
});
