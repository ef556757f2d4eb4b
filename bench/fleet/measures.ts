/** What is measured of a fleet under one policy, in numbers alone. */

import { Fleet, type FleetOptions } from './processes.ts';
import { quantileOf, totalOf, type Estimate } from './sampling.ts';
import type { Part } from './traffic.ts';

export interface ColdStart {
  /** Until half of the processes, and nine in ten, had all their secrets, in milliseconds. */
  readonly half: Estimate;
  readonly most: Estimate;
  /** Until the last of those simulated had. */
  readonly lastMs: number;
  /** Calls a process: all that were made, and of those the throttled. */
  readonly calls: number;
  readonly throttled: number;
  /** Starts a process that failed, and were tried again after a second. */
  readonly failedStarts: number;
}

export interface ColdStartOptions extends FleetOptions {
  /** The starts are spread over so long, in milliseconds. Default 0: all at one instant. */
  readonly overMs?: number | undefined;
  /** Until when all must be warm. Default a day. */
  readonly limitMs?: number | undefined;
}

const DAY_MS = 24 * 3_600_000;

/** Throws a `NotWarmError` if not all are warm within the limit. */
export async function coldStartOf(options: ColdStartOptions): Promise<ColdStart> {
  const { overMs = 0, limitMs = DAY_MS, ...fleetOptions } = options;
  const fleet = new Fleet(fleetOptions);
  fleet.start(overMs);
  const warmAtMs = await fleet.runUntilWarm(limitMs);
  // What is still on its way counts as well.
  await fleet.run(fleet.time.nowMs + 1_000);
  const { traffic } = fleet.service;
  const size = warmAtMs.length;
  return {
    half: quantileOf(warmAtMs, 0.5),
    most: quantileOf(warmAtMs, 0.9),
    lastMs: Math.max(...warmAtMs),
    calls: traffic.count() / size,
    throttled: traffic.count({ outcomes: ['throttled'] }) / size,
    failedStarts: fleet.failedStarts / size,
  };
}

/** Calls a second in the whole fleet, with the sampling error. */
export function rateOf(
  fleet: Fleet,
  part: Part & { readonly fromMs: number; readonly toMs: number },
): Estimate {
  const seconds = (part.toMs - part.fromMs) / 1_000;
  return totalOf(fleet.service.traffic.byGroup(part), fleet.weight, seconds);
}

/** The highest rate over any bin of so many seconds, with the sampling error of that bin. */
export function peakOf(
  fleet: Fleet,
  binSeconds: number,
  part: Part & { readonly fromMs: number; readonly toMs: number },
): Estimate {
  const bins = fleet.service.traffic.bins(binSeconds, part);
  const highest = bins.indexOf(Math.max(...bins));
  const fromMs = part.fromMs + highest * binSeconds * 1_000;
  return rateOf(fleet, { ...part, fromMs, toMs: fromMs + binSeconds * 1_000 });
}

/** Calls a second over time, in points of [minutes, rate]. */
export function curveOf(
  fleet: Fleet,
  binSeconds: number,
  part: Part & { readonly fromMs: number; readonly toMs: number },
): (readonly [number, number])[] {
  return fleet.service.traffic
    .bins(binSeconds, part)
    .map((calls, bin) => [
      (part.fromMs / 1_000 + bin * binSeconds) / 60,
      (calls * fleet.weight) / binSeconds,
    ]);
}
