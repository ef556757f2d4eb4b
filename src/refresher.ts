/** A refresh: one read that starts after it was asked for, for its caller and all gets that begin from then on. */

import type { Calls } from './calls.ts';
import type { Flights } from './flights.ts';
import type { Launcher } from './launcher.ts';
import type { Policy } from './policy.ts';
import type { Reader } from './reader.ts';
import type { Records, Target } from './records.ts';
import { RefreshQueue } from './refresh-queue.ts';
import type { Ask } from './requests.ts';
import type { Runtime } from './runtime.ts';
import type { Secret } from './secret.ts';
import type { Store } from './store.ts';
import { errorOf, type Wait } from './wait.ts';

export interface RefresherParts {
  readonly runtime: Runtime;
  readonly policy: Policy;
  readonly store: Store;
  readonly records: Records;
  readonly calls: Calls;
  readonly flights: Flights;
  readonly launcher: Launcher;
  readonly reader: Reader;
}

export class Refresher {
  readonly #parts: RefresherParts;

  constructor(parts: RefresherParts) {
    this.#parts = parts;
  }

  /** `rejectedVersionId`: the call is forced, and made only if no other version is held. */
  async refresh(
    secretId: string,
    ask: Ask,
    { signal, budgetMs }: Wait,
    rejectedVersionId: string | undefined,
  ): Promise<Secret> {
    signal?.throwIfAborted();
    const { store, records, calls, flights, policy } = this.#parts;
    const target = records.target(secretId, ask);
    const { ref } = target;
    const { held } = ref;
    const isForced = rejectedVersionId !== undefined;
    const isAnother = isForced && held?.secret.versionId !== rejectedVersionId;
    if (held !== undefined && isAnother && policy.isServable(ref)) return held.secret;
    for (const alias of store.aliasesOf(secretId)) {
      alias.find(ask.versionStage, ask.versionId)?.raiseFloor(calls.lastSequence);
    }
    ref.raiseFloor(calls.lastSequence);
    ref.refreshes ??= this.#queue(target);
    const flight = ref.refreshes.enter(rejectedVersionId);
    // A forced call is made for those who wait for it: none is sent once they have gone.
    const outcome = await flights.wait(flight, { limitMs: budgetMs, signal, abandonWhenOver: isForced });
    if (outcome.kind === 'value') return outcome.value;
    throw errorOf(outcome, secretId, budgetMs);
  }

  #queue(target: Target): RefreshQueue {
    const { record, ref } = target;
    const { runtime, policy, launcher, reader } = this.#parts;
    return new RefreshQueue({
      runtime,
      clock: policy.clock,
      launch: (work) => launcher.launch(target, work),
      read: (flight) => reader.refresh(record, ref, flight),
      held: () => (policy.isServable(ref) ? ref.held?.secret : undefined),
    });
  }
}
