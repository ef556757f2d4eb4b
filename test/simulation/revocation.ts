/** A denial that was confirmed takes the value away: nothing asked for before it is served again. */

import { isSince, isUsable, supporting } from './evidence.ts';
import type { Request } from './requests.ts';
import type { Operation, Subject } from './subject.ts';
import { demand } from './violation.ts';

interface Revocation {
  readonly id: string;
  readonly tick: number;
  /** When the confirming call left. */
  readonly sentTick: number;
}

const revocations = new WeakMap<Subject, Revocation[]>();

/** The library says that it has been denied what it holds. */
export function noteSuspected(subject: Subject, id: string): void {
  const denial = lastDenial(subject, id);
  if (denial === undefined) return;
  subject.suspicions.push({ id, tick: denial.tick, heardTick: subject.world.tick() });
}

/** The library says that it has dropped what it held. */
export function noteRevoked(subject: Subject, id: string): void {
  const denial = lastDenial(subject, id);
  if (denial === undefined) return;
  const known = revocations.get(subject) ?? [];
  known.push({ id, tick: subject.world.tick(), sentTick: denial.tick });
  revocations.set(subject, known);
}

function lastDenial({ requests }: Subject, id: string): Request | undefined {
  return requests
    .about(id)
    .findLast((request) => request.region === 0 && requests.failureOf(request, id) !== undefined);
}

export function checkRevoked(subject: Subject, operation: Operation): void {
  const { end, number, tick } = operation;
  for (const { key, secret } of end?.secrets ?? []) {
    const last = (revocations.get(subject) ?? []).findLast(({ id, tick: at }) => id === key.id && at < tick);
    if (last === undefined) continue;
    const grounds = supporting(subject, key, secret).filter((request) =>
      isUsable(subject, operation, request),
    );
    // What is evicted is forgotten, and with it that it was denied.
    const isForgotten = subject.options.maxEntries < 1_000;
    const isNewer = grounds.some((request) => {
      if (request.tick <= last.sentTick) return (request.end?.tick ?? 0) > tick;
      return isForgotten || isSince(subject, key, request, last.sentTick);
    });
    demand(isNewer, 'I4', `${subject.name} #${number}: ${key.id} = ${secret.versionId} was revoked`);
  }
}
