/**
 * Runs that found something, and what it was: whole plans, since a seed means another run as soon as plans are drawn
 * otherwise. An open one still breaks: its violation is told, and fails nothing until the library is mended; then
 * `open` goes, and the run must stay clean.
 */

import type { AgentPlan } from './agents.ts';
import type { Plan } from './plan.ts';
import type { Violation } from './violation.ts';

export interface Regression {
  readonly what: string;
  readonly plan: Plan;
  /** What the violation of an open one says. */
  readonly open?: RegExp;
}

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:';
const SERVICE = { batchPerSecond: 100, refusesRepeats: false };
const CACHE = {
  ttlMs: 300_000,
  ttlJitter: 0,
  staleIfErrorMs: 3_600_000,
  staleWhileRevalidateMs: 0,
  maxEntries: 1_024,
  maxConcurrency: 50,
  attemptTimeoutMs: 3_000,
  waitBudgetMs: 5_000,
  staleWaitMs: 1_000,
  backoff: { baseMs: 1_000, capMs: 10_000 },
};
const AGENT: AgentPlan = {
  kind: 'agent',
  ttlMs: 300_000,
  ignoresFailures: false,
  readsPerSecond: 10_000,
  hasBehind: false,
  behindAfterMs: 1_000,
  maxConnections: 10,
};

export const REGRESSIONS: readonly Regression[] = [
  {
    // Its flight never runs, so it never gives up its place among those under way, nor its record.
    what: 'an id is held on to for ever once a get of it was left in the turn in which it began',
    plan: {
      seed: 54_688,
      caches: [
        {
          ttlMs: 300_000,
          staleIfErrorMs: 60_000,
          staleWhileRevalidateMs: 0,
          maxEntries: 1,
          batch: { maxSize: 1 },
          maxConcurrency: 2,
          attemptTimeoutMs: 200,
          waitBudgetMs: 500,
          staleWaitMs: 1_000,
          backoff: { baseMs: 1_000, capMs: 300_000 },
        },
      ],
      service: SERVICE,
      names: ['a'],
      actions: [
        {
          atMs: 100,
          cache: 0,
          act: { kind: 'get', ask: { id: 'ghost-4' }, signal: true },
          rank: 0,
          pauses: 0,
        },
        { atMs: 100, cache: 0, act: { kind: 'abort', nth: 0 }, rank: 0, pauses: 0 },
        {
          atMs: 5_000,
          cache: 0,
          act: { kind: 'get', ask: { id: 'ghost-4' }, signal: false },
          rank: 0,
          pauses: 0,
        },
        {
          atMs: 5_050,
          cache: 0,
          act: { kind: 'get', ask: { id: 'ghost-5' }, signal: false },
          rank: 0,
          pauses: 0,
        },
        {
          atMs: 5_100,
          cache: 0,
          act: { kind: 'get', ask: { id: 'ghost-4' }, signal: false },
          rank: 0,
          pauses: 0,
        },
      ],
    },
  },
  {
    // A read of AWSPREVIOUS that left after the description has shown v1 without AWSCURRENT, and came back first.
    what: 'a check answers with the version that its own description and a later read show without the label',
    plan: {
      seed: 415,
      caches: [
        {
          ttlMs: 30_000,
          staleIfErrorMs: 60_000,
          maxEntries: 2,
          batch: { windowMs: 50, maxSize: 20 },
          maxConcurrency: 3,
          attemptTimeoutMs: 3_000,
          waitBudgetMs: 5_000,
          staleWaitMs: 100,
          staleWhileRevalidateMs: 0,
          backoff: { baseMs: 1_000, capMs: 10_000 },
        },
      ],
      service: SERVICE,
      names: ['c', 'app/b', 'db-abc123'],
      actions: [
        {
          atMs: 5_086,
          cache: 0,
          act: { kind: 'refresh', ask: { id: 'c' }, signal: true, rejects: false },
          rank: 0,
          pauses: 0,
        },
        {
          atMs: 35_086,
          cache: undefined,
          act: { kind: 'freeze', cache: 0, forMs: 2_000, isSuspended: false },
        },
        {
          atMs: 35_086,
          cache: 0,
          act: { kind: 'notify', id: 'c', stage: 'AWSPREVIOUS', version: 8 },
          rank: 3,
          pauses: 3,
        },
        { atMs: 35_087, cache: 0, act: { kind: 'get', ask: { id: 'c' }, signal: false }, rank: 0, pauses: 0 },
        {
          atMs: 35_687,
          cache: 0,
          act: { kind: 'get', ask: { id: 'c', stage: 'AWSPREVIOUS' }, signal: false },
          rank: 3,
          pauses: 0,
        },
        { atMs: 36_912, cache: undefined, act: { kind: 'put', name: 'c' } },
      ],
    },
  },
  {
    what: 'a preload by filters waits for its budget twice: for the search, and then for what the search left open',
    plan: {
      seed: 7_807,
      caches: [
        {
          ttlMs: 0,
          staleIfErrorMs: 60_000,
          staleWhileRevalidateMs: 60_000,
          maxEntries: 3,
          revalidate: 'fetch',
          batch: true,
          maxConcurrency: 2,
          attemptTimeoutMs: 3_000,
          waitBudgetMs: 2_000,
          staleWaitMs: 100,
          backoff: { baseMs: 1_000, capMs: 1_000 },
        },
      ],
      service: SERVICE,
      names: ['c', 'db-abc123', 'app/b'],
      actions: [
        { atMs: 53_968, cache: 0, act: { kind: 'preload' }, rank: 0, pauses: 0 },
        {
          atMs: 53_978,
          cache: 0,
          act: { kind: 'invalidate', id: `${ARN}db-abc123-AAAAA2` },
          rank: 0,
          pauses: 0,
        },
        { atMs: 53_978, cache: undefined, act: { kind: 'weather', name: 'late' } },
      ],
    },
  },
  {
    // It may have kept it: then the other labels are those of when it was read.
    what: 'what the extension answers to a refresh is believed of labels that were not asked for',
    plan: {
      seed: 299,
      caches: [CACHE],
      service: SERVICE,
      names: ['a'],
      agent: { ...AGENT, kind: 'extension' },
      actions: [
        { atMs: 1_000, cache: undefined, act: { kind: 'label', name: 'a' } },
        {
          atMs: 2_000,
          cache: 0,
          act: { kind: 'refresh', ask: { id: 'a' }, signal: false, rejects: false },
          rank: 0,
          pauses: 0,
        },
        {
          atMs: 9_000,
          cache: 0,
          act: { kind: 'get', ask: { id: 'a', stage: 'BLUE' }, signal: false },
          rank: 0,
          pauses: 0,
        },
      ],
    },
  },
  {
    // It was not to be fresh when it was asked for, and left only after the invalidation.
    what: 'what an agent has kept from before an invalidation is served to gets that begin after it',
    plan: {
      seed: 325,
      caches: [CACHE, CACHE],
      service: SERVICE,
      names: ['a'],
      agent: AGENT,
      actions: [
        { atMs: 1_000, cache: 1, act: { kind: 'get', ask: { id: 'a' }, signal: false }, rank: 0, pauses: 0 },
        { atMs: 2_000, cache: undefined, act: { kind: 'put', name: 'a' } },
        { atMs: 3_000, cache: 0, act: { kind: 'get', ask: { id: 'a' }, signal: false }, rank: 0, pauses: 8 },
        { atMs: 3_000, cache: 0, act: { kind: 'invalidate', id: 'a' }, rank: 0, pauses: 0 },
        { atMs: 5_000, cache: 0, act: { kind: 'get', ask: { id: 'a' }, signal: false }, rank: 0, pauses: 0 },
      ],
    },
  },
];

/** The open defect that explains a violation. */
export function knownDefect({ message }: Violation): Regression | undefined {
  return REGRESSIONS.find(({ open }) => open?.test(message) === true);
}
