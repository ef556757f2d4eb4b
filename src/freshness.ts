/** How a held value may be used at its age, in the words of RFC 5861: a pure decision, made when it is read. */

/**
 * - `fresh`: answer with no call.
 * - `stale`: within stale-while-revalidate: answer at once, revalidate behind it.
 * - `fallback`: revalidate and wait a little; the value stands in if that fails (stale-if-error).
 * - `expired`: never to be served.
 */
export type Freshness = 'fresh' | 'stale' | 'fallback' | 'expired';

export interface FreshnessWindows {
  readonly staleWhileRevalidateMs: number;
  /** H: `ttlMs` + `staleIfErrorMs`, past which nothing is served. */
  readonly servableMs: number;
}

export function freshnessAt(ageMs: number, ttlMs: number, windows: FreshnessWindows): Freshness {
  if (ageMs < ttlMs) return 'fresh';
  if (ageMs >= windows.servableMs) return 'expired';
  return ageMs < ttlMs + windows.staleWhileRevalidateMs ? 'stale' : 'fallback';
}
