/** I5 and I6: how many calls there are at once, and how soon after a failure the next one comes. */

import { ageMs } from './process.ts';
import type { Request } from './requests.ts';
import { nameOf, type Operation, type Subject } from './subject.ts';
import { demand } from './violation.ts';

/** A timer this late was held up by a freeze. */
const FREEZE_MS = 1_000;

/** Checks a request that leaves now. */
export function checkSend(subject: Subject, request: Request): void {
  checkConcurrency(subject, request);
  if (request.isSearch || request.isPage) return;
  for (const id of request.ids) {
    checkSingle(subject, request, id);
    checkBackoff(subject, request, id);
  }
}

/** Slots are freed when a call is given up, whatever becomes of it upstream. */
function checkConcurrency(subject: Subject, request: Request): void {
  const { maxConcurrency, agent } = subject;
  // Each Region has as many; the agent, its connections.
  const live = [...subject.requests.live].filter(
    ({ region, isAgents }) => region === request.region && isAgents === request.isAgents,
  );
  const allowed = request.isAgents ? (agent?.maxConnections ?? 0) : maxConcurrency;
  demand(live.length <= allowed, 'I6', `${subject.name}: ${live.length} calls at once, ${allowed} allowed`);
  const describes = live.filter(({ kind }) => kind === 'describe').length;
  const most = Math.ceil(maxConcurrency / 2);
  demand(describes <= most, 'I6', `${subject.name}: ${describes} descriptions at once, ${most} allowed`);
}

/** One flight for one thing asked, since the last moment that forbade joining what was under way. */
function checkSingle(subject: Subject, request: Request, id: string): void {
  // Read by both, it may be a label's flight that follows a description, and a caller's own.
  if (request.stage !== undefined && request.versionId !== undefined) return;
  const isOverdue = (other: Request): boolean =>
    other.ids.includes(id) && ageMs(other.at, subject.process.now) > subject.options.attemptTimeoutMs;
  const overdue = [...subject.requests.live].filter(isOverdue);
  // Nobody joins a flight whose call is overdue by either clock: it goes on beside the one that is begun in its stead.
  if (overdue.some((other) => isSame(other, request))) subject.startGeneration(new Set([id]));
  const generation = subject.generationOf(id);
  const rivals = [...subject.requests.live].filter(
    (other) =>
      other !== request &&
      !other.isSearch &&
      other.tick > generation.tick &&
      other.ids.includes(id) &&
      isSame(other, request) &&
      !isOverdue(other),
  );
  const isDisturbed = [...subject.pending].some(
    ({ disturbances }) => disturbances < subject.process.disturbances,
  );
  const allowed =
    overdue.length +
    (isDisturbed ? 1 : 0) +
    generation.before.filter((other) => !hasBrought(other, id)).length +
    generation.unsent;
  const mayGoOn = subject.regions !== undefined && mayStillFly(subject, request, id);
  demand(
    rivals.length <= allowed || mayBeRefreshed(subject, id) || mayGoOn,
    'I5',
    `${subject.name}: request ${request.number} for ${id} while ${rivals.map(({ number }) => number).join()} is under way`,
  );
}

function isSame(one: Request, other: Request): boolean {
  if ((one.kind === 'describe') !== (other.kind === 'describe')) return false;
  if (one.kind === 'describe') return true;
  return stageOf(one) === stageOf(other) && one.versionId === other.versionId;
}

function stageOf({ kind, stage }: Request): string | undefined {
  return kind === 'batch' ? 'AWSCURRENT' : stage;
}

/** Whether somebody inside `withSecret` may have refreshed it, or another id of the same secret, at any time. */
function mayBeRefreshed(subject: Subject, id: string): boolean {
  const isRecent = ({ end }: Operation): boolean =>
    end === undefined || ageMs(end.at, subject.process.now) <= subject.options.attemptTimeoutMs;
  const all = [...subject.pending, ...[...subject.past.values()].flat()];
  const inside = all.filter((operation) => operation.kind === 'withSecret' && isRecent(operation));
  return inside.some(({ keys }) => keys.some((key) => subject.aliasesOf(key.id).has(id)));
}

/** An attempt lost to a freeze is made once more by its flight, though nobody may join that any more. */
export function noteEnd(subject: Subject, { ids, at, end }: Request): void {
  if (end === undefined || end.how === 'answer' || end.how === 'failure') return;
  const overdueMs = ageMs(at, end.at) - subject.options.attemptTimeoutMs;
  // One that is overdue and passed on goes on too: somebody else is asked.
  if (overdueMs > (end.how === 'passed on' ? 0 : FREEZE_MS)) subject.startGeneration(new Set(ids), 1);
}

/** A read that has brought its answer is followed by nothing. */
function hasBrought({ kind, end, shows }: Request, id: string): boolean {
  return kind === 'read' && end?.how === 'answer' && shows.length > 0 && id !== '';
}

/** How long a flight may go on when its caller's wait is over; 0 where only one is asked. */
function longestFlightMs({ regions, agent, options }: Subject): number {
  const { attemptTimeoutMs } = options;
  if (regions !== undefined)
    return regions.lagMs.length * (regions.failover.regionTimeoutMs + attemptTimeoutMs);
  return agent === undefined ? 0 : agent.behindAfterMs + 2 * attemptTimeoutMs;
}

const UNSERVED_CAP_MS = 10_000;

/** Between failures of what was never there, calls keep the backoff's lower bound. */
function checkBackoff(subject: Subject, request: Request, id: string): void {
  if (!id.startsWith('ghost')) return;
  const failure = subject.requests
    .about(id)
    .findLast(
      (other) =>
        other.end?.how === 'failure' &&
        other.tick < request.tick &&
        other.region === request.region &&
        isSame(other, request),
    );
  if (failure === undefined || failure.end === undefined || subject.generationOf(id).tick > failure.tick)
    return;
  if (failure.kind === 'batch') return;
  // An expired signature is renewed at once.
  if (failure.failures.get('*') === 'ERR_SECRET_CREDENTIALS') return;
  // One that was waiting for its slot by then could not know.
  const { end } = failure;
  if ([...subject.pending].some((other) => other.tick < end.tick && other.keys.some((key) => key.id === id)))
    return;
  if (mayStillFly(subject, failure, id)) return;
  const { baseMs = 1_000, capMs = 300_000 } = subject.options.backoff;
  const leastMs = Math.min(baseMs, capMs, UNSERVED_CAP_MS) / 2;
  const passedMs = ageMs(failure.end.at, subject.process.now);
  demand(
    passedMs >= leastMs - 1e-6 || subject.mayHaveForgotten(id, failure),
    'I6',
    `${subject.name}: ${id} was asked for again ${passedMs} ms after it failed`,
  );
}

/**
 * Over several Regions, or an agent and the service behind it, a flight asks one after another: one that nobody waits for any
 * more may come to the next of them long after its caller's wait was over, and beside the flight that was begun in its stead.
 */
function mayStillFly(subject: Subject, { tick }: Request, id: string): boolean {
  const { past, process } = subject;
  const longestMs = longestFlightMs(subject);
  if (longestMs === 0) return false;
  return (past.get(id) ?? []).some(
    (operation) =>
      operation.tick < tick &&
      operation.end?.failed === true &&
      nameOf(operation.end.error) === 'ERR_SECRET_TIMEOUT' &&
      ageMs(operation.end.at, process.now) < longestMs,
  );
}
