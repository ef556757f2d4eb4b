// What clients see of trouble, in small.

import { expect, test } from 'vitest';

import { lineup } from '../../bench/fleet/lineup.ts';
import type { Policy } from '../../bench/fleet/reader.ts';
import { policiesAtLogin } from '../../bench/outage/policies.ts';
import {
  BEGINS_AT_MS,
  curveOf,
  hasFailed,
  lastMs,
  of100,
  seenBy,
  type Seen,
} from '../../bench/outage/trial.ts';
import { outage, rotation } from '../../bench/outage/troubles.ts';
import * as library from '../../src/index.ts';

/** Fewer than are measured. */
const CLIENTS = 6;
const { cache, map, noCache } = lineup(library);

function seenOf(failures: readonly boolean[]): Seen {
  const reads = failures.map((failed, second) => ({
    process: 0,
    secretId: 's0',
    versionId: failed ? undefined : 'v0',
    askedAtMs: BEGINS_AT_MS + second * 1_000,
    answeredAtMs: BEGINS_AT_MS + second * 1_000,
  }));
  return { policy: noCache, reads, calls: 0 };
}

async function failedLogins(policy: Policy): Promise<number> {
  return of100(await seenBy(policy, rotation, CLIENTS), hasFailed, 0, 300_000);
}

test('reads are counted by when they were asked for since the trouble began', () => {
  const seen = seenOf([true, false, true, false, false]);
  expect(of100(seen, hasFailed)).toBe(40);
  expect(of100(seen, hasFailed, 0, 2_000)).toBe(50);
  expect(lastMs(seen, hasFailed)).toBe(2_000);
  expect(lastMs(seenOf([false]), hasFailed)).toBe(0);
  expect(curveOf(seen, hasFailed, 2_000, 4_000)).toEqual([
    [0, 50],
    [2 / 60, 50],
  ]);
});

test('a password is rotated: no login fails with `withSecret`, and some do with `get` alone', async () => {
  const { withSecret, getAlone } = policiesAtLogin(library);
  expect(await failedLogins(withSecret)).toBe(0);
  expect(await failedLogins(getAlone)).toBeGreaterThan(10);
});

test('an outage is seen by the clients of a Map with a TTL, and not by those of this cache', async () => {
  const short = { ...outage, lastsMs: 600_000, watchedMs: 660_000 };
  expect(of100(await seenBy(cache, short, CLIENTS), hasFailed)).toBe(0);
  expect(of100(await seenBy(map, short, CLIENTS), hasFailed, 300_000, 600_000)).toBeGreaterThan(95);
});
