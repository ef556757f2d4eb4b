/** One process with this cache under one workload: what it holds, what it asks for, how old its answers are. */

import { ModelSource, type CacheLibrary } from '../fleet/ours.ts';
import { SdkModel } from '../fleet/sdk.ts';
import { ServiceModel } from '../fleet/service.ts';
import type { Operation } from '../fleet/traffic.ts';
import { VirtualTime } from '../fleet/virtual-time.ts';

export interface Workload {
  readonly library: CacheLibrary;
  readonly trace: Uint16Array;
  /** From one read to the next. */
  readonly everyMs: number;
  readonly maxEntries: number;
  readonly ttlMs: number;
  readonly ttlJitter: number;
  /** How long a secret keeps its version, on average; never rotated when absent. */
  readonly rotatedEveryMs?: number;
}

export interface Outcome {
  /** Of all reads. */
  readonly hitRatio: number;
  readonly hits: number;
  readonly evictions: number;
  readonly describes: number;
  readonly loads: number;
  /** Reads that were answered with a version which the label had left. */
  readonly stale: number;
  /** How long ago it had, at most, in milliseconds. */
  readonly stalestMs: number;
}

/** A round trip is shorter than the time between two reads, so that no two of them share a call. */
const ROUND_TRIP_MS = 20;

export async function runWorkload(workload: Workload): Promise<Outcome> {
  const { library, trace, everyMs, rotatedEveryMs, ...options } = workload;
  if (everyMs <= ROUND_TRIP_MS) throw new RangeError(`reads must be more than ${ROUND_TRIP_MS} ms apart`);
  const time = new VirtualTime(1);
  const service = new ServiceModel({ time });
  const source = new ModelSource(library, new SdkModel(service, time, 0));
  const cache = new library.SecretCache({ ...options, runtime: time, source });
  const secrets = Math.max(...trace) + 1;
  const endMs = trace.length * everyMs;
  const rotations =
    rotatedEveryMs === undefined ? undefined : new Rotations(service, time, secrets, endMs, rotatedEveryMs);
  let stale = 0;
  let stalestMs = 0;
  const read = async (secretId: string): Promise<void> => {
    const { versionId } = await cache.get(secretId);
    if (versionId === service.currentVersionId(secretId)) return;
    stale += 1;
    stalestMs = Math.max(stalestMs, time.nowMs - (rotations?.lastAtMs.get(secretId) ?? 0));
  };
  const failures: unknown[] = [];
  for (const [nth, secret] of trace.entries()) {
    time.at(nth * everyMs, () => {
      read(`s${secret}`).catch((error: unknown) => failures.push(error));
    });
  }
  await time.runUntil(endMs + 10_000);
  if (failures.length > 0) throw new Error(`${failures.length} reads failed`, { cause: failures[0] });
  const { gets, hits, evictions } = cache.stats();
  const count = (operation: Operation): number => service.traffic.count({ operations: [operation] });
  await cache.close();
  return {
    hitRatio: hits / gets,
    hits,
    evictions,
    describes: count('DescribeSecret'),
    loads: count('GetSecretValue'),
    stale,
    stalestMs,
  };
}

/** Rotations of every secret, at random instants. */
class Rotations {
  /** When each secret was rotated last. */
  readonly lastAtMs = new Map<string, number>();

  constructor(service: ServiceModel, time: VirtualTime, secrets: number, endMs: number, everyMs: number) {
    for (let secret = 0; secret < secrets; secret += 1) {
      const secretId = `s${secret}`;
      // Exponential times between them: a Poisson process.
      for (let atMs = 0; ;) {
        atMs -= everyMs * Math.log(1 - time.random());
        if (atMs >= endMs) break;
        time.at(atMs, () => {
          service.rotate(secretId);
          this.lastAtMs.set(secretId, time.nowMs);
        });
      }
    }
  }
}
