/** Filling the cache ahead of need, and telling what could not be filled. */

import { object, onlyKnown, shown, text } from './checks.ts';
import { freshError, SecretCacheError } from './errors.ts';
import { Flight } from './flight.ts';
import type { Parts } from './parts.ts';
import type { GetOptions } from './requests.ts';
import type { Filter } from './source/secret-source.ts';

export interface PreloadOptions extends GetOptions {
  /** How long to wait for all of it, in milliseconds. Default `waitBudgetMs`. */
  readonly timeoutMs?: number;
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
  const results = await Promise.allSettled(secretIds.map(get));
  for (const [index, result] of results.entries()) {
    const secretId = secretIds[index] ?? '';
    if (result.status === 'fulfilled') loaded.push(secretId);
    else if (result.reason instanceof SecretCacheError) failed.set(secretId, result.reason);
    else throw result.reason;
  }
  return { loaded, failed };
}

/** Takes every secret that the filters match, page by page, each under its Name. */
export async function preloadMatches(
  filters: readonly Filter[],
  parts: Parts,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal | undefined },
): Promise<PreloadReport> {
  const { flights } = parts;
  const flight = new Flight<PreloadReport>();
  flights.track(flight, () => collect(filters, parts, flight.signal));
  const outcome = await flights.wait(flight, { limitMs, signal });
  if (outcome.kind === 'value') return outcome.value;
  const error =
    outcome.kind === 'failed'
      ? outcome.error
      : new SecretCacheError(
          'ERR_SECRET_TIMEOUT',
          `The preload by filters did not end within ${limitMs} ms: what it found is held; raise \`timeoutMs\`.`,
        );
  flight.fail(error);
  throw error instanceof SecretCacheError ? freshError(error) : error;
}

async function collect(
  filters: readonly Filter[],
  { source, calls, getter, store }: Parts,
  signal: AbortSignal,
): Promise<PreloadReport> {
  if (source.search === undefined) {
    throw new TypeError('this source cannot search: preload by ids instead of `filters`');
  }
  const loaded = new Set<string>();
  const failed = new Map<string, SecretCacheError>();
  let departure = calls.depart();
  const onDispatch = (): void => {
    departure = calls.depart();
  };
  for await (const found of source.search(filters, { signal, onDispatch })) {
    if (found instanceof SecretCacheError) {
      failed.set(found.secretId ?? '', found);
      continue;
    }
    loaded.add(found.name);
    if (calls.isBelowFloor(departure)) continue;
    const record = getter.record(found.name);
    record.commitVersion(record.current, found, departure);
    store.place(record);
  }
  return { loaded: [...loaded], failed };
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
    throw new TypeError(`\`filters\` must be an array of 1 to 10 filters, got ${shown(filters)}`);
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
