// The scenes. Each lets something happen to every contender alike, and returns what the promises need to know of it.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { Faults } from './account.ts';
import { isRefused } from './contender.ts';
import { newPassword } from './database.ts';
import type { Evidence } from './evidence.ts';
import type { ProcessName, Read } from './journal.ts';
import { TTL_MS } from './readers.ts';
import type { Stage } from './stage.ts';
import { printEvent, printNote } from './timeline.ts';

const PROCESSES: readonly ProcessName[] = ['lambda', 'server'];

/** The function reads three secrets on each beat, the server two. */
const SECRETS_ON_THE_BEAT = 5;

export async function coldStart(stage: Stage): Promise<void> {
  say(stage, 'cold start: a first invocation, a starting server, and 20 requests already waiting');
  await stage.scene('cold start', () =>
    stage.everyone(({ lambda, server }) => [
      lambda.invoke(),
      server.start(),
      ...Array.from({ length: 20 }, () => server.request()),
    ]),
  );
}

export async function steadyState(stage: Stage): Promise<Pick<Evidence, 'steadyDescribesAtMost'>> {
  say(stage, `steady state: nothing changes, for more than three TTLs of ${TTL_MS} ms`);
  const startedAtMs = stage.elapsedMs;
  await stage.scene('steady state', () => stage.beats(22));
  const ttls = Math.floor((stage.elapsedMs - startedAtMs) / TTL_MS);
  return { steadyDescribesAtMost: SECRETS_ON_THE_BEAT * (ttls + 1) };
}

type RotationEvidence = Pick<
  Evidence,
  'pendingAnswers' | 'endsOnNewVersion' | 'callsForPrevious' | 'previousIsRight'
>;

export async function rotation(stage: Stage): Promise<RotationEvidence> {
  const { cache, contenders, database, password, firstVersionId } = stage;
  const newVersionId = randomUUID();
  const newOne = newPassword();
  let promotedAtMs = Infinity;
  let after: AfterRotation = { endsOnNewVersion: false, callsForPrevious: NaN, previousIsRight: false };

  say(stage, 'rotation of db, in the four steps of a rotation function:');
  await stage.scene('rotation', async () => {
    await stage.beats(2);
    for (const contender of contenders) await contender.putPending(newVersionId, newOne);
    printNote('createSecret  AWSPENDING has a value now; the database does not know it');
    await stage.beats(7);
    database.accept(newOne);
    printNote('setSecret     the database accepts the new password beside the old one');
    stage.everyone(({ server }) => [server.testPending()]);
    printNote('testSecret    the server logs in with what it reads as AWSPENDING');
    await rightAfterEveryCheck(stage);
    promotedAtMs = Date.now();
    for (const contender of contenders) await contender.promote(firstVersionId, newVersionId);
    database.refuse(password);
    printNote('finishSecret  AWSCURRENT moves right after every check; the old password is refused');
    await stage.beats(8);
    await stage.settle();
    after = await afterRotation(stage, newOne);
    printNote(
      `AWSPREVIOUS   read by both processes: ${after.callsForPrevious} calls of secretsmanager-cache`,
    );
  });

  const current = cache.journal.reads.filter(({ versionStage }) => versionStage === 'AWSCURRENT');
  const early = current.filter(({ versionId, atMs }) => versionId === newVersionId && atMs < promotedAtMs);
  return { ...after, pendingAnswers: early.length };
}

/** The worst moment for a change: a whole TTL until the next check. */
async function rightAfterEveryCheck(stage: Stage): Promise<void> {
  await stage.settle();
  await delay(TTL_MS);
  await stage.beats(1);
  await stage.settle();
}

type AfterRotation = Omit<RotationEvidence, 'pendingAnswers'>;

/** In turn, so that every call between two marks is that of the one read between them. */
async function afterRotation(stage: Stage, newOne: string): Promise<AfterRotation> {
  // Past the TTL: the read of AWSCURRENT makes the check that shows both labels.
  await delay(TTL_MS);
  const ofCache = { endsOnNewVersion: true, callsForPrevious: 0, previousIsRight: true };
  for (const contender of stage.contenders) {
    for (const process of [contender.lambda, contender.server]) {
      const current = await process.read('db');
      const mark = contender.mark();
      const previous = await process.read('db', 'AWSPREVIOUS');
      if (contender !== stage.cache) continue;
      ofCache.callsForPrevious += contender.callsSince(mark).length;
      ofCache.endsOnNewVersion &&= current.text === newOne;
      ofCache.previousIsRight &&= previous.text === stage.password;
    }
  }
  return ofCache;
}

export async function throttling(stage: Stage): Promise<void> {
  await storm(stage, 'throttling', 'one call a second is left of each quota', (faults) => faults.throttle());
}

export async function outage(stage: Stage): Promise<void> {
  await storm(stage, 'outage', 'every connection is reset, for three TTLs', (faults) => faults.cutOff());
}

async function storm(
  stage: Stage,
  name: string,
  what: string,
  begin: (faults: Faults) => void,
): Promise<void> {
  const faults = stage.contenders.flatMap(({ account }) => account.faults ?? []);
  if (faults.length === 0) return say(stage, `${name}: skipped, it cannot be made to happen here`);
  say(stage, `${name}: ${what}`);
  await stage.scene(name, async () => {
    for (const one of faults) begin(one);
    await stage.beats(18);
    await stage.settle();
    for (const one of faults) one.end();
  });
}

/** The cache believes a denial that stands: it is played until both processes are refused, or this many beats. */
const REVOCATION_BEATS_AT_MOST = 80;

export async function revocation(stage: Stage): Promise<Pick<Evidence, 'revocation'>> {
  const { cache, contenders } = stage;
  const { how, confirmedAfterMs } = cache.account.revocation;
  const secretId = cache.account.idOf('api-key');
  const mark = cache.mark();
  const reads = (): Read[] => cache.journal.reads.slice(mark.reads);
  const refusals = (): Read[] => reads().filter((read) => read.secretId === secretId && hasFailed(read));
  const refused = (): ProcessName[] =>
    PROCESSES.filter((process) => isRefusedForGood(reads(), process, secretId));

  say(stage, `revocation: ${how}`);
  await stage.scene('revocation', async () => {
    for (const { account } of contenders) await account.revoke('api-key');
    for (let beat = 0; beat < REVOCATION_BEATS_AT_MOST && refused().length < 2; beat += 1) {
      await stage.beats(1);
    }
    await stage.beats(6);
  });

  const [firstDenial] = cache.callsSince(mark).filter(isRefused);
  const [firstRefusal] = refusals();
  const refusedAfterMs = firstDenial && firstRefusal && firstRefusal.atMs - firstDenial.atMs;
  printNote(
    `secretsmanager-cache: ${firstRefusal?.failure}, ${refusedAfterMs} ms after the first denial on the wire`,
  );
  return {
    revocation: {
      refusedProcesses: refused().length,
      refusedAfterMs,
      confirmedAfterMs,
      failedReadsOfOthers: reads().filter((read) => read.secretId !== secretId && hasFailed(read)).length,
    },
  };
}

/** Refused, and never answered after that. */
function isRefusedForGood(reads: readonly Read[], process: ProcessName, secretId: string): boolean {
  const own = reads.filter((read) => read.process === process && read.secretId === secretId);
  const first = own.findIndex(hasFailed);
  return first !== -1 && own.slice(first).every(hasFailed);
}

function hasFailed({ failure }: Read): boolean {
  return failure !== undefined;
}

function say(stage: Stage, text: string): void {
  printEvent(stage.elapsedMs, text);
}
