/** Could a mass cold start with batches be as fast as with single reads, always? An experiment with what a client could do. */

import { atMost, type Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { columns, type Chapter, type Scenario } from './chapter.ts';
import { hedged } from './hedge.ts';
import { coldStartOf, type ColdStart } from './measures.ts';
import { ours, type CacheLibrary } from './ours.ts';
import type { Policy } from './reader.ts';

const SECRETS = 20;
/** Processes, and the round trip in milliseconds. */
const CASES = [
  [50, 20],
  [200, 20],
  [1_000, 20],
  [200, 100],
  [1_000, 100],
] as const;

interface Trial {
  readonly policy: Policy;
  readonly processes: number;
  readonly roundTripMs: number;
  readonly seen: ColdStart;
}

export const hedging: Scenario = async (library, progress) => {
  const trials: Trial[] = [];
  const policies = policiesOf(library);
  const whole = CASES.length * policies.length;
  for (const [processes, roundTripMs] of CASES) {
    for (const policy of policies) {
      progress(`${readable(processes)} processes start at once, ${policy.name}`, trials.length / whole);
      trials.push({ policy, processes, roundTripMs, seen: await trialOf(policy, processes, roundTripMs) });
    }
  }
  return chapterOf(trials);
};

function policiesOf(library: CacheLibrary): Policy[] {
  const hedgedAfter = (name: string, afterMs: number): Policy =>
    ours(library, name, {}, (source, { time }) => hedged(source, time, afterMs));
  return [
    ours(library, 'single reads', { batch: false }),
    ours(library, 'a batch, single reads when it is refused (this cache)'),
    hedgedAfter('a batch and single reads at once', 0),
    hedgedAfter('a batch, single reads 10 ms later', 10),
    {
      name: 'a batch by one process in ten',
      role: 'ours',
      ttlMs: 300_000,
      open: (parts) => ours(library, '', { batch: parts.time.random() < 0.1 }).open(parts),
    },
  ];
}

function trialOf(policy: Policy, processes: number, roundTripMs: number): Promise<ColdStart> {
  return coldStartOf({
    policy,
    processes,
    // More than that on as much less of the quotas come to the same.
    sample: Math.min(processes, 200),
    secrets: SECRETS,
    roundTripMs: {
      GetSecretValue: roundTripMs,
      DescribeSecret: roundTripMs,
      BatchGetSecretValue: roundTripMs,
    },
  });
}

function chapterOf(trials: readonly Trial[]): Chapter {
  const rows = trials.map((trial): Row => {
    const { policy, processes, roundTripMs, seen } = trial;
    return {
      role: policy.name.includes('this cache') ? 'ours' : 'control',
      cells: [
        policy.name,
        processes,
        roundTripMs,
        seen.half.value,
        seen.lastMs,
        laterMs(trial, trials),
        seen.calls,
        seen.throttled,
      ],
    };
  });
  const own = trials.filter(({ policy }) => policy.name.includes('this cache'));
  const latest = own.reduce((worst, trial) =>
    laterMs(trial, trials) / trial.roundTripMs > laterMs(worst, trials) / worst.roundTripMs ? trial : worst,
  );
  return {
    findings: findingsOf(trials, latest),
    bars: [
      atMost(
        'a mass cold start with batches is warm later than with single reads by, in round trips',
        laterMs(latest, trials) / latest.roundTripMs,
        1,
        '',
      ),
    ],
    plots: [],
    tables: [
      {
        title:
          `What a refused batch costs a mass cold start of ${SECRETS} secrets a process, and what hedging ` +
          'would',
        columns: columns(
          '',
          'processes',
          'round trip, ms',
          'half warm, ms',
          'last warm, ms',
          'later than single reads, ms',
          'calls a process',
          'of them throttled',
        ),
        rows,
        note:
          'Only the first two rows of each group are the library; the others are experiments by a `source` ' +
          'of their own. A batch is taken to last as long as a single read.',
      },
    ],
  };
}

/** How much later the last process is warm than with single reads; less than nothing when it is earlier. */
function laterMs({ processes, roundTripMs, seen }: Trial, trials: readonly Trial[]): number {
  const alike = trials.find((trial) => trial.processes === processes && trial.roundTripMs === roundTripMs);
  if (alike === undefined) throw new Error('there is nothing to compare with');
  return seen.lastMs - alike.seen.lastMs;
}

function findingsOf(trials: readonly Trial[], latest: Trial): string[] {
  const [fewest] = CASES[0];
  const callsOf = (name: string): number => {
    const trial = trials.find(({ policy, processes }) => policy.name.includes(name) && processes === fewest);
    return trial?.seen.calls ?? Number.NaN;
  };
  return [
    `Where a batch is refused, a mass cold start is warm ${readable(laterMs(latest, trials))} ms later ` +
      'than with single ' +
      'reads, which is the round trip of the refusal. Single reads alongside every batch would save it, ' +
      'and would cost ' +
      `the processes whose batch is answered ${readable(callsOf('at once'))} calls instead of ` +
      `${readable(callsOf('this cache'))}.`,
  ];
}
