// The models of other policies do what was measured of the libraries; this cache runs beside them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { checkPolicy } from '../../bench/fleet/check.ts';
import { hedged } from '../../bench/fleet/hedge.ts';
import { lineup } from '../../bench/fleet/lineup.ts';
import { coldStartOf } from '../../bench/fleet/measures.ts';
import { ours } from '../../bench/fleet/ours.ts';
import { Fleet } from '../../bench/fleet/processes.ts';
import type { Policy } from '../../bench/fleet/reader.ts';
import { SdkModel } from '../../bench/fleet/sdk.ts';
import { ServiceModel } from '../../bench/fleet/service.ts';
import { OPERATIONS } from '../../bench/fleet/traffic.ts';
import { VirtualTime } from '../../bench/fleet/virtual-time.ts';
import * as library from '../../src/index.ts';

const policies = lineup(library);
const stackTraceLimit = Error.stackTraceLimit;

beforeAll(() => {
  // Nobody reads the stacks of the failures in a run, and taking them is most of its time.
  Error.stackTraceLimit = 0;
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** One process that reads by a policy. */
class Bench {
  readonly time: VirtualTime = new VirtualTime(1);
  readonly service: ServiceModel = new ServiceModel({ time: this.time });
  readonly #reader: ReturnType<Policy['open']>;

  constructor(policy: Policy) {
    const client = new SdkModel(this.service, this.time, 0);
    this.#reader = policy.open({ client, time: this.time, secretIds: ['a'] });
  }

  /** 100 gets at once: the calls they made, and what they were answered with. */
  async hundredGets(): Promise<string> {
    const before = this.#counts();
    const gets = Array.from({ length: 100 }, () =>
      this.#reader.get('a').then(
        ({ versionId }) => versionId,
        () => 'error',
      ),
    );
    await this.time.runUntil(this.time.nowMs + 10_000);
    const answers = [...new Set(await Promise.all(gets))].join();
    const calls = this.#counts().map((count, nth) => count - (before[nth] ?? 0));
    const said = OPERATIONS.flatMap((operation, nth) =>
      calls[nth] === 0 ? [] : `${calls[nth]} ${operation[0]}`,
    );
    return `${said.join(' + ') || 'no call'}: ${answers}`;
  }

  async pass(ms: number): Promise<void> {
    await this.time.runUntil(this.time.nowMs + ms);
  }

  #counts(): number[] {
    return OPERATIONS.map((operation) => this.service.traffic.count({ operations: [operation] }));
  }
}

describe('a hundred gets at once', () => {
  // The calls that the libraries themselves make: bench/calls.ts counts them on the wire.
  test.each([
    ['cache', '1 G: v0', '1 D: v0', '3 D: v0'],
    ['map', '100 G: v0', '100 G: v0', '135 G: error'],
    ['lru', '1 G: v0', '1 G: v0', '3 G: v0'],
    ['middy', '1 G: v0', 'no call: v0', '3 G: error'],
    ['awsClients', '1 G + 1 D: v0', '1 D: v0', '3 D: v0'],
  ] as const)('%s: cold, past the TTL, and past it in an outage', async (name, cold, expired, down) => {
    const bench = new Bench(policies[name]);
    expect(await bench.hundredGets()).toBe(cold);
    expect(await bench.hundredGets()).toBe('no call: v0');
    await bench.pass(policies[name].ttlMs);
    expect(await bench.hundredGets()).toBe(expired);
    bench.service.isDown = true;
    await bench.pass(policies[name].ttlMs);
    expect(await bench.hundredGets()).toBe(down);
  });
});

test.each(Object.values(policies))('$name answers with the version of now', async (policy) => {
  await expect(checkPolicy(policy)).resolves.toBeUndefined();
});

test('a policy that never looks again is found out', async () => {
  const forever = { ...policies.map, open: policies.awsClientsHour.open };
  await expect(checkPolicy(forever)).rejects.toThrow('answers wrongly');
});

describe('a fleet', () => {
  const quotas = { GetSecretValue: 1_000, DescribeSecret: 1_000, BatchGetSecretValue: 10 };
  const start = { policy: policies.cache, processes: 20, secrets: 20, quotas };

  test('gives the same numbers for the same seed, and others for another', async () => {
    const throttled = { ...start, quotas: { ...quotas, GetSecretValue: 100 } };
    const one = await coldStartOf(throttled);
    expect(await coldStartOf(throttled)).toEqual(one);
    expect(await coldStartOf({ ...throttled, seed: 2 })).not.toEqual(one);
  });

  test('that starts cold under the batch quota is warm one refused round trip after single reads would be', async () => {
    const single = await coldStartOf({ ...start, policy: policies.unbatched });
    const batched = await coldStartOf(start);
    expect([single.lastMs, batched.lastMs]).toEqual([20, 40]);
    expect([single.calls, batched.calls]).toEqual([20, 11]);
  });

  test('would lose nothing if it read singly alongside each batch, and save no call', async () => {
    const policy = ours(library, 'hedged', {}, (source, { time }) => hedged(source, time, 0));
    const seen = await coldStartOf({ ...start, policy });
    expect([seen.lastMs, seen.calls]).toEqual([20, 21]);
  });

  test('is sampled in equal groups of processes', () => {
    expect(() => new Fleet({ ...start, sample: 10 })).toThrow('a sample must be a multiple of 20, got 10');
  });

  test('has requests go to processes that have started alone', async () => {
    const fleet = new Fleet({ ...start, policy: policies.noCache });
    const readers = new Set<number>();
    fleet.start(10_000);
    fleet.serve({ perSecond: 200, untilMs: 4_900, onRead: ({ process }) => readers.add(process) });
    await fleet.run(5_000);
    expect(Math.max(...readers)).toBe(9);
  });
});
