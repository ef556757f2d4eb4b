/**
 * Is the tree as it is slower than a commit, or is that noise?
 *
 *     npm run bench:compare -- <git-ref>
 *     npm run bench:compare -- <git-ref> --only cold    the pieces of work with this in their name
 *
 * Ends with 1 on a regression: a piece of work whose time is 1.1x that of the commit in the median of five fresh
 * processes, and 1.05x in every one of them. Each process runs both builds side by side, in blocks of CPU time in the
 * order A B B A, and the build that is loaded first changes from one to the next.
 */

import { parseArgs } from 'node:util';

import { askOnce } from './child.ts';
import { buildBoth } from './compare/builds.ts';
import { IN_EVERY_PROCESS, verdictOf, WORTH_A_WORD } from './compare/decision.ts';
import { kernels } from './compare/kernels.ts';
import type { Pairing } from './compare/timing.ts';
import { viewProgress } from './progress.ts';
import { readable } from './report/numbers.ts';
import { median } from './statistics.ts';

const PROCESSES = 5;

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' } },
});
const [ref, ...others] = positionals;
if (ref === undefined || others.length > 0)
  throw new TypeError('give one git ref: npm run bench:compare -- HEAD~1');

const names = Object.keys(kernels).filter((name) => name.includes(options.only));
if (names.length === 0) throw new RangeError(`no "${options.only}" among ${Object.keys(kernels).join(', ')}`);

const view = viewProgress('compare');
view.show('building both', 0);
const builds = await buildBoth(ref);
try {
  const ratios = await measure();
  view.end(`${ratios.size} pieces of work`);
  report(ratios);
} finally {
  await builds.remove();
}

async function measure(): Promise<Map<string, number[]>> {
  const { before, now } = builds;
  const ratios = new Map(names.map((name): [string, number[]] => [name, []]));
  for (let nth = 0; nth < PROCESSES; nth += 1) {
    for (const [place, kernel] of names.entries()) {
      view.show(`${kernel}, process ${nth + 1} of ${PROCESSES}`, (nth + place / names.length) / PROCESSES);
      const pairing: Pairing = { kernel, before, now, nowFirst: nth % 2 === 0 };
      ratios.get(kernel)?.push(await askOnce<number>('compare/timing.ts', pairing));
    }
  }
  return ratios;
}

function report(ratios: ReadonlyMap<string, readonly number[]>): void {
  console.log(
    `CPU time now / at ${ref}, Node.js ${process.version}: the median of ${PROCESSES} processes, and each of them\n`,
  );
  for (const [kernel, each] of ratios) {
    const verdict = verdictOf(each);
    const shown = each.map((ratio) => ratio.toFixed(2)).join(' ');
    console.log(`${verdict.padEnd(20)} ${kernel.padEnd(30)} ${readable(median(each), 2)}x  (${shown})`);
    if (verdict === 'regression') process.exitCode = 1;
  }
  console.log(`
A regression: the median above ${WORTH_A_WORD}x, and every process above ${IN_EVERY_PROCESS}x.`);
}
