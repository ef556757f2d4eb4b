/** The OpenTelemetry recipe under the real SDK: what is exported equals `stats()` and what the channels said. */

import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type DataPoint,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { reportMetrics } from '../../examples/opentelemetry.ts';
import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import { eventsOf } from '../support/events.ts';

const VALUE = 'a-value-that-no-metric-may-hold';

let server: LocalSecretsManager;
let cache: SecretCache;
let exporter: InMemoryMetricExporter;
let provider: MeterProvider;
let stopReporting: () => void;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  cache = new SecretCache({ client: server.client(), ttlMs: 0, maxEntries: 3 });
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  // Collects when it is flushed, not before.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  provider = new MeterProvider({ readers: [reader] });
  stopReporting = reportMetrics(cache, provider.getMeter('test'));
});

afterEach(async () => {
  stopReporting();
  await provider.shutdown();
  await cache.close();
  await server.close();
});

/** The figures of now, as `name{attribute=value}`. */
async function exported(): Promise<Record<string, number>> {
  exporter.reset();
  await provider.forceFlush();
  const scopes = exporter.getMetrics().flatMap((each) => each.scopeMetrics);
  const points = scopes
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ descriptor, dataPoints }) =>
      (dataPoints as DataPoint<number | Histogram>[]).map(({ attributes, value }) => {
        const labels = Object.entries(attributes).map(([name, label]) => `${name}=${String(label)}`);
        const name = descriptor.name.replace('secretsmanager_cache.', '');
        return [`${name}{${labels.join()}}`, typeof value === 'number' ? value : value.count] as const;
      }),
    );
  return Object.fromEntries(points);
}

async function live(): Promise<void> {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  for (const name of ids) server.createSecret({ name, secretString: VALUE });
  await cache.getMany(ids);
  await Promise.all([cache.get('e'), cache.get('e')]);
  server.putSecretValue('e', { secretString: `${VALUE} 2` });
  await cache.get('e');
  await expect(cache.get('missing')).rejects.toThrow('missing');
  await expect(cache.get('e', { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  server.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 });
  await cache.get('e');
}

test('every figure of stats() is exported, and nothing besides', async () => {
  await live();
  const stats = cache.stats();
  expect(
    stats.misses * stats.failures * stats.stale * stats.aborted * stats.rotations * stats.evictions,
  ).toBeGreaterThan(0);
  const figures = await exported();
  const mine = Object.entries(figures).filter(([name]) => !/^(events|call\.duration)\{/.test(name));
  expect(Object.fromEntries(mine)).toEqual({
    'gets{result=hit}': stats.hits,
    'gets{result=stale}': stats.stale,
    'gets{result=miss}': stats.misses,
    'gets{result=failure}': stats.failures,
    'gets{result=abort}': stats.aborted,
    'calls{call=load}': stats.loads,
    'calls{call=batch}': stats.batches,
    'calls{call=describe}': stats.describes,
    'calls{call=search}': stats.searches,
    'rotations{}': stats.rotations,
    'evictions{}': stats.evictions,
    'pending{}': 0,
    'entries{}': stats.entries,
  });
  const gets = mine.filter(([name]) => name.startsWith('gets{')).reduce((sum, [, figure]) => sum + figure, 0);
  expect(gets).toBe(stats.gets - stats.pending);
});

test('every event is counted under its name, a failure under its code too, calls with their length', async () => {
  const names = ['load', 'revalidate', 'rotated', 'stale-served', 'failure', 'evicted'] as const;
  const seen = new Map(names.map((name) => [name, eventsOf(name)]));
  await live();
  const figures = await exported();
  for (const [name, messages] of seen) {
    const counted = Object.entries(figures).filter(([key]) =>
      new RegExp(`^events\\{event=${name}[,}]`).test(key),
    );
    expect([name, counted.reduce((sum, [, figure]) => sum + figure, 0)]).toEqual([name, messages.length]);
    expect(messages.length).toBeGreaterThan(0);
  }
  expect(figures['events{event=failure,code=ERR_SECRET_NOT_FOUND}']).toBe(1);
  expect(figures['events{event=failure,code=ERR_SECRET_UNAVAILABLE}']).toBe(1);
  expect(figures['call.duration{call=load}']).toBe(seen.get('load')?.length);
  expect(figures['call.duration{call=revalidate}']).toBe(seen.get('revalidate')?.length);
});

test('no secret and no value is in any metric', async () => {
  await live();
  await provider.forceFlush();
  const all = JSON.stringify(exporter.getMetrics());
  expect(all).not.toContain(VALUE);
  expect(all).not.toContain('missing');
});

test('stopped, it reports nothing more', async () => {
  await live();
  const before = await exported();
  stopReporting();
  await cache.get('a').catch(() => {});
  const after = await exported();
  expect(eventFigures(after)).toEqual(eventFigures(before));
});

function eventFigures(figures: Record<string, number>): unknown[] {
  return Object.entries(figures).filter(([name]) => name.startsWith('events{'));
}
