/**
 * What does a cache policy cost? Asks the questions, each in a process of its own, and writes what they answer.
 *
 *     npm run bench                          everything
 *     npm run bench -- hit cold              these questions alone
 *     npm run bench -- --keep                the reference in bench/reference is renewed by this run
 *     npm run bench -- --from results.json   writes the reports of an earlier run again, and measures nothing
 *     npm run bench -- fleet --processes 5000 --secrets 12 --requests 2000/s   plans a fleet of one's own
 *
 * Ends with 1 when a target was missed, and stops at once when a contender answers wrongly.
 */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { askOnce } from './child.ts';
import { viewProgress } from './progress.ts';
import { questions } from './questions.ts';
import type { Answer } from './question.ts';
import { writeReports, writeResults } from './report/write.ts';
import { barsOf, scoreOf, targetOf, valueOf, verdictOf } from './report/words.ts';
import { describeMachine, type Answered, type Run } from './run.ts';

const RESULTS = fileURLToPath(new URL('results', import.meta.url));
const REFERENCE = fileURLToPath(new URL('reference', import.meta.url));

const OPTIONS = { keep: { type: 'boolean', default: false }, from: { type: 'string' } } as const;

const args = process.argv.slice(2);
if (isOwnFleet(args)) {
  const { planFleet } = await import('./fleet-plan.ts');
  process.exitCode = await planFleet(args.slice(1));
} else {
  await runBench();
}

/** `fleet` with numbers of one's own: those flags are read there. */
function isOwnFleet([first, second]: readonly string[]): boolean {
  return first === 'fleet' && second?.startsWith('--') === true && !(second.slice(2) in OPTIONS);
}

async function runBench(): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const run = values.from === undefined ? await measure(namesAmong(positionals)) : await earlier(values.from);
  await writeReports(run, RESULTS);
  if (values.keep) await writeResults(run, REFERENCE);
  const bars = barsOf(run);
  for (const bar of bars) {
    console.log(`${verdictOf(bar).padEnd(6)}  ${bar.name}: ${valueOf(bar)}, wanted ${targetOf(bar)}`);
  }
  console.log(`\n${scoreOf(run)}. The report: ${RESULTS}/report.html`);
  if (bars.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** All of them, or those asked for, in the order of the report. */
function namesAmong(asked: readonly string[]): readonly string[] {
  const known = Object.keys(questions);
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`no question "${unknown}": there are ${known.join(', ')}`);
  return asked.length === 0 ? known : known.filter((name) => asked.includes(name));
}

async function measure(names: readonly string[]): Promise<Run> {
  const startedAt = new Date().toISOString();
  const startMs = performance.now();
  const machine = describeMachine();
  await checkContenders();
  const answers: Answered[] = [];
  const soFar = (): Run => ({ startedAt, tookMs: performance.now() - startMs, machine, answers });
  for (const name of names) {
    try {
      answers.push(await ask(name));
    } catch (error) {
      // The others can still be answered; the run as a whole has failed.
      console.error(error);
      process.exitCode = 1;
    }
    // A run that is broken off leaves what it has.
    await writeReports(soFar(), RESULTS);
  }
  return soFar();
}

/** Right before counted or timed: every contender answers with the secret's value, cold and warm. */
async function checkContenders(): Promise<void> {
  const view = viewProgress('check');
  const { right, missing } = await askOnce<{ right: string[]; missing: string[] }>('check.ts', undefined, {
    progress: view.show,
  });
  const left = missing.length === 0 ? '' : `; not installed (npm --prefix bench ci): ${missing.join(', ')}`;
  view.end(`${right.length} contenders answer rightly${left}`);
}

async function ask(name: string): Promise<Answered> {
  const view = viewProgress(name);
  const startMs = performance.now();
  const { title, answer } = await askOnce<{ title: string; answer: Answer }>('ask.ts', name, {
    progress: view.show,
  });
  view.end(`${answer.bars.filter(({ ok }) => ok).length} of ${answer.bars.length} targets met`);
  return { name, title, tookMs: performance.now() - startMs, answer };
}

async function earlier(file: string): Promise<Run> {
  return JSON.parse(await readFile(file, 'utf8')) as Run;
}
