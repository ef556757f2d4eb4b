/** The parts of one cache, put together. Data flows one way: getter -> reader -> calls -> source. */

import { Calls } from './calls.ts';
import { Clock } from './clock.ts';
import { publish } from './events.ts';
import { Failures } from './failures.ts';
import { Flights } from './flights.ts';
import { Getter } from './getter.ts';
import { Launcher } from './launcher.ts';
import type { Settings } from './options.ts';
import { Policy } from './policy.ts';
import { Reader } from './reader.ts';
import { Records } from './records.ts';
import { Refresher } from './refresher.ts';
import type { SecretRecord } from './record.ts';
import { awsSource } from './source/aws-source.ts';
import { batching, type BatchingDisabled, type Load } from './source/batching-source.ts';
import type { SecretSource } from './source/secret-source.ts';
import { counted, newStats, type Stats } from './stats.ts';
import { Store } from './store.ts';

export interface Parts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly stats: Stats;
  readonly store: Store;
  readonly source: SecretSource;
  readonly calls: Calls;
  readonly flights: Flights;
  readonly records: Records;
  readonly getter: Getter;
  readonly refresher: Refresher;
  /** Called in the step in which a record has taken over an answer. */
  readonly onCommitted: (record: SecretRecord) => void;
}

export function assemble(settings: Settings): Parts {
  const { runtime, batch } = settings;
  const clock = new Clock(runtime);
  const policy = new Policy(settings, clock);
  const stats = newStats();
  const store = new Store(settings.maxEntries, ({ secretId }) => {
    stats.evictions += 1;
    publish('evicted', { secretId });
  });
  const calls = new Calls({ ...settings, clock, announces: settings.source === undefined });
  const onLanded = (record: SecretRecord): void => store.place(record);
  const onCommitted = (record: SecretRecord): void => {
    store.place(record);
    for (const rotation of record.takeRotations()) {
      stats.rotations += 1;
      publish('rotated', rotation);
    }
  };
  const flights = new Flights({ ...settings, clock, calls, onLanded });
  const failures = new Failures({ ...settings, policy });
  const { client, clientConfig, maxConcurrency } = settings;
  const source = counted(settings.source ?? awsSource({ client, clientConfig, maxConcurrency }), stats);
  const batched: Load =
    batch === undefined
      ? (ref, call) => source.load(ref, call)
      : batching(source, { ...batch, runtime, clock, onDisabled: publishDisabled });
  const reader = new Reader({ ...settings, source, batched, calls, flights, policy, onCommitted });
  const records = new Records({ store, flights, policy });
  const launcher = new Launcher({ calls, flights, failures });
  const getter = new Getter({ ...settings, policy, records, flights, launcher, reader, stats });
  const refresher = new Refresher({ runtime, policy, store, records, calls, flights, launcher, reader });
  return {
    settings,
    clock,
    policy,
    stats,
    store,
    source,
    calls,
    flights,
    records,
    getter,
    refresher,
    onCommitted,
  };
}

function publishDisabled(notice: BatchingDisabled): void {
  publish('batch-disabled', notice);
}
