/**
 * What the answers that a cache has received say of a key: the oracle's only ground for calling a value right.
 *
 * A value for a key is supported by a request whose answer showed that the key points at that version. The age of a
 * value is the age of the youngest request that supports it, counted from when that request left.
 */

import { ageMs, type Instant } from './process.ts';
import { surelyKeptBack } from './replicas.ts';
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
  const isRecent = (at: Instant): boolean => ageMs(at, end.at) <= longestMs;
  const hasFailed = subject.requests.about(key.id).some((request) => {
    if (request.end === undefined || request.end.tick <= sinceTick || !isRecent(request.end.at)) return false;
    if (request.end.how === 'timeout') return true;
    if (subject.requests.failureOf(request, key.id) !== undefined) return true;
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
