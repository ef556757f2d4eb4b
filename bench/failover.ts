/**
 * What does a failover cost while nothing fails?
 *
 * A hit never reaches it. What it adds to a load is timed over a source that answers at once, which shows it alone, and held
 * against a miss over the real SDK and a socket. Whole misses with and without it are timed as well: there its code meets
 * caches that the SDK has filled, and two that are the same show how much of a difference is chance.
 */

import assert from 'node:assert/strict';

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsSource, SecretCache, type SecretSource, type SecretVersion } from 'secretsmanager-cache';
import { failover } from 'secretsmanager-cache/failover';

import { Child } from './child.ts';
import { compare, nanoseconds, type Variant } from './measure.ts';
import { atMost, type Answer, type Progress, type Question } from './question.ts';
import { median, spread } from './statistics.ts';

export const question: Question = {
  name: 'failover',
  title: 'What does a failover cost while nothing fails?',
  run,
};

const REGIONS = ['us-east-1', 'us-west-2'];
const ID = 'prod/db';
const ROUNDS = 5;
/** Of a miss, and beside a hit without it. */
const MISS_LIMIT = 0.01;
const HIT_LIMIT = 1.05;

const VERSION: SecretVersion = {
  arn: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${ID}-AbCdEf`,
  name: ID,
  versionId: '5a1f3c3e-6a0e-4c8f-9d5c-0f7b8a0f2a11',
  versionStages: ['AWSCURRENT'],
  createdDate: new Date(0),
  value: 'hunter2',
};

/** Answers at once, and tells like `awsSource` when a request leaves. */
const instant: SecretSource = {
  load: async (_ref, call) => {
    call.onDispatch();
    return VERSION;
  },
};

async function run(progress: Progress): Promise<Answer> {
  await using child = new Child('cold/server.ts');
  const { endpoint } = await child.ask<{ endpoint: string }>({
    kind: 'seed',
    names: [ID],
    deniesBatches: false,
  });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
  const clients = REGIONS.map((region) => new SecretsManagerClient({ region, endpoint, credentials }));
  const aws = (region: string): SecretSource => {
    const client = clients[REGIONS.indexOf(region)];
    assert(client !== undefined);
    return awsSource({ client, maxConcurrency: 50 });
  };
  await using plain = new SecretCache({ source: aws('us-east-1'), batch: false });
  await using twin = new SecretCache({ source: aws('us-east-1'), batch: false });
  await using guarded = new SecretCache({
    source: failover({ regions: REGIONS, source: aws }),
    batch: false,
  });
  const over = failover({ regions: REGIONS, source: () => instant });

  const added: number[] = [];
  const misses: number[] = [];
  const twinRatios: number[] = [];
  const missRatios: number[] = [];
  const hitRatios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const step = (what: string, part: number): void => progress(what, (round + part / 3) / ROUNDS);
    step('a load by a source that answers at once', 0);
    const loads = await compare(loading(over), loading(instant));
    added.push(loads.nsA - loads.nsB);
    step('a miss over a socket', 1);
    misses.push(await nanoseconds(missing(plain)));
    twinRatios.push(...(await compare(missing(twin), missing(plain))).ratios);
    missRatios.push(...(await compare(missing(guarded), missing(plain))).ratios);
    step('a hit', 2);
    hitRatios.push(...(await compare(hitting(guarded), hitting(plain))).ratios);
  }
  for (const client of clients) client.destroy();

  const addedNs = median(added);
  const missNs = median(misses);
  const twinRatio = spread(twinRatios);
  const missRatio = spread(missRatios);
  const hitRatio = spread(hitRatios);
  return {
    findings: [
      `A failover adds ${(addedNs / 1_000).toFixed(1)} µs of CPU to a load, which is ${percent(addedNs / missNs)} of a miss.`,
      `In the midst of the SDK a miss takes ${missRatio.median.toFixed(3)}x with it; two caches without it differ by ${twinRatio.median.toFixed(3)}x.`,
    ],
    method:
      `ABBA blocks of CPU time, ${ROUNDS} times over. What is added: a load through a failover less the same load without, ` +
      'by a source that answers at once. A miss: clear() and get(), one GetSecretValue of the real SDK over a loopback ' +
      'socket, the server in a process of its own. Two Regions, the primary healthy, the replica never asked.',
    bars: [
      atMost('what a failover adds to a load, as a share of a miss', addedNs / missNs, MISS_LIMIT, ''),
      atMost('a hit of a cache over a failover, beside one without', hitRatio.median, HIT_LIMIT),
    ],
    plots: [],
    tables: [
      {
        title: 'With a failover, beside without',
        columns: [{ name: '' }, { name: 'median' }, { name: 'lower quartile' }, { name: 'upper quartile' }],
        rows: [
          { role: 'ours', cells: ['added to a load, µs', ...spreadOf(added.map((ns) => ns / 1_000))] },
          { role: 'control', cells: ['a miss without it, µs', ...spreadOf(misses.map((ns) => ns / 1_000))] },
          {
            role: 'control',
            cells: ['a miss without it, ratio', twinRatio.median, twinRatio.low, twinRatio.high],
          },
          { role: 'ours', cells: ['a miss, ratio', missRatio.median, missRatio.low, missRatio.high] },
          { role: 'ours', cells: ['a hit, ratio', hitRatio.median, hitRatio.low, hitRatio.high] },
        ],
        note: 'The quartiles of whole misses are those of the SDK and the socket.',
      },
    ],
    raw: { added, misses, twinRatios, missRatios, hitRatios },
  };
}

function loading(source: SecretSource): Variant {
  const call = { signal: new AbortController().signal, onDispatch: (): void => {} };
  return async (times) => {
    for (let time = 0; time < times; time += 1)
      assert((await source.load({ secretId: ID }, call)).value === 'hunter2');
  };
}

function missing(cache: SecretCache): Variant {
  return async (times) => {
    for (let time = 0; time < times; time += 1) {
      cache.clear();
      const { misses } = cache.stats();
      await cache.get(ID);
      assert(cache.stats().misses === misses + 1);
    }
  };
}

function hitting(cache: SecretCache): Variant {
  return async (times) => {
    for (let time = 0; time < times; time += 1) await cache.get(ID);
  };
}

function spreadOf(values: readonly number[]): readonly number[] {
  const { median: middle, low, high } = spread(values);
  return [middle, low, high];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
