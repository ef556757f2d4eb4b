/** Starts the flight of a ref, and notes how it fails. */

import type { Calls } from './calls.ts';
import type { SecretCacheError } from './errors.ts';
import type { Failures } from './failures.ts';
import { Flight } from './flight.ts';
import type { Flights } from './flights.ts';
import type { Target } from './records.ts';
import type { Secret } from './secret.ts';
import { ownError } from './wait.ts';

export type Work = (flight: Flight<Secret>) => Promise<Secret>;

export interface LauncherParts {
  readonly calls: Calls;
  readonly flights: Flights;
  readonly failures: Failures;
}

export class Launcher {
  readonly #parts: LauncherParts;

  constructor(parts: LauncherParts) {
    this.#parts = parts;
  }

  /**
   * Starts a flight in the ref's slot. The one that was there goes on for those who wait for it. `keep`: it goes on
   * although nobody waits.
   */
  launch({ record, ref }: Target, work: Work, keep = false): Flight<Secret> {
    const flight = new Flight<Secret>({ keep });
    ref.flight = flight;
    this.#parts.flights.start(record, flight, async () => {
      try {
        // Given up in the turn in which it was begun: nothing is sent.
        flight.signal.throwIfAborted();
        return await work(flight);
      } catch (error) {
        if (!flight.signal.aborted) this.#noteFailure({ record, ref }, flight, ownError(error));
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
}
