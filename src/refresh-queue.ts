/**
 * The refreshes of one ref: at most one in flight and one queued behind it, which all that arrive meanwhile share.
 *
 * A forced refresh follows a refused credential. A broken database refuses every login, so forced calls start at
 * least a second apart: an early caller waits for that turn, unless another version turns up first.
 */

import { NEVER, type Clock, type Instant } from './clock.ts';
import type { Flight } from './flight.ts';
import type { Runtime } from './runtime.ts';
import type { Secret } from './secret.ts';

/** Least time between the starts of two forced calls. */
const FORCED_APART_MS = 1_000;

export interface RefreshQueueOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Starts a flight for the ref, in the place of the one that gets join. */
  readonly launch: (work: (flight: Flight<Secret>) => Promise<Secret>) => Flight<Secret>;
  /** One read by the ref's label, in a call of its own. */
  readonly read: (flight: Flight<Secret>) => Promise<Secret>;
  readonly held: () => Secret | undefined;
}

/** The refresh that hasn't been sent yet. */
interface Queued {
  readonly flight: Flight<Secret>;
  /** The versions its forced callers saw refused. */
  readonly rejected: Set<string>;
  /** Whether a caller wants the call whatever is held, and now. */
  plain: boolean;
  /** Ends the wait for a forced turn. */
  hurry: () => void;
}

export class RefreshQueue {
  readonly #options: RefreshQueueOptions;
  #queued: Queued | undefined;
  #inFlight: Promise<void> = Promise.resolve();
  #forcedAt: Instant = NEVER;

  constructor(options: RefreshQueueOptions) {
    this.#options = options;
  }

  /** The flight that answers a refresh asked for now; forced when the caller saw a version refused. */
  enter(rejectedVersionId: string | undefined): Flight<Secret> {
    if (this.#queued === undefined || this.#queued.flight.signal.aborted) this.#queued = this.#start();
    const queued = this.#queued;
    if (rejectedVersionId !== undefined) {
      queued.rejected.add(rejectedVersionId);
    } else {
      queued.plain = true;
      queued.hurry();
    }
    return queued.flight;
  }

  #start(): Queued {
    const before = this.#inFlight;
    const flight = this.#options.launch(async () => {
      await before;
      if (this.#answeredMeanwhile(queued) === undefined) await this.#turn(queued);
      // Left while it waited: the turn is the next one's.
      queued.flight.signal.throwIfAborted();
      // Nothing is awaited from here to the call, so nobody can join who would need one of his own.
      this.#queued = undefined;
      const answered = this.#answeredMeanwhile(queued);
      if (answered !== undefined) return answered;
      const reading = this.#read(queued);
      this.#inFlight = reading.then(ignore, ignore);
      return reading;
    });
    const queued: Queued = { flight, rejected: new Set(), plain: false, hurry: ignore };
    return queued;
  }

  async #read({ flight, rejected }: Queued): Promise<Secret> {
    try {
      return await this.#options.read(flight);
    } finally {
      if (rejected.size > 0) this.#forcedAt = flight.lastDeparture?.at ?? this.#forcedAt;
    }
  }

  /** Another version than those refused, if that is all its callers want. */
  #answeredMeanwhile({ plain, rejected }: Queued): Secret | undefined {
    const held = this.#options.held();
    return plain || held === undefined || rejected.has(held.versionId) ? undefined : held;
  }

  /** Waits until a forced call may start, or a plain caller hurries it; nobody waits here for a plain refresh. */
  async #turn(queued: Queued): Promise<void> {
    const { runtime, clock } = this.#options;
    const delayMs = FORCED_APART_MS - clock.ageMs(this.#forcedAt);
    if (queued.plain || delayMs <= 0 || queued.flight.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = runtime.setTimeout(resolve, delayMs);
      timer.unref();
      queued.hurry = () => {
        runtime.clearTimeout(timer);
        resolve();
      };
      queued.flight.signal.listen(queued.hurry);
    });
  }
}

function ignore(): void {}
