// exports: FailoverEvents, FailoverOptions, FailoverSource, FailoverStats, RegionState, RegionStats, failover

// see index: BackoffOptions, Runtime, SecretCacheErrorCode, SecretSource

/** The channel, under `secretsmanager-cache:`, and what its messages hold. */
interface FailoverEvents {
  /** Reads go to another Region from now on: the code that the one before failed with, or that this one is back. */
  failover: {
    readonly from: string;
    readonly to: string;
    readonly reason: SecretCacheErrorCode | "recovered";
  };
}

/** Every duration is in milliseconds. Give `source`, or else `clientConfig` and `maxConcurrency`, or none of them. */
interface FailoverOptions {
  /**
  * The primary Region, in which the secrets are written, and then the Regions of their replicas in the order in which
  * to ask them. 1 to 20, each once, all of one partition.
  */
  readonly regions: readonly string[];
  /**
  * The configuration of the clients that are made, one a Region, at its first call. No `region`, which is each one's
  * own, and no `endpoint`, which would be the same for all.
  */
  readonly clientConfig?: (Omit<SecretsManagerClientConfig, "region" | "endpoint"> & {
    readonly region?: never;
    readonly endpoint?: never;
  }) | undefined;
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
  readonly backoff?: { readonly [Name in keyof BackoffOptions]?: BackoffOptions[Name] | undefined } | undefined;
  /**
  * Reads go back to a Region that answers again after U(0, 1) x the time it was down, and x this at most: so that a
  * fleet doesn't come back all at once. Default 30_000; 0: at once.
  */
  readonly switchBackMs?: number | undefined;
  /** Clocks, timers and randomness; for tests and simulators. */
  readonly runtime?: Partial<Runtime> | undefined;
}

/** A source that reads from the first healthy one of several Regions. */
interface FailoverSource extends SecretSource {
  /** The counters of now, Region by Region. */
  stats(): FailoverStats;
  /** Closes the source of every Region. */
  close(): Promise<void>;
}

/** What has become of the calls, Region by Region. */
interface FailoverStats {
  /** The Region that reads go to. */
  readonly serving: string;
  /** How often that has changed. */
  readonly switches: number;
  /** By the Region's name, in the order of `regions`. */
  readonly regions: Readonly<Record<string, RegionStats>>;
}

type RegionState = "up" | "down" | "returning";

/** `calls = answers + lagging + refusals + failures + left + pending`, at every moment. */
interface RegionStats {
  /** `up`: read from. `down`: left alone, but for a probe now and then. `returning`: it answers again, and is read from soon. */
  readonly state: RegionState;
  /** Calls to its source, of every kind. */
  readonly calls: number;
  /** Answered, and used. */
  readonly answers: number;
  /** Answered, and not used: the primary has just shown a label elsewhere. */
  readonly lagging: number;
  /** Refused for a reason of the request's own: denied, not found, invalid, or a batch throttled. */
  readonly refusals: number;
  /** Failed in passing, or not answered in time: what makes a Region go down. */
  readonly failures: number;
  /** Given up before an answer came, for no fault of the Region's that is known. */
  readonly left: number;
  /** Under way now. */
  readonly pending: number;
}

/**
* A source over replicated secrets, to be given to a `SecretCache`. Throws `TypeError` or `RangeError` for options that
* are unknown, out of range or contradict each other. It has `describe`, `loadBatch` and `search` where the sources of
* all its Regions have them.
*/
declare function failover(options: FailoverOptions): FailoverSource;
