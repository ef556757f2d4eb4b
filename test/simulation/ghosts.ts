/** I10 for failures: what is remembered of ids that never were is bounded too. */

import { nameOf, type Operation, type Subject } from './subject.ts';
import { demand } from './violation.ts';

/** A failure is forgotten once `maxEntries` others are younger; an answer from memory then is one from a memory too long. */
export function checkGhost(subject: Subject, operation: Operation): void {
  const { end, keys, kind, tick, number, step } = operation;
  const [key] = keys;
  if (kind !== 'get' || key === undefined || !key.id.startsWith('ghost') || end?.failed !== true) return;
  if (end.step !== step || end.error === operation.reason || subject.closedTick !== undefined) return;
  const about = subject.requests.about(key.id);
  if (about.some((request) => request.end === undefined || request.tick > tick)) return;
  const lastUse = lastUseOf(subject, operation, key.id);
  if (lastUse < 0 || subject.floors.some((floor) => floor.tick > lastUse)) return;
  const younger = [...subject.past.keys()].filter(
    (id) => id !== key.id && id.startsWith('ghost') && hasFailed(subject, id, lastUse),
  );
  const what = `${subject.name} #${number}: ${key.id} is remembered behind ${younger.length} younger failures`;
  const why = wasLeftAtOnce(subject) ? '; a get was once left in the turn in which it began' : '';
  demand(younger.length < subject.options.maxEntries, 'I10', `${what}${why}`);
}

/** Whether a caller was told of a failure of it since, and so it is remembered. */
function hasFailed(subject: Subject, id: string, since: number): boolean {
  const operations = subject.past.get(id) ?? [];
  // Of what comes back together, nobody can say what was placed last.
  const sinceStep = Math.max(-1, ...operationsUntil(subject, since));
  return operations.some(({ kind, end, reason }) => {
    if (kind !== 'get' || end?.failed !== true || end.error === reason || end.step <= sinceStep) return false;
    return nameOf(end.error) !== 'ERR_SECRET_TIMEOUT';
  });
}

/** The steps in which operations ended, up to that tick. */
function operationsUntil({ past }: Subject, tick: number): number[] {
  return [...past.values()]
    .flat()
    .flatMap(({ end }) => (end !== undefined && end.tick <= tick ? [end.step] : []));
}

/** Of any id: one that is held on to for ever spoils the order in which the others are forgotten. */
function wasLeftAtOnce({ past }: Subject): boolean {
  return [...past.values()]
    .flat()
    .some(({ step, end, reason, kind }) => end?.step === step && (end.error === reason || kind === 'next'));
}

function lastUseOf(subject: Subject, operation: Operation, id: string): number {
  const others = [...(subject.past.get(id) ?? []), ...subject.pending].filter(
    (other) => other !== operation && other.keys.some((key) => key.id === id),
  );
  const uses = others.map(({ tick, end }) => end?.tick ?? tick);
  const answers = subject.requests.about(id).map(({ end }) => end?.tick ?? -1);
  return Math.max(-1, ...uses, ...answers);
}
