/**
 * How long until 1, 20, 100 and 1,000 secrets are held, with a service that is 1, 5, 20 or 80 ms away?
 *
 * Every contender has a process that lives on and is warm; the cache of each measurement is new. They take turns, in an
 * order that is reversed each round.
 */

import { FIFTY_AT_A_TIME, ROUND_TRIP } from './cold/fill.ts';
import { besideRawTable, curvesOf, rankingOf, tableOf } from './cold/pages.ts';
import { DENIED, KNOWN_DENIED, MOST, OURS, Race, RAW, type Entrant } from './cold/race.ts';
import { Timetable, type Course } from './cold/timetable.ts';
import { POWERTOOLS } from './contenders/secrets-caches.ts';
import { atLeast, atMost, type Answer, type Bar, type Progress, type Question } from './question.ts';
import { readable } from './report/numbers.ts';

export const question: Question = { name: 'cold', title: 'How long until the secrets are held?', run };

const LATENCIES = [1, 5, 20, 80] as const;
const COUNTS = [1, 20, 100, MOST] as const;
const ROUNDS = 3;
/** Of the 1,000, which take as long as all others together. */
const ROUNDS_OF_MOST = 2;
/** Where the targets are. */
const GOAL: Course = { count: 100, latency: 20 };
const GOAL_WORDS = `${GOAL.count} secrets, ${GOAL.latency} ms away`;
/** Where batching could lose: one id, few ids, just over a batch. */
const FINE_COUNTS = [1, 2, 3, 5, 10, 20, 21, 40, 100, 200] as const;
/** What the targets are about gets more rounds, with fewer to take turns with. */
const TARGET_ROUNDS = 11;
/** "Never slower" may differ by this much by chance. */
const CHANCE = 1.05;

interface Step extends Course {
  readonly rounds: number;
  readonly among: readonly Entrant[];
}

/** All entrants on every course; and apart from that, the courses and entrants of the targets. */
interface Measured {
  readonly all: Timetable;
  readonly targets: Timetable;
}

async function run(progress: Progress): Promise<Answer> {
  await using race = await Race.start();
  await warmUp(race, progress);
  const { all, targets } = plansFor(race.entrants);
  const steps = all.length + targets.length;
  const drive = async (plan: readonly Step[], done: number): Promise<Timetable> => {
    const times = new Timetable();
    for (const [nth, step] of plan.entries()) {
      progress(`${step.count} secrets, ${step.latency} ms away`, 0.1 + (0.9 * (done + nth)) / steps);
      await takeTurns(race, step, times);
    }
    return times;
  };
  const measured = { all: await drive(all, 0), targets: await drive(targets, all.length) };
  return answerOf(race.entrants, measured);
}

function plansFor(entered: readonly Entrant[]): Readonly<Record<keyof Measured, readonly Step[]>> {
  const all = LATENCIES.flatMap((latency) =>
    COUNTS.map((count): Step => {
      return { count, latency, rounds: count === MOST ? ROUNDS_OF_MOST : ROUNDS, among: entered };
    }),
  );
  const among = (...labels: string[]): Entrant[] => entered.filter(({ label }) => labels.includes(label));
  const { latency } = GOAL;
  const pair = among(OURS, RAW);
  const goal = among(OURS, DENIED, KNOWN_DENIED, RAW, FIFTY_AT_A_TIME, POWERTOOLS, ROUND_TRIP);
  const targets = FINE_COUNTS.map((count): Step => ({
    count,
    latency,
    rounds: TARGET_ROUNDS,
    among: count === GOAL.count ? goal : pair,
  }));
  return { all, targets };
}

/** Compiles what is measured. */
async function warmUp(race: Race, progress: Progress): Promise<void> {
  const counts = [1, 20, 100, 100, 100, 100, 200, 200];
  await race.setLatency(1);
  for (const [nth, count] of counts.entries()) {
    progress('warming up', (0.1 * nth) / counts.length);
    await race.round(count, nth);
  }
}

async function takeTurns(
  race: Race,
  { count, latency, rounds, among }: Step,
  times: Timetable,
): Promise<void> {
  await race.setLatency(latency);
  for (let nth = 0; nth < rounds; nth += 1) {
    for (const [{ label }, ms] of await race.round(count, nth, among))
      times.add(label, { count, latency }, ms);
  }
}

function answerOf(entered: readonly Entrant[], { all, targets }: Measured): Answer {
  const medianMs = (label: string): string => readable(targets.median(label, GOAL));
  const beside = (one: string, other: string): string => readable(targets.ratio(one, other, GOAL));
  return {
    findings: [
      `${GOAL_WORDS}: held after ${medianMs(OURS)} ms, ${beside(OURS, ROUND_TRIP)} round trips; with ${POWERTOOLS} ` +
        `after ${medianMs(POWERTOOLS)} ms.`,
      `Where batches are denied, the first start takes ${beside(DENIED, RAW)}x as long as the SDK's own parallel calls: ` +
        `the refusal is one round trip. It is remembered, and later ones take ${beside(KNOWN_DENIED, RAW)}x: the SDK ` +
        `itself takes ${beside(FIFTY_AT_A_TIME, RAW)}x when it is handed 50 calls at a time, as \`maxConcurrency\` does, in place of all at once.`,
    ],
    method:
      'Wall time from the first get to the last answer, all gets in one turn of the event loop, each time with a new ' +
      'cache and a client that has made one call. The service is a `LocalSecretsManager` in another process that answers ' +
      'so many milliseconds late. One round trip: a request without an SDK over an open socket. The SDK opens 50 sockets ' +
      `at most, so it sends 100 calls in two turns. Medians of ${ROUNDS} rounds (${ROUNDS_OF_MOST} of ${readable(MOST)} secrets, ${TARGET_ROUNDS} for the targets), ` +
      'whiskers their quartiles; every process had filled caches before the first. Caches with a read for each secret, ' +
      'and no TTL to set, are left out: they do what the SDK alone does.',
    bars: barsOf(targets),
    plots: [
      rankingOf(entered, all, GOAL),
      ...[20, 80].map((latency) => curvesOf(entered, all, latency, COUNTS)),
    ],
    tables: [
      ...LATENCIES.map((latency) => tableOf(entered, all, latency, COUNTS)),
      besideRawTable(targets, GOAL.latency, FINE_COUNTS),
    ],
    raw: { all: all.lines, targets: targets.lines },
  };
}

function barsOf(targets: Timetable): Bar[] {
  const ratios = FINE_COUNTS.map((count) => targets.ratio(OURS, RAW, { count, latency: GOAL.latency }));
  const denied = targets.median(DENIED, GOAL);
  const rawAndRefusal = targets.median(RAW, GOAL) + targets.median(ROUND_TRIP, GOAL);
  const raw = "the SDK's parallel calls";
  return [
    atMost(`${GOAL_WORDS}: round trips`, targets.ratio(OURS, ROUND_TRIP, GOAL), 1.5, ''),
    atLeast(`${GOAL_WORDS}: sooner than ${POWERTOOLS}`, targets.ratio(POWERTOOLS, OURS, GOAL), 3),
    atMost(`beside ${raw}, the worst of ${FINE_COUNTS.length} counts`, Math.max(...ratios), CHANCE),
    atMost(`batches known to be denied, beside ${raw}`, targets.ratio(KNOWN_DENIED, RAW, GOAL), 1.1),
    atMost(`batches denied, beside ${raw} and one round trip`, denied / rawAndRefusal, 1.1),
  ];
}
