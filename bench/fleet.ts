/**
 * What does a fleet of processes do to the service, under which policy?
 *
 * This library itself, and models of what others do, in up to a million processes on a virtual clock, against a model of
 * the service with its quotas: a mass cold start, the waves after it, the steady state and its bill, a rotation, an outage.
 */

import * as library from 'secretsmanager-cache';

import { agreement } from './fleet/agreement.ts';
import { checkPolicy } from './fleet/check.ts';
import { joined, partOf, type Scenario } from './fleet/chapter.ts';
import { hedging } from './fleet/hedging.ts';
import { lineup, NAMES_NOTE } from './fleet/lineup.ts';
import { month } from './fleet/month.ts';
import { recovery } from './fleet/recovery.ts';
import { rotation } from './fleet/rotation.ts';
import { starts } from './fleet/starts.ts';
import { waves } from './fleet/waves.ts';
import type { Answer, Progress, Question } from './question.ts';

export const question: Question = {
  name: 'fleet',
  title: 'What does a fleet of processes do to the service, and what does it cost?',
  run,
};

/** Each scenario, and about how many seconds it takes. */
const SCENARIOS: readonly (readonly [Scenario, number])[] = [
  [starts, 10],
  [waves, 30],
  [month, 15],
  [rotation, 15],
  [recovery, 15],
  [hedging, 10],
  [agreement, 15],
];

const METHOD =
  'A virtual clock, seeded: the same run gives the same numbers. Each process has its own cache and its own ' +
  "model of the SDK's retries (three attempts, backoff, token bucket). The service is a model with the published " +
  "quotas, as token buckets that hold a second's worth, and answers every call in 20 ms: AWS publishes neither. " +
  'The waves and the steady state are measured without quotas, to be held against them. ' +
  'This cache is the library down to its `SecretSource`; the policies of others are models of what they ask for ' +
  'when, and lru-cache is itself. Where fewer processes are simulated than there are, they share as much less of ' +
  'the quotas; errors are 99 % intervals. The last process of a million is not in a sample. ' +
  NAMES_NOTE;

async function run(progress: Progress): Promise<Answer> {
  // Nobody reads the stacks of the failures in a run, and taking them is most of its time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (const policy of Object.values(lineup(library))) await checkPolicy(policy);
    const weights = SCENARIOS.map(([, seconds]) => seconds);
    const chapters = [];
    for (const [nth, [scenario]] of SCENARIOS.entries()) {
      chapters.push(await scenario(library, partOf(progress, weights, nth)));
    }
    return { ...joined(chapters), method: METHOD };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
