/**
 * Does a cache that works for long grow, leak a handle or drop a rejection? `npm run soak -- --minutes 10`
 *
 * Churn over many more secrets than it may hold, with rotations, faults, hints, invalidations, watches and refused
 * credentials, over loopback. It exits 1 when the heap after GC grew by more than 5 MB after the warm-up, when a handle
 * is left after `close()`, or on a rejection that nobody handles. `--seconds 30` for a short one.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { SecretCache, type SecretChangeHint } from '../../src/index.ts';

import { SoakLoad } from './load.ts';

const LINE_EVERY_MS = 10_000;
const WARM_UP = 0.2;
const MAX_GROWTH_MB = 5;
const GONE_WITHIN_MS = 5_000;
/** Longer than the longest call. */
const REST_MS = 1_000;

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seconds: { type: 'string' } } });
const lengthMs =
  (values.seconds === undefined ? Number(values.minutes ?? 10) * 60 : Number(values.seconds)) * 1_000;
if (!(lengthMs > 0)) throw new RangeError('--minutes or --seconds must be a number above 0');
const { gc } = globalThis;
if (gc === undefined) throw new Error('run it with node --expose-gc');

const problems: string[] = [];
process.on('unhandledRejection', (reason) => {
  problems.push(`a rejection that nobody handled: ${String(reason)}`);
});

const service = fork(fileURLToPath(import.meta.resolve('./service.ts')), {
  execArgv: ['--import', 'tsx'],
  env: { ...process.env, NODE_NO_WARNINGS: '1' },
});
const [{ endpoint }] = (await once(service, 'message')) as [{ endpoint: string }];

const baseline = handles();
const cache = new SecretCache({
  clientConfig: {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
  },
  ttlMs: 2_000,
  staleIfErrorMs: 10_000,
  maxEntries: 200,
  attemptTimeoutMs: 500,
  waitBudgetMs: 1_000,
  staleWaitMs: 200,
  backoff: { baseMs: 200, capMs: 2_000 },
});
const load = new SoakLoad(cache);
service.on('message', (message) => load.notify(message as SecretChangeHint));

const startedAtMs = performance.now();
await lines(lengthMs * WARM_UP);
const warmMb = await restingHeapMb();
console.log(`warm: ${warmMb.toFixed(2)} MB`);
await lines(lengthMs);
const endMb = await restingHeapMb();

await load.stop();
await cache.close();
const left = await leftover();
service.disconnect();

const growthMb = endMb - warmMb;
if (growthMb > MAX_GROWTH_MB)
  problems.push(`the heap grew by ${growthMb.toFixed(2)} MB, more than ${MAX_GROWTH_MB}`);
if (left.length > 0) problems.push(`handles are left after close(): ${left.join(', ')}`);
for (const surprise of load.surprises.slice(0, 5)) problems.push(`an unexpected error: ${String(surprise)}`);
const { pending, gets, hits, stale, misses, failures, aborted } = cache.stats();
if (gets !== hits + stale + misses + failures + aborted || pending !== 0)
  problems.push('the counters don’t add up');
console.log(
  `heap after GC: ${warmMb.toFixed(2)} MB warm, ${endMb.toFixed(2)} MB at the end, ${growthMb.toFixed(2)} MB more`,
);
for (const problem of problems) console.error(`FAILED: ${problem}`);
if (problems.length === 0) console.log('no handle left, no rejection unhandled, no unexpected error');
process.exitCode = problems.length === 0 ? 0 : 1;

/** A line every 10 s until so long after the start. */
async function lines(untilMs: number): Promise<void> {
  for (;;) {
    const restMs = untilMs - (performance.now() - startedAtMs);
    if (restMs <= 0) return;
    await delay(Math.min(LINE_EVERY_MS, restMs));
    const { gets, loads, batches, describes, rotations, evictions, entries } = cache.stats();
    const { failed, watched, running } = load.counts;
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0).padStart(4);
    console.log(
      `${seconds} s  heap ${heapMb().toFixed(2)} MB  handles ${handles().length}  entries ${entries}  gets ${gets}  calls ${loads + batches + describes} (${loads} loads, ${batches} batches, ${describes} describes)  rotations ${rotations}  evictions ${evictions}  watched ${watched}  failed ${failed}  running ${running}`,
    );
  }
}

/** Without what calls under way hold: else the moment would decide. */
async function restingHeapMb(): Promise<number> {
  await load.pause();
  await delay(REST_MS);
  const heap = heapMb();
  load.resume();
  return heap;
}

function heapMb(): number {
  gc?.();
  gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function handles(): string[] {
  return process.getActiveResourcesInfo();
}

/** What is alive beyond the baseline, once it has had the time to go. */
async function leftover(): Promise<string[]> {
  const untilMs = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const rest = [...baseline];
    const left = handles().filter((handle) => {
      const place = rest.indexOf(handle);
      if (place !== -1) rest.splice(place, 1);
      return place === -1;
    });
    if (left.length === 0 || performance.now() > untilMs) return left;
    await delay(50);
  }
}
