/** I1 to I4: what a caller was given was right, young enough, asked for late enough, and not older than what came before. */

import { isExcused, isSince, isUsable, supporting } from './evidence.ts';
import { ageMs } from './process.ts';
import { maybeKeptBack } from './replicas.ts';
import { isNamedBy, type Request } from './requests.ts';
import type { Secrets } from './secrets.ts';
import type { Floor, Key, Operation, OperationEnd, Subject } from './subject.ts';
import { demand } from './violation.ts';
import type { Secret } from '../../src/index.ts';

export function checkValues(subject: Subject, secrets: Secrets, operation: Operation): void {
  const { end } = operation;
  if (end === undefined) return;
  for (const { key, secret } of end.secrets) checkValue(subject, secrets, operation, end, key, secret);
}

function checkValue(
  subject: Subject,
  secrets: Secrets,
  operation: Operation,
  end: OperationEnd,
  key: Key,
  secret: Secret,
): void {
  const { arn, name, versionId } = secret;
  const what = `${subject.name} #${operation.number}: ${key.id} ${key.stage ?? ''} ${key.versionId ?? ''} = ${versionId} of ${arn}`;
  demand(isNamedBy(key.id, { arn, name }), 'I1', `${what} is another secret`);
  demand(contentOf(secret) === secrets.contentOf(arn, versionId), 'I1', `${what} has another value`);

  const grounds = supporting(subject, key, { arn, versionId });
  demand(grounds.length > 0, 'I1', `${what} was never shown for that key`);
  const usable = grounds.filter((request) => isUsable(subject, operation, request));
  demand(usable.length > 0, 'I3', `${what} was asked for before an invalidation and came after it`);
  if (grounds.length === 0 || usable.length === 0) return;

  const hard = floorOf(subject, operation, key, secret, 'invalidate')?.tick ?? -1;
  demand(
    usable.some((request) => isSince(subject, key, request, hard)),
    'I3',
    `${what} was asked for before an invalidation`,
  );
  if (operation.kind === 'refresh') return checkRefresh(subject, operation, key, usable, secret, what);

  const landed = usable.filter((request) => (request.end?.tick ?? 0) > operation.tick);
  // Of several, one may have been had long before the last of them: it was young enough when the caller asked.
  const moments = operation.kind === 'getMany' ? [operation.at, end.at] : [end.at];
  const youngestMs = Math.min(
    ...usable.flatMap(({ at, asked }) =>
      moments.flatMap((moment) => [ageMs(at, moment), ageMs(asked.at, moment)]),
    ),
  );
  demand(
    landed.length > 0 || youngestMs <= subject.servableMs,
    'I2',
    `${what} is ${youngestMs} ms old: past H`,
  );
  if (operation.kind === 'peek') return;

  const refreshed = floorOf(subject, operation, key, secret, 'refresh');
  const soft = refreshed?.tick ?? -1;
  // An alias that wasn't asked for yet, and what was evicted since, know nothing of the refresh.
  const isKnown = refreshed?.asked === key.id && subject.options.maxEntries >= 1_000;
  const isAfter = (request: Request): boolean =>
    isKnown ? isSince(subject, key, request, soft) : request.tick > soft;
  demand(
    usable.some(isAfter) || isExcused(subject, operation, key, soft),
    'I3',
    `${what} was asked for before a refresh, and nothing has failed since`,
  );
  if (landed.length > 0) return;
  checkInTime(subject, operation, key, usable, youngestMs, what);
  checkOrder(subject, operation, key, usable, versionId, what);
}

/** A refresh is one call that starts after it; a forced one is content with another version that is held. */
function checkRefresh(
  subject: Subject,
  { tick, rejectedVersionId }: Operation,
  key: Key,
  usable: readonly Request[],
  secret: Secret,
  what: string,
): void {
  const isContent = rejectedVersionId !== undefined && secret.versionId !== rejectedVersionId;
  demand(
    isContent || usable.some((request) => isSince(subject, key, request, tick)),
    'I3',
    `${what} was asked for before the refresh`,
  );
}

/** Past its TTL a value needs an excuse: somebody waited, a call failed, or a replica lags. */
function checkInTime(
  subject: Subject,
  operation: Operation,
  key: Key,
  usable: readonly Request[],
  youngestMs: number,
  what: string,
): void {
  const { ttlMs, staleWhileRevalidateMs } = subject.options;
  const { maxAgeMs } = operation;
  const limitMs = maxAgeMs === undefined ? ttlMs + staleWhileRevalidateMs : Math.min(ttlMs, maxAgeMs);
  if (youngestMs <= limitMs) return;
  const since = Math.max(...usable.map(({ tick }) => tick));
  const hasRead = subject.requests
    .about(key.id)
    .some(({ end, shows, kind }) => kind === 'read' && (end?.tick ?? 0) > operation.tick && shows.length > 0);
  const why = hasRead ? 'nothing has failed, and another read has come back meanwhile' : 'nothing has failed';
  const isExplained = isExcused(subject, operation, key, since);
  demand(isExplained, 'I2', `${what} is ${youngestMs} ms old, past its TTL; ${why}`);
}

/** A read that left later and had come back before the operation began stands above all that left earlier. */
function checkOrder(
  subject: Subject,
  operation: Operation,
  key: Key,
  usable: readonly Request[],
  versionId: string,
  what: string,
): void {
  if (key.stage === undefined || key.versionId !== undefined) return;
  const { stage } = key;
  let latest = -1;
  for (const request of subject.requests.about(key.id)) {
    if (request.kind !== 'read' || request.end?.how !== 'answer' || request.end.tick > operation.tick)
      continue;
    if (!isUsable(subject, operation, request) || maybeKeptBack(subject, request)) continue;
    if (isOfBefore(subject, request)) continue;
    const [show] = request.shows;
    if (wasOvertaken(subject, request, key, versionId)) continue;
    if (request.stage === stage || show?.stages.includes(stage) === true)
      latest = Math.max(latest, request.asked.tick);
  }
  demand(
    usable.some(({ tick }) => tick >= latest),
    'I4',
    `${what} although a later read had shown otherwise`,
  );
}

/** What may have been kept, and was asked for before an invalidation, is for those alone who waited for it. */
function isOfBefore({ floors }: Subject, { asked, tick }: Request): boolean {
  return floors.some((floor) => floor.kind === 'invalidate' && asked.tick < floor.tick && floor.tick < tick);
}

/**
 * That a label is not on a version is a commit too, and the label is due from then on: a read that left before and comes
 * after changes nothing any more.
 */
function wasOvertaken(
  subject: Subject,
  { tick, end }: Request,
  { id, stage = '' }: Key,
  versionId: string,
): boolean {
  return subject.requests
    .about(id)
    .some(
      (other) =>
        other.tick > tick &&
        other.isThrough &&
        (other.end?.tick ?? Infinity) < (end?.tick ?? 0) &&
        other.shows.some((show) => show.versionId === versionId && !show.stages.includes(stage)),
    );
}

/** The last moment before which no call for this answer may have left. */
function floorOf(
  subject: Subject,
  operation: Operation,
  key: Key,
  secret: Secret,
  kind: Floor['kind'],
): Floor | undefined {
  let last: Floor | undefined;
  for (const floor of subject.floors) {
    if (floor.kind !== kind || floor.isVoid || floor.tick >= operation.tick || !floor.ids.has(key.id))
      continue;
    const isAsked = floor.stage === key.stage && floor.versionId === key.versionId;
    if (kind === 'refresh' && !isAsked) continue;
    if (floor.only !== undefined && floor.only !== secret.versionId) continue;
    if (last === undefined || floor.tick > last.tick) last = floor;
  }
  return last;
}

export function contentOf(secret: Secret): string {
  try {
    return secret.text();
  } catch {
    return new TextDecoder().decode(secret.bytes());
  }
}
