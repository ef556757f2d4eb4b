/**
 * What the answers that a cache has received say of a key: the oracle's only ground for calling a value right.
 *
 * A value for a key is supported by a request whose answer showed that the key points at that version. The age of a
 * value is the age of the youngest request that supports it, counted from when that request left.
 */

import { canLookThrough } from './agents.ts';
import { ageMs, type Instant } from './process.ts';
import { maybeKeptBack, surelyKeptBack } from './replicas.ts';
import { isNamedBy, type Request, type Show } from './requests.ts';
import type { Key, Operation, Subject } from './subject.ts';

/** One version of one secret. */
export interface Content {
  readonly arn: string;
  readonly versionId: string;
}

/** Every request that has shown, by now, that the key points at this version. */
export function supporting(subject: Subject, key: Key, content: Content): Request[] {
  const about = subject.requests.about(key.id);
  return about.filter((request) => {
    const { end, kind } = request;
    if (end === undefined) return false;
    const isShown = request.shows.some(
      (show) =>
        show.arn === content.arn &&
        isNamedBy(key.id, show) &&
        shows(request, show, key, content) &&
        !(key.stage !== undefined && surelyKeptBack(subject, request, show, key.stage)),
    );
    return isShown && (kind !== 'describe' || wasReadable(subject, key, content, end.tick, end.at));
  });
}

function shows(request: Request, show: Show, key: Key, content: Content): boolean {
  const { stage, versionId } = key;
  // A description of the secret is one of all its versions, listed or not.
  if (request.kind === 'describe' && stage === undefined) return !request.isOfDeleted;
  if (show.versionId !== content.versionId) return false;
  if (versionId !== undefined && versionId !== content.versionId) return false;
  if (stage === undefined) return true;
  if (request.kind === 'describe' && request.isOfDeleted) return false;
  return show.stages.includes(stage) || (request.kind === 'read' && request.stage === stage);
}

/** A description proves nothing about the right to read: that was proven within H, or it has to be proven again. */
function wasReadable(subject: Subject, key: Key, content: Content, tick: number, at: Instant): boolean {
  return subject.requests
    .about(key.id)
    .some(
      (request) =>
        request.kind !== 'describe' &&
        request.end !== undefined &&
        request.end.tick < tick &&
        ageMs(request.at, at) < subject.servableMs &&
        request.shows.some(({ arn, versionId }) => arn === content.arn && versionId === content.versionId),
    );
}

/** Whether an operation may go by it: an answer that an invalidation overtook is for those alone who waited already. */
export function isUsable(subject: Subject, operation: Operation, request: Request): boolean {
  return !subject.floors.some(
    (floor) =>
      floor.kind === 'invalidate' &&
      floor.tick < operation.tick &&
      request.tick < floor.tick &&
      (request.end?.tick ?? Infinity) > floor.tick,
  );
}

/**
 * Whether what a request showed is from after a moment: it left after it, and so did the call to the service. What an agent
 * kept from before counts only once the cache has looked through it since, and is then as old as the agent may make it.
 */
export function isSince(subject: Subject, key: Key, request: Request, tick: number): boolean {
  if (request.tick <= tick) return false;
  const { agent } = subject;
  if (request.shownTick > tick || agent === undefined || !canLookThrough(agent)) return true;
  return subject.requests
    .about(key.id)
    .some(
      (look) =>
        look.isThrough &&
        look.tick > tick &&
        (look.end?.tick ?? Infinity) < request.tick &&
        look.shows.some((show) => shows(look, show, key, show)),
    );
}

/** Whether a request was given up at its deadline, which may be that of the agent's turn too. */
export function wasTooLate({ options }: Subject, { at, end }: Request): boolean {
  if (end?.how !== 'passed on') return end?.how === 'timeout';
  return ageMs(at, end.at) >= options.attemptTimeoutMs - 1e-6;
}

/**
 * Whether the agent left a request to the service behind it, and it was given up in the queue there: time in the queue of an
 * `awsSource` that isn't the cache's own counts as time of the call.
 */
function waitedBehind(
  { requests, options }: Subject,
  { at, end, ids, stage }: Request,
  until: Instant,
): boolean {
  if (end?.how !== 'passed on' || ageMs(at, until) < options.attemptTimeoutMs - 1e-6) return false;
  const [id = ''] = ids;
  return !requests
    .about(id)
    .some(({ isAgents, tick, stage: other }) => !isAgents && tick > end.tick && other === stage);
}

/** What excuses that a value past its time, or from before a refresh, stands in. */
export function isExcused(subject: Subject, operation: Operation, key: Key, sinceTick: number): boolean {
  const { end } = operation;
  if (end === undefined) return false;
  const { staleWaitMs, waitBudgetMs, backoff } = subject.options;
  const waitMs = Math.max(1, Math.min(staleWaitMs, waitBudgetMs)) - 1e-6;
  // It waited as long as one has to.
  if (end.at.monoMs - operation.at.monoMs >= waitMs) return true;
  // A call failed, and the backoff isn't over; or what a description showed could not be read yet.
  const longestMs = Math.max(backoff.capMs ?? 0, 5_000);
  // Of several, one may have been had long before the last of them.
  const moments = operation.kind === 'getMany' ? [operation.at, end.at] : [end.at];
  const isRecent = (at: Instant): boolean => moments.some((moment) => ageMs(at, moment) <= longestMs);
  const hasFailed = subject.requests.about(key.id).some((request) => {
    if (request.end === undefined || request.end.tick <= sinceTick || !isRecent(request.end.at)) return false;
    if (wasTooLate(subject, request) || waitedBehind(subject, request, end.at)) return true;
    if (subject.requests.failureOf(request, key.id) !== undefined) return true;
    // An answer of a replica that is behind counts as a failure of its Region: the backoff begins (docs/failover.md).
    if (maybeKeptBack(subject, request)) return true;
    return request.kind === 'describe' && isPuzzling(request, key);
  });
  if (hasFailed) return true;
  // A call that never left its queue fails too.
  const others = [...(subject.past.get(key.id) ?? []), ...subject.pending];
  return others.some((other) => {
    if (other === operation || !other.keys.some(({ id }) => id === key.id)) return false;
    const { tick, at } = other.end ?? end;
    return tick > sinceTick && isRecent(at) && at.monoMs - other.at.monoMs >= waitMs;
  });
}

/** AWSCURRENT on its way from one version to another. */
function isPuzzling({ shows }: Request, { stage }: Key): boolean {
  return stage === 'AWSCURRENT' && !shows.some(({ stages }) => stages.includes('AWSCURRENT'));
}
