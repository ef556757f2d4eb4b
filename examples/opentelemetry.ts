/**
 * The cache in OpenTelemetry's words: what `stats()` counts is read when metrics are collected, what happens on
 * `node:diagnostics_channel` is counted as it happens.
 *
 * Needs @opentelemetry/api alone; without an SDK that collects, it costs next to nothing. The attributes name no secret.
 *
 * Run by the tests: test/integration/opentelemetry.test.ts, and to its end in test/wire/examples.test.ts.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { metrics, type Meter, type Observable } from '@opentelemetry/api';
import { SecretCache, type SecretCacheEvents, type SecretCacheStats } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

/** One counter, told apart by an attribute: the parts of `gets`, and the kinds of calls to AWS. */
const RESULTS = {
  hit: 'hits',
  stale: 'stale',
  miss: 'misses',
  failure: 'failures',
  abort: 'aborted',
} as const;
const CALLS = { load: 'loads', batch: 'batches', describe: 'describes', search: 'searches' } as const;
const COUNTED = ['rotations', 'evictions'] as const satisfies (keyof SecretCacheStats)[];
const NOW = ['pending', 'entries'] as const satisfies (keyof SecretCacheStats)[];
const EVENTS: readonly (keyof SecretCacheEvents)[] = [
  'load',
  'revalidate',
  'rotated',
  'stale-served',
  'suspect',
  'revoked',
  'batch-disabled',
  'describe-disabled',
  'failure',
  'evicted',
];

const named = (name: string): string => `secretsmanager_cache.${name}`;

/** Reports a cache to a meter; the answer stops that. Events are those of every cache in the process. */
export function reportMetrics(cache: SecretCache, meter: Meter): () => void {
  const gets = meter.createObservableCounter(named('gets'), { description: 'Gets, by `result`' });
  const calls = meter.createObservableCounter(named('calls'), { description: 'Calls to AWS, by `call`' });
  const counters = COUNTED.map((name) => [name, meter.createObservableCounter(named(name))] as const);
  const gauges = NOW.map((name) => [name, meter.createObservableGauge(named(name))] as const);
  const observables: Observable[] = [gets, calls, ...[...counters, ...gauges].map(([, each]) => each)];
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const stats = cache.stats(); // once, so that the figures add up
    for (const [name, member] of Object.entries(RESULTS))
      result.observe(gets, stats[member], { result: name });
    for (const [name, member] of Object.entries(CALLS)) result.observe(calls, stats[member], { call: name });
    for (const [name, observable] of [...counters, ...gauges]) result.observe(observable, stats[name]);
  };
  meter.addBatchObservableCallback(observe, observables);

  const events = meter.createCounter(named('events'), {
    description: 'Events, by `event`, and `code` of a failure',
  });
  const durations = meter.createHistogram(named('call.duration'), {
    unit: 'ms',
    description: 'Calls that succeeded',
  });
  const subscriptions = EVENTS.map((event) => {
    const count = (message: unknown): void => {
      const { code, durationMs } = message as { readonly code?: string; readonly durationMs?: number };
      events.add(1, code === undefined ? { event } : { event, code });
      if (durationMs !== undefined) durations.record(durationMs, { call: event });
    };
    subscribe(`secretsmanager-cache:${event}`, count);
    return () => unsubscribe(`secretsmanager-cache:${event}`, count);
  });

  return () => {
    meter.removeBatchObservableCallback(observe, observables);
    for (const stop of subscriptions) stop();
  };
}

if (import.meta.filename === process.argv[1]) {
  // Your SDK's setup gives a meter that exports; without one this meter takes the figures and drops them.
  await using secretsManager = await LocalSecretsManager.start();
  secretsManager.createSecret({ name: 'prod/db', secretString: '{}' });
  await using cache = new SecretCache({ client: secretsManager.client() });
  const stop = reportMetrics(cache, metrics.getMeter('my-service'));
  await cache.get('prod/db');
  await cache.get('prod/db');
  console.log(cache.stats());
  stop();
}
