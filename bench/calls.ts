/**
 * How many calls does each way to read secrets make, counted on the wire?
 *
 * `npm run build && npm --prefix bench ci && npx tsx --tsconfig bench/tsconfig.json bench/calls.ts`
 *
 * Prints one Markdown table in about 40 s. Every cell has a server, a client and a contender of its own; the counts
 * are those of the server's log, and the TTLs pass in real time. Without `npm --prefix bench ci` the contenders that
 * it installs are left out.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { contenders, isInstalled, versionOf, type Contender, type Peer } from './contenders.ts';

const ID = 'prod/db';
const FIRST_VERSION = '00000000-0000-4000-8000-000000000001';
const OLD = 'the old password';
const NEW = 'the new password';
const UNHANDLED = ' An unhandled rejection ends a Node process.';
const HUNDRED = Array.from({ length: 100 }, (_, nth) => `prod/service-${nth}`);

/** One contender before one server of its own, on which `ID` is `OLD`. */
interface Trial {
  readonly server: LocalSecretsManager;
  readonly peer: Peer;
  /** Lets everything held pass its TTL. */
  expire(): Promise<void>;
}

/** One row: does something, and says what it cost. */
type Question = (trial: Trial) => Promise<string>;

const questions: Record<string, Question> = {
  '100 gets at once of one secret not held': async (trial) => {
    return costs(trial, await outcomes(hundredGets(trial), OLD));
  },
  '100 secrets not held, at once': async (trial) => {
    const { server, peer } = trial;
    for (const name of HUNDRED) server.createSecret({ name, secretString: OLD });
    const values = await (peer.getAll?.(HUNDRED) ?? Promise.all(HUNDRED.map((id) => peer.get(id))));
    assert.equal(values.length, 100);
    return costs(trial, await outcomes(values, OLD));
  },
  '100 gets at once past the TTL, secret unchanged': async (trial) => {
    await warm(trial);
    await trial.expire();
    return costs(trial, await outcomes(hundredGets(trial), OLD));
  },
  'a get in each of five TTLs, secret unchanged': async (trial) => {
    await warm(trial);
    const values: unknown[] = [];
    for (let window = 0; window < 5; window += 1) {
      await trial.expire();
      values.push(await trial.peer.get(ID));
    }
    return costs(trial, await outcomes(values, OLD));
  },
  '100 gets at once past the TTL, service down': async (trial) => {
    await warm(trial);
    const before = unhandled.length;
    goDown(trial);
    await trial.expire();
    const seen = await outcomes(hundredGets(trial), OLD);
    const crash = unhandled.length > before ? ', unhandled rejection' : '';
    return `${counts(trial)}: ${seen}${crash}`;
  },
  '100 more, one after another, service still down': async (trial) => {
    await warm(trial);
    goDown(trial);
    await trial.expire();
    await outcomes(hundredGets(trial), OLD);
    trial.server.resetCalls();
    const gets: Promise<unknown>[] = [];
    for (let nth = 0; nth < 100; nth += 1) {
      gets.push(trial.peer.get(ID));
      await Promise.allSettled(gets.slice(-1));
    }
    return `${counts(trial)}: ${await outcomes(gets, OLD)}`;
  },
  '100 gets at once of one secret not held, service down': async (trial) => {
    goDown(trial);
    const seen = await outcomes(hundredGets(trial), OLD);
    return `${counts(trial)}: ${seen}`;
  },
  'the first get past the TTL after a rotation': async (trial) => {
    await warm(trial);
    rotate(trial);
    await trial.expire();
    return costs(trial, await outcomes([trial.peer.get(ID)], NEW));
  },
  'the first get past the TTL after a rollback': async (trial) => {
    await warm(trial);
    rotate(trial);
    await trial.expire();
    await trial.peer.get(ID);
    trial.server.resetCalls();
    trial.server.moveLabel(ID, 'AWSCURRENT', FIRST_VERSION);
    await trial.expire();
    return costs(trial, await outcomes([trial.peer.get(ID)], OLD));
  },
  'AWSPREVIOUS, while AWSCURRENT is held': async (trial) => {
    rotate(trial);
    await warm(trial, NEW);
    return previous(trial);
  },
  'AWSPREVIOUS, after a rotation was seen': async (trial) => {
    await warm(trial);
    rotate(trial);
    await trial.expire();
    await trial.peer.get(ID);
    trial.server.resetCalls();
    return previous(trial);
  },
};

// A rejection that nobody handles ends a Node process; here it is noted instead.
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

const installed = contenders.filter(isInstalled);
const missing = contenders.filter((contender) => !isInstalled(contender));

const columns: string[][] = [];
for (const contender of installed) {
  await isRight(contender);
  columns.push(await Promise.all(Object.values(questions).map((ask) => trialOf(contender, ask))));
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
console.log(line(['', ...installed.map(({ name }) => name)]));
console.log(line(['---', ...installed.map(() => '---')]));
for (const [row, title] of Object.keys(questions).entries()) {
  console.log(line([title, ...columns.map((column) => column[row] ?? '')]));
}
console.log(`
G: GetSecretValue, D: DescribeSecret, B: BatchGetSecretValue, as they reached a \`LocalSecretsManager\`; the SDK's retries
are off. Down: HTTP 503. Where nothing is said, every caller had the right value. lru-cache has its option
\`allowStaleOnFetchRejection\`.${unhandled.length === 0 ? '' : UNHANDLED}

Printed by \`npx tsx --tsconfig bench/tsconfig.json bench/calls.ts\` on Node ${process.version}, with
${versions().join(', ')}.`);
if (missing.length > 0) {
  const names = missing.map(({ name }) => name).join(', ');
  console.log(`\nNot installed, so left out: ${names}. \`npm --prefix bench ci\` installs them.`);
}

/** Right before counted: a cold and a warm get both answer with the secret's value. */
async function isRight(contender: Contender): Promise<void> {
  await trialOf(contender, async (trial) => {
    await warm(trial);
    return '';
  });
}

async function trialOf({ open, shortestTtlMs: ttlMs }: Contender, ask: Question): Promise<string> {
  await using server = await LocalSecretsManager.start();
  server.createSecret({ name: ID, secretString: OLD, versionId: FIRST_VERSION });
  const peer = await open(server, ttlMs);
  try {
    return await ask({ server, peer, expire: () => delay(ttlMs * 1.1) });
  } finally {
    await peer.close?.();
  }
}

async function warm({ server, peer }: Trial, expected = OLD): Promise<void> {
  assert.equal(await peer.get(ID), expected);
  assert.equal(await peer.get(ID), expected);
  server.resetCalls();
}

function hundredGets({ peer }: Trial): Promise<unknown>[] {
  return HUNDRED.map(() => peer.get(ID));
}

function goDown({ server }: Trial): void {
  server.faults.inject({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
}

function rotate({ server }: Trial): void {
  server.startRotation(ID).createSecret(NEW).setSecret().testSecret().finishSecret();
}

async function previous(trial: Trial): Promise<string> {
  const { getStage } = trial.peer;
  if (getStage === undefined) return 'no way to ask';
  return costs(trial, await outcomes([getStage(ID, 'AWSPREVIOUS')], OLD, "AWSCURRENT's value"));
}

/** What it cost; and, unless every get was answered with `expected`, what the callers saw. */
function costs(trial: Trial, seen: string): string {
  return seen === 'values' ? counts(trial) : `${counts(trial)}: ${seen}`;
}

function counts({ server }: Trial): string {
  const operations = ['DescribeSecret', 'GetSecretValue', 'BatchGetSecretValue'] as const;
  const made = operations.filter((operation) => server.count(operation) > 0);
  assert.equal(
    server.count(),
    made.reduce((sum, operation) => sum + server.count(operation), 0),
  );
  return made.map((operation) => `${server.count(operation)} ${operation[0]}`).join(' + ') || 'no call';
}

/** What the callers saw: `values` where all saw `expected`, else how many saw what. */
async function outcomes(
  gets: readonly unknown[],
  expected: string,
  another = 'another value',
): Promise<string> {
  const kinds = (await Promise.allSettled(gets)).map((get) => {
    if (get.status === 'rejected') return 'errors';
    if (get.value === undefined) return '`undefined`';
    return get.value === expected ? 'values' : another;
  });
  const distinct = [...new Set(kinds)];
  if (distinct.length === 1) return kinds[0] ?? '';
  return distinct.map((kind) => `${kinds.filter((other) => other === kind).length} ${kind}`).join(', ');
}

function versions(): string[] {
  const packages = ['@aws-sdk/client-secrets-manager', ...installed.flatMap(({ from }) => from ?? [])];
  return packages.map((name) => `${name} ${versionOf(name)}`);
}
