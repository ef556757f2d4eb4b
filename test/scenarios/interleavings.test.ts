/**
 * Random interleavings of callers and answers, against the rules that hold in all of them.
 *
 * Every call is kept back and answered when the generator says so, in any order, with what was true when it arrived,
 * with an error, or late although it was aborted.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { SecretCacheOptions } from '../../src/index.ts';
import type { HeldCall, Rule } from '../support/model-service.ts';
import { codeOf, outcomeOf, type Outcome } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { ATTEMPT_MS, BUDGET_MS, setup, type TestBed } from '../support/setup.ts';

const NAMES = ['a', 'b', 'c'];
const STAGES = ['AWSCURRENT', 'AWSPENDING'];
const TTL_MS = 1_000;

type Alias = 'name' | 'ARN' | 'partial ARN';

type Step =
  | { kind: 'get' | 'refresh'; name: string; by: Alias; versionStage: string; signal: boolean }
  | { kind: 'invalidate'; name: string; by: Alias }
  | { kind: 'put' | 'stage' | 'unstage' | 'roll back' | 'deny' | 'allow'; name: string }
  | { kind: 'clear' }
  | { kind: 'abort'; nth: number }
  | { kind: 'answer'; nth: number; how: 'right' | 'transient' | 'garbage' }
  | { kind: 'advance'; ms: number };

const name = fc.constantFrom(...NAMES);
const nth = fc.nat(20);
const by = fc.constantFrom<Alias[]>('name', 'name', 'ARN', 'partial ARN');
const asked = {
  name,
  by,
  versionStage: fc.constantFrom('AWSCURRENT', 'AWSCURRENT', 'AWSPENDING'),
  signal: fc.boolean(),
};
const constant = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind);
const get = fc.record({ kind: constant('get'), ...asked });
const answer = fc.record({
  kind: constant('answer'),
  nth,
  how: fc.constantFrom('right' as const, 'right' as const, 'transient' as const, 'garbage' as const),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  get,
  get,
  answer,
  answer,
  fc.record({ kind: constant('refresh'), ...asked }),
  fc.record({ kind: constant('invalidate'), name, by }),
  fc.record({ kind: constant('put'), name }),
  fc.record({ kind: fc.constantFrom('stage' as const, 'unstage' as const, 'roll back' as const), name }),
  fc.record({ kind: fc.constantFrom('deny' as const, 'allow' as const), name }),
  fc.record({ kind: constant('clear') }),
  fc.record({ kind: constant('abort'), nth }),
  fc.record({ kind: constant('advance'), ms: fc.constantFrom(1, 300, 1_000, 2_500, 4_000) }),
);

/** One caller, and what its answer is held to. */
interface Caller {
  readonly kind: 'get' | 'refresh';
  /** Of the secret and the stage. */
  readonly key: string;
  /** Of the id as written and the stage. */
  readonly idKey: string;
  readonly outcome: Outcome<string>;
  readonly atMs: number;
  readonly controller: AbortController | undefined;
  /** The moment of the last invalidation before it, or for a refresh its own: no older truth may answer it. */
  readonly floor: number;
  settledAtMs: number;
}

const keyOf = (name: string, stage: string): string => JSON.stringify([name, stage]);

/** What every key's value was, and the moments that no older answer may cross. */
class History {
  readonly #truths = new Map<string, { from: number; atMs: number; text: string | undefined }[]>();
  /** By secret and stage, and by a caller's own id and stage. */
  readonly #floors = new Map<string, number>();
  #moment = 0;

  tick(): number {
    return (this.#moment += 1);
  }

  record(bed: TestBed): void {
    for (const each of NAMES) {
      for (const stage of STAGES) {
        const past = this.#truths.get(keyOf(each, stage)) ?? [];
        const text = bed.service.textOf(each, stage);
        if (past.length > 0 && past.at(-1)?.text === text) continue;
        this.#truths.set(keyOf(each, stage), [
          ...past,
          { from: this.tick(), atMs: bed.runtime.monotonicNowMs(), text },
        ]);
      }
    }
  }

  raiseFloor(name: string): void {
    for (const stage of STAGES) this.#floors.set(keyOf(name, stage), this.tick());
  }

  /** After a refresh that brought a value: its id is held to it, whether it is known as an alias or not. */
  raiseFloorOf(idKey: string, moment: number): void {
    this.#floors.set(idKey, Math.max(moment, this.#floors.get(idKey) ?? 0));
  }

  floorOf(...keys: string[]): number {
    return Math.max(...keys.map((key) => this.#floors.get(key) ?? 0));
  }

  wasEverMissing(key: string): boolean {
    return this.since(key, 0).includes(undefined);
  }

  /** The values that a key had at any time from `moment` on. */
  since(key: string, moment: number): (string | undefined)[] {
    const past = this.#truths.get(key) ?? [];
    return past.filter((_, at) => (past[at + 1]?.from ?? Infinity) > moment).map(({ text }) => text);
  }

  /** The values that a key had at any time from this instant on. */
  sinceMs(key: string, ms: number): (string | undefined)[] {
    const past = this.#truths.get(key) ?? [];
    return past.filter((_, at) => (past[at + 1]?.atMs ?? Infinity) >= ms).map(({ text }) => text);
  }
}

/** Plays the steps and returns the rules that were broken, with who broke them. */
async function play(options: SecretCacheOptions, steps: readonly Step[]): Promise<unknown[]> {
  const { staleIfErrorMs = 7_000 } = options;
  const bed = setup({ ...options, ttlMs: TTL_MS, staleIfErrorMs, secrets: NAMES });
  // Those who wait for a call get its answer, however old it is by then.
  const oldestMs = Math.max(TTL_MS + staleIfErrorMs, ATTEMPT_MS);
  const { cache, service, runtime } = bed;
  const history = new History();
  const callers: Caller[] = [];
  const hold = service.hold({ deaf: true });
  for (const each of NAMES) service.put(each, `${each} pending`, { stages: ['AWSPENDING'] });
  history.record(bed);

  const idOf = (id: string, by: Alias): string => {
    const arn = service.arnOf(id);
    return by === 'name' ? id : by === 'ARN' ? arn : arn.slice(0, -7);
  };
  const ask = ({
    kind,
    name: secret,
    by,
    versionStage,
    signal,
  }: Extract<Step, { signal: boolean }>): void => {
    const controller = signal ? new AbortController() : undefined;
    const id = idOf(secret, by);
    const [key, idKey] = [keyOf(secret, versionStage), keyOf(id, versionStage)];
    const given = { versionStage, ...(controller !== undefined && { signal: controller.signal }) };
    const floor = kind === 'refresh' ? history.tick() : history.floorOf(key, idKey);
    const promise = kind === 'get' ? cache.get(id, given) : cache.refresh(id, given);
    const outcome = outcomeOf(promise.then((secret) => secret.text()));
    const atMs = runtime.monotonicNowMs();
    const caller: Caller = { kind, key, idKey, outcome, atMs, controller, floor, settledAtMs: atMs };
    const settle = (): void => {
      caller.settledAtMs = runtime.monotonicNowMs();
    };
    promise.then(settle, settle);
    callers.push(caller);
  };
  const denials = new Map<string, Rule>();
  const everDenied = new Set<string>();
  const broken: unknown[] = [];
  const settled = new Set<Caller>();
  const check = (): void => {
    for (const caller of callers) {
      if (settled.has(caller) || caller.outcome.state === 'pending') continue;
      settled.add(caller);
      if (!isRight(caller, history, oldestMs, everDenied.has(caller.key))) broken.push(caller);
      const { kind, outcome, idKey, floor } = caller;
      if (kind === 'refresh' && outcome.state === 'fulfilled') history.raiseFloorOf(idKey, floor);
    }
    const stats = cache.stats();
    const { hits, stale, misses, failures, aborted, pending } = stats;
    if (stats.gets !== hits + stale + misses + failures + aborted + pending) broken.push(stats);
  };

  for (const [at, each] of steps.entries()) {
    switch (each.kind) {
      case 'get':
      case 'refresh':
        ask(each);
        break;
      case 'invalidate':
        cache.invalidate(idOf(each.name, each.by));
        history.raiseFloor(each.name);
        break;
      case 'clear':
        cache.clear();
        for (const id of NAMES) history.raiseFloor(id);
        break;
      case 'put':
        service.put(each.name, `${each.name} v${at + 2}`);
        break;
      case 'stage':
        service.put(each.name, `${each.name} pending v${at + 2}`, { stages: ['AWSPENDING'] });
        break;
      case 'unstage':
        service.removeLabel(each.name, 'AWSPENDING');
        break;
      case 'roll back':
        if (service.textOf(each.name, 'AWSPREVIOUS') !== undefined) {
          service.moveLabel(each.name, 'AWSCURRENT', service.versionOf(each.name, 'AWSPREVIOUS'));
        }
        break;
      case 'deny':
        denials.get(each.name)?.lift();
        denials.set(each.name, service.deny({ action: 'GetSecretValue', secret: each.name }));
        for (const stage of STAGES) everDenied.add(keyOf(each.name, stage));
        break;
      case 'allow':
        denials.get(each.name)?.lift();
        break;
      case 'abort':
        callers[each.nth % Math.max(callers.length, 1)]?.controller?.abort('left');
        break;
      case 'answer':
        answerOne(hold.held, each);
        break;
      case 'advance':
        await runtime.advance(each.ms);
        break;
    }
    history.record(bed);
    // Half the time the next step comes in the same turn.
    if (at % 2 === 0) await runtime.settle();
    check();
  }

  await runtime.advance(2 * BUDGET_MS);
  check();
  broken.push(...callers.filter(({ outcome }) => outcome.state === 'pending'));
  for (const denial of denials.values()) denial.lift();
  hold.lift();
  await runtime.advance(60_000);
  broken.push(...runtime.pendingTimers());

  // Late answers and aborts have spoilt nothing: all is true again.
  for (const id of NAMES) {
    const text = await bed.read(id);
    if (text !== service.textOf(id)) broken.push([id, text]);
  }
  return broken;
}

function answerOne(held: readonly HeldCall[], { nth: which, how }: Extract<Step, { kind: 'answer' }>): void {
  const chosen = held[which % Math.max(held.length, 1)];
  if (how === 'right') chosen?.release();
  else if (how === 'transient') chosen?.fail(errors.internalError());
  else chosen?.fail(errors.unreadableBody('<html>'));
}

const MAY_PASS = ['ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_TIMEOUT', 'ERR_SECRET_MALFORMED_RESPONSE'];

function isRight(caller: Caller, history: History, oldestMs: number, everDenied: boolean): boolean {
  const { key, outcome, atMs, settledAtMs, controller, floor } = caller;
  if (settledAtMs - atMs > BUDGET_MS) return false;
  if (outcome.state === 'rejected') {
    if (controller?.signal.aborted === true && outcome.error === 'left') return true;
    const code = codeOf(outcome);
    if (code === 'ERR_SECRET_ACCESS_DENIED') return everDenied;
    if (code === 'ERR_SECRET_NOT_FOUND') return history.wasEverMissing(key);
    return MAY_PASS.includes(code);
  }
  // Really served for this key, begun no earlier than the last invalidation, and not too old.
  const { value } = outcome;
  return (
    history.since(key, floor).includes(value) && history.sinceMs(key, settledAtMs - oldestMs).includes(value)
  );
}

describe('in any interleaving of callers and answers', () => {
  test.each<[string, SecretCacheOptions]>([
    ['describing', {}],
    ['describing, unbatched', { batch: false }],
    ['fetching', { revalidate: 'fetch' }],
    ['answering stale', { staleWhileRevalidateMs: 2_000 }],
    ['serving nothing past its TTL', { staleIfErrorMs: 0 }],
    ['with room for two secrets', { maxEntries: 2 }],
    ['with room for two calls', { maxConcurrency: 2 }],
  ])('values are true to their key and floor, and every caller is answered: %s', async (_name, options) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        expect(await play(options, steps)).toEqual([]);
      }),
      { numRuns: Number(process.env['SCENARIO_RUNS'] ?? 100) },
    );
  });
});
