/** What both reports say in the same words: of bars, of the machine, of the whole run. */

import type { Bar } from '../question.ts';
import type { Machine, Run } from '../run.ts';
import { readable, readableDuration } from './numbers.ts';

export const TITLE = 'What a cache policy costs';

/** `at most 1.5x`. */
export function targetOf({ atMost, atLeast, unit }: Bar): string {
  const targets = [
    atMost === undefined ? [] : `at most ${readable(atMost)}${unit}`,
    atLeast === undefined ? [] : `at least ${readable(atLeast)}${unit}`,
  ];
  return targets.flat().join(' and ');
}

export function valueOf({ value, unit }: Bar): string {
  return `${readable(value)}${unit}`;
}

export function verdictOf({ ok }: Bar): string {
  return ok ? 'met' : 'MISSED';
}

export function barsOf(run: Run): readonly Bar[] {
  return run.answers.flatMap(({ answer }) => answer.bars);
}

/** `14 of 15 targets met`. */
export function scoreOf(run: Run): string {
  const bars = barsOf(run);
  return `${bars.filter(({ ok }) => ok).length} of ${bars.length} targets met`;
}

/** Where and when: the line without which no number means anything. */
export function circumstancesOf({ startedAt, tookMs, machine }: Run): string {
  const { node, platform, cpu, cores, memoryBytes, loadBefore, commit } = machine;
  const memory = `${readable(memoryBytes / 2 ** 30)} GiB`;
  const day = startedAt.slice(0, 16).replace('T', ' ');
  return (
    `${day} UTC, in ${readableDuration(tookMs)}; commit ${commit}; Node.js ${node} on ${platform}, ` +
    `${cores} cores (${cpu}), ${memory}; load before it began: ${readable(loadBefore)}.`
  );
}

export function versionsOf({ versions }: Machine): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
