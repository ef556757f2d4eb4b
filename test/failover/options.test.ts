/** What is refused when a failover is made, and in which words; and what it makes of good options. */

import { describe, expect, test } from 'vitest';

import { failover, type FailoverOptions } from '../../src/failover/index.ts';
import type { SecretSource } from '../../src/index.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const TWO = ['us-east-1', 'us-west-2'];
const unused = (): Promise<never> => Promise.reject(new Error('unused'));
const source = (): SecretSource => ({ load: unused });
/** What a caller without types may give. */
const make = (options: unknown): unknown => failover(options as FailoverOptions);

describe('failover refuses', () => {
  test.each([
    [undefined, 'the options of failover must be an object, got undefined'],
    [TWO, 'the options of failover must be an object, got an array'],
    [{}, '`regions` must be an array of Regions, the primary first, got undefined'],
    [{ regions: 'us-east-1' }, '`regions` must be an array of Regions, the primary first, got "us-east-1"'],
    [{ regions: [1] }, "`regions[0]` must be a Region's name, such as us-east-1, got 1"],
    [
      { regions: ['us-east-1', 'us-west-2a'] },
      '`regions[1]` must be a Region\'s name, such as us-east-1, got "us-west-2a"',
    ],
    [{ regions: ['US-EAST-1'] }, '`regions[0]` must be a Region\'s name, such as us-east-1, got "US-EAST-1"'],
    [
      { regions: TWO, region: 'us-east-1' },
      'unknown option of failover: "region"; known are regions, clientConfig,',
    ],
    [{ regions: TWO, clientConfig: 3 }, '`clientConfig` must be an object, got 3'],
    [
      { regions: TWO, clientConfig: { region: 'us-east-1' } },
      '`clientConfig.region` must be left out: each Region of `regions` has its own',
    ],
    [
      { regions: TWO, clientConfig: { endpoint: 'http://127.0.0.1' } },
      '`clientConfig.endpoint` must be left out',
    ],
    [
      { regions: TWO, source: {} },
      '`source` must be a function from a Region to its SecretSource, got an object',
    ],
    [
      { regions: TWO, source, maxConcurrency: 5 },
      'give either `source` or `maxConcurrency`: a source made has its own',
    ],
    [{ regions: TWO, source, clientConfig: {} }, 'give either `source` or `clientConfig`'],
    [
      { regions: TWO, source: () => ({}) },
      '`source` must return a SecretSource, with `load(ref, call)`: not so for us-east-1',
    ],
    [
      { regions: TWO, source: () => undefined },
      '`source` must return a SecretSource, with `load(ref, call)`: not so for us-east-1',
    ],
    [
      { regions: TWO, regionTimeoutMs: '1s' },
      '`regionTimeoutMs` must be a number of milliseconds > 0, got "1s"',
    ],
    [{ regions: TWO, backoff: 1_000 }, '`backoff` must be an object, got 1000'],
    [{ regions: TWO, backoff: { base: 1 } }, 'unknown option in `backoff`: "base"; known are baseMs, capMs'],
    [{ regions: TWO, runtime: { random: 4 } }, '`runtime.random` must be a function, got 4'],
  ])('%j with a TypeError', (options, words) => {
    expect(() => make(options)).toThrow(TypeError);
    expect(() => make(options)).toThrow(words);
  });

  test.each([
    [{ regions: [] }, '`regions` must name at least one Region, the primary first, got none'],
    [
      { regions: ['us-east-1', 'us-west-2', 'us-east-1'] },
      '`regions` must name each Region once, got us-east-1 twice',
    ],
    [
      { regions: Array.from({ length: 21 }, (_, nth) => `us-east-${nth}`) },
      '`regions` must have at most 20 Regions, got 21',
    ],
    [{ regions: TWO, maxConcurrency: 0 }, '`maxConcurrency` must be an integer from 1 to 10000, got 0'],
    [{ regions: TWO, regionTimeoutMs: 0 }, '`regionTimeoutMs` must be a number of milliseconds > 0, got 0'],
    [{ regions: TWO, lagWindowMs: -1 }, '`lagWindowMs` must be a number of milliseconds >= 0, got -1'],
    [
      { regions: TWO, switchBackMs: Infinity },
      '`switchBackMs` must be a number of milliseconds >= 0 and finite, got Infinity',
    ],
    [
      { regions: TWO, backoff: { baseMs: 0 } },
      '`backoff.baseMs` must be a number of milliseconds > 0, got 0',
    ],
    [
      { regions: TWO, backoff: { baseMs: 10, capMs: 5 } },
      '`backoff.capMs` must be at least `backoff.baseMs` (10), got 5',
    ],
  ])('%j with a RangeError', (options, words) => {
    expect(() => make(options)).toThrow(RangeError);
    expect(() => make(options)).toThrow(words);
  });

  test.each([
    ['us-east-1', 'cn-north-1', 'aws', 'aws-cn'],
    ['us-gov-west-1', 'us-west-1', 'aws-us-gov', 'aws'],
    ['us-iso-east-1', 'us-isob-east-1', 'aws-iso', 'aws-iso-b'],
    ['eu-isoe-west-1', 'us-isof-south-1', 'aws-iso-e', 'aws-iso-f'],
    ['eusc-de-east-1', 'eu-central-1', 'aws-eusc', 'aws'],
  ])('%s with %s, since secrets are not replicated across partitions', (primary, replica, one, other) => {
    expect(() => make({ regions: [primary, replica] })).toThrow(
      `\`regions\` must be of one partition, since secrets are not replicated across them: ${primary} is of ${one}, ${replica} of ${other}`,
    );
  });
});

describe('failover takes', () => {
  test.each([
    [{ regions: ['us-east-1'] }],
    [{ regions: TWO, clientConfig: { maxAttempts: 2 }, maxConcurrency: 10 }],
    [{ regions: ['cn-north-1', 'cn-northwest-1'], lagWindowMs: 0, switchBackMs: 0 }],
    [{ regions: TWO, backoff: { baseMs: 120_000 }, regionTimeoutMs: Infinity, lagWindowMs: Infinity }],
    [{ regions: TWO, runtime: new VirtualRuntime(), source: undefined, maxConcurrency: undefined }],
  ])('%j', (options) => {
    expect(Object.keys(failover(options))).toContain('load');
  });

  test('its options as they were: what becomes of them later changes nothing', () => {
    const asked: string[] = [];
    const regions = [...TWO];
    const options = {
      regions,
      source: (region: string): SecretSource => {
        asked.push(region);
        return source();
      },
    };
    const made = failover(options);
    regions.reverse();
    expect(made.stats().serving).toBe('us-east-1');
    // Each Region's source, once and at once.
    expect(asked).toEqual(TWO);
  });
});

describe('close', () => {
  test('closes the source of every Region, and rejects with the failure of one only when all are closed', async () => {
    const closed: string[] = [];
    const closing = (region: string): SecretSource => ({
      load: unused,
      close: async () => {
        closed.push(region);
        if (region === 'us-east-1') throw new Error('it would not close');
      },
    });
    const made = failover({ regions: [...TWO, 'eu-west-1'], source: closing });
    await expect(made.close()).rejects.toThrow('it would not close');
    expect(closed).toEqual([...TWO, 'eu-west-1']);
    await expect(failover({ regions: TWO, source }).close()).resolves.toBeUndefined();
  });
});
