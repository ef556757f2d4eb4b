/**
 * A get that is no plain hit: what may be answered from memory, which flight to join or start, how long to wait for
 * it, and what stands in when it fails. Between finding a flight and joining it nothing is awaited.
 */

import { failureKind, freshError } from './errors.ts';
import { publish } from './events.ts';
import { CONFIRM_AFTER_MS } from './failures.ts';
import type { Flight } from './flight.ts';
import type { Flights } from './flights.ts';
import type { Freshness } from './freshness.ts';
import type { Launcher, Work } from './launcher.ts';
import type { Policy } from './policy.ts';
import type { Reader } from './reader.ts';
import type { SecretRecord } from './record.ts';
import type { Records, Target } from './records.ts';
import type { Ref } from './ref.ts';
import type { Ask } from './requests.ts';
import type { Secret } from './secret.ts';
import type { Stats } from './stats.ts';
import type { HeldVersion } from './versions.ts';
import { errorOf, type Wait } from './wait.ts';

export interface GetterParts {
  readonly staleWaitMs: number;
  readonly policy: Policy;
  readonly records: Records;
  readonly flights: Flights;
  readonly launcher: Launcher;
  readonly reader: Reader;
  readonly stats: Stats;
}

/** A secret, and what it came from. */
interface Answer {
  readonly secret: Secret;
  readonly from: 'hits' | 'stale' | 'misses';
}

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
    const target = this.#parts.records.target(secretId, ask);
    const { record, ref } = target;
    const { held } = ref;
    const freshness = this.#freshness(ref, wait.maxAgeMs);
    if (held !== undefined && freshness === 'fresh') return { secret: held.secret, from: 'hits' };
    const isServable = held !== undefined && freshness !== 'expired';
    if (this.#mustLeaveAlone(record, ref)) {
      const error = ref.pause?.error;
      if (isServable && (error === undefined || failureKind(error) !== 'rejected'))
        return this.#stale(target, held);
      if (error !== undefined) throw freshError(error, ' (Remembered: `refresh` asks at once.)');
    }
    // After a refresh, or a denial that waits for its confirmation, only the call itself answers.
    const mayStandIn = isServable && !ref.superseded && record.suspect === undefined;
    if (mayStandIn && freshness === 'stale') {
      this.#joinOrStart(target, true, undefined, true);
      return this.#stale(target, held);
    }
    const flight = this.#joinOrStart(target, isServable, wait.maxAgeMs);
    const limitMs = mayStandIn ? Math.min(wait.budgetMs, this.#parts.staleWaitMs) : wait.budgetMs;
    return this.#answer(target, flight, wait, limitMs);
  }

  #freshness(ref: Ref, maxAgeMs: number | undefined): Freshness {
    const { policy } = this.#parts;
    const freshness = policy.freshness(ref);
    if (maxAgeMs === undefined || freshness === 'expired') return freshness;
    // A caller's own bound makes a hit a check that is waited for; it never makes one of the other kind.
    return freshness === 'fresh' && policy.clock.ageMs(ref.checkedAt) < maxAgeMs ? 'fresh' : 'fallback';
  }

  /** Inside a backoff, a "look again soon", or the second between a denial and its confirmation. */
  #mustLeaveAlone({ suspect }: SecretRecord, ref: Ref): boolean {
    const { policy } = this.#parts;
    if (policy.pausedForMs(ref) > 0) return true;
    return suspect !== undefined && !ref.superseded && policy.clock.ageMs(suspect.since) < CONFIRM_AFTER_MS;
  }

  /** The flight that answers a get which begins now. `keep`: it goes on although nobody waits. */
  #joinOrStart(target: Target, isServable: boolean, maxAgeMs = Infinity, keep = false): Flight<Secret> {
    const { flights, launcher, reader } = this.#parts;
    const { record, ref } = target;
    const work: Work = (own) =>
      isServable ? reader.revalidate(record, ref, own) : reader.load(record, ref, own);
    const joined = ref.flight;
    const mayJoin = joined !== undefined && flights.mayJoin(joined, ref.floor, maxAgeMs);
    const flight = mayJoin ? joined : launcher.launch(target, work, keep);
    flight.maxAgeMs = Math.min(flight.maxAgeMs, maxAgeMs);
    return flight;
  }

  async #answer(
    { record, ref }: Target,
    flight: Flight<Secret>,
    { signal, budgetMs }: Wait,
    limitMs: number,
  ): Promise<Answer> {
    const { flights, policy } = this.#parts;
    const { clock } = policy;
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
    const error = errorOf(outcome, record.secretId, budgetMs);
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
      const ageMs = this.#parts.policy.clock.ageMs(ref.checkedAt);
      publish('stale-served', { secretId, versionId: secret.versionId, ageMs });
    }
    return { secret, from: 'stale' };
  }
}
