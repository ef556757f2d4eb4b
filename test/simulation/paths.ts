/** What the way to the agent is like for a while: connections and answers that fail before the agent has said a word, or in it. */

export interface Path {
  readonly name: string;
  /** How long a request and its answer take together, the agent's own time aside, in milliseconds. */
  readonly latencyMs: readonly [number, number];
  /** Nobody listens. */
  readonly isGone: boolean;
  /** The probabilities of a request that is never answered, whose connection is cut before its answer or in it. */
  readonly hangRate: number;
  readonly resetRate: number;
  readonly cutRate: number;
  /** The probability of a connection that is one too many. */
  readonly crowdedRate: number;
  /** The probability of an answer that is no secret: plain text, nonsense, or no HTTP at all. */
  readonly oddRate: number;
}

const CALM: Path = {
  name: 'calm',
  latencyMs: [0, 2],
  isGone: false,
  hangRate: 0,
  resetRate: 0,
  cutRate: 0,
  crowdedRate: 0,
  oddRate: 0,
};

const PATHS: readonly Path[] = [
  CALM,
  { ...CALM, name: 'instant', latencyMs: [0, 0] },
  { ...CALM, name: 'gone', isGone: true },
  { ...CALM, name: 'silent', hangRate: 0.9 },
  { ...CALM, name: 'slow', latencyMs: [40, 2_500] },
  { ...CALM, name: 'resets', resetRate: 0.5, cutRate: 0.2 },
  { ...CALM, name: 'crowded', crowdedRate: 0.6 },
  { ...CALM, name: 'odd', oddRate: 0.5 },
  { ...CALM, name: 'odder', oddRate: 0.9 },
  {
    name: 'everything',
    latencyMs: [0, 300],
    isGone: false,
    hangRate: 0.05,
    resetRate: 0.1,
    cutRate: 0.05,
    crowdedRate: 0.2,
    oddRate: 0.15,
  },
];

export const PATH_NAMES: readonly string[] = PATHS.map(({ name }) => name);

export function path(name: string): Path {
  return PATHS.find((each) => each.name === name) ?? CALM;
}
