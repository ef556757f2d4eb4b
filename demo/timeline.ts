// What the demo prints: plain lines of at most 100 columns, never a value.

import { callsIn, sumOf, valueCallsIn, type Part, type SceneEvidence, type Tally } from './evidence.ts';
import { READERS, type ContenderName } from './readers.ts';

const NAMES = Object.keys(READERS) as ContenderName[];
const INDENT = ' '.repeat(9);

export function printTitle(endpoint: string | undefined): void {
  console.log('A Lambda function and a server read their secrets in three ways, at the same beat:');
  console.log(`${NAMES.join(' | ')} (figures come in this order).`);
  const counted =
    endpoint === undefined
      ? 'LocalSecretsManager, one for each: calls are the requests in its log, SDK retries included'
      : `${endpoint}: calls are counted in the SDK, its retries included`;
  console.log(`On ${counted}.\n`);
}

/** An event at its time. */
export function printEvent(elapsedMs: number, text: string): void {
  console.log(`${(elapsedMs / 1000).toFixed(1).padStart(5)} s  ${text}`);
}

export function printNote(text: string): void {
  console.log(INDENT + text);
}

export function printScene({ parts }: SceneEvidence): void {
  const figures = (of: (part: Part) => number): string => NAMES.map((name) => of(parts[name])).join(' | ');
  const [first] = NAMES.map((name) => parts[name].reads);
  printNote(
    [
      `${first} reads:  calls ${figures(({ tally }) => callsIn(tally))}`,
      `failed reads ${figures(({ failedReads }) => failedReads)}`,
      `refused logins ${figures(({ refusedLogins }) => refusedLogins)}`,
    ].join(',  '),
  );
}

/** Calls by scene and contender, and their sums. */
export function printTable(scenes: readonly SceneEvidence[]): void {
  const title = 'Get / Batch / Describe';
  console.log(`\n${title.padEnd(24)}${NAMES.map((name) => name.padStart(23)).join('')}`);
  for (const { scene, parts } of scenes) {
    printRow(
      scene,
      NAMES.map((name) => cell(parts[name].tally)),
    );
  }
  const totals = NAMES.map((name) => sumOf(scenes.map(({ parts }) => parts[name].tally)));
  printRow('total', totals.map(cell));
  printRow(
    'all calls',
    totals.map((total) => String(callsIn(total))),
  );
  printRow(
    'of them for a value',
    totals.map((total) => String(valueCallsIn(total))),
  );
}

function printRow(label: string, cells: readonly string[]): void {
  console.log(label.padEnd(24) + cells.map((text) => text.padStart(23)).join(''));
}

function cell({ GetSecretValue, BatchGetSecretValue, DescribeSecret }: Tally): string {
  return `${GetSecretValue} / ${String(BatchGetSecretValue).padStart(2)} / ${String(DescribeSecret).padStart(4)}`;
}

export function printVerdict(broken: readonly string[]): void {
  console.log('');
  for (const promise of broken) console.log(`BROKEN PROMISE  ${promise}`);
  if (broken.length === 0) console.log('every promise held');
}
