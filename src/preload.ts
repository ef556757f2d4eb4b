/** Filling the cache ahead of need, and telling what could not be filled. */

import { requireVersion } from './answers.ts';
import { object, onlyKnown, shown, text } from './checks.ts';
import { freshError, SecretCacheError } from './errors.ts';
import { publish } from './events.ts';
import { Flight, type AnyFlight } from './flight.ts';
import type { Parts } from './parts.ts';
import type { GetOptions } from './requests.ts';
import { mayBeTheBatch } from './source/batch-round.ts';
import type { Filter, SecretVersion } from './source/secret-source.ts';

export interface PreloadOptions extends GetOptions {
  /** How long to wait for all of it, in milliseconds. Default `waitBudgetMs`. */
  readonly timeoutMs?: number | undefined;
}

export interface PreloadReport {
  /** The ids now held, as they were asked for; by filters, the Names found. */
  readonly loaded: string[];
  /** The others, and why. What wasn't there in time failed with `ERR_SECRET_TIMEOUT`. */
  readonly failed: Map<string, SecretCacheError>;
}

/** Gets each id; never rejects for one of them. */
export async function preloadIds(
  secretIds: readonly string[],
  get: (secretId: string) => Promise<unknown>,
): Promise<PreloadReport> {
  const loaded: string[] = [];
  const failed = new Map<string, SecretCacheError>();
  const gets = new Map(secretIds.map((secretId) => [secretId, get(secretId)]));
  await Promise.allSettled(gets.values());
  for (const [secretId, got] of gets) {
    try {
      await got;
      loaded.push(secretId);
    } catch (error) {
      if (!(error instanceof SecretCacheError)) throw error;
      failed.set(secretId, error);
    }
  }
  return { loaded, failed };
}

/** What a search brought. */
interface Found extends PreloadReport {
  /** What may be had although the batch didn't bring it. */
  readonly unsettled: Set<string>;
}

/** Takes every secret that the filters match, page by page, each under its Name; what a page left open is got singly. */
export async function preloadMatches(
  filters: readonly Filter[],
  parts: Parts,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal | undefined },
  get: (secretId: string, limitMs: number) => Promise<unknown>,
): Promise<PreloadReport> {
  const { flights, calls, clock, source } = parts;
  const since = clock.now();
  const search = source.search?.bind(source);
  if (search === undefined)
    throw new TypeError('this source cannot search: preload by ids, not by `filters`');
  const flight = new Flight<Found>();
  flights.track(flight, async () => {
    const made = await calls.make(flight, undefined, (call) => collect(search(filters, call), parts, flight));
    return made.answer;
  });
  const outcome = await flights.wait(flight, { limitMs, signal });
  if (outcome.kind !== 'value') {
    const error = outcome.kind === 'failed' ? outcome.error : searchTimedOut(limitMs);
    flight.fail(error);
    throw error instanceof SecretCacheError ? freshError(error) : error;
  }
  const { loaded, failed, unsettled } = outcome.value;
  // One limit for both: the search, and what it left open.
  const leftMs = Math.max(0, limitMs - clock.ageMs(since));
  const rest = await preloadIds([...unsettled], (secretId) => get(secretId, leftMs));
  return { loaded: [...loaded, ...rest.loaded], failed: new Map([...failed, ...rest.failed]) };
}

async function collect(
  results: AsyncIterable<SecretVersion | SecretCacheError>,
  { calls, clock, records, onCommitted }: Parts,
  flight: AnyFlight,
): Promise<Found> {
  const loaded = new Set<string>();
  const failed = new Map<string, SecretCacheError>();
  const unsettled = new Set<string>();
  const hold = (version: SecretVersion): boolean => {
    const departure = flight.lastDeparture;
    if (departure === undefined) return false;
    const { name, versionId, versionStages } = version;
    requireVersion(name, version);
    publish('load', { secretId: name, versionId, versionStages, durationMs: clock.ageMs(departure.at) });
    if (calls.isBelowFloor(departure)) return false;
    const record = records.use(name);
    const isHeld = record.commitVersion(record.current, version, departure);
    onCommitted(record);
    return isHeld;
  };
  for await (const found of results) {
    if (!(found instanceof SecretCacheError)) {
      if (hold(found)) loaded.add(found.name);
      else unsettled.add(found.name);
    } else if (found.secretId === undefined || !mayBeTheBatch(found)) {
      failed.set(found.secretId ?? '', found);
    } else {
      unsettled.add(found.secretId);
    }
  }
  return { loaded: [...loaded], failed, unsettled };
}

function searchTimedOut(limitMs: number): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_TIMEOUT',
    `The preload by filters did not end within ${limitMs} ms: what it found is held; raise \`timeoutMs\`.`,
  );
}

const KEYS: readonly Filter['key'][] = [
  'description',
  'name',
  'tag-key',
  'tag-value',
  'primary-region',
  'owning-service',
  'all',
];

/** Throws for filters that the service would refuse: 1 to 10 of them, each with 1 to 10 values. */
export function readFilters(filters: unknown): readonly Filter[] {
  if (!Array.isArray(filters) || filters.length < 1 || filters.length > 10) {
    throw new TypeError(
      `\`filters\` must be an array of 1 to 10 filters, got ${Array.isArray(filters) ? filters.length : shown(filters)}`,
    );
  }
  return filters.map((filter: unknown): Filter => {
    object('a filter', filter, '{ key, values }');
    onlyKnown('member of a filter', filter, ['key', 'values']);
    const { key, values } = filter as Partial<Filter>;
    if (key === undefined || !KEYS.includes(key)) {
      throw new TypeError(`\`key\` of a filter must be one of ${KEYS.join(', ')}, got ${shown(key)}`);
    }
    if (!Array.isArray(values) || values.length < 1 || values.length > 10) {
      throw new TypeError(`\`values\` of a filter must be an array of 1 to 10 strings, got ${shown(values)}`);
    }
    return { key, values: values.map((value: unknown) => text('values', value, 512)) };
  });
}
