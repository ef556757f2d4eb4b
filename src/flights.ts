/** The flights under way: who may join one, and that each gives up its own slot and no other. */

import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import type { AnyFlight, Flight, Outcome, WaitOptions } from './flight.ts';
import type { SecretRecord } from './record.ts';
import type { Runtime } from './runtime.ts';

export interface FlightsOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly calls: Calls;
  readonly attemptTimeoutMs: number;
  /** Called when a flight of the record has landed, before those who wait for it go on. */
  readonly onLanded: (record: SecretRecord) => void;
}

export class Flights {
  readonly #options: FlightsOptions;
  readonly #underWay = new Set<AnyFlight>();
  /** Records with a flight, whether the store holds them or not: flights live outside its bound. */
  readonly #records = new Map<string, SecretRecord>();

  constructor(options: FlightsOptions) {
    this.#options = options;
  }

  /** The record that a flight is under way for. */
  record(secretId: string): SecretRecord | undefined {
    return this.#records.get(secretId);
  }

  get records(): Iterable<SecretRecord> {
    return this.#records.values();
  }

  /** Runs a flight that belongs to no record. `onEnd`: once its work has settled, before those who wait for it go on. */
  track<T>(flight: Flight<T>, work: () => Promise<T>, onEnd = (): void => {}): void {
    this.#underWay.add(flight);
    void flight.run(work, () => {
      this.#underWay.delete(flight);
      onEnd();
    });
  }

  /** Runs a flight for a record. */
  start<T>(record: SecretRecord, flight: Flight<T>, work: () => Promise<T>): void {
    this.#records.set(record.secretId, record);
    record.flights += 1;
    this.track(flight, work, () => {
      record.flights -= 1;
      if (record.flights === 0 && this.#records.get(record.secretId) === record) {
        this.#records.delete(record.secretId);
      }
      this.#options.onLanded(record);
    });
  }

  /**
   * Whether a get that begins now may be answered by the flight: not if it was given up, left before the last
   * invalidation or refresh, or is overdue because the process was frozen meanwhile.
   */
  mayJoin(flight: AnyFlight, floor: number, maxAgeMs: number = Infinity): boolean {
    const { calls, clock, attemptTimeoutMs } = this.#options;
    if (flight.landed || flight.signal.aborted) return false;
    const { firstDeparture, lastDeparture } = flight;
    if (firstDeparture === undefined) return true;
    if (calls.isBelowFloor(firstDeparture) || firstDeparture.sequence <= floor) return false;
    const isOverdue = lastDeparture !== undefined && clock.ageMs(lastDeparture.at) > attemptTimeoutMs;
    return !isOverdue && clock.ageMs(firstDeparture.at) < maxAgeMs;
  }

  wait<T>(flight: Flight<T>, options: WaitOptions): Promise<Outcome<T>> {
    return flight.wait(this.#options.runtime, this.#options.clock, options);
  }

  /** Ends every flight for all its waiters. */
  failAll(makeError: () => Error): void {
    for (const flight of this.#underWay) flight.fail(makeError());
  }
}
