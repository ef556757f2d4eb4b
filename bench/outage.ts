/**
 * What do clients see when things go wrong: failed reads, failed logins, and values that should be gone?
 *
 * Clients that already run read a secret, or log in with it, once a second, on a virtual clock: through an outage, through
 * silence, throttling, a rotation and a revocation.
 */

import * as library from 'secretsmanager-cache';

import { checkPolicy } from './fleet/check.ts';
import { joined, partOf, type Scenario } from './fleet/chapter.ts';
import { logins } from './outage/logins.ts';
import { NAMES_NOTE, TTL_MS } from './fleet/lineup.ts';
import { policiesInTrouble } from './outage/policies.ts';
import { revoked } from './outage/revoked.ts';
import { CLIENTS } from './outage/trial.ts';
import { unavailable } from './outage/unavailable.ts';
import type { Answer, Progress, Question } from './question.ts';

export const question: Question = {
  name: 'outage',
  title: 'What do clients see when things go wrong?',
  run,
};

/** Each part, and about how many seconds it takes. */
const PARTS: readonly (readonly [Scenario, number])[] = [
  [unavailable, 12],
  [logins, 2],
  [revoked, 8],
];

const METHOD =
  `A virtual clock, seeded. ${CLIENTS} processes that have run for a while read one secret, each about once a second; ` +
  `the TTL is ${TTL_MS / 1_000} s where none is named. This cache is the library down to its \`SecretSource\`; the ` +
  'policies of others are models of what they ask for when, and lru-cache is itself. ' +
  "The SDK's retries are modelled, and it has no timeout, as by default: a call that nobody answers fails after " +
  '127 s, when Linux gives up connecting. A process that starts in an outage has nothing to serve, under any policy. ' +
  NAMES_NOTE;

async function run(progress: Progress): Promise<Answer> {
  // Nobody reads the stacks of the failures in a run, and taking them is most of its time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (const policy of policiesInTrouble(library)) await checkPolicy(policy);
    const weights = PARTS.map(([, seconds]) => seconds);
    const chapters = [];
    for (const [nth, [part]] of PARTS.entries()) {
      chapters.push(await part(library, partOf(progress, weights, nth)));
    }
    return { ...joined(chapters), method: METHOD };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
