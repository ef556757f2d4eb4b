/** What the bench counts on the wire is right for this cache: it has no cell that a reader would have to doubt. */

import { expect, test } from 'vitest';

import { costText } from '../../../bench/calls/cost.ts';
import { situations } from '../../../bench/calls/situations.ts';
import { costOf } from '../../../bench/calls/trial.ts';
import { contenderNamed } from '../../../bench/contenders.ts';
import { NO_CACHE } from '../../../bench/contenders/controls.ts';
import { DEFAULT } from '../../../bench/contenders/ours.ts';

async function countedFor(name: string): Promise<Record<string, string>> {
  const contender = contenderNamed(name);
  const counted = Object.entries(situations).map(async ([words, situation]) => {
    return [words, costText(await costOf(contender, situation))] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}

test.concurrent('this cache makes the calls that its design says, in every situation', async () => {
  expect(await countedFor(DEFAULT)).toEqual({
    'one cold secret, 100 gets': '1 G',
    '100 cold secrets': '5 B',
    '100 gets past the TTL': '1 D',
    'five TTLs, nothing changed': '5 D',
    'first get after a rotation': '1 D + 1 G',
    'first get after a rollback': '1 D',
    'AWSPREVIOUS after that rotation': 'no call',
    'past the TTL, service down, 100 gets': '1 D',
    'then 100 more, in series': 'no call',
    'one cold secret, service down, 100 gets': '1 G: errors',
    'past the TTL, throttled, 100 gets': '1 D',
    '100 cold secrets, batches denied': '100 G + 5 B',
    'then 100 other secrets': '100 G',
    '100 gets past the TTL, describing denied': '1 D + 1 G',
    'then at the next TTL': '1 G',
  });
});

test.concurrent('the SDK alone makes a call for every get', async () => {
  expect(await countedFor(NO_CACHE)).toMatchObject({
    'one cold secret, 100 gets': '100 G',
    '100 cold secrets': '100 G',
    'five TTLs, nothing changed': '5 G',
    'past the TTL, service down, 100 gets': '100 G: errors',
  });
});
