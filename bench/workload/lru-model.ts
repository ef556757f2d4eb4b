/** A reference: a plain LRU with a fixed TTL, replayed read by read, in as few lines as can be seen to be right. */

export interface Replay {
  readonly hits: number;
  readonly evictions: number;
}

/** Reads come `everyMs` apart. An entry lives for less than `ttlMs` from the read that loaded it; a hit doesn't renew that. */
export function replay(trace: Iterable<number>, maxEntries: number, ttlMs: number, everyMs: number): Replay {
  // In the order of use: the first is the next to go.
  const loadedAtMs = new Map<number, number>();
  let nowMs = 0;
  let hits = 0;
  let evictions = 0;
  for (const secret of trace) {
    const sinceMs = loadedAtMs.get(secret);
    const isHit = sinceMs !== undefined && nowMs - sinceMs < ttlMs;
    hits += isHit ? 1 : 0;
    loadedAtMs.delete(secret);
    loadedAtMs.set(secret, isHit ? sinceMs : nowMs);
    const [oldest] = loadedAtMs.keys();
    if (loadedAtMs.size > maxEntries && oldest !== undefined) {
      loadedAtMs.delete(oldest);
      evictions += 1;
    }
    nowMs += everyMs;
  }
  return { hits, evictions };
}
