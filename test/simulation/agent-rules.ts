/**
 * When a cache must not be content with what an agent may have kept: its request must go through.
 *
 * Judged when a request is called for. What to ask is settled some moments before: at the start of the same step, or, if the
 * request had to wait for a connection or is made once more after a freeze, long ago. What such a request brings is judged by
 * `isSince` alone.
 */

import type { Query } from './agent-host.ts';
import { canLookThrough } from './agents.ts';
import { ageMs } from './process.ts';
import type { AskedFor, Request } from './requests.ts';
import type { Subject } from './subject.ts';
import { demand } from './violation.ts';

/** When a request that is called for now was asked for; the tick is 0 where that may be long ago. */
export function askedSince(subject: Subject, query: Query): AskedFor {
  const { agent, door, requests, world, process } = subject;
  const underWay = [...requests.live].filter(({ isAgents }) => isAgents).length + (door?.waiting ?? 0);
  const mayHaveWaited = underWay >= (agent?.maxConnections ?? 0);
  const tick = mayHaveWaited || isMadeOnceMore(subject, query) ? 0 : world.stepTick;
  return { tick, at: process.now };
}

export function checkAsked(subject: Subject, query: Query, { tick: askedTick }: AskedFor): void {
  const { agent, requests, options, name } = subject;
  if (agent === undefined || query.refreshNow || !canLookThrough(agent) || askedTick === 0) return;
  const { secretId, stage = '', versionId = '' } = query;
  const what = `${name}: ${secretId} ${stage} ${versionId} was asked for without a look`;
  const reads = requests.about(secretId).filter(hasAnswered);
  const looked = reads.filter(({ isThrough }) => isThrough);
  const hasLooked = (since: { readonly tick: number } | undefined): boolean =>
    since === undefined ||
    since.tick > askedTick ||
    looked.some((request) => request.tick > since.tick && isAbout(request, query)) ||
    isOfHeld(query, reads, since.tick);

  const dropped = subject.floors.findLast(({ kind, ids }) => kind === 'invalidate' && ids.has(secretId));
  demand(hasLooked(dropped), 'I3', `${what} after an invalidation`);
  // What is evicted is forgotten with all that was to be asked of it.
  if (options.maxEntries < 1_000) return;
  const refreshed = subject.floors.findLast(
    (floor) =>
      floor.kind === 'refresh' &&
      floor.asked === secretId &&
      floor.stage === query.stage &&
      floor.versionId === query.versionId &&
      floor.only === undefined,
  );
  demand(hasLooked(refreshed), 'I3', `${what} after a refresh`);
  const pushed = subject.pushes.findLast(
    (push) => push.id === secretId && push.concerns.includes(stage) && versionId === '',
  );
  demand(hasLooked(pushed), 'I3', `${what} after a push`);
  const denied = subject.suspicions.findLast(({ id }) => id === secretId);
  const isSettled =
    denied === undefined ||
    denied.heardTick > askedTick ||
    looked.some(({ tick }) => tick > denied.tick) ||
    hasTakenOver(reads, denied.heardTick);
  demand(isSettled, 'I4', `${what} after a denial`);
  checkProof(subject, query, reads, what);
}

/** The right to read is proven by a look, or by the read that brought the version: once in H at least. */
function checkProof(
  subject: Subject,
  { secretId, stage, versionId }: Query,
  reads: readonly Request[],
  what: string,
): void {
  const held = subject.cache.peek(secretId, {
    ...(stage !== undefined && { versionStage: stage }),
    ...(versionId !== undefined && { versionId }),
  });
  if (held === undefined) return;
  const isOf = ({ shows }: Request): boolean =>
    shows.some(({ arn, versionId: id }) => arn === held.arn && id === held.versionId);
  const landed = reads.toSorted((one, another) => (one.end?.tick ?? 0) - (another.end?.tick ?? 0));
  // Another version meanwhile, and this one may have been let go of and read anew.
  const other = landed.findLastIndex((request) => !isOf(request));
  const [first] = landed.slice(other + 1);
  if (
    first === undefined ||
    subject.floors.some(({ kind, tick }) => kind === 'invalidate' && tick > first.tick)
  )
    return;
  const failed = subject.requests
    .about(secretId)
    .some(({ end, failures }) => failures.size > 0 && (end?.tick ?? 0) > first.tick);
  if (failed) return;
  const proofs = [first, ...landed.filter((request) => request.isThrough && isOf(request))];
  const provenMs = Math.min(...proofs.map(({ at }) => ageMs(at, subject.process.now)));
  demand(
    provenMs < subject.servableMs,
    'I2',
    `${what}, ${provenMs} ms after the right to it was last proven`,
  );
}

/** The service behind is asked when the agent says nothing, or can't be made to look; never because it has refused. */
export function checkBehind(
  { agent, requests, process, name }: Subject,
  { ids: [id = ''], stage, versionId }: Request,
): void {
  const isSame = (other: Request): boolean =>
    other.isAgents && other.stage === stage && other.versionId === versionId;
  const ended = requests.about(id).filter((other) => isSame(other) && other.end !== undefined);
  const [last] = ended.toSorted((one, other) => (other.end?.tick ?? 0) - (one.end?.tick ?? 0));
  // Whether anybody listens there, a refused token leaves open.
  const isRefused = last?.end?.how === 'failure' && last.failures.get('*') !== 'ERR_SECRET_CREDENTIALS';
  const isNow = last?.end?.at.monoMs === process.now.monoMs;
  const isAllowed = agent === undefined || !isRefused || !isNow;
  demand(isAllowed, 'I1', `${name}: ${id} was asked for behind the agent, which had just refused it`);
}

/** At the instant at which an attempt was given up, whether it had left or not, and whoever was asked. */
function isMadeOnceMore({ door, process, requests }: Subject, { secretId }: Query): boolean {
  const { monoMs } = process.now;
  if (door?.givenUpMonoMs === monoMs) return true;
  return requests.about(secretId).some(({ end }) => end?.how === 'timeout' && end.at.monoMs === monoMs);
}

/** A version that is held for its label, which has been looked at since, may be asked for by its id. */
function isOfHeld({ versionId }: Query, reads: readonly Request[], sinceTick: number): boolean {
  if (versionId === undefined) return false;
  const since = reads.filter(({ tick }) => tick > sinceTick);
  const isShown = since.some(({ shows }) => shows.some((show) => show.versionId === versionId));
  return isShown && since.some(({ isThrough }) => isThrough);
}

/** Whether the secret was seen to be another since, made again under its name: nobody has denied that one. */
function hasTakenOver(reads: readonly Request[], sinceTick: number): boolean {
  const [since, before] = [true, false].map((isSince) =>
    reads
      .filter(({ end }) => (end?.tick ?? 0) > sinceTick === isSince)
      .flatMap(({ shows }) => shows.map(({ arn }) => arn)),
  );
  return since?.some((arn) => before?.includes(arn) !== true) === true;
}

function hasAnswered({ kind, end }: Request): boolean {
  return kind === 'read' && end?.how === 'answer';
}

function isAbout({ stage, shows }: Request, query: Query): boolean {
  const isLabels = query.stage === undefined || query.stage === stage;
  return shows.some(
    (show) =>
      (isLabels || show.stages.includes(query.stage ?? '')) &&
      (query.versionId === undefined || query.versionId === show.versionId),
  );
}
