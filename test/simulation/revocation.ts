/** A denial that was confirmed takes the value away: nothing asked for before it is served again. */

import { isUsable, supporting } from './evidence.ts';
import type { Operation, Subject } from './subject.ts';
import { demand } from './violation.ts';

interface Revocation {
  readonly id: string;
  readonly tick: number;
  /** When the confirming call left. */
  readonly sentTick: number;
}

const revocations = new WeakMap<Subject, Revocation[]>();

/** The library says that it has dropped what it held. */
export function noteRevoked(subject: Subject, id: string): void {
  const denial = subject.requests
    .about(id)
    .findLast((request) => request.region === 0 && subject.requests.failureOf(request, id) !== undefined);
  if (denial === undefined) return;
  const known = revocations.get(subject) ?? [];
  known.push({ id, tick: subject.world.tick(), sentTick: denial.tick });
  revocations.set(subject, known);
}

export function checkRevoked(subject: Subject, operation: Operation): void {
  const { end, number, tick } = operation;
  for (const { key, secret } of end?.secrets ?? []) {
    const last = (revocations.get(subject) ?? []).findLast(({ id, tick: at }) => id === key.id && at < tick);
    if (last === undefined) continue;
    const grounds = supporting(subject, key, secret).filter((request) =>
      isUsable(subject, operation, request),
    );
    const isNewer = grounds.some(
      (request) => request.tick > last.sentTick || (request.end?.tick ?? 0) > tick,
    );
    demand(isNewer, 'I4', `${subject.name} #${number}: ${key.id} = ${secret.versionId} was revoked`);
  }
}
