// The demo as its reader runs it, and the promises it checks itself by.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';

import type { Call } from '../../demo/account.ts';
import { VALUE_MARK } from '../../demo/database.ts';
import { brokenPromises, tallyOf, type Evidence, type Part, type Tally } from '../../demo/evidence.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

const SCENES = ['cold start', 'steady state', 'rotation', 'throttling', 'outage', 'revocation'];

interface Run {
  readonly exitCode: unknown;
  /** All that it printed, for a failure's message. */
  readonly all: string;
  readonly lines: readonly string[];
}

async function runDemo(env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const { AWS_ENDPOINT_URL_SECRETS_MANAGER: _, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve('tsx/cli')),
      fileURLToPath(import.meta.resolve('../../demo/index.ts')),
    ],
    { env: { ...inherited, ...env }, cwd: fileURLToPath(import.meta.resolve('../../')) },
  );
  const [out, errors, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  // A secret on either stream would be one too many.
  expect(out + errors).not.toContain(VALUE_MARK);
  return {
    exitCode,
    all: out + errors,
    lines: out.trimEnd().split('\n'),
  };
}

/** The figures of a line of the table: Get, Batch and Describe of each contender. */
function figuresOf({ lines }: Run, label: string): number[] {
  const line = lines.find((candidate) => candidate.startsWith(`${label}  `)) ?? '';
  return line.slice(label.length).match(/\d+/g)?.map(Number) ?? [];
}

function expectConsistentTable(run: Run, scenes: readonly string[]): void {
  const rows = scenes.map((scene) => figuresOf(run, scene));
  expect(rows.map((row) => row.length)).toEqual(scenes.map(() => 9));
  const totals = figuresOf(run, 'total');
  expect(totals).toEqual(totals.map((_, column) => sum(rows.map((row) => row[column] ?? 0))));
  expect(figuresOf(run, 'all calls')).toEqual(perContender(totals));
  const forValues = totals.filter((_, column) => column % 3 !== 2);
  expect(figuresOf(run, 'of them for a value')).toEqual(
    [0, 2, 4].map((at) => sum(forValues.slice(at, at + 2))),
  );
  const timeline = run.lines.flatMap(
    (line) => line.match(/ calls (\d+) \| (\d+) \| (\d+)/)?.slice(1, 4) ?? [],
  );
  expect(timeline.map(Number)).toEqual(rows.flatMap(perContender));
}

function perContender(row: readonly number[]): number[] {
  return [row.slice(0, 3), row.slice(3, 6), row.slice(6, 9)].map(sum);
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

describe.sequential('the demo', () => {
  test('keeps its promises, on a page, with a table that adds up', { timeout: 120_000 }, async () => {
    const run = await runDemo();
    expect(run.lines.at(-1), run.all).toBe('every promise held');
    expect(run.exitCode).toBe(0);
    expectConsistentTable(run, SCENES);
    expect(run.lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...run.lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test(
    'plays on a given endpoint, counts what it sends, skips what it cannot make, leaves nothing',
    { timeout: 120_000 },
    async () => {
      await using server = await LocalSecretsManager.start();
      const run = await runDemo({
        AWS_ENDPOINT_URL_SECRETS_MANAGER: server.endpoint,
        AWS_REGION: server.region,
        AWS_ACCESS_KEY_ID: 'AKIADEMO',
        AWS_SECRET_ACCESS_KEY: 'not-a-real-key',
      });
      expect(run.lines.at(-1), run.all).toBe('every promise held');
      expect(run.exitCode).toBe(0);
      expect(run.lines.filter((line) => line.includes('skipped')).length).toBe(2);
      expectConsistentTable(run, ['cold start', 'steady state', 'rotation', 'revocation']);

      const [get, batch, describeSecret] = [0, 1, 2].map((column) =>
        sum([0, 3, 6].map((contender) => figuresOf(run, 'total')[contender + column] ?? 0)),
      );
      expect({ get, batch, describeSecret }).toEqual({
        get: server.count('GetSecretValue'),
        batch: server.count('BatchGetSecretValue'),
        describeSecret: server.count('DescribeSecret'),
      });
      expect(server.count('CreateSecret')).toBeGreaterThan(0);
      const { SecretList } = await server
        .client()
        .send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
      expect(SecretList).toEqual([]);
    },
  );
});

function part(tally: Partial<Tally>, changes: Partial<Part> = {}): Part {
  return {
    tally: { GetSecretValue: 0, BatchGetSecretValue: 0, DescribeSecret: 0, ...tally },
    refusedCalls: 0,
    reads: 10,
    failedReads: 0,
    refusedLogins: 0,
    ...changes,
  };
}

/** A demo in which all went well, but for what is given of the cache's part in one scene. */
function evidence(changes: Partial<Evidence> = {}, scene = '', ofCache: Partial<Part> = {}): Evidence {
  const tallies: Readonly<Record<string, Partial<Tally>>> = {
    'cold start': { BatchGetSecretValue: 2 },
    rotation: { GetSecretValue: 2, DescribeSecret: 5 },
  };
  return {
    scenes: SCENES.map((name) => ({
      scene: name,
      parts: {
        'secretsmanager-cache': part(tallies[name] ?? { DescribeSecret: 5 }, {
          refusedCalls: 3,
          ...(name === scene && ofCache),
        }),
        'plain TTL cache': part({ GetSecretValue: 8 }),
        'no cache': part({ GetSecretValue: 10 }),
      },
    })),
    steadyDescribesAtMost: 5,
    pendingAnswers: 0,
    endsOnNewVersion: true,
    callsForPrevious: 0,
    previousIsRight: true,
    revocation: {
      refusedProcesses: 2,
      refusedAfterMs: 1_000,
      confirmedAfterMs: 1_000,
      failedReadsOfOthers: 0,
    },
    ...changes,
  };
}

const { revocation } = evidence();
const many = { GetSecretValue: 0, BatchGetSecretValue: 2, DescribeSecret: 1_000 };

test('no promise is broken when all went well, or when storms could not be made', () => {
  expect(brokenPromises(evidence())).toEqual([]);
  const { scenes, ...rest } = evidence();
  const calm = scenes.filter(({ scene }) => scene !== 'throttling' && scene !== 'outage');
  expect(brokenPromises({ scenes: calm, ...rest })).toEqual([]);
});

test.each<[promise: string, Evidence]>([
  [
    'cold start: one BatchGetSecretValue',
    evidence({}, 'cold start', { tally: { ...many, DescribeSecret: 1 } }),
  ],
  ['steady state: no value', evidence({}, 'steady state', { tally: { ...many, DescribeSecret: 0 } })],
  ['steady state: at most one DescribeSecret', evidence({ steadyDescribesAtMost: 4 })],
  ['every contender made the same reads', evidence({}, 'outage', { reads: 9 })],
  ['rotation: AWSCURRENT is never', evidence({ pendingAnswers: 1 })],
  ['rotation: every login', evidence({}, 'rotation', { refusedLogins: 1 })],
  ['rotation: no read', evidence({}, 'rotation', { failedReads: 1 })],
  ['rotation: both processes', evidence({ endsOnNewVersion: false })],
  ['rotation: AWSPREVIOUS is answered', evidence({ callsForPrevious: 1 })],
  ['rotation: AWSPREVIOUS is the version', evidence({ previousIsRight: false })],
  ['throttling: it reaches', evidence({}, 'throttling', { refusedCalls: 0 })],
  ['throttling: no read', evidence({}, 'throttling', { failedReads: 1 })],
  ['throttling: every login', evidence({}, 'throttling', { refusedLogins: 1 })],
  ['outage: it reaches', evidence({}, 'outage', { refusedCalls: 0 })],
  ['outage: no read', evidence({}, 'outage', { failedReads: 1 })],
  ['outage: every login', evidence({}, 'outage', { refusedLogins: 1 })],
  ['revocation: both', evidence({ revocation: { ...revocation, refusedProcesses: 1 } })],
  ['revocation: refused only', evidence({ revocation: { ...revocation, refusedAfterMs: 999 } })],
  ['revocation: refused only', evidence({ revocation: { ...revocation, refusedAfterMs: undefined } })],
  ['revocation: the other', evidence({ revocation: { ...revocation, failedReadsOfOthers: 1 } })],
])('a broken promise is named: %s', (promise, seen) => {
  expect(brokenPromises(seen)).toEqual([expect.stringContaining(promise)]);
});

test('calls that are not below the others’ break the promise about them', () => {
  expect(brokenPromises(evidence({}, 'outage', { tally: many }))).toEqual([
    'fewer calls than with a plain TTL cache',
    'fewer calls than with no cache',
  ]);
  const values = { GetSecretValue: 60, BatchGetSecretValue: 0, DescribeSecret: 0 };
  expect(brokenPromises(evidence({}, 'outage', { tally: values }))).toContain(
    'fewer values read than with a plain TTL cache',
  );
});

function call(operation: Call['operation']): Call {
  return { operation, outcome: 'ok', atMs: 0 };
}

test('calls are told apart by operation', () => {
  expect(tallyOf([call('DescribeSecret'), call('GetSecretValue'), call('DescribeSecret')])).toEqual({
    GetSecretValue: 1,
    BatchGetSecretValue: 0,
    DescribeSecret: 2,
  });
});
