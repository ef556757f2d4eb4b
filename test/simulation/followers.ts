/** Callers of `watch`: they ask for the next version, and for the next, until they have seen enough. */

import { keyOf, signalOf } from './asks.ts';
import type { ClientAct } from './plan.ts';
import type { Follower, Subject } from './subject.ts';
import { demand } from './violation.ts';

/** How long somebody watches. */
const WATCH_MS = 15_000;

export function watch(subject: Subject, { id, stage, signal }: Extract<ClientAct, { kind: 'watch' }>): void {
  if (subject.closedTick !== undefined) return;
  const { controller, ...wait } = signalOf(signal);
  subject.world.note(`${subject.name} watch ${id} ${stage}`);
  subject.hasInnerGets = true;
  const iterator = subject.cache.watch(id, { versionStage: stage, ...wait });
  const follower: Follower = {
    iterator,
    key: keyOf({ id, stage }),
    controller,
    hasEnded: false,
    last: undefined,
  };
  subject.followers.push(follower);
  ask(subject, follower);
  // One that goes on for a virtual day would be most of the run.
  subject.world.at(subject.world.nowMs + WATCH_MS, () => leave(subject, follower), {
    process: subject.process,
  });
}

export function next(subject: Subject): void {
  for (const follower of subject.followers) if (!follower.hasEnded) ask(subject, follower);
}

export function returnAll(subject: Subject): void {
  for (const follower of subject.followers) leave(subject, follower);
}

function leave(subject: Subject, follower: Follower): void {
  follower.hasEnded = true;
  if (subject.isBatching) subject.startGeneration(new Set([follower.key.id]));
  void follower.iterator.return?.();
}

function ask(subject: Subject, follower: Follower): void {
  const { iterator, key, controller } = follower;
  const operation = subject.begin('next', [key], { controller });
  iterator.next().then(
    ({ done, value }) => {
      demand(done !== true || follower.hasEnded, 'watch', 'an iteration ended by itself');
      if (value !== undefined) {
        demand(value.versionId !== follower.last, 'watch', 'a watch gave one version twice');
        follower.last = value.versionId;
      }
      subject.finish(operation, { secrets: value === undefined ? [] : [{ key, secret: value }] });
    },
    (error: unknown) => {
      demand(follower.last === undefined, 'watch', 'a failure after the first value ended a watch');
      follower.hasEnded = true;
      subject.finish(operation, { error });
    },
  );
}
