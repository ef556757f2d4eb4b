/**
 * Runs many seeds, or replays one.
 *
 *     npx tsx test/simulation/run.ts --seeds 100000 [--from 1] [--jobs 2] [--regions | --agents] [--mutant NAME]
 *     npx tsx test/simulation/run.ts --seed 4711 [--regions | --agents] [--mutant NAME]
 *
 * `--regions`: several Regions, and a failover over them. `--agents`: an agent that the caches share.
 */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { addTo, type Coverage } from './coverage.ts';
import { loadLibrary, type Library } from './library.ts';
import { mutantNamed } from './mutant-list.ts';
import { knownDefect } from './regressions.ts';
import { report } from './report.ts';
import { runSeed } from './simulate.ts';

interface Findings {
  readonly seeds: number;
  readonly failed: readonly { readonly seed: number; readonly message: string }[];
  /** Runs that broke on an open defect of the list. */
  readonly known: number;
  readonly coverage: Coverage;
}

/** Failing seeds beyond these are counted, not explained. */
const MOST_REPORTS = 3;
/** A job stops after so many. */
const MOST_FAILURES = 25;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutant: { type: 'string' },
    regions: { type: 'boolean', default: false },
    agents: { type: 'boolean', default: false },
  },
});
const between = values.agents ? 'agent' : values.regions ? 'regions' : 'nothing';
const options = { mutant: values.mutant, between } as const;
// Nobody reads the stacks of the errors in a run, and taking them is most of its time.
Error.stackTraceLimit = 0;

if (values.seed === undefined) process.exitCode = await runMany();
else console.log(await report(await library(), Number(values.seed), options));

async function runMany(): Promise<number> {
  const seeds = Number(values.seeds);
  const from = Number(values.from);
  const jobs = Number(values.jobs);
  const isJob = process.send !== undefined;
  const startedMs = performance.now();
  const parts = jobs > 1 && !isJob ? await runJobs(seeds, from, jobs) : [await runHere(seeds, from)];
  if (isJob) {
    process.send?.(parts[0]);
    process.disconnect();
    return 0;
  }
  const failed = parts.flatMap((part) => part.failed).toSorted((a, b) => a.seed - b.seed);
  const done = parts.reduce((sum, part) => sum + part.seeds, 0);
  const known = parts.reduce((sum, part) => sum + part.known, 0);
  const coverage: Coverage = {};
  for (const part of parts) addTo(coverage, part.coverage);
  const loaded = await library();
  for (const { seed } of failed.slice(0, MOST_REPORTS))
    console.log(await report(loaded, seed, options), '\n');
  for (const { seed, message } of failed.slice(MOST_REPORTS)) console.log(`seed ${seed}: ${message}`);
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log(
    `${done} seeds from ${from}: ${failed.length} failed, ${known} broke on a known defect; ${Math.round(seconds)} s, ${Math.round(done / seconds)} a second`,
  );
  console.log(
    Object.entries(coverage)
      .map(([name, number]) => `${name} ${number}`)
      .toSorted((a, b) => (a < b ? -1 : 1))
      .join(', '),
  );
  return failed.length === 0 ? 0 : 1;
}

async function runHere(seeds: number, from: number): Promise<Findings> {
  const loaded = await library();
  const failed: { seed: number; message: string }[] = [];
  const coverage: Coverage = {};
  let known = 0;
  let seed = from;
  for (; seed < from + seeds && failed.length < MOST_FAILURES; seed += 1) {
    const result = await runSeed(loaded, seed, { between });
    addTo(coverage, result.coverage);
    const { violation } = result;
    if (violation === undefined) continue;
    if (knownDefect(violation) === undefined) failed.push({ seed, message: violation.message });
    else known += 1;
  }
  return { seeds: seed - from, failed, known, coverage };
}

/** In processes of their own: each has its event loop and its share of the seeds. */
function runJobs(seeds: number, from: number, jobs: number): Promise<Findings[]> {
  const share = Math.ceil(seeds / jobs);
  const starts = Array.from({ length: jobs }, (_, job) => job * share).filter((start) => start < seeds);
  return Promise.all(
    starts.map(
      (start) =>
        new Promise<Findings>((resolve, reject) => {
          const mutant = values.mutant === undefined ? [] : ['--mutant', values.mutant];
          const args = [
            '--from',
            String(from + start),
            '--seeds',
            String(Math.min(share, seeds - start)),
            ...mutant,
            ...(values.regions ? ['--regions'] : []),
            ...(values.agents ? ['--agents'] : []),
          ];
          const child = fork(fileURLToPath(import.meta.url), args);
          child.once('message', (findings) => resolve(findings as Findings));
          child.once('exit', (code) => reject(new Error(`a job ended with code ${code} and no findings`)));
        }),
    ),
  );
}

function library(): Promise<Library> {
  return loadLibrary(values.mutant === undefined ? [] : mutantNamed(values.mutant).edits);
}
