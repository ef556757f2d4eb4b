/** Workloads: how often each of many secrets is read. */

import type { Mix } from './trace.ts';

export const SECRETS = 500;

export const skewed: Mix = { name: "after Zipf's law", secrets: SECRETS, exponent: 1 };

/** A job that reads every secret, once for each 5,000 reads. */
export const scanned: Mix = {
  ...skewed,
  name: "after Zipf's law, and a job that scans all",
  scanEvery: 5_000,
};

export const uniform: Mix = { name: 'all alike', secrets: SECRETS, exponent: 0 };
