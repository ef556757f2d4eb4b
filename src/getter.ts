/**
 * A get that is no plain hit: what may be answered from memory, which flight to join or start, how long to wait for
 * it, and what stands in when it fails. Between finding a flight and joining it nothing is awaited.
 */

import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import { failureKind, freshError, quote, SecretCacheError } from './errors.ts';
import { publish } from './events.ts';
import { CONFIRM_AFTER_MS, type Failures } from './failures.ts';
import { Flight } from './flight.ts';
import type { Flights } from './flights.ts';
import type { Freshness } from './freshness.ts';
import type { Settings } from './options.ts';
import type { Policy } from './policy.ts';
import type { Reader } from './reader.ts';
import { SecretRecord } from './record.ts';
import type { Ref } from './ref.ts';
import { RefreshQueue } from './refresh-queue.ts';
import type { Ask } from './requests.ts';
import type { Secret } from './secret.ts';
import type { Stats } from './stats.ts';
import type { Store } from './store.ts';
import type { HeldVersion } from './versions.ts';

export interface GetterParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly store: Store;
  readonly calls: Calls;
  readonly flights: Flights;
  readonly failures: Failures;
  readonly reader: Reader;
  readonly stats: Stats;
}

/** How one caller waits. */
export interface Wait {
  readonly signal?: AbortSignal | undefined;
  /** Oldest value that is a hit. */
  readonly maxAgeMs?: number | undefined;
  /** The longest it waits in all. */
  readonly budgetMs: number;
}

/** A ref and the record it belongs to. */
interface Target {
  readonly record: SecretRecord;
  readonly ref: Ref;
}

/** A secret, and what it came from. */
interface Answer {
  readonly secret: Secret;
  readonly from: 'hits' | 'stale' | 'misses';
}

type Work = (flight: Flight<Secret>) => Promise<Secret>;

export class Getter {
  readonly #parts: GetterParts;
  #pending = 0;

  constructor(parts: GetterParts) {
    this.#parts = parts;
  }

  /** The gets that wait now. */
  get pending(): number {
    return this.#pending;
  }

  /** A get, counted by how it ends. */
  async get(secretId: string, ask: Ask, wait: Wait): Promise<Secret> {
    const { stats } = this.#parts;
    stats.gets += 1;
    this.#pending += 1;
    try {
      const { secret, from } = await this.#get(secretId, ask, wait);
      stats[from] += 1;
      return secret;
    } catch (error) {
      const isAbort = wait.signal?.aborted === true && error === wait.signal.reason;
      stats[isAbort ? 'aborted' : 'failures'] += 1;
      throw error;
    } finally {
      this.#pending -= 1;
    }
  }

  async #get(secretId: string, ask: Ask, wait: Wait): Promise<Answer> {
    wait.signal?.throwIfAborted();
    const target = this.#target(secretId, ask);
    const { record, ref } = target;
    const { held } = ref;
    const freshness = this.#freshness(ref, wait.maxAgeMs);
    if (held !== undefined && freshness === 'fresh') return { secret: held.secret, from: 'hits' };
    const isServable = held !== undefined && freshness !== 'expired';
    if (this.#mustLeaveAlone(record, ref)) {
      const error = ref.pause?.error;
      if (isServable && (error === undefined || failureKind(error) !== 'rejected'))
        return this.#stale(target, held);
      if (error !== undefined) throw freshError(error);
    }
    // After a refresh, or a denial that waits for its confirmation, only the call itself answers.
    const mayStandIn = isServable && !ref.superseded && record.suspect === undefined;
    if (mayStandIn && freshness === 'stale') {
      this.#joinOrStart(target, true, undefined, true);
      return this.#stale(target, held);
    }
    const flight = this.#joinOrStart(target, isServable, wait.maxAgeMs);
    const limitMs = mayStandIn ? Math.min(wait.budgetMs, this.#parts.settings.staleWaitMs) : wait.budgetMs;
    return this.#answer(target, flight, wait, limitMs);
  }

  /** One read that starts after this, for this caller and all gets that begin from now on. */
  async refresh(
    secretId: string,
    ask: Ask,
    wait: Wait,
    rejectedVersionId: string | undefined,
  ): Promise<Secret> {
    wait.signal?.throwIfAborted();
    const { store, calls, flights, policy } = this.#parts;
    const target = this.#target(secretId, ask);
    const { ref } = target;
    const { held } = ref;
    const isAnother = rejectedVersionId !== undefined && held?.secret.versionId !== rejectedVersionId;
    if (held !== undefined && isAnother && policy.isServable(ref)) return held.secret;
    for (const alias of store.aliasesOf(secretId)) {
      alias.find(ask.versionStage, ask.versionId)?.raiseFloor(calls.lastSequence);
    }
    ref.raiseFloor(calls.lastSequence);
    ref.refreshes ??= this.#refreshQueue(target);
    const flight = ref.refreshes.enter(rejectedVersionId);
    const limitMs = wait.budgetMs;
    // A forced call is made for those who wait for it: none is sent once they have gone.
    const isForced = rejectedVersionId !== undefined;
    const outcome = await flights.wait(flight, { limitMs, signal: wait.signal, abandonWhenOver: isForced });
    if (outcome.kind === 'value') return outcome.value;
    throw outcome.kind === 'failed' ? asOwn(outcome.error) : overBudget(secretId, limitMs);
  }

  /** The record of an id: held, or with a flight under way, or remembering a failure. */
  known(secretId: string): SecretRecord | undefined {
    const { store, flights } = this.#parts;
    return store.peek(secretId) ?? flights.record(secretId) ?? store.failing(secretId);
  }

  /** Every record that may hold the secret `secretId` names, whether the store or only a flight knows it. */
  aliasesOf(secretId: string): Set<SecretRecord> {
    const records = this.#parts.store.aliasesOf(secretId);
    const own = this.known(secretId);
    return own === undefined ? records : records.add(own);
  }

  /** How long until a get would look again; 0 when it would now. */
  dueInMs(secretId: string, { versionStage, versionId }: Ask): number {
    const { clock, policy } = this.#parts;
    const ref = this.known(secretId)?.find(versionStage, versionId);
    if (ref === undefined) return 0;
    return Math.max(policy.pausedForMs(ref), ref.ttlMs - clock.ageMs(ref.checkedAt));
  }

  record(secretId: string): SecretRecord {
    const { policy, store } = this.#parts;
    return store.use(secretId) ?? this.known(secretId) ?? new SecretRecord(secretId, policy);
  }

  #target(secretId: string, { versionStage, versionId }: Ask): Target {
    const record = this.record(secretId);
    return { record, ref: record.ask(versionStage, versionId) };
  }

  #freshness(ref: Ref, maxAgeMs: number | undefined): Freshness {
    const { clock, policy } = this.#parts;
    const freshness = policy.freshness(ref);
    if (maxAgeMs === undefined || freshness === 'expired') return freshness;
    // A caller's own bound makes a hit a check that is waited for; it never makes one of the other kind.
    return freshness === 'fresh' && clock.ageMs(ref.checkedAt) < maxAgeMs ? 'fresh' : 'fallback';
  }

  /** Inside a backoff, a "look again soon", or the second between a denial and its confirmation. */
  #mustLeaveAlone({ suspect }: SecretRecord, ref: Ref): boolean {
    const { clock, policy } = this.#parts;
    if (policy.pausedForMs(ref) > 0) return true;
    return suspect !== undefined && !ref.superseded && clock.ageMs(suspect.since) < CONFIRM_AFTER_MS;
  }

  /** The flight that answers a get which begins now. `keep`: it goes on although nobody waits. */
  #joinOrStart(target: Target, isServable: boolean, maxAgeMs = Infinity, keep = false): Flight<Secret> {
    const { flights, reader } = this.#parts;
    const { record, ref } = target;
    const work: Work = (own) =>
      isServable ? reader.revalidate(record, ref, own) : reader.load(record, ref, own);
    const joined = ref.flight;
    const mayJoin = joined !== undefined && flights.mayJoin(joined, ref.floor, maxAgeMs);
    const flight = mayJoin ? joined : this.#launch(target, work, keep);
    flight.maxAgeMs = Math.min(flight.maxAgeMs, maxAgeMs);
    return flight;
  }

  /** Starts a flight in the ref's slot. The one that was there goes on for those who wait for it. */
  #launch({ record, ref }: Target, work: Work, keep = false): Flight<Secret> {
    const flight = new Flight<Secret>({ keep });
    ref.flight = flight;
    this.#parts.flights.start(record, flight, async () => {
      try {
        // Given up in the turn in which it was begun: nothing is sent.
        flight.signal.throwIfAborted();
        return await work(flight);
      } catch (error) {
        if (!flight.signal.aborted) this.#noteFailure({ record, ref }, flight, asOwn(error));
        throw error;
      } finally {
        // By identity: after a refresh or an invalidation the slot may be a younger flight's.
        if (ref.flight === flight) ref.flight = undefined;
      }
    });
    return flight;
  }

  /** A failure counts unless something newer is known: an invalidation, a refresh, or a later answer. */
  #noteFailure({ record, ref }: Target, flight: Flight<Secret>, error: SecretCacheError): void {
    const { calls, failures } = this.#parts;
    // What never left counts as leaving now.
    const departure = flight.lastDeparture ?? flight.firstDeparture ?? calls.depart();
    const { sequence } = departure;
    if (calls.isBelowFloor(departure) || sequence < ref.sequence || sequence <= ref.floor) return;
    failures.note(record, ref, error, departure);
  }

  async #answer(
    { record, ref }: Target,
    flight: Flight<Secret>,
    { signal, budgetMs }: Wait,
    limitMs: number,
  ): Promise<Answer> {
    const { clock, flights, policy } = this.#parts;
    const since = clock.now();
    let outcome = await flights.wait(flight, { limitMs, signal });
    if (outcome.kind === 'over' && limitMs < budgetMs && !policy.isServable(ref)) {
      // What was to stand in has gone meanwhile.
      outcome = await flights.wait(flight, { limitMs: budgetMs - limitMs, signal });
    }
    if (outcome.kind === 'value' && flight.firstDeparture === undefined && ref.superseded) {
      // A forced refresh found its answer held, with no call; whoever joined it for a newer one still needs that.
      const leftMs = Math.max(0, budgetMs - clock.ageMs(since));
      const own = this.#joinOrStart({ record, ref }, true, undefined);
      outcome = await flights.wait(own, { limitMs: leftMs, signal });
    }
    if (outcome.kind === 'value') return { secret: outcome.value, from: 'misses' };
    const error = outcome.kind === 'failed' ? asOwn(outcome.error) : overBudget(record.secretId, budgetMs);
    // A denial has taken away by now what it takes away; what it has left may be served.
    if (failureKind(error) !== 'rejected' && ref.held !== undefined && policy.isServable(ref)) {
      return this.#stale({ record, ref }, ref.held);
    }
    throw error;
  }

  /** Answers with a value that stands in; said once until a check works again. */
  #stale({ record, ref }: Target, { secret }: HeldVersion): Answer {
    if (!ref.saidStale) {
      ref.saidStale = true;
      const { secretId } = record;
      const ageMs = this.#parts.clock.ageMs(ref.checkedAt);
      publish('stale-served', { secretId, versionId: secret.versionId, ageMs });
    }
    return { secret, from: 'stale' };
  }

  #refreshQueue(target: Target): RefreshQueue {
    const { record, ref } = target;
    const { settings, clock, policy, reader } = this.#parts;
    return new RefreshQueue({
      runtime: settings.runtime,
      clock,
      launch: (work) => this.#launch(target, work),
      read: (flight) => reader.refresh(record, ref, flight),
      held: () => (policy.isServable(ref) ? ref.held?.secret : undefined),
    });
  }
}

/** The error for one caller. */
function asOwn(error: unknown): SecretCacheError {
  if (error instanceof SecretCacheError) return freshError(error);
  throw error;
}

function overBudget(secretId: string, limitMs: number): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_TIMEOUT',
    `Secret ${quote(secretId)} could not be had within ${limitMs} ms: see that AWS can be reached, or raise \`waitBudgetMs\`.`,
    { secretId },
  );
}
