/** One policy in one kind of trouble: clients that read, or log in, once a second, and all that they saw. */

import type { Progress } from '../question.ts';
import { Fleet, type Requests } from '../fleet/processes.ts';
import type { Policy } from '../fleet/reader.ts';
import type { Read } from '../fleet/witness.ts';

export const CLIENTS = 24;
export const SECRET = 's0';

/** Long enough after the start for what the policies hold to be of every age. */
export const BEGINS_AT_MS: number = 20 * 60_000;

/** A call that nobody answers, tried three times over, is over by then. */
const PATIENCE_MS = 10 * 60_000;

export interface Trouble {
  readonly name: string;
  readonly title: string;
  /** How long it lasts, in milliseconds; and how long is looked at from its beginning. */
  readonly lastsMs: number;
  readonly watchedMs: number;
  /** Called when it begins; what it gives back is called when it ends. */
  readonly strike: (fleet: Fleet) => () => void;
  /** What is done with each secret read; throws where it is refused. */
  readonly use?: (fleet: Fleet) => NonNullable<Requests['use']>;
}

/** The reads from the beginning of the trouble on, by when they were asked for since; and the calls made while it lasted. */
export interface Seen {
  readonly policy: Policy;
  readonly reads: readonly Read[];
  readonly calls: number;
}

export async function seenByAll(
  policies: readonly Policy[],
  trouble: Trouble,
  progress: Progress,
): Promise<readonly [Seen, ...Seen[]]> {
  const all: Seen[] = [];
  for (const [nth, policy] of policies.entries()) {
    progress(`${trouble.name}, ${policy.name}`, nth / policies.length);
    all.push(await seenBy(policy, trouble));
  }
  const [first, ...others] = all;
  if (first === undefined) throw new Error('there is no policy to measure');
  return [first, ...others];
}

export async function seenBy(policy: Policy, trouble: Trouble, clients: number = CLIENTS): Promise<Seen> {
  const fleet = new Fleet({ policy, processes: clients, secrets: 1 });
  const reads: Read[] = [];
  const untilMs = BEGINS_AT_MS + trouble.watchedMs;
  const endsAtMs = BEGINS_AT_MS + trouble.lastsMs;
  fleet.start(BEGINS_AT_MS / 2);
  fleet.time.at(BEGINS_AT_MS, () => fleet.time.at(endsAtMs, trouble.strike(fleet)));
  fleet.serve({
    perSecond: clients,
    untilMs,
    use: trouble.use?.(fleet),
    onRead: (read) => {
      if (read.askedAtMs >= BEGINS_AT_MS) reads.push(read);
    },
  });
  await fleet.run(Math.max(untilMs, endsAtMs) + PATIENCE_MS);
  return {
    policy,
    reads,
    calls: fleet.service.traffic.count({ fromMs: BEGINS_AT_MS, toMs: endsAtMs }),
  };
}

/** When the read was asked for, since the trouble began. */
function sinceMs({ askedAtMs }: Read): number {
  return askedAtMs - BEGINS_AT_MS;
}

export function hasFailed({ versionId }: Read): boolean {
  return versionId === undefined;
}

/** Of 100 reads that were asked for in this part of the time. */
export function of100(
  { reads }: Seen,
  isSuch: (read: Read) => boolean,
  fromMs = 0,
  toMs: number = Number.POSITIVE_INFINITY,
): number {
  const asked = reads.filter((read) => sinceMs(read) >= fromMs && sinceMs(read) < toMs);
  return (100 * asked.filter(isSuch).length) / asked.length;
}

/** When the last such read was asked for; 0 when there was none. */
export function lastMs({ reads }: Seen, isSuch: (read: Read) => boolean): number {
  return reads.reduce((last, read) => (isSuch(read) ? Math.max(last, sinceMs(read)) : last), 0);
}

/** The same of 100 for each bin of the time, as points of [minutes, of 100]. */
export function curveOf(
  seen: Seen,
  isSuch: (read: Read) => boolean,
  binMs: number,
  toMs: number,
): (readonly [number, number])[] {
  return Array.from({ length: Math.floor(toMs / binMs) }, (_, bin) => [
    (bin * binMs) / 60_000,
    of100(seen, isSuch, bin * binMs, (bin + 1) * binMs),
  ]);
}
