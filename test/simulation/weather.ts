/** What the way to the service is like for a while: how long answers take, and how often they fail or make no sense. */

import type { Dice } from './dice.ts';
import type { FaultName } from './faults.ts';

export interface Weather {
  readonly name: string;
  /** How long an answer takes in all, in milliseconds. */
  readonly latencyMs: readonly [number, number];
  /** How far behind the replica that is read may be, in milliseconds. */
  readonly lagMs: number;
  /** The probability that a call fails, and how. */
  readonly faultRate: number;
  readonly faults: readonly FaultName[];
  /** The probability of a call that is never answered, answered too late, or answered with nonsense. */
  readonly hangRate: number;
  readonly lateRate: number;
  readonly garbageRate: number;
  /** The probability of what is allowed but unusual: pages, missing items, two holders of a label, a label on its way. */
  readonly oddRate: number;
}

const CALM: Weather = {
  name: 'calm',
  latencyMs: [1, 20],
  lagMs: 0,
  faultRate: 0,
  faults: [],
  hangRate: 0,
  lateRate: 0,
  garbageRate: 0,
  oddRate: 0,
};

const PASSING: readonly FaultName[] = [
  'throttled',
  'internal',
  'unavailable',
  'reset',
  'unresolved',
  'timedOut',
  'noCredentials',
  'expiredToken',
  'unreadable',
  'unreadable500',
  'unknown',
];

const WEATHERS: readonly Weather[] = [
  CALM,
  CALM,
  { ...CALM, name: 'instant', latencyMs: [0, 0] },
  { ...CALM, name: 'slow', latencyMs: [200, 4_000] },
  { ...CALM, name: 'uneven', latencyMs: [1, 900] },
  { ...CALM, name: 'outage', faultRate: 1, faults: PASSING },
  { ...CALM, name: 'throttled', faultRate: 0.8, faults: ['throttled'] },
  { ...CALM, name: 'flaky', latencyMs: [1, 200], faultRate: 0.3, faults: PASSING },
  { ...CALM, name: 'refused', faultRate: 0.4, faults: ['invalidParameter', 'expiredSignature'] },
  { ...CALM, name: 'black hole', hangRate: 0.8 },
  { ...CALM, name: 'late', lateRate: 0.5, latencyMs: [1, 400] },
  { ...CALM, name: 'garbage', garbageRate: 0.6 },
  { ...CALM, name: 'lagging', lagMs: 3_000, latencyMs: [1, 100] },
  { ...CALM, name: 'odd', oddRate: 0.3, latencyMs: [1, 60] },
  {
    ...CALM,
    name: 'everything',
    latencyMs: [1, 300],
    lagMs: 1_000,
    faultRate: 0.15,
    faults: [...PASSING, 'expiredSignature', 'invalidParameter'],
    hangRate: 0.05,
    lateRate: 0.1,
    garbageRate: 0.05,
    oddRate: 0.1,
  },
];

/** What befalls a whole Region. */
const REGION_WEATHERS: readonly Weather[] = [
  { ...CALM, name: 'gone', faultRate: 1, faults: ['reset', 'unresolved', 'unavailable'] },
  { ...CALM, name: 'swallows', hangRate: 1 },
];

export const WEATHER_NAMES: readonly string[] = WEATHERS.map(({ name }) => name);

export function weather(name: string): Weather {
  return [...WEATHERS, ...REGION_WEATHERS].find((each) => each.name === name) ?? CALM;
}

/** How long one call takes, nonsense and hangs aside. */
export function drawLatencyMs({ latencyMs: [min, max], lateRate }: Weather, dice: Dice): number {
  return lateRate > 0 && dice.chance(lateRate) ? dice.int(800, 9_000) : dice.int(min, max);
}
