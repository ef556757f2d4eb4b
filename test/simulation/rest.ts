/** I7, I9, I10 and I14: everything ends, nothing stays behind, nothing grows, and the counters add up. */

import type { Operation, Subject } from './subject.ts';
import { demand } from './violation.ts';

/** Checks what holds after every step. */
export function checkSubject(subject: Subject): void {
  for (const operation of subject.pending) checkPending(subject, operation);
  checkStats(subject);
  checkRegions(subject);
  if (!subject.process.isFrozen) checkTimers(subject);
}

/** The shortest timer there is: two waits in a row may be that much longer than they say. */
const SHORTEST_MS = 1;

/** When an operation must have ended, on the monotonic clock of its process: its budget, and what freezes took from it. */
function deadlineOf({ process }: Subject, operation: Operation): number {
  const { limitMs = Infinity, at, disturbances, frozenMonoMs } = operation;
  // A wait that a freeze held up starts over, once; a step of the wall clock looks like one.
  const times = process.disturbances > disturbances ? 2 : 1;
  return at.monoMs + Math.max(1, limitMs) * times + (process.frozenMonoMs - frozenMonoMs);
}

function checkPending(subject: Subject, operation: Operation): void {
  const { process, name } = subject;
  const { controller, number, kind } = operation;
  demand(controller?.signal.aborted !== true, 'I7', `${name} #${number} ${kind} goes on after its signal`);
  demand(
    subject.closedTick === undefined || kind === 'withSecret',
    'I7',
    `${name} #${number} ${kind} goes on after close`,
  );
  if (process.isFrozen) return;
  const lateMs = process.monotonicNowMs() - deadlineOf(subject, operation);
  demand(lateMs <= SHORTEST_MS + 1e-6, 'I7', `${name} #${number} ${kind} is ${lateMs} ms over its budget`);
}

export function checkEnd(subject: Subject, operation: Operation): void {
  const { end, number, kind } = operation;
  const lateMs = (end?.at.monoMs ?? 0) - deadlineOf(subject, operation);
  demand(
    lateMs <= SHORTEST_MS + 1e-6,
    'I7',
    `${subject.name} #${number} ${kind} ended ${lateMs} ms over its budget`,
  );
}

function checkStats(subject: Subject): void {
  const { cache, options, name } = subject;
  const { gets, hits, stale, misses, failures, aborted, pending, entries } = cache.stats();
  const sum = hits + stale + misses + failures + aborted + pending;
  demand(gets === sum, 'I14', `${name}: ${gets} gets, but ${sum} in all`);
  demand(entries <= options.maxEntries, 'I10', `${name}: ${entries} entries, ${options.maxEntries} allowed`);
  if (subject.hasInnerGets || subject.closedTick !== undefined) return;
  demand(gets === subject.gets, 'I14', `${name}: ${gets} gets counted, ${subject.gets} made`);
  if (subject.pending.size === 0)
    demand(pending === 0, 'I14', `${name}: ${pending} pending, but nobody waits`);
}

/** The same for the calls to each Region. */
function checkRegions({ failover, name }: Subject): void {
  if (failover === undefined) return;
  const { regions } = failover.stats();
  for (const [region, stats] of Object.entries(regions)) {
    const { calls, answers, lagging, refusals, failures, left, pending } = stats;
    const sum = answers + lagging + refusals + failures + left + pending;
    demand(calls === sum, 'I14', `${name}: ${calls} calls to ${region}, but ${sum} in all`);
  }
}

/** A ref'd timer is somebody's wait; with no call under way and no batch gathering, there is none of any kind. */
function checkTimers(subject: Subject): void {
  const { process, pending, name, world, lastBusyMs, longestUnrefMs } = subject;
  if (pending.size > 0) return;
  demand(
    process.refTimers === 0,
    'I9',
    `${name}: ${process.refTimers} timers hold the process, and nobody waits`,
  );
  if (subject.isCalling || world.nowMs <= lastBusyMs + longestUnrefMs) return;
  demand(process.timers === 0, 'I9', `${name}: ${process.timers} timers of an idle cache`);
}
