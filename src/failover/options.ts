/** The options of `failover`: read once, checked whole, completed with defaults. */

import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

import type { BackoffOptions } from '../backoff.ts';
import { duration, integer, object, onlyKnown, shown } from '../checks.ts';
import { completeRuntime, type Runtime } from '../runtime.ts';
import { awsSource } from '../source/aws-source.ts';
import type { SecretSource } from '../source/secret-source.ts';
import { partitionOf } from './region-ids.ts';

/** Every duration is in milliseconds. Give `source`, or else `clientConfig` and `maxConcurrency`, or none of them. */
export interface FailoverOptions {
  /**
   * The primary Region, in which the secrets are written, and then the Regions of their replicas in the order in which
   * to ask them. 1 to 20, each once, all of one partition.
   */
  readonly regions: readonly string[];
  /**
   * The configuration of the clients that are made, one a Region, at its first call. No `region`, which is each one's
   * own, and no `endpoint`, which would be the same for all.
   */
  readonly clientConfig?:
    | (Omit<SecretsManagerClientConfig, 'region' | 'endpoint'> & {
        readonly region?: never;
        readonly endpoint?: never;
      })
    | undefined;
  /** AWS calls in flight at once in each Region. Default 50. DescribeSecret takes at most half, rounded up. */
  readonly maxConcurrency?: number | undefined;
  /** Makes the source of a Region; called once for each, at once. It belongs to the failover, which closes it. Default `awsSource`. */
  readonly source?: ((region: string) => SecretSource) | undefined;
  /**
   * How long a Region may take to answer before the next one is asked, counted from when the request leaves. Default
   * 1_000. Must be > 0. The last one to be asked has the caller's own limit (`attemptTimeoutMs`).
   */
  readonly regionTimeoutMs?: number | undefined;
  /**
   * How far a replica may be behind the primary. For so long after the primary has last shown where a label points, no
   * replica's answer puts it elsewhere. Default 60_000; 0: replicas are believed at once.
   */
  readonly lagWindowMs?: number | undefined;
  /**
   * How long a Region that failed is left alone before one call tries it again: min(cap, base x 2^n) x U(0.5, 1).
   * Default `{ baseMs: 1_000, capMs: 60_000 }`.
   */
  readonly backoff?:
    | { readonly [Name in keyof BackoffOptions]?: BackoffOptions[Name] | undefined }
    | undefined;
  /**
   * Reads go back to a Region that answers again after U(0, 1) x the time it was down, and x this at most: so that a
   * fleet doesn't come back all at once. Default 30_000; 0: at once.
   */
  readonly switchBackMs?: number | undefined;
  /** Clocks, timers and randomness; for tests and simulators. */
  readonly runtime?: Partial<Runtime> | undefined;
}

/** The options with every default filled in. */
export interface FailoverSettings {
  readonly regions: readonly [string, ...string[]];
  readonly source: (region: string) => SecretSource;
  /** Whether the sources always call `onDispatch`: then a call that hasn't yet is still in a queue. */
  readonly announces: boolean;
  readonly regionTimeoutMs: number;
  readonly lagWindowMs: number;
  readonly backoff: BackoffOptions;
  readonly switchBackMs: number;
  readonly runtime: Runtime;
}

const NAMES = [
  'regions',
  'clientConfig',
  'maxConcurrency',
  'source',
  'regionTimeoutMs',
  'lagWindowMs',
  'backoff',
  'switchBackMs',
  'runtime',
] as const satisfies readonly (keyof FailoverOptions)[];

const MAX_REGIONS = 20;
const REGION = /^[a-z]+(?:-[a-z]+)+-\d+$/;

/** Throws `TypeError` or `RangeError` that names the option and what it must be. */
export function readFailoverOptions(given: FailoverOptions): FailoverSettings {
  object('the options of failover', given);
  onlyKnown('option of failover', given, NAMES);
  const options = { ...given };
  return {
    regions: readRegions(options.regions),
    source: readSource(options),
    announces: options.source === undefined,
    regionTimeoutMs: duration('regionTimeoutMs', options.regionTimeoutMs ?? 1_000, 'above 0'),
    lagWindowMs: duration('lagWindowMs', options.lagWindowMs ?? 60_000),
    backoff: readBackoff(options.backoff ?? {}),
    switchBackMs: duration('switchBackMs', options.switchBackMs ?? 30_000, 'finite'),
    runtime: readRuntime(options.runtime ?? {}),
  };
}

function readRegions(value: unknown): readonly [string, ...string[]] {
  if (!Array.isArray(value)) {
    throw new TypeError(`\`regions\` must be an array of Regions, the primary first, got ${shown(value)}`);
  }
  const regions: readonly unknown[] = value;
  if (regions.length > MAX_REGIONS)
    throw new RangeError(`\`regions\` must have at most ${MAX_REGIONS} Regions, got ${regions.length}`);
  const names = regions.map((region, place) => readRegion(`regions[${place}]`, region));
  const [primary, ...replicas] = names;
  if (primary === undefined)
    throw new RangeError('`regions` must name at least one Region, the primary first, got none');
  const repeated = names.find((name, place) => names.indexOf(name) !== place);
  if (repeated !== undefined)
    throw new RangeError(`\`regions\` must name each Region once, got ${repeated} twice`);
  const foreign = replicas.find((name) => partitionOf(name) !== partitionOf(primary));
  if (foreign !== undefined) {
    throw new RangeError(
      `\`regions\` must be of one partition, since secrets are not replicated across them: ` +
        `${primary} is of ${partitionOf(primary)}, ${foreign} of ${partitionOf(foreign)}`,
    );
  }
  return [primary, ...replicas];
}

function readRegion(name: string, value: unknown): string {
  if (typeof value === 'string' && REGION.test(value)) return value;
  throw new TypeError(`\`${name}\` must be a Region's name, such as us-east-1, got ${shown(value)}`);
}

function readSource({ source, clientConfig, maxConcurrency }: FailoverOptions): FailoverSettings['source'] {
  if (source !== undefined) return readSourceMaker(source, { clientConfig, maxConcurrency });
  if (clientConfig !== undefined) object('`clientConfig`', clientConfig);
  for (const name of ['region', 'endpoint'] as const) {
    if (clientConfig?.[name] === undefined) continue;
    throw new TypeError(
      `\`clientConfig.${name}\` must be left out: each Region of \`regions\` has its own; give \`source\` for more`,
    );
  }
  const slots = integer('maxConcurrency', maxConcurrency ?? 50, 1, 10_000);
  const own = { ...clientConfig };
  return (region) => awsSource({ clientConfig: { ...own, region }, maxConcurrency: slots });
}

function readSourceMaker(source: unknown, others: object): FailoverSettings['source'] {
  if (typeof source !== 'function')
    throw new TypeError(
      `\`source\` must be a function from a Region to its SecretSource, got ${shown(source)}`,
    );
  const other = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
  if (other !== undefined)
    throw new TypeError(`give either \`source\` or \`${other}\`: a source made has its own`);
  const make = source as (region: string) => SecretSource;
  return (region) => {
    const made: Partial<SecretSource> | undefined = make(region);
    if (typeof made?.load === 'function') return made as SecretSource;
    throw new TypeError(
      `\`source\` must return a SecretSource, with \`load(ref, call)\`: not so for ${region}`,
    );
  };
}

function readBackoff(value: NonNullable<FailoverOptions['backoff']>): BackoffOptions {
  object('`backoff`', value);
  onlyKnown('option in `backoff`', value, ['baseMs', 'capMs']);
  const baseMs = duration('backoff.baseMs', value.baseMs ?? 1_000, 'above 0');
  const capMs = duration('backoff.capMs', value.capMs ?? Math.max(60_000, baseMs));
  if (capMs >= baseMs) return { baseMs, capMs };
  throw new RangeError(`\`backoff.capMs\` must be at least \`backoff.baseMs\` (${baseMs}), got ${capMs}`);
}

function readRuntime(value: Partial<Runtime>): Runtime {
  object('`runtime`', value);
  for (const name of Object.keys(completeRuntime({})) as (keyof Runtime)[]) {
    if (value[name] !== undefined && typeof value[name] !== 'function')
      throw new TypeError(`\`runtime.${name}\` must be a function, got ${shown(value[name])}`);
  }
  return completeRuntime(value);
}
