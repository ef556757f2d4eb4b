import { SecretsManagerClient, SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";

//#region src/testing/operation.d.ts
declare const OPERATIONS: readonly ["BatchGetSecretValue", "CreateSecret", "DeleteSecret", "DescribeSecret", "GetSecretValue", "ListSecretVersionIds", "ListSecrets", "PutSecretValue", "ReplicateSecretToRegions", "RestoreSecret", "RotateSecret", "TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage"];
/** An operation of AWS Secrets Manager that LocalSecretsManager answers. */
type Operation = (typeof OPERATIONS)[number];
/** Which calls something applies to. */
interface CallScope {
  /** One operation, or several. All when left out. */
  readonly operation?: Operation | readonly Operation[];
  /** Only calls that ask for this secret, by name, ARN or partial ARN. All when left out. */
  readonly secretId?: string;
}
/** A call as scopes see it. */
interface ScopedCall {
  readonly operation: Operation | undefined;
  readonly secretIds: readonly string[];
}
/** Do two ids name one secret? */
type SameSecret = (one: string, other: string) => boolean;
//#endregion
//#region src/testing/call-log.d.ts
/** How one id of a BatchGetSecretValue was answered. */
interface LoggedItem {
  /** The id as asked or, for a batch by filters, the secret's name. */
  readonly secretId: string;
  /** `'ok'`, or the item's ErrorCode. */
  readonly outcome: string;
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
//#endregion
//#region src/testing/faults.d.ts
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
/** An injected fault, to be taken away again. */
interface InjectedFault {
  /** Calls befallen so far. */
  readonly hits: number;
  remove(): void;
}
type Of<Kind extends FaultKind> = Extract<Fault, {
  readonly kind: Kind;
}>;
type ItemFault = Of<"batch-item-omitted" | "batch-item-error">;
type DecidingFault = Exclude<Fault, Of<"latency" | "clock-skew"> | ItemFault>;
/** What befalls one call. */
interface CallFaults {
  readonly latencyMs: number;
  readonly clockSkewMs: number;
  readonly deciding: DecidingFault | undefined;
  itemFault(secretId: string): ItemFault | undefined;
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
  /** @internal Counts the call against the faults that befall it. */
  befall(call: ScopedCall): CallFaults;
}
//#endregion
//#region src/testing/gate.d.ts
interface HoldOptions {
  /** Only calls that ask for this secret. */
  readonly secretId?: string;
  /**
  * Which state the answer shows: that of the call's `'arrival'` (default), which is what makes an old answer come
  * late, or that of its `'release'`.
  */
  readonly stateAt?: "arrival" | "release";
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
  /** @internal Released: it holds nothing any more. */
  get isOpen(): boolean;
  /** @internal */
  get stateAt(): "arrival" | "release";
  /** @internal */
  holds(call: ScopedCall, same: SameSecret): boolean;
  /** @internal Resolves when released, or when the client has gone. */
  pass(gone: AbortSignal): Promise<void>;
}
//#endregion
//#region src/testing/secret-state.d.ts
type Content = {
  readonly kind: "text";
  readonly text: string;
} | {
  readonly kind: "bytes";
  readonly base64: string;
};
interface VersionState {
  readonly versionId: string;
  /** Undefined between the start of a rotation, which makes AWSPENDING's version id, and its createSecret step. */
  readonly content: Content | undefined;
  readonly createdAtMs: number;
  readonly accessedAtMs: number | undefined;
  readonly kmsKeyId: string | undefined;
}
interface Tag {
  readonly Key: string;
  readonly Value: string;
}
interface RotationRules {
  readonly AutomaticallyAfterDays?: number;
  readonly Duration?: string;
  readonly ScheduleExpression?: string;
}
interface ReplicaStatus {
  readonly Region: string;
  readonly KmsKeyId?: string;
  readonly Status: "InSync" | "Failed" | "InProgress";
}
interface SecretState {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly owningService: string | undefined;
  /** Undefined until the first tag; an empty list after the last one is gone, as recorded from AWS. */
  readonly tags: readonly Tag[] | undefined;
  readonly replicas: readonly ReplicaStatus[];
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
//#endregion
//#region src/testing/secret-id.d.ts
/** Where a server stands: the partition, Region and account in every ARN it makes. */
interface Home {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}
//#endregion
//#region src/testing/secret-store.d.ts
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
  save(secret: SecretState): void;
  remove(secret: SecretState): void;
  /** A store of its own over the same states, which no later write here changes. */
  snapshot(): SecretStore;
  clear(): void;
}
//#endregion
//#region src/testing/lag.d.ts
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
  /** @internal The secret as value reads see it. */
  find(secretId: string): SecretState | undefined;
  /** @internal Every secret as value reads see it. */
  all(): SecretState[];
}
//#endregion
//#region src/testing/limits.d.ts
/**
* Requests a second, per account and Region, as on AWS's "Secrets Manager quotas" page since March 2025. PutSecretValue,
* UpdateSecret and UpdateSecretVersionStage share one quota.
*/
declare const AWS_QUOTAS_PER_SECOND: Readonly<Record<Operation, number>>;
interface Limits {
  /** Factor on every quota, e.g. 0.01 for a hundredth of AWS's. Default 1. Must be > 0. */
  readonly scale?: number;
  /** Requests a second of single operations, in place of AWS's; `scale` applies to them too. Must be > 0. */
  readonly perSecond?: Partial<Readonly<Record<Operation, number>>>;
}
/** Throttles calls over their quota with ThrottlingException "Rate exceeded", HTTP 400. */
declare class RateLimits {
  #private;
  constructor(nowMs: () => number);
  /** Turns the quotas on, with full buckets. Throws RangeError for a factor or rate that isn't > 0. */
  set(limits?: Limits): void;
  /** Turns the quotas off. */
  clear(): void;
  /** @internal Counts one call. Throws when it is over its quota. */
  check(operation: Operation): void;
}
//#endregion
//#region src/testing/switches.d.ts
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
/** The answers held likeliest. */
declare const DEFAULT_SWITCHES: Readonly<Switches>;
//#endregion
//#region src/testing/options.d.ts
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
//#endregion
//#region src/testing/policy.d.ts
/** A denial in force, to be lifted again. */
interface Denial {
  lift(): void;
}
interface IamDenial {
  /** Only this secret, by name, ARN or partial ARN. Left out: the action on every secret. */
  readonly secretId?: string;
  /** `'identity'` (default): no policy allows it. `'explicit'`: an explicit deny in a resource-based policy. */
  readonly cause?: "identity" | "explicit";
}
interface EndpointDenial {
  /** Default: GetSecretValue. */
  readonly action?: Operation;
  readonly secretId?: string;
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
/** One attempt to use a right. */
interface Access {
  readonly action: Operation;
  /** Absent where the action has no resource: BatchGetSecretValue and ListSecrets. */
  readonly secretId?: string;
  /** The ARN, or the id as asked for a secret that doesn't exist: what IAM's message names. */
  readonly resource?: string;
  readonly versionStage?: string | undefined;
  /** Conditions on VersionStage don't count. */
  readonly ignoreStageCondition?: boolean;
}
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
  /** @internal Throws AccessDeniedException when IAM or the endpoint's policy denies. */
  check(access: Access): void;
  /** @internal Only the endpoint's policy: what it says of one listed secret, it says of the whole batch. */
  checkEndpoint(access: Access): void;
  /** @internal A secret of another account, which no resource-based policy shares with us. */
  foreign(access: Access): Error;
  /** @internal Throws when the secret's key can't be used. */
  checkKey(secretId: string): void;
}
//#endregion
//#region src/testing/rotation.d.ts
/** A secret's content as tests give it: a string, or bytes for a binary secret. */
type SecretContent = string | Uint8Array;
/** What a rotation does to its secret. @internal */
interface RotationTarget {
  putPending(versionId: string, content: SecretContent): void;
  finish(versionId: string, keepPending: boolean): void;
  hasValue(versionId: string): boolean;
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
  /** @internal */
  constructor(arn: string, versionId: string, target: RotationTarget);
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
//#endregion
//#region src/testing/seeds.d.ts
/** A value: one of the two, as in the service's API. */
type SeedValue = {
  readonly secretString: string;
  readonly secretBinary?: never;
} | {
  readonly secretBinary: Uint8Array;
  readonly secretString?: never;
};
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
interface SeededSecret {
  readonly arn: string;
  readonly name: string;
}
interface SeededVersion extends SeededSecret {
  readonly versionId: string;
}
interface DeletionOptions {
  /** 7 to 30 days; 30 when left out. */
  readonly recoveryWindowInDays?: number;
  /** Gone at once, with no way back. */
  readonly force?: boolean;
}
//#endregion
//#region src/testing/local-secrets-manager.d.ts
/**
* A wire-level AWS Secrets Manager in this process. It listens on 127.0.0.1 alone, prints nothing, and keeps secret
* values out of its log, its errors and `util.inspect`.
*
* ```ts
* await using server = await LocalSecretsManager.start();
* server.createSecret({ name: 'app/db', secretString: 'hunter2' });
* process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = server.endpoint; // or hand server.client() to your code
* ```
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
  /** Holds matching calls unanswered until the gate is released. An operation's gates are asked in order of making. */
  hold(operation: Operation | readonly Operation[], options?: HoldOptions): Gate;
  /** Every call so far, in order of arrival: ids, versions and outcomes, never values. */
  get calls(): readonly LoggedCall[];
  /** How many calls of an operation, or of all, have arrived. */
  count(operation?: Operation): number;
  /** Empties `calls` and sets every count to 0. */
  resetCalls(): void;
  /** As after `start()`: no secrets, calls, faults, denials, lag or quotas. Held calls are answered; switches stay. */
  reset(): void;
  /** Stops listening and cuts every connection, those of held and hanging calls too. Again: the same promise. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
//#endregion
export { AWS_QUOTAS_PER_SECOND, type AccessPolicy, type CallScope, DEFAULT_SWITCHES, type DeletionOptions, type Denial, type EndpointDenial, type Fault, type FaultKind, type FaultScope, type Faults, type Gate, type HoldOptions, type IamDenial, type InjectedFault, type KmsDenial, type Limits, LocalSecretsManager, type LocalSecretsManagerOptions, type LoggedCall, type LoggedItem, type NewSecret, type NewVersion, type Operation, type RateLimits, type ReplicaLag, type Rotation, type SecretContent, type SeedValue, type SeededSecret, type SeededVersion, type Switches };
