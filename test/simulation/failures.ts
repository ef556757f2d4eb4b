/** Errors are earned: each one a caller gets was upstream's, its own signal's, or time's; none of them holds a value. */

import { inspect } from 'node:util';

import { isExcused, wasTooLate } from './evidence.ts';
import { ageMs } from './process.ts';
import type { Request } from './requests.ts';
import { CANARY } from './secrets.ts';
import type { Key, Operation, OperationEnd, Subject } from './subject.ts';
import { nameOf } from './subject.ts';
import { demand } from './violation.ts';

/** What makes a cache drop what it holds, or tells its caller that the request is at fault. */
const VERDICTS: readonly string[] = [
  'ERR_SECRET_NOT_FOUND',
  'ERR_SECRET_DELETED',
  'ERR_SECRET_ACCESS_DENIED',
  'ERR_SECRET_DECRYPTION',
  'ERR_SECRET_INVALID_REQUEST',
];

export function checkFailure(subject: Subject, operation: Operation): void {
  const { end, controller, reason, number } = operation;
  if (end?.failed !== true) return;
  const what = `${subject.name} #${number}`;
  if (controller?.signal.aborted === true && end.error === reason) return;
  const code = nameOf(end.error);
  demand(
    end.error instanceof subject.library.SecretCacheError,
    'I12',
    `${what} failed with ${code}, which isn't its own`,
  );
  demand(!textOf(end.error, subject.searchesDeep).includes(CANARY), 'I11', `${what}: a value in an error`);
  demand(
    isEarned(subject, operation, end, code),
    code === 'ERR_CACHE_CLOSED' ? 'I12' : 'I1',
    `${what} failed with ${code}, which nothing explains`,
  );
}

/** Everything that may be printed of an error; in some runs, everything that may be found in it. */
function textOf(error: unknown, isDeep: boolean): string {
  if (isDeep) return inspect(error, { depth: 6, showHidden: true });
  const { message, cause } = error as Error;
  return `${message} ${String(cause)} ${JSON.stringify(error)} ${JSON.stringify(cause) ?? ''}`;
}

function isEarned(subject: Subject, operation: Operation, end: OperationEnd, code: string): boolean {
  if (code === 'ERR_CACHE_CLOSED') return subject.closedTick !== undefined;
  if (operation.keys.length === 0) return true;
  if (code === 'ERR_SECRET_TIMEOUT' && hasWaited(subject, operation, end)) return true;
  return isElsewhere(subject, code) || operation.keys.some((key) => wasSeen(subject, operation, key, code));
}

/** Given up at its deadline; a batch is given up only when the last of those in it has done so, at this same instant. */
function isOverdue(subject: Subject, request: Request): boolean {
  const { process, options } = subject;
  const { end, at, isPage, kind } = request;
  const isLate = ageMs(at, end?.at ?? process.now) >= options.attemptTimeoutMs - 1e-6;
  if (end !== undefined)
    return wasTooLate(subject, request) || (kind === 'batch' && end.how === 'left' && isLate);
  // The deadline of a page is that of the first one.
  if (isPage) return true;
  return isLate;
}

const TIMEOUT = 'ERR_SECRET_TIMEOUT';
/** How long a failure is remembered that nothing held stands in for. */
const REMEMBERED_MS = 10_000;

function hasWaited(subject: Subject, operation: Operation, end: OperationEnd): boolean {
  const { attemptTimeoutMs, waitBudgetMs } = subject.options;
  const waitedMs = ({ at }: Operation): number => end.at.monoMs - at.monoMs;
  if (waitedMs(operation) >= waitBudgetMs - 1e-6) return true;
  if (subject.regions === undefined && subject.agent?.hasBehind !== true) return false;
  // Of an `awsSource` that isn't the cache's own, time in its queue counts as time of the call, which another may have begun.
  const others = operation.keys.flatMap(({ id }) => subject.past.get(id) ?? []);
  // What is remembered was judged when it was told for the first time.
  const isRemembered = others.some(
    (other) =>
      other !== operation &&
      other.end !== undefined &&
      nameOf(other.end.error) === TIMEOUT &&
      ageMs(other.end.at, end.at) <= REMEMBERED_MS,
  );
  if (subject.agent !== undefined && isRemembered) return true;
  return [...others, ...subject.pending].some(
    (other) => (other.end?.step ?? end.step) === end.step && waitedMs(other) >= attemptTimeoutMs - 1e-6,
  );
}

/** A Region that is down for one secret is down for all: a call that waited in its queue fails as the others did. */
function isElsewhere(subject: Subject, code: string): boolean {
  if (subject.regions === undefined || VERDICTS.includes(code)) return false;
  return subject.requests.all.some(
    (request) =>
      request.region === 0 &&
      ([...request.failures.values()].includes(code) ||
        (code === 'ERR_SECRET_TIMEOUT' && request.end?.how === 'timeout')),
  );
}

/** Whether upstream has ever failed so for that id. Of several Regions the primary alone: nobody else's refusal is believed. */
function wasSeen(subject: Subject, operation: Operation, key: Key, code: string): boolean {
  for (const request of subject.requests.about(key.id)) {
    if (request.region > 0 && !(request.kind === 'describe' && request.end?.how === 'answer')) continue;
    if (subject.requests.failureOf(request, key.id) === code) return true;
    if (code === 'ERR_SECRET_TIMEOUT' && isOverdue(subject, request)) return true;
    // A description that doesn't list the label any more says the same.
    const { stage } = key;
    if (code === 'ERR_SECRET_NOT_FOUND' && request.kind === 'describe' && request.end?.how === 'answer') {
      if (!request.shows.some(({ stages }) => stages.includes(stage ?? ''))) return true;
    }
  }
  return code === 'ERR_SECRET_TIMEOUT' && isExcused(subject, operation, key, -1);
}
