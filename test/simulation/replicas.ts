/**
 * What a replica's answer is worth: none, where it puts a label elsewhere than the primary has just shown it.
 *
 * Two readings of one rule. An answer that was `surelyKeptBack` supports nothing: a value that rests on it alone is a
 * label moved back. One that was `maybeKeptBack` needn't have been heeded.
 */

import { ageMs } from './process.ts';
import type { Request, Show } from './requests.ts';
import type { Subject } from './subject.ts';

/** For a label of one secret: whether the last that the primary showed of it speaks against this answer. */
export function surelyKeptBack(subject: Subject, request: Request, show: Show, stage: string): boolean {
  const { region, tick, end } = request;
  if (region === 0 || end === undefined) return false;
  const heard = primaryOn(subject, show.name).filter((other) => (other.end?.tick ?? 0) < end.tick);
  // What came in meanwhile, or in a batch, whose items may go unheeded, leaves a doubt.
  if (heard.some((other) => other.kind === 'batch' || (other.end?.tick ?? 0) >= tick)) return false;
  const latestFirst = heard.toSorted((a, b) => b.tick - a.tick);
  const holderIn = ({ shows }: Request): Show | undefined =>
    shows.find((each) => each.name === show.name && each.stages.includes(stage));
  const last = latestFirst.find((other) => holderIn(other) !== undefined);
  const holder = last === undefined ? undefined : holderIn(last);
  if (last === undefined || holder === undefined || !isRecent(subject, last, request)) return false;
  // Later ones that show either of the two without the label, or no such label, tell that it has moved since.
  const later = latestFirst.slice(0, latestFirst.indexOf(last));
  const tells = ({ kind, shows }: Request): boolean =>
    kind === 'describe' ||
    shows.some((each) => each.versionId === holder.versionId || each.versionId === show.versionId);
  return !later.some(tells) && (holder.arn !== show.arn || holder.versionId !== show.versionId);
}

/** Whether anything that the primary showed of the secret lately speaks against this answer, in any way. */
export function maybeKeptBack(subject: Subject, request: Request): boolean {
  const { region, end, shows } = request;
  if (region === 0 || end === undefined) return false;
  return shows.some((show) =>
    primaryOn(subject, show.name).some(
      (other) =>
        (other.end?.tick ?? Infinity) < end.tick &&
        isRecent(subject, other, request) &&
        !agree(other.shows, shows, show.name),
    ),
  );
}

/** The primary's answers about a secret. */
function primaryOn({ requests }: Subject, name: string): readonly Request[] {
  return requests.ofPrimary(name);
}

function isRecent({ regions }: Subject, primary: Request, { end }: Request): boolean {
  return end !== undefined && ageMs(primary.at, end.at) < (regions?.failover.lagWindowMs ?? 0);
}

/** Whether two answers about a secret say the same of every label that either of them speaks of. */
function agree(one: readonly Show[], other: readonly Show[], name: string): boolean {
  const told = (shows: readonly Show[]): string =>
    shows
      .filter((show) => show.name === name)
      .map(({ arn, versionId, stages }) => `${arn} ${versionId} ${stages.toSorted().join()}`)
      .toSorted()
      .join('; ');
  return told(one) === told(other);
}
