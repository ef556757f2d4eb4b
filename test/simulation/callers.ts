/** Does what a plan says of one cache, and notes what comes of it. */

import type { Secret } from '../../src/index.ts';
import { keyOf, selector, signalOf } from './asks.ts';
import { STAGES } from './draw-acts.ts';
import { next, returnAll, watch } from './followers.ts';
import type { Ask, ClientAct } from './plan.ts';
import type { Operation, Subject } from './subject.ts';
import { withSecret } from './users.ts';
import { demand } from './violation.ts';

export function perform(subject: Subject, act: ClientAct): void {
  switch (act.kind) {
    case 'get':
      return get(subject, act);
    case 'getMany':
      return getMany(subject, act);
    case 'refresh':
      return refresh(subject, act);
    case 'withSecret':
      return withSecret(subject, act);
    case 'preload':
      return preload(subject, act);
    case 'peek':
      return peek(subject, act.ask);
    case 'watch':
      return watch(subject, act);
    case 'next':
      return next(subject);
    case 'return':
      return returnAll(subject);
    case 'invalidate':
      subject.world.note(`${subject.name} invalidate ${act.id}`);
      raise(subject, subject.aliasesOf(act.id));
      return subject.cache.invalidate(act.id);
    case 'clear':
      subject.world.note(`${subject.name} clear`);
      raise(subject, subject.idsAsked());
      return subject.cache.clear();
    case 'notify': {
      const { id, stage, version } = act;
      subject.world.note(`${subject.name} notify ${id} ${stage ?? ''} ${version ?? ''}`);
      notePush(subject, act);
      return subject.cache.notify({
        secretId: id,
        ...(stage !== undefined && { versionStage: stage }),
        ...(version !== undefined && { versionId: `v${version}` }),
      });
    }
    case 'abort':
      return abort(subject, act.nth);
    case 'close':
      return close(subject);
  }
}

/** A push makes those labels due that are held, on another version than it names. */
function notePush(subject: Subject, { id, stage, version }: Extract<ClientAct, { kind: 'notify' }>): void {
  const stages = stage === undefined ? STAGES : [stage];
  const concerns = stages.filter((each) => {
    const held = subject.cache.peek(id, { versionStage: each })?.versionId;
    return held !== undefined && (version === undefined || held !== `v${version}`);
  });
  const { world } = subject;
  subject.pushes.push({ id, tick: world.tick(), concerns });
}

export function close(subject: Subject): void {
  subject.world.note(`${subject.name} close`);
  subject.closedTick ??= subject.world.tick();
  for (const follower of subject.followers) follower.hasEnded = true;
  void subject.cache.close();
}

export function abort(subject: Subject, nth: number): void {
  const abortable = [...subject.pending].filter(({ controller }) => controller?.signal.aborted === false);
  const operation = abortable[nth % Math.max(abortable.length, 1)];
  if (operation === undefined) return;
  subject.world.note(`${subject.name} #${operation.number} abort`);
  for (const follower of subject.followers)
    if (follower.controller === operation.controller) follower.hasEnded = true;
  leaveBatches(subject, operation);
  operation.controller?.abort(operation.reason);
}

/** A flight that is left ends, but the batch that carries it goes on for the others in it: a new flight asks again. */
function leaveBatches(subject: Subject, { keys }: Operation): void {
  if (subject.isBatching) subject.startGeneration(new Set(keys.map(({ id }) => id)));
}

/** An invalidation: from now on, no older answer for these, and none in flight for anybody. */
function raise(subject: Subject, ids: ReadonlySet<string>): void {
  subject.startGeneration(undefined);
  const tick = subject.world.tick();
  subject.floors.push({
    kind: 'invalidate',
    tick,
    ids,
    stage: undefined,
    versionId: undefined,
    only: undefined,
    asked: undefined,
    isVoid: false,
  });
}

function track(subject: Subject, operation: Operation, promise: Promise<unknown>): void {
  promise.then(
    (value) => {
      const [key] = operation.keys;
      const isSecret =
        key !== undefined && typeof value === 'object' && value !== null && 'versionId' in value;
      subject.finish(operation, { secrets: isSecret ? [{ key, secret: value as Secret }] : [] });
    },
    (error: unknown) => subject.finish(operation, { error }),
  );
}

function get(subject: Subject, { ask, signal, maxAgeMs }: Extract<ClientAct, { kind: 'get' }>): void {
  const { controller, ...wait } = signalOf(signal);
  const key = keyOf(ask);
  const limitMs = subject.options.waitBudgetMs;
  if (maxAgeMs !== undefined) subject.startGeneration(new Set([ask.id]));
  const operation = subject.begin('get', [key], { controller, maxAgeMs, limitMs });
  subject.gets += 1;
  const options = { ...selector(ask), ...wait, ...(maxAgeMs !== undefined && { maxAgeMs }) };
  // The plain call has a path of its own.
  const isPlain = Object.keys(options).length === 0;
  track(subject, operation, isPlain ? subject.cache.get(ask.id) : subject.cache.get(ask.id, options));
}

function getMany(subject: Subject, { ids, signal }: Extract<ClientAct, { kind: 'getMany' }>): void {
  const { controller, ...wait } = signalOf(signal);
  const keys = [...new Set(ids)].map((id) => keyOf({ id }));
  const limitMs = subject.options.waitBudgetMs;
  const operation = subject.begin('getMany', keys, { controller, limitMs });
  subject.gets += keys.length;
  subject.cache.getMany(ids, wait).then(
    (secrets) => {
      demand(secrets.size === keys.length, 'I7', 'getMany left out an id');
      const answers = keys.map((key) => ({ key, secret: secrets.get(key.id) }));
      subject.finish(operation, {
        secrets: answers.flatMap(({ key, secret }) => (secret ? [{ key, secret }] : [])),
      });
    },
    (error: unknown) => subject.finish(operation, { error }),
  );
}

function refresh(subject: Subject, { ask, signal, rejects }: Extract<ClientAct, { kind: 'refresh' }>): void {
  const { controller, ...wait } = signalOf(signal);
  const key = keyOf(ask);
  const rejectedVersionId = rejects
    ? (subject.cache.peek(ask.id, selector(ask))?.versionId ?? 'v1')
    : undefined;
  const limitMs = subject.options.waitBudgetMs;
  subject.startGeneration(subject.aliasesOf(ask.id));
  const operation = subject.begin('refresh', [key], { controller, rejectedVersionId, limitMs });
  const floor = {
    kind: 'refresh' as const,
    tick: operation.tick,
    ids: subject.surelyAliasesOf(ask.id),
    stage: key.stage,
    versionId: key.versionId,
    only: rejectedVersionId,
    asked: ask.id,
    isVoid: false,
  };
  subject.floors.push(floor);
  const promise = subject.cache.refresh(ask.id, {
    ...selector(ask),
    ...wait,
    ...(rejectedVersionId !== undefined && { rejectedVersionId }),
  });
  track(subject, operation, promise);
  // Answered by another version that was held already: nothing began.
  const step = subject.world.steps;
  promise.then(
    ({ versionId }) => {
      if (step === subject.world.steps && versionId !== rejectedVersionId && rejectedVersionId !== undefined)
        floor.isVoid = true;
    },
    () => {},
  );
}

function preload(subject: Subject, { ids }: Extract<ClientAct, { kind: 'preload' }>): void {
  const keys = [...new Set(ids ?? [])].map((id) => keyOf({ id }));
  const operation = subject.begin('preload', keys, { limitMs: subject.options.waitBudgetMs });
  subject.gets += keys.length;
  // What a search leaves open is got singly.
  if (ids === undefined) subject.hasInnerGets = true;
  const target = ids ?? { filters: [{ key: 'all' as const, values: ['a'] }] };
  subject.cache.preload(target).then(
    ({ loaded, failed }) => {
      const asked = ids === undefined ? loaded.length + failed.size : keys.length;
      demand(loaded.length + failed.size === asked, 'I7', 'preload left out an id');
      subject.finish(operation, { secrets: [] });
    },
    (error: unknown) => subject.finish(operation, { error }),
  );
}

function peek(subject: Subject, ask: Ask): void {
  const key = keyOf(ask);
  const operation = subject.begin('peek', [key], {});
  const secret = subject.cache.peek(ask.id, selector(ask));
  subject.finish(operation, { secrets: secret === undefined ? [] : [{ key, secret }] });
}
