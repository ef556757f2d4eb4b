// Secrets of one server as replicas in another: every change arrives there some time later, whole and in order.
//
//   primary's store --every state saved, every secret gone--> queue --once due, when the replica is read--> replica's store

import type { Home } from './secret-id.ts';
import type { SecretState } from './secret-state.ts';
import type { SecretStore } from './secret-store.ts';

/** How far behind replicas are. */
export interface ReplicationOptions {
  /**
   * How long a change takes to arrive, in milliseconds of the replica's clock. Default 0. `Infinity`: until `catchUp()`.
   */
  readonly lagMs?: number;
}

/** One server's place in a replication. */
export interface Site {
  readonly home: Home;
  readonly store: SecretStore;
  readonly nowMs: () => number;
}

interface Change {
  readonly arn: string;
  /** `undefined` when the secret is gone. */
  readonly state: SecretState | undefined;
  readonly atMs: number;
}

/** The way from one server's secrets to their replicas in another. Driven by the clock of the replica, without timers. */
export class Replication {
  readonly #replica: Site;
  readonly #primary: Site;
  readonly #stop: () => void;
  #lagMs: number;
  #queue: Change[] = [];

  /** @internal */
  constructor(primary: Site, replica: Site, lagMs: number) {
    this.#primary = primary;
    this.#replica = replica;
    this.#lagMs = lagMs;
    // What is there already has been replicated long since.
    for (const state of primary.store.all()) this.#take(state.arn, state);
    this.catchUp();
    const stops = [
      primary.store.onChange((arn, state) => this.#take(arn, state)),
      replica.store.onRead(() => this.#deliver(replica.nowMs() - this.#lagMs)),
    ];
    this.#stop = (): void => {
      for (const stop of stops) stop();
    };
  }

  /** How long changes take from now on, those under way included; in milliseconds, as in `ReplicationOptions`. */
  get lagMs(): number {
    return this.#lagMs;
  }

  set lagMs(lagMs: number) {
    this.#lagMs = checkLag(lagMs);
  }

  /** Everything that has happened so far arrives now. */
  catchUp(): void {
    this.#deliver(Infinity);
  }

  /** Nothing arrives any more: the replicas stay as they are, and stay replicas. */
  stop(): void {
    this.#stop();
    this.#queue = [];
  }

  /** Replicas are not replicated on. */
  #take(arn: string, state: SecretState | undefined): void {
    if (state?.primaryRegion !== undefined) return;
    this.#queue.push({ arn, state, atMs: this.#replica.nowMs() });
  }

  #deliver(untilMs: number): void {
    while ((this.#queue[0]?.atMs ?? Infinity) <= untilMs) {
      const change = this.#queue.shift();
      if (change === undefined) return;
      this.#apply(change);
    }
  }

  #apply({ arn, state }: Change): void {
    const { store, home } = this.#replica;
    const { region } = this.#primary.home;
    const ownArn = arn.replace(`:${region}:`, `:${home.region}:`);
    const known = store.at(ownArn);
    if (state === undefined) {
      if (known !== undefined) store.remove(known);
      return;
    }
    // As in AWS, a secret of that name that is there already is left alone.
    const namesake = known ?? store.named(state.name);
    if (namesake !== undefined && namesake.primaryRegion === undefined) return;
    store.save({ ...state, arn: ownArn, replicas: [], primaryRegion: region });
  }
}

/** Throws RangeError for what is no lag. */
export function checkLag(lagMs: number): number {
  if (lagMs >= 0) return lagMs;
  throw new RangeError(`\`lagMs\` must be a number of milliseconds >= 0, got ${lagMs}`);
}
