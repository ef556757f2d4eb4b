// What the demo promises, as a pure function of what was seen.

import type { Call, ReadOperation } from './account.ts';
import type { ContenderName } from './readers.ts';

export type Tally = Readonly<Record<ReadOperation, number>>;

/** What one contender did in one scene. */
export interface Part {
  readonly tally: Tally;
  /** Calls that were answered by anything but what was asked for. */
  readonly refusedCalls: number;
  readonly reads: number;
  readonly failedReads: number;
  readonly refusedLogins: number;
}

export interface SceneEvidence {
  readonly scene: string;
  readonly parts: Readonly<Record<ContenderName, Part>>;
}

/** What the promises need beyond the counts; all of it is about the cache. */
export interface Evidence {
  readonly scenes: readonly SceneEvidence[];
  /** The most DescribeSecret calls that TTLs alone explain, in the steady state. */
  readonly steadyDescribesAtMost: number;
  /** Reads of AWSCURRENT answered by the pending version before it was promoted. */
  readonly pendingAnswers: number;
  /** Whether both processes read the new version in the end. */
  readonly endsOnNewVersion: boolean;
  /** Calls for AWSPREVIOUS once a check had seen the rotation. */
  readonly callsForPrevious: number;
  /** Whether that AWSPREVIOUS was the version from before. */
  readonly previousIsRight: boolean;
  readonly revocation: {
    /** Processes that are refused the secret in the end, of two. */
    readonly refusedProcesses: number;
    /** From the first denial on the wire to the first refused read; undefined when none was refused. */
    readonly refusedAfterMs: number | undefined;
    readonly confirmedAfterMs: number;
    readonly failedReadsOfOthers: number;
  };
}

const CACHE = 'secretsmanager-cache';

export function tallyOf(calls: readonly Call[]): Tally {
  const count = (operation: ReadOperation): number =>
    calls.filter((call) => call.operation === operation).length;
  return {
    GetSecretValue: count('GetSecretValue'),
    BatchGetSecretValue: count('BatchGetSecretValue'),
    DescribeSecret: count('DescribeSecret'),
  };
}

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (operation: ReadOperation): number =>
    tallies.reduce((total, tally) => total + tally[operation], 0);
  return {
    GetSecretValue: sum('GetSecretValue'),
    BatchGetSecretValue: sum('BatchGetSecretValue'),
    DescribeSecret: sum('DescribeSecret'),
  };
}

export function callsIn({ GetSecretValue, BatchGetSecretValue, DescribeSecret }: Tally): number {
  return GetSecretValue + BatchGetSecretValue + DescribeSecret;
}

/** The calls that ask for a value, and so for a decryption. */
export function valueCallsIn({ GetSecretValue, BatchGetSecretValue }: Tally): number {
  return GetSecretValue + BatchGetSecretValue;
}

/** Which promises didn't hold, in words; empty when all did. */
export function brokenPromises(evidence: Evidence): string[] {
  const promises = [
    ...costPromises(evidence),
    ...rotationPromises(evidence),
    ...stormPromises(evidence),
    ...revocationPromises(evidence),
  ];
  return promises.filter(([, isKept]) => !isKept).map(([promise]) => promise);
}

type Promised = readonly [promise: string, isKept: boolean];

function costPromises({ scenes, steadyDescribesAtMost }: Evidence): Promised[] {
  const cold = cachePart(scenes, 'cold start');
  const steady = cachePart(scenes, 'steady state');
  const total = totalOf(scenes, CACHE);
  const ttlTotal = totalOf(scenes, 'plain TTL cache');
  const bareTotal = totalOf(scenes, 'no cache');
  return [
    [
      'cold start: one BatchGetSecretValue a process, and nothing else',
      cold !== undefined && cold.tally.BatchGetSecretValue === 2 && callsIn(cold.tally) === 2,
    ],
    ['steady state: no value is read again', steady !== undefined && valueCallsIn(steady.tally) === 0],
    [
      'steady state: at most one DescribeSecret a secret, process and TTL',
      steady !== undefined && steady.tally.DescribeSecret <= steadyDescribesAtMost,
    ],
    ['every contender made the same reads', scenes.every(hasEqualReads)],
    ['fewer calls than with a plain TTL cache', callsIn(total) < callsIn(ttlTotal)],
    ['fewer calls than with no cache', callsIn(total) < callsIn(bareTotal)],
    ['fewer values read than with a plain TTL cache', valueCallsIn(total) < valueCallsIn(ttlTotal)],
  ];
}

function rotationPromises(evidence: Evidence): Promised[] {
  const rotation = cachePart(evidence.scenes, 'rotation');
  return [
    ['rotation: AWSCURRENT is never answered by a pending value', evidence.pendingAnswers === 0],
    ['rotation: every login is accepted', rotation?.refusedLogins === 0],
    ['rotation: no read fails', rotation?.failedReads === 0],
    ['rotation: both processes arrive at the new version', evidence.endsOnNewVersion],
    ['rotation: AWSPREVIOUS is answered with no call', evidence.callsForPrevious === 0],
    ['rotation: AWSPREVIOUS is the version from before', evidence.previousIsRight],
  ];
}

/** A storm that never reached the cache would prove nothing. */
function stormPromises({ scenes }: Evidence): Promised[] {
  return ['throttling', 'outage'].flatMap((scene): Promised[] => {
    const part = cachePart(scenes, scene);
    if (part === undefined) return [];
    return [
      [`${scene}: it reaches the cache`, part.refusedCalls > 0],
      [`${scene}: no read fails`, part.failedReads === 0],
      [`${scene}: every login is accepted`, part.refusedLogins === 0],
    ];
  });
}

function revocationPromises({ revocation }: Evidence): Promised[] {
  const { refusedProcesses, refusedAfterMs = -1, confirmedAfterMs, failedReadsOfOthers } = revocation;
  return [
    ['revocation: both processes are refused the secret', refusedProcesses === 2],
    ['revocation: refused only after its confirmation', refusedAfterMs >= confirmedAfterMs],
    ['revocation: the other secrets are still answered', failedReadsOfOthers === 0],
  ];
}

function cachePart(scenes: readonly SceneEvidence[], name: string): Part | undefined {
  return scenes.find(({ scene }) => scene === name)?.parts[CACHE];
}

function totalOf(scenes: readonly SceneEvidence[], name: ContenderName): Tally {
  return sumOf(scenes.map(({ parts }) => parts[name].tally));
}

function hasEqualReads({ parts }: SceneEvidence): boolean {
  const [first, ...others] = Object.values(parts);
  return others.every(({ reads }) => reads === first?.reads);
}
