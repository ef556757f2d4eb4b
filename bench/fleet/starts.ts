/** A mass cold start: every process starts at the same instant, and needs all its secrets. */

import type { Row } from '../question.ts';
import { readable } from '../report/numbers.ts';
import { columns, secondsWithError, type Chapter, type Scenario } from './chapter.ts';
import { lineup } from './lineup.ts';
import { coldStartOf, type ColdStart } from './measures.ts';
import type { Policy } from './reader.ts';

const SECRETS = 10;
/** Processes, and how many of them are simulated. */
const SIZES = [
  [1_000, 1_000],
  [10_000, 300],
  [100_000, 160],
  [1_000_000, 60],
] as const;

interface Start {
  readonly policy: Policy;
  readonly processes: number;
  readonly sample: number;
  readonly seen: ColdStart;
}

export const starts: Scenario = async (library, progress) => {
  // Only how they start matters here, so one stands for all that start alike.
  const { cache, map, awsClients } = lineup(library);
  const policies = [cache, map, awsClients];
  const measured: Start[] = [];
  for (const [processes, sample] of SIZES) {
    for (const policy of policies) {
      progress(
        `${readable(processes)} processes start at once, ${policy.name}`,
        measured.length / (SIZES.length * policies.length),
      );
      const seen = await coldStartOf({ policy, processes, sample, secrets: SECRETS });
      measured.push({ policy, processes, sample, seen });
    }
  }
  return chapterOf(policies, measured);
};

function chapterOf(policies: readonly Policy[], measured: readonly Start[]): Chapter {
  const rows = measured.map(({ policy, processes, sample, seen }): Row => ({
    role: policy.role,
    cells: [
      policy.name,
      processes,
      sample,
      secondsWithError(seen.half),
      secondsWithError(seen.most),
      seen.lastMs / 1_000,
      seen.calls,
      seen.throttled,
      seen.failedStarts,
    ],
  }));
  const curves = policies.map(({ name, role }) => ({
    name,
    role,
    points: measured
      .filter(({ policy }) => policy.name === name)
      .map(({ processes, seen }) => [processes, seen.most.value / 1_000] as const),
  }));
  return {
    findings: findingsOf(measured),
    bars: [],
    plots: [
      {
        kind: 'curves',
        title: `A mass cold start of ${SECRETS} secrets a process: until nine in ten processes are warm`,
        x: { label: 'processes', scale: 'log' },
        y: { label: 'seconds', scale: 'log' },
        curves,
      },
    ],
    tables: [
      {
        title: `A mass cold start: ${SECRETS} secrets a process, all processes at one instant`,
        columns: columns(
          '',
          'processes',
          'simulated',
          'half warm, s',
          'nine in ten warm, s',
          'last simulated warm, s',
          'calls a process',
          'of them throttled',
          'failed starts a process',
        ),
        rows,
        note:
          'A start that fails is tried again after a second. A Map with a TTL stands for all that read one ' +
          'by one and remember no failure.',
      },
    ],
  };
}

function findingsOf(measured: readonly Start[]): string[] {
  const [cache, map] = measured.slice(-3);
  if (cache === undefined || map === undefined) return [];
  return [
    `When ${readable(cache.processes)} processes start at one instant, the quota of reads decides when ` +
      'they are warm: nine in ten after ' +
      `${secondsWithError(cache.seen.most)} s, and ${secondsWithError(map.seen.most)} s with ` +
      `${map.policy.name}. What differs is the storm meanwhile: ` +
      `${readable(cache.seen.throttled)} throttled calls a process with this cache, which remembers ` +
      `failures, and ${readable(map.seen.throttled)} with the Map.`,
  ];
}
