/** How large is each entry point, how long does its import take, and what does it bring along? */

import { atMost, type Answer, type Progress, type Question } from './question.ts';
import { readable } from './report/numbers.ts';
import { inBothOrders, median } from './statistics.ts';
import type { Part } from './weight/bundles.ts';
import { ImportTimer } from './weight/imports.ts';
import { importPlot, sizePlot, weightTable } from './weight/pages.ts';
import { BENCH, NOTHING, OURS, SDK_ALONE, sdkFor, subjects, weigh, type Weighed } from './weight/subjects.ts';

export const question: Question = { name: 'weight', title: 'What does it weigh?', run };

const ROUNDS = 9;

async function run(progress: Progress): Promise<Answer> {
  const all = subjects();
  const weighed: Weighed[] = [];
  for (const [nth, subject] of all.entries()) {
    progress(`bundling ${subject.name}`, (0.2 * nth) / all.length);
    weighed.push(await weigh(subject));
  }
  await using timer = await ImportTimer.below(BENCH);
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`importing, round ${round + 1} of ${ROUNDS}`, 0.2 + (0.8 * round) / ROUNDS);
    for (const { subject, rounds, roundsAfterSdk } of inBothOrders(weighed, round)) {
      rounds.push(await timer.time(subject.specifier));
      roundsAfterSdk.push(await timer.time(subject.specifier, sdkFor(subject)));
    }
  }
  return answerOf(weighed);
}

function answerOf(weighed: readonly Weighed[]): Answer {
  const core = weighedAs(OURS, weighed);
  const nothing = weighedAs(NOTHING, weighed);
  const sdk = weighedAs(SDK_ALONE, weighed);
  const emptyMs = median(nothing.rounds);
  const importMs = median(core.rounds) - emptyMs;
  const sdkMs = median(sdk.rounds) - emptyMs;
  return {
    findings: [
      `Importing the core loads ${kilobytes(core, 'at import')} kB, minified and gzipped; with what its first call to AWS ` +
        `loads, it is ${kilobytes(core, 'in all')} kB beside the SDK's ${kilobytes(sdk, 'with the SDK')} kB.`,
      `Its import takes ${readable(importMs)} ms of CPU; the SDK's ${readable(sdkMs)} ms are left to the first call.`,
      `It brings along: ${core.closure?.dependencies.join(', ') || 'nothing'}.`,
    ],
    method:
      'Sizes by esbuild, everything an entry point exports minified in one file, gzipped at level 9. At import: without what ' +
      'is imported later on, and without the SDKs of version 2 and 3; in all: with the first. Imports in fresh processes of plain Node.js, CPU time, medians of ' +
      `${ROUNDS} rounds in alternating order, less that of ${NOTHING}. After the SDK: what the package adds where that is ` +
      'loaded already. Installed: the files of the package and of all it depends on, SDKs left out.',
    bars: [
      atMost(
        'what importing the core loads, minified and gzipped',
        core.bundles['at import'].gzippedBytes / 1_000,
        16,
        ' kB',
      ),
      atMost(`the core's import, beyond ${NOTHING}`, importMs, 5, ' ms'),
    ],
    plots: [sizePlot(weighed), importPlot(weighed, emptyMs)],
    tables: [weightTable(weighed, emptyMs, median(nothing.roundsAfterSdk))],
    // Where they are on this machine is nobody's affair.
    raw: weighed.map(({ subject: { name }, ...measured }) => ({ name, ...measured })),
  };
}

function kilobytes({ bundles }: Weighed, part: Part): string {
  return readable(bundles[part].gzippedBytes / 1_000);
}

function weighedAs(name: string, weighed: readonly Weighed[]): Weighed {
  const found = weighed.find(({ subject }) => subject.name === name);
  if (found === undefined) throw new RangeError(`"${name}" was not weighed`);
  return found;
}
