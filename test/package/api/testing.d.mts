// exports: AWS_QUOTAS_PER_SECOND, AccessPolicy, CallScope, DEFAULT_SWITCHES, DeletionOptions, Denial, EndpointDenial, Fault, FaultKind, FaultScope, Faults, Gate, HoldOptions, IamDenial, InjectedFault, KmsDenial, Limits, LocalAgent, LocalAgentKind, LocalAgentOptions, LocalSecretsManager, LocalSecretsManagerOptions, LoggedAgentRequest, LoggedCall, LoggedItem, NewSecret, NewVersion, Operation, RateLimits, ReplicaLag, Replication, ReplicationOptions, Rotation, SecretContent, SeedValue, SeededSecret, SeededVersion, Switches

/**
* Requests a second, per account and Region, as on AWS's "Secrets Manager quotas" page since March 2025. PutSecretValue,
* UpdateSecret and UpdateSecretVersionStage share one quota.
*/
declare const AWS_QUOTAS_PER_SECOND: Readonly<Record<Operation, number>>;

/** The rights of the one caller this server knows. IAM is judged before existence, as on AWS. */
declare class AccessPolicy {
  #private;
  constructor(userArn: string, same: SameSecret);
  /**
  * IAM denies an action: AccessDeniedException. Denying BatchGetSecretValue refuses batches whole; denying
  * GetSecretValue of a secret makes it an AccessDenied item of a batch; denying ListSecrets refuses batches by filters.
  */
  denyAction(action: Operation, denial?: IamDenial): Denial;
  /**
  * A `secretsmanager:VersionStage` condition: GetSecretValue is allowed only when it names one of these stages, so a
  * call without VersionStage is denied although AWSCURRENT is what it would get. A batch can't name one.
  */
  requireVersionStage(stages: readonly string[], scope?: {
    readonly secretId?: string;
  }): Denial;
  /** A VPC endpoint policy denies an action. Denying the value of one listed secret sinks a whole batch. */
  denyAtEndpoint(denial?: EndpointDenial): Denial;
  /** The secret's KMS key can't be used: values are refused, DescribeSecret needs no key. */
  denyKms(denial?: KmsDenial): Denial;
  /** Lifts every denial. */
  clear(): void;
}

/** Which calls something applies to. */
interface CallScope {
  /** One operation, or several. All when left out. */
  readonly operation?: Operation | readonly Operation[];
  /** Only calls that ask for this secret, by name, ARN or partial ARN. All when left out. */
  readonly secretId?: string;
}

type Content = {
  readonly kind: "text";
  readonly text: string;
} | {
  readonly kind: "bytes";
  readonly base64: string;
};

/** The answers held likeliest. */
declare const DEFAULT_SWITCHES: Readonly<Switches>;

interface DeletionOptions {
  /** 7 to 30 days; 30 when left out. */
  readonly recoveryWindowInDays?: number;
  /** Gone at once, with no way back. */
  readonly force?: boolean;
}

/** A denial in force, to be lifted again. */
interface Denial {
  lift(): void;
}

interface EndpointDenial {
  /** Default: GetSecretValue. */
  readonly action?: Operation;
  readonly secretId?: string;
}

/**
* One thing that goes wrong. `latency` and `clock-skew` change how a call is answered; every other kind decides what
* the answer is, and of several that match a call the one injected first wins.
*
* The operation itself is carried out under `latency`, `clock-skew`, `truncated`, and `batch-item-*`: a write whose
* answer is truncated has happened. Under the others it is not.
*/
type Fault = {
  readonly kind: "latency";
  readonly ms: number;
} | {
  readonly kind: "clock-skew";
  readonly ms: number;
} | {
  readonly kind: "hang";
} | {
  readonly kind: "reset";
} | {
  readonly kind: "truncated";
} | {
  readonly kind: "html";
  readonly status?: number;
} | {
  readonly kind: "empty";
} | {
  readonly kind: "empty-object";
} | {
  readonly kind: "error";
  readonly code: string;
  readonly message?: string;
  readonly status?: number;
} | {
  readonly kind: "signature-expired";
} | {
  readonly kind: "expired-token";
} | {
  readonly kind: "unrecognized-client";
} | {
  readonly kind: "batch-item-omitted";
} | {
  readonly kind: "batch-item-error";
  readonly code: string;
  readonly message?: string;
};

type FaultKind = Fault["kind"];

/** Which calls a fault befalls. */
interface FaultScope extends CallScope {
  /** Only the next so many matching calls; until removed when left out. An integer >= 1. */
  readonly times?: number;
}

/** The faults now in force. */
declare class Faults {
  #private;
  constructor(same: SameSecret);
  /**
  * Lets matching calls go wrong, from now on. Throws RangeError for a `times`, `ms` or `status` that can't be, and
  * TypeError for a batch-item fault without the secret it is about.
  */
  inject(fault: Fault, scope?: FaultScope): InjectedFault;
  /** Takes every fault away. Calls that hang already go on hanging. */
  clear(): void;
}

/** Holds matching calls: they are received and logged, and not answered until released. */
declare class Gate {
  #private;
  constructor(scope: CallScope, stateAt: "arrival" | "release");
  /** Calls held now. */
  get waiting(): number;
  /** Resolves once `count` calls (default 1) are held at the same time; rejects if the gate opens before. */
  arrived(count?: number): Promise<void>;
  /** Answers every held call, and holds no more. */
  release(): void;
  /** Answers one held call, by its place in the order of arrival (default 0, the oldest), and goes on holding. */
  releaseOne(index?: number): void;
}

interface HoldOptions {
  /** Only calls that ask for this secret. */
  readonly secretId?: string;
  /**
  * Which state the answer shows: that of the call's `'arrival'` (default), which is what makes an old answer come
  * late, or that of its `'release'`.
  */
  readonly stateAt?: "arrival" | "release";
}

/** Where a server stands: the partition, Region and account in every ARN it makes. */
interface Home {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

interface IamDenial {
  /** Only this secret, by name, ARN or partial ARN. Left out: the action on every secret. */
  readonly secretId?: string;
  /** `'identity'` (default): no policy allows it. `'explicit'`: an explicit deny in a resource-based policy. */
  readonly cause?: "identity" | "explicit";
}

/** An injected fault, to be taken away again. */
interface InjectedFault {
  /** Calls befallen so far. */
  readonly hits: number;
  remove(): void;
}

interface KmsDenial {
  readonly secretId?: string;
  /**
  * `'decrypt'` (default): kms:Decrypt is denied, AccessDeniedException "Access to KMS is not allowed". `'old-key'`: it is denied
  * for the key of this version alone. `'default-key'`: InvalidRequestException, what a caller of another account gets
  * for a secret under the aws/secretsmanager key. `'broken'`: DecryptionFailure, the key is disabled or gone.
  */
  readonly cause?: "decrypt" | "old-key" | "default-key" | "broken";
}

interface Limits {
  /** Factor on every quota, e.g. 0.01 for a hundredth of AWS's. Default 1. Must be > 0. */
  readonly scale?: number;
  /** Requests a second of single operations, in place of AWS's; `scale` applies to them too. Must be > 0. */
  readonly perSecond?: Partial<Readonly<Record<Operation, number>>>;
}

/**
* A wire-level AWS Secrets Manager Agent or Parameters and Secrets Lambda Extension in this process, over a
* `LocalSecretsManager`. It listens on 127.0.0.1 alone, prints nothing, and keeps tokens and values out of its log.
*
* ```ts
* await using upstream = await LocalSecretsManager.start();
* await using agent = await LocalAgent.start({ upstream });
* const source = agentSource({ endpoint: agent.endpoint, token: agent.token });
* ```
*/
declare class LocalAgent {
  #private;
  /** Where it listens, e.g. `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  readonly kind: LocalAgentKind;
  private constructor();
  /** Starts one. Rejects with TypeError or RangeError for bad options, and when the port is taken. */
  static start(options: LocalAgentOptions): Promise<LocalAgent>;
  /** The token that requests must show. Another one is as if it had been restarted with it, its cache kept. */
  get token(): string;
  set token(token: string);
  /** Whether the extension answers: it does in the invoke phase alone. The agent is always ready. */
  get isReady(): boolean;
  set isReady(isReady: boolean);
  /** Every request so far, in order of arrival. */
  get requests(): readonly LoggedAgentRequest[];
  /** Connections open now. */
  get connections(): number;
  /** Empties `requests`. */
  resetRequests(): void;
  /** Cuts the connection of the next request, or of several, in place of an answer. */
  cutNextRequests(times?: number): void;
  /** Cuts every connection, as the end of its lifetime does: now, or each under the next request that comes on it. */
  cutConnections({
    at
  }?: {
    readonly at?: "once" | "next-request";
  }): void;
  /** Forgets what it keeps of Secrets Manager's answers, as a restart does. */
  clearCache(): void;
  /** Stops listening and cuts every connection. Again: the same promise. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The AWS Secrets Manager Agent (AWS Workload Credentials Provider), or the AWS Parameters and Secrets Lambda Extension. */
type LocalAgentKind = "agent" | "extension";

interface LocalAgentOptions {
  /** Where it reads secrets from, over the wire. */
  readonly upstream: LocalSecretsManager;
  /** Default `'agent'`. */
  readonly kind?: LocalAgentKind;
  /** TCP port on 127.0.0.1, 0 to 65535. Default 0: a free one. */
  readonly port?: number;
  /** The token that requests must show. Default `'local-agent-token'`. */
  readonly token?: string;
  /** How long an answer is kept, in milliseconds. Default 300_000, which is the extension's most; the agent's is 3_600_000. */
  readonly ttlMs?: number;
  /** Answers kept, the least recently used going first. Default 1000. */
  readonly cacheSize?: number;
  /** The agent: connections that it accepts, default 800. The extension: requests to Secrets Manager at once, default 3. */
  readonly maxConnections?: number;
  /** How long a connection lives from when it is accepted, idle or not, in milliseconds. Default 61_000; the extension's: `Infinity`. */
  readonly connectionLifetimeMs?: number;
  /** Whether the extension answers yet: it does in the invoke phase alone. Default true. */
  readonly isReady?: boolean;
  /** Whether the agent escapes the text in its errors' JSON, as it does since version 3. Default true. */
  readonly escapesMessages?: boolean;
  /** The clock of its TTL, in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/**
* A wire-level AWS Secrets Manager in this process. It listens on 127.0.0.1 alone, prints nothing, and keeps secret
* values out of its log, its errors and `util.inspect`.
*
* ```ts
* await using server = await LocalSecretsManager.start();
* server.createSecret({ name: 'app/db', secretString: 'hunter2' });
* const client = server.client(); // for your code to use
* ```
*
* Code that makes its own client finds it by `AWS_ENDPOINT_URL_SECRETS_MANAGER` (`server.endpoint`), with `AWS_REGION`
* (`server.region`) and any credentials in the environment.
*
* Secrets are changed from JavaScript by the methods here, at once and unlogged, or over the wire by any SDK.
*/
declare class LocalSecretsManager {
  #private;
  /** Where it listens, e.g. `http://127.0.0.1:40123`: for `AWS_ENDPOINT_URL_SECRETS_MANAGER` or an SDK's `endpoint`. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** What AWS leaves open, as this server shall have it. */
  readonly switches: Switches;
  /** What goes wrong on the wire. */
  readonly faults: Faults;
  /** AWS's request quotas; off until set. */
  readonly limits: RateLimits;
  /** What IAM, KMS and the VPC endpoint deny; nothing until asked. */
  readonly policy: AccessPolicy;
  /** Lets reads of values fall behind DescribeSecret. */
  readonly lag: ReplicaLag;
  private constructor();
  /** Starts a server. Rejects with TypeError or RangeError for bad options, and when the port is taken. */
  static start(options?: LocalSecretsManagerOptions): Promise<LocalSecretsManager>;
  /**
  * A new client of the real SDK with fake credentials, this server's endpoint and Region; `config` goes over these.
  * Destroyed when the server closes, if not before.
  */
  client(config?: SecretsManagerClientConfig): SecretsManagerClient;
  /** Makes a secret; without a value it has no version yet. Throws when the name is taken or ill-formed. */
  createSecret(secret: NewSecret & ({
    secretString: string;
  } | {
    secretBinary: Uint8Array;
  })): SeededVersion;
  createSecret(secret: NewSecret): SeededSecret & {
    readonly versionId: string | undefined;
  };
  /** Adds a version, by default as AWSCURRENT. Throws when the version id exists with another value. */
  putSecretValue(secretId: string, version: NewVersion): SeededVersion;
  /** Moves a staging label to a version, from wherever it is; with `undefined` takes it off. AWSPREVIOUS follows AWSCURRENT. */
  moveLabel(secretId: string, label: string, toVersionId: string | undefined): void;
  /** Schedules deletion: values can't be read, DescribeSecret goes on. With `force` the secret is gone at once. */
  deleteSecret(secretId: string, options?: DeletionOptions): void;
  /** Takes a scheduled deletion back. */
  restoreSecret(secretId: string): void;
  /** Begins a rotation: AWSPENDING names a version without a value. Throws while another one is unfinished. */
  startRotation(secretId: string, options?: {
    readonly versionId?: string;
  }): Rotation;
  /** The rotation under way, e.g. one begun over the wire by RotateSecret. Throws when there is none. */
  rotationOf(secretId: string): Rotation;
  /**
  * Makes every secret of this server, now and later, a replica in `other`, a server of another Region: what is here by
  * now is there at once, later changes come `lagMs` behind. Replicas can be read, and not written. Throws for a server
  * of the same Region, of another partition or of another account.
  */
  replicateTo(other: LocalSecretsManager, options?: ReplicationOptions): Replication;
  /** Holds matching calls unanswered until the gate is released. An operation's gates are asked in order of making. */
  hold(operation: Operation | readonly Operation[], options?: HoldOptions): Gate;
  /** Every call so far, in order of arrival: ids, versions and outcomes, never values. */
  get calls(): readonly LoggedCall[];
  /** How many calls of an operation, or of all, have arrived. */
  count(operation?: Operation): number;
  /** Empties `calls` and sets every count to 0. */
  resetCalls(): void;
  /**
  * As after `start()`: no secrets, calls, faults, denials, lag, quotas or replication. Held calls are answered; switches
  * stay.
  */
  reset(): void;
  /** Stops listening and cuts every connection, those of held and hanging calls too. Again: the same promise. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface LocalSecretsManagerOptions {
  /** The Region in ARNs; an ARN of another one is not found here. Default `'us-east-1'`. */
  readonly region?: string;
  /** The account in ARNs, 12 digits; an ARN of another one is denied. Default `'123456789012'`. */
  readonly account?: string;
  /** TCP port on 127.0.0.1, 0 to 65535. Default 0: a free one. */
  readonly port?: number;
  /** Refuse unsigned requests, as AWS does. Signatures are looked for, not verified. Default true. */
  readonly requireSignature?: boolean;
  /** Send a `Date` header, from the process's clock. Default true. */
  readonly sendDate?: boolean;
  /** Calls kept in `calls`, the oldest dropped first; `count()` stays exact. Default 100_000. */
  readonly maxLoggedCalls?: number;
  /** The service's clock, in milliseconds since the epoch: dates, recovery windows, quotas. Default `Date.now`. */
  readonly now?: () => number;
  /** Quotas from the start. Default: none. */
  readonly limits?: Limits;
  /** Answers to what AWS leaves open. */
  readonly switches?: Partial<Switches>;
}

/** One request: what it asked for and how it was answered, never a token or a value. */
interface LoggedAgentRequest {
  readonly path: string;
  readonly secretId: string | undefined;
  readonly versionStage: string | undefined;
  readonly versionId: string | undefined;
  readonly refreshNow: boolean;
  /** Whether a connection was made for it, rather than kept alive from an earlier one. */
  readonly isFirstOnConnection: boolean;
  /** The HTTP status; `'cut'` when its connection was cut in place of an answer, `undefined` until answered. */
  readonly status: number | "cut" | undefined;
}

/** One call, that is one HTTP request: each attempt of an SDK's retries counts. */
interface LoggedCall {
  /** Undefined when the request named no operation of the service. */
  readonly operation: Operation | undefined;
  /** Every id asked, as written: none for lists and batches by filters. */
  readonly secretIds: readonly string[];
  readonly versionId: string | undefined;
  readonly versionStage: string | undefined;
  /** The SDK's attempt number, from 1; undefined when the client doesn't send one. */
  readonly attempt: number | undefined;
  /** When the request had arrived, in milliseconds on the server's clock. */
  readonly arrivedAtMs: number;
  /**
  * `'pending'` until answered; then `'ok'`, the error's code, the kind of an injected fault that left no proper
  * answer (`'reset'`, `'hang'`, `'truncated'`, `'html'`, `'empty'`, `'empty-object'`), or `'aborted'` when the
  * client had gone first.
  */
  readonly outcome: string;
  /** The ids of an answered BatchGetSecretValue; undefined for other operations. */
  readonly items: readonly LoggedItem[] | undefined;
}

/** How one id of a BatchGetSecretValue was answered. */
interface LoggedItem {
  /** The id as asked or, for a batch by filters, the secret's name. */
  readonly secretId: string;
  /** `'ok'`, or the item's ErrorCode. */
  readonly outcome: string;
}

type NewSecret = (SeedValue | {
  readonly secretString?: never;
  readonly secretBinary?: never;
}) & {
  /** 1 to 512 letters, digits and `/_+=.@-!`. */readonly name: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly kmsKeyId?: string; /** Marks the secret as managed by another service, e.g. `'rds'`. */
  readonly owningService?: string; /** The first version's id, 32 to 64 characters. A random UUID when left out. */
  readonly versionId?: string;
};

type NewVersion = SeedValue & {
  /** 32 to 64 characters. A random UUID when left out. */readonly versionId?: string; /** Default `['AWSCURRENT']`, which also moves AWSPREVIOUS. */
  readonly versionStages?: readonly string[];
};

declare const OPERATIONS: readonly ["BatchGetSecretValue", "CreateSecret", "DeleteSecret", "DescribeSecret", "GetSecretValue", "ListSecretVersionIds", "ListSecrets", "PutSecretValue", "ReplicateSecretToRegions", "RestoreSecret", "RotateSecret", "TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage"];

/** An operation of AWS Secrets Manager that LocalSecretsManager answers. */
type Operation = (typeof OPERATIONS)[number];

/** Throttles calls over their quota with ThrottlingException "Rate exceeded", HTTP 400. */
declare class RateLimits {
  #private;
  constructor(nowMs: () => number);
  /** Turns the quotas on, with full buckets. Throws RangeError for a factor or rate that isn't > 0. */
  set(limits?: Limits): void;
  /** Turns the quotas off. */
  clear(): void;
}

/**
* Secrets Manager is eventually consistent: DescribeSecret may name a version that GetSecretValue doesn't answer
* with yet. While frozen, GetSecretValue and BatchGetSecretValue read the state of the freeze; DescribeSecret, the
* lists and all writes go on with the live one. Driven by hand, without timers.
*/
declare class ReplicaLag {
  #private;
  constructor(live: SecretStore);
  /** From now on value reads see the present state, of one secret or, without an id, of all. Throws for an unknown id. */
  freezeReads(secretId?: string): void;
  /** Value reads see the live state again: of one secret or, without an id, of all. */
  catchUp(secretId?: string): void;
}

interface ReplicaStatus {
  readonly Region: string;
  readonly KmsKeyId?: string;
  readonly Status: "InSync" | "Failed" | "InProgress";
}

/** The way from one server's secrets to their replicas in another. Driven by the clock of the replica, without timers. */
declare class Replication {
  #private;
  /** How long changes take from now on, those under way included; in milliseconds, as in `ReplicationOptions`. */
  get lagMs(): number;
  set lagMs(lagMs: number);
  /** Everything that has happened so far arrives now. */
  catchUp(): void;
  /** Nothing arrives any more: the replicas stay as they are, and stay replicas. */
  stop(): void;
}

/** How far behind replicas are. */
interface ReplicationOptions {
  /**
  * How long a change takes to arrive, in milliseconds of the replica's clock. Default 0. `Infinity`: until `catchUp()`.
  */
  readonly lagMs?: number;
}

/**
* A rotation under way. Since it began, AWSPENDING names `versionId`, which has no value until createSecret. The
* steps are those of a rotation function (user guide, "Rotation function templates") and come in order; what
* setSecret and testSecret do to a database is no business of Secrets Manager, so here they only take their turn. A rotation
* that is left unfinished has failed as real ones do, with AWSPENDING on its version.
*/
declare class Rotation {
  #private;
  /** The secret's ARN. */
  readonly arn: string;
  /** The version that AWSPENDING names. */
  readonly versionId: string;
  /** PutSecretValue under AWSPENDING: the new value can be read by that label from now on. */
  createSecret(content: SecretContent): this;
  setSecret(): this;
  testSecret(): this;
  /**
  * UpdateSecretVersionStage: AWSCURRENT moves to the new version, AWSPREVIOUS to the one before. AWSPENDING stays on
  * the new version too, as recorded from AWS, unless `keepPending` is false, as after service-managed rotation.
  */
  finishSecret(options?: {
    readonly keepPending?: boolean;
  }): this;
}

interface RotationRules {
  readonly AutomaticallyAfterDays?: number;
  readonly Duration?: string;
  readonly ScheduleExpression?: string;
}

/** Do two ids name one secret? */
type SameSecret = (one: string, other: string) => boolean;

/** A secret's content as tests give it: a string, or bytes for a binary secret. */
type SecretContent = string | Uint8Array;

interface SecretState {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly owningService: string | undefined;
  /** Undefined until the first tag; an empty list after the last one is gone, as recorded from AWS. */
  readonly tags: readonly Tag[] | undefined;
  readonly replicas: readonly ReplicaStatus[];
  /** Where its primary is; only on a replica. */
  readonly primaryRegion?: string;
  readonly rotation: {
    readonly lambdaArn: string;
    readonly rules: RotationRules | undefined;
  } | undefined;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly accessedAtMs: number | undefined;
  readonly rotatedAtMs: number | undefined;
  /** When the service may destroy the secret; set while it is scheduled for deletion. */
  readonly deletionAtMs: number | undefined;
  readonly versions: ReadonlyMap<string, VersionState>;
  readonly labels: ReadonlyMap<string, string>;
}

declare class SecretStore {
  #private;
  constructor(home: Home, nowMs: () => number);
  /**
  * The secret that an id names. Undefined for one that doesn't exist, whose recovery window is over, or that lives
  * in another Region or account. Throws the service's ValidationException for an ill-formed id.
  */
  find(secretId: string): SecretState | undefined;
  /** Every secret, in the order of creation. */
  all(): SecretState[];
  /** The secret of that ARN, or name, as it stands here. */
  at(arn: string): SecretState | undefined;
  named(name: string): SecretState | undefined;
  save(secret: SecretState): void;
  remove(secret: SecretState): void;
  /** Calls `tell` with every state that is saved, and `undefined` for a secret that goes. Returns what ends that. */
  onChange(tell: (arn: string, secret: SecretState | undefined) => void): () => void;
  /** Calls `arrive` before secrets are looked for: what has arrived by then is seen. Returns what ends that. */
  onRead(arrive: () => void): () => void;
  /** A store of its own over the same states, which no later write here changes. */
  snapshot(): SecretStore;
  clear(): void;
}

/** A value: one of the two, as in the service's API. */
type SeedValue = {
  readonly secretString: string;
  readonly secretBinary?: never;
} | {
  readonly secretBinary: Uint8Array;
  readonly secretString?: never;
};

interface SeededSecret {
  readonly arn: string;
  readonly name: string;
}

interface SeededVersion extends SeededSecret {
  readonly versionId: string;
}

/**
* How the server behaves where AWS's behaviour is unknown. Code that must be right on AWS should be tested under
* every position. Set at the start or while running: `server.switches.duplicateIds = 'merge'`.
*/
interface Switches {
  /**
  * A BatchGetSecretValue that lists one secret twice. `'reject'` (default): refused whole with
  * InvalidParameterException, as users report. `'merge'`: answered once. `'repeat'`: answered as often as asked.
  */
  duplicateIds: "reject" | "merge" | "repeat";
  /** Whether a secret listed by name and by ARN counts as listed twice. Default true. */
  aliasesAreDuplicates: boolean;
  /** `Errors[].SecretId` of a denied batch item: the id as `'asked'` (default), or the secret's `'arn'`. */
  deniedBatchErrorId: "asked" | "arn";
  /** ErrorCode of a batch item whose secret has no current value. Default `'ResourceNotFoundException'`. */
  valuelessBatchItem: "ResourceNotFoundException" | "InvalidRequestException";
  /** ErrorCode of a batch item whose secret is scheduled for deletion. Default `'InvalidRequestException'`. */
  deletedBatchItem: "InvalidRequestException" | "ResourceNotFoundException";
  /** Code of a batch with an empty SecretIdList or one of more than 20 ids. Default `'ValidationException'`. */
  batchListLength: "ValidationException" | "InvalidParameterException";
  /** An ARN of another account in a batch: an AccessDenied `'item'` (default), or the `'whole'` call is denied. */
  batchForeignArn: "item" | "whole";
  /** Whether a batch by SecretIdList is answered in pages of `batchPageSize`. Default false. */
  batchPagesIdLists: boolean;
  /** Most secrets in a page of a batch, 1 to 20. Default 20; MaxResults may ask for fewer. */
  batchPageSize: number;
  /** Sends an empty page with a NextToken before each page of a batch that may have pages. Default false. */
  batchEmptyPages: boolean;
  /** Order of a batch's SecretValues, which AWS leaves open. Default `'asked'`. */
  batchOrder: "asked" | "reversed";
  /**
  * Whether a policy's `secretsmanager:VersionStage` condition denies batch items, for a batch names no stage. Default
  * `'deny'`.
  */
  batchVersionStageCondition: "deny" | "ignore";
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface VersionState {
  readonly versionId: string;
  /** Undefined between the start of a rotation, which makes AWSPENDING's version id, and its createSecret step. */
  readonly content: Content | undefined;
  readonly createdAtMs: number;
  readonly accessedAtMs: number | undefined;
  readonly kmsKeyId: string | undefined;
}
