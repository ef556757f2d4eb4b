// The parts of the model that a fleet runs on: time, quotas, the count of calls, the SDK's retries.

import { describe, expect, test } from 'vitest';

import { SdkModel, ServiceFault } from '../../bench/fleet/sdk.ts';
import { ServiceModel } from '../../bench/fleet/service.ts';
import { TokenBucket } from '../../bench/fleet/token-bucket.ts';
import { GROUPS, Traffic } from '../../bench/fleet/traffic.ts';
import { VirtualTime } from '../../bench/fleet/virtual-time.ts';

function admitted(bucket: TokenBucket, calls: number, nowMs: number): number {
  return Array.from({ length: calls }, () => bucket.take(nowMs)).filter(Boolean).length;
}

describe('a token bucket', () => {
  test("admits a second's worth at once, then its rate", () => {
    const bucket = new TokenBucket(100);
    expect(admitted(bucket, 500, 0)).toBe(100);
    expect(admitted(bucket, 500, 250)).toBe(25);
  });

  test('holds no more after a long pause than at first', () => {
    const bucket = new TokenBucket(100, 2);
    expect(admitted(bucket, 500, 3_600_000)).toBe(200);
  });

  test('of less than a call a second admits one call, and the next when that much has come in', () => {
    const bucket = new TokenBucket(0.1);
    expect(admitted(bucket, 5, 0)).toBe(1);
    expect(admitted(bucket, 5, 9_999)).toBe(0);
    expect(admitted(bucket, 5, 10_000)).toBe(1);
  });

  test('adds up gains that are smaller than a call', () => {
    const bucket = new TokenBucket(3);
    admitted(bucket, 3, 0);
    let calls = 0;
    for (let nowMs = 1; nowMs <= 10_000; nowMs += 1) calls += admitted(bucket, 1, nowMs);
    expect(calls).toBe(30);
  });
});

describe('virtual time', () => {
  test('runs what is due in the order of its instants, and at one instant in the order it was set', async () => {
    const time = new VirtualTime(1);
    const ran: string[] = [];
    for (const [name, atMs] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
      ['b2', 20],
      ['d', 40],
    ] as const) {
      time.at(atMs, () => ran.push(`${name}@${time.nowMs}`));
    }
    await time.runUntil(30);
    expect(ran).toEqual(['a@10', 'b@20', 'b2@20', 'c@30']);
    expect(time.nowMs).toBe(30);
  });

  test('keeps its order over a thousand instants that were set at random', async () => {
    const time = new VirtualTime(7);
    const seen: number[] = [];
    for (let nth = 0; nth < 1_000; nth += 1) {
      const atMs = Math.floor(time.random() * 5_000);
      time.at(atMs, () => seen.push(atMs));
    }
    await time.runUntil(5_000);
    expect(seen).toHaveLength(1_000);
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  });

  test('lets promises settle, and immediates run, before it moves on', async () => {
    const time = new VirtualTime(1);
    const seen: number[] = [];
    time.at(10, () => {
      time.setImmediate(() => {
        void Promise.resolve().then(() => seen.push(time.nowMs));
      });
    });
    time.at(11, () => seen.push(-1));
    await time.runUntil(100);
    expect(seen).toEqual([10, -1]);
  });

  test('never runs a timer that was cleared, and each other one once', async () => {
    const time = new VirtualTime(1);
    let fired = 0;
    const cleared = time.setTimeout(() => (fired += 100), 5);
    time.setTimeout(() => (fired += 1), 5);
    time.clearTimeout(cleared);
    await time.runUntil(1_000);
    expect(fired).toBe(1);
  });

  test('stops where it is told that it is over', async () => {
    const time = new VirtualTime(1);
    time.at(10, () => {});
    time.at(20, () => {});
    await time.runUntil(100, () => time.nowMs >= 10);
    expect(time.nowMs).toBe(10);
  });
});

describe('the count of calls', () => {
  test('tells operations, outcomes, seconds and groups apart', () => {
    const traffic = new Traffic();
    traffic.note(500, 'GetSecretValue', 'answered', 0, 1);
    traffic.note(1_500, 'GetSecretValue', 'throttled', 1, 1);
    traffic.note(1_999, 'DescribeSecret', 'answered', GROUPS, 1);
    traffic.note(2_000, 'BatchGetSecretValue', 'answered', 1, 20);
    expect(traffic.count()).toBe(4);
    expect(traffic.count({ operations: ['GetSecretValue'] })).toBe(2);
    expect(traffic.count({ outcomes: ['throttled'] })).toBe(1);
    expect(traffic.count({ fromMs: 1_000, toMs: 2_000 })).toBe(2);
    expect(traffic.byGroup().slice(0, 3)).toEqual([2, 2, 0]);
    expect(traffic.bins(1)).toEqual([1, 2, 1]);
    expect(traffic.secretsInBatches({ fromMs: 2_000, toMs: 3_000 })).toBe(20);
    expect(traffic.secretsInBatches({ fromMs: 0, toMs: 2_000 })).toBe(0);
  });
});

/** What comes of one read or batch, and after how many attempts. */
async function attempts(arrange: (service: ServiceModel) => void, batch = false): Promise<string> {
  const time = new VirtualTime(1);
  const service = new ServiceModel({ time });
  const client = new SdkModel(service, time, 0);
  arrange(service);
  const answer = batch
    ? client.batchGetSecretValue(['a', 'b'], { retriesThrottling: false })
    : client.getSecretValue('a');
  const outcome = answer.then(
    () => 'answered',
    (error: unknown) => (error instanceof ServiceFault ? error.outcome : 'broken'),
  );
  await time.runUntil(60_000);
  return `${await outcome} after ${service.traffic.count()}`;
}

describe("the model of the SDK's client", () => {
  test('tries three times when it is throttled or the service fails, and once when it is denied', async () => {
    expect(await attempts(() => {})).toBe('answered after 1');
    expect(await attempts((service) => (service.crowding = 1))).toBe('throttled after 3');
    expect(await attempts((service) => (service.isDown = true))).toBe('failed after 3');
    expect(await attempts((service) => service.denied.add('GetSecretValue'))).toBe('denied after 1');
  });

  test("doesn't try a throttled batch again", async () => {
    expect(await attempts((service) => (service.crowding = 1), true)).toBe('throttled after 1');
  });

  test('stops trying again when too much has failed: 500 tokens at 14 a retry', async () => {
    const time = new VirtualTime(1);
    const service = new ServiceModel({ time });
    const client = new SdkModel(service, time, 0);
    service.isDown = true;
    for (let nth = 0; nth < 100; nth += 1) {
      client.getSecretValue('a').catch(() => {});
      await time.runUntil(time.nowMs + 1_000);
    }
    expect(service.traffic.count()).toBe(100 + Math.floor(500 / 14));
  });

  test('fails a call that nobody answers when the kernel gives it up', async () => {
    const time = new VirtualTime(1);
    const service = new ServiceModel({ time });
    service.isSilent = true;
    const answer = service.getSecretValue(0, 'a');
    let outcome: string | undefined;
    void answer.then((said) => (outcome = said.outcome));
    await time.runUntil(127_000);
    expect(outcome).toBeUndefined();
    await time.runUntil(127_010);
    expect(outcome).toBe('failed');
  });
});

describe('the model of the service', () => {
  test('moves AWSCURRENT in a rotation, and says where it is and where it was', async () => {
    const time = new VirtualTime(1);
    const service = new ServiceModel({ time });
    service.rotate('a');
    const asked = Promise.all([
      service.describeSecret(0, 'a'),
      service.getSecretValue(0, 'a'),
      service.getSecretValue(0, 'a', 'v0'),
      service.getSecretValue(0, 'b'),
    ]);
    await time.runUntil(100);
    expect(await asked).toEqual([
      { outcome: 'answered', value: { currentVersionId: 'v1', previousVersionId: 'v0' } },
      { outcome: 'answered', value: { secretId: 'a', versionId: 'v1', isCurrent: true } },
      { outcome: 'answered', value: { secretId: 'a', versionId: 'v0', isCurrent: false } },
      { outcome: 'answered', value: { secretId: 'b', versionId: 'v0', isCurrent: true } },
    ]);
  });

  test('admits of a crowd what the quota allows, whoever came first', async () => {
    const time = new VirtualTime(1);
    const service = new ServiceModel({ time, share: 0.01 });
    const asked = Array.from({ length: 400 }, (_, process) => service.getSecretValue(process, 'a'));
    await time.runUntil(100);
    const answered = (await Promise.all(asked)).map(({ outcome }) => outcome === 'answered');
    expect(answered.filter(Boolean)).toHaveLength(100);
    const firstHalf = answered.slice(0, 200).filter(Boolean).length;
    expect(firstHalf).toBeGreaterThan(25);
    expect(firstHalf).toBeLessThan(75);
  });
});
