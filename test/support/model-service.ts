/**
 * A model of Secrets Manager in memory, given to the cache as `client`: versions and labels as the service has
 * them, its answers and exceptions in the SDK's shapes, and every fault, delay and refusal under the test's hand.
 *
 * It shares no code with the library, so that an error in one can't hide in the other.
 */

import * as errors from './service-errors.ts';
import { mulberry32, type VirtualRuntime } from './virtual-runtime.ts';

/** GetSecretValue, DescribeSecret, BatchGetSecretValue. */
export type Operation = 'G' | 'D' | 'B';

/** One request that arrived, and what became of it. */
export interface Call {
  readonly index: number;
  readonly op: Operation;
  /** The ids asked for: one, but in a batch. */
  readonly ids: readonly string[];
  readonly secretId: string | undefined;
  readonly versionStage: string | undefined;
  readonly versionId: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  /** On the monotonic clock. */
  readonly atMs: number;
  /** `pending`, `ok`, `aborted` (the caller's signal ended it) or the error's name. */
  outcome: string;
  answeredAtMs: number | undefined;
}

/** Calls counted by operation. */
export interface Counts {
  G: number;
  D: number;
  B: number;
}

/** Which calls a fault, a hold or a delay is about: all of them, unless narrowed down. */
export interface CallMatcher {
  readonly op?: Operation | readonly Operation[];
  /** As the caller wrote it; in a batch, any of the ids. */
  readonly secretId?: string;
  readonly versionStage?: string;
  /** How many matching calls; default all. */
  readonly times?: number;
}

/** What goes wrong with a call instead of its answer. */
export type Fault =
  | { readonly error: () => unknown }
  | { readonly throwsAtOnce: () => unknown }
  | { readonly hangs: 'until-aborted' | 'for-ever' }
  | { readonly output: (right: () => unknown) => unknown };

/** A rule that was set; `lift` takes it back. */
export interface Rule {
  readonly calls: readonly Call[];
  lift(): void;
}

/** An answer kept back. */
export interface HeldCall {
  readonly call: Call;
  release(): void;
  fail(error: unknown): void;
}

/** Answers kept back until released, the oldest first. */
export interface Hold {
  readonly held: readonly HeldCall[];
  /** Releases what is held now; later calls are still kept back. */
  release(): void;
  /** Releases everything and keeps nothing back any more. */
  lift(): void;
}

/** What a principal may not do. */
export interface Denial {
  readonly action: 'GetSecretValue' | 'DescribeSecret' | 'BatchGetSecretValue' | 'ListSecrets';
  /** A Name, an ARN, or what the caller asks by; default every secret. */
  readonly secret?: string;
  /** A policy's VersionStage condition: only requests that name this label pass. */
  readonly unlessStage?: string;
}

export interface HoldOptions extends CallMatcher {
  /** When the state that the answer shows is read. Default `'arrival'`. */
  readonly read?: 'arrival' | 'release';
  /** The call goes on although its caller's signal was aborted: its answer may come late. */
  readonly deaf?: boolean;
}

/** How BatchGetSecretValue behaves where the service leaves it open. */
export interface BatchManners {
  shuffled: boolean;
  /** Ids (as asked) that appear in neither list. */
  readonly omitted: Set<string>;
  /** Per-item errors by the id as asked. */
  readonly itemErrors: Map<string, { ErrorCode: string; Message: string }>;
  /** Values on a page; `undefined` for a single page. */
  pageSize: number | undefined;
  /** An empty page comes before each page with values. */
  emptyPages: boolean;
  /** A name and an ARN of one secret in a list count as a repeat. */
  refusesAliases: boolean;
  /** How many tokens are refused as expired. */
  tokensToExpire: number;
}

interface Version {
  readonly id: string;
  value: string | Uint8Array | undefined;
  readonly createdAtMs: number;
}

interface SecretState {
  readonly name: string;
  readonly arn: string;
  readonly versions: Map<string, Version>;
  readonly labels: Map<string, string>;
  deletedAtMs: number | undefined;
}

interface Command {
  readonly input: Readonly<Record<string, unknown>>;
}

interface Matching {
  readonly matcher: CallMatcher;
  readonly calls: Call[];
}

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';
const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetSecretValueCommand: 'G',
  DescribeSecretCommand: 'D',
  BatchGetSecretValueCommand: 'B',
};

export class ModelService {
  readonly #runtime: VirtualRuntime;
  readonly #random = mulberry32(7);
  readonly #secrets = new Map<string, SecretState>();
  readonly #lagging = new Map<string, { state: SecretState | undefined; ops: ReadonlySet<Operation> }>();
  readonly #faults: (Matching & { fault: Fault })[] = [];
  readonly #holds: (Matching & { held: HeldCall[]; options: HoldOptions })[] = [];
  readonly #delays: (Matching & { ms: number })[] = [];
  readonly #denials = new Set<Denial>();
  readonly #kms = new Map<string, 'denied' | 'disabled'>();
  readonly #quotas = new Map<Operation, { perSecond: number; tokens: number; atMs: number }>();
  readonly #tokens = new Map<string, { rest: unknown[]; empty: boolean }>();
  readonly #endpointDenied = new Set<string>();
  #mark: Counts = { G: 0, D: 0, B: 0 };
  #made = 0;

  /** Every request that arrived, in order. */
  readonly calls: Call[] = [];
  readonly batch: BatchManners = {
    shuffled: false,
    omitted: new Set(),
    itemErrors: new Map(),
    pageSize: undefined,
    emptyPages: false,
    refusesAliases: true,
    tokensToExpire: 0,
  };
  /** How long an answer takes, on the virtual clock. */
  latencyMs = 0;
  /** The most calls that were ever open at one time. */
  mostOpen = 0;
  #open = 0;

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime;
  }

  // --- the secrets -------------------------------------------------------------------------------------------

  /** Makes a secret and its first version, labelled AWSCURRENT. Returns its ARN. */
  create(
    name: string,
    value: string | Uint8Array,
    {
      account = ACCOUNT,
      region = REGION,
      versionId = this.#newVersionId(),
    }: { account?: string; region?: string; versionId?: string } = {},
  ): string {
    if (this.#secrets.has(name)) throw new Error(`the secret ${name} already exists`);
    this.#made += 1;
    const suffix = (60_466_176 + this.#made * 7_919).toString(36).slice(-6);
    const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
    const state = { name, arn, versions: new Map(), labels: new Map(), deletedAtMs: undefined };
    this.#secrets.set(name, state);
    this.#addVersion(name, value, versionId);
    this.#state(name).labels.set('AWSCURRENT', versionId);
    return arn;
  }

  /** Adds a version and moves `stages` to it, by default AWSCURRENT. Returns the version's id. */
  put(
    name: string,
    value: string | Uint8Array,
    {
      stages = ['AWSCURRENT'],
      versionId = this.#newVersionId(),
    }: { stages?: readonly string[]; versionId?: string } = {},
  ): string {
    this.#addVersion(name, value, versionId);
    for (const stage of stages) this.moveLabel(name, stage, versionId);
    return versionId;
  }

  /** UpdateSecretVersionStage: AWSPREVIOUS follows what AWSCURRENT leaves. */
  moveLabel(name: string, stage: string, versionId: string): void {
    const { labels } = this.#state(name);
    const left = labels.get(stage);
    if (left === versionId) return;
    if (stage === 'AWSCURRENT' && left !== undefined) labels.set('AWSPREVIOUS', left);
    labels.set(stage, versionId);
    if (stage === 'AWSCURRENT' && labels.get('AWSPREVIOUS') === versionId) labels.delete('AWSPREVIOUS');
  }

  /** UpdateSecretVersionStage with RemoveFromVersionId alone. */
  removeLabel(name: string, stage: string): void {
    this.#state(name).labels.delete(stage);
  }

  /** RotateSecret was accepted: AWSPENDING names a version that has no value yet. Returns its id. */
  startRotation(name: string): string {
    const versionId = this.#newVersionId();
    this.#addVersion(name, undefined, versionId);
    this.#state(name).labels.set('AWSPENDING', versionId);
    return versionId;
  }

  /** createSecret's PutSecretValue: the pending version can be read. */
  putPendingValue(name: string, value: string | Uint8Array): void {
    const state = this.#state(name);
    const version = state.versions.get(state.labels.get('AWSPENDING') ?? '');
    if (version === undefined) throw new Error(`no rotation of ${name} has begun`);
    version.value = value;
  }

  /** finishSecret: AWSCURRENT moves to the pending version, which keeps AWSPENDING. */
  finishRotation(name: string): void {
    const pending = this.#state(name).labels.get('AWSPENDING');
    if (pending === undefined) throw new Error(`no rotation of ${name} has begun`);
    this.moveLabel(name, 'AWSCURRENT', pending);
  }

  /** DeleteSecret with a recovery window. */
  scheduleDeletion(name: string): void {
    this.#state(name).deletedAtMs = this.#runtime.wallNowMs();
  }

  restore(name: string): void {
    this.#state(name).deletedAtMs = undefined;
  }

  /** DeleteSecret without recovery: nothing is left of it. */
  destroy(name: string): void {
    this.#secrets.delete(name);
  }

  arnOf(name: string): string {
    return this.#state(name).arn;
  }

  versionOf(name: string, stage = 'AWSCURRENT'): string {
    const versionId = this.#state(name).labels.get(stage);
    if (versionId === undefined) throw new Error(`${name} has no ${stage}`);
    return versionId;
  }

  /** The text that a stage points at, as it truly is; `undefined` when there is none to read. */
  textOf(name: string, stage = 'AWSCURRENT'): string | undefined {
    const state = this.#secrets.get(name);
    const value = state?.versions.get(state.labels.get(stage) ?? '')?.value;
    return typeof value === 'string' ? value : undefined;
  }

  /** From now on these operations are answered from a replica that sees no change until `lift`. */
  lag(name: string, ...ops: Operation[]): Rule {
    const now = this.#secrets.get(name);
    const state = now === undefined ? undefined : copyOf(now);
    this.#lagging.set(name, { state, ops: new Set(ops) });
    return { calls: [], lift: () => void this.#lagging.delete(name) };
  }

  // --- what goes wrong ---------------------------------------------------------------------------------------

  /** Matching calls get this fault instead of an answer; rules are tried in the order in which they were set. */
  fail(fault: Fault | (() => unknown), matcher: CallMatcher = {}): Rule {
    const asFault = typeof fault === 'function' ? { error: fault } : fault;
    return addRule(this.#faults, { matcher, calls: [], fault: asFault });
  }

  /** Matching calls are kept back until released. */
  hold(options: HoldOptions = {}): Hold {
    const held: HeldCall[] = [];
    const rule = addRule(this.#holds, { matcher: options, calls: [], held, options });
    const release = (): void => {
      while (held.length > 0) held[0]?.release();
    };
    return {
      held,
      release,
      lift: () => {
        rule.lift();
        release();
      },
    };
  }

  /** Matching calls take this long. */
  delay(ms: number, matcher: CallMatcher = {}): Rule {
    return addRule(this.#delays, { matcher, calls: [], ms });
  }

  deny(denial: Denial): Rule {
    this.#denials.add(denial);
    return { calls: [], lift: () => void this.#denials.delete(denial) };
  }

  /** The key that encrypts the secret refuses: by its policy, or because it is disabled. */
  denyKms(name: string, how: 'denied' | 'disabled' = 'denied'): Rule {
    this.#kms.set(name, how);
    return { calls: [], lift: () => void this.#kms.delete(name) };
  }

  /** A VPC endpoint policy that denies one secret: any batch that lists it is refused whole. */
  denyAtEndpoint(name: string): Rule {
    this.#endpointDenied.add(name);
    return { calls: [], lift: () => void this.#endpointDenied.delete(name) };
  }

  /** A token bucket of one second's calls. */
  limit(op: Operation, perSecond: number): void {
    this.#quotas.set(op, { perSecond, tokens: perSecond, atMs: this.#runtime.monotonicNowMs() });
  }

  // --- what happened -----------------------------------------------------------------------------------------

  /** Calls since the service began. */
  get counts(): Counts {
    const counts: Counts = { G: 0, D: 0, B: 0 };
    for (const { op } of this.calls) counts[op] += 1;
    return counts;
  }

  /** Calls since the last `newCounts()`. */
  newCounts(): Counts {
    const { G, D, B } = this.counts;
    const since = { G: G - this.#mark.G, D: D - this.#mark.D, B: B - this.#mark.B };
    this.#mark = { G, D, B };
    return since;
  }

  /** Answers that a hold keeps back now. */
  get heldCalls(): number {
    return this.#holds.reduce((sum, { held }) => sum + held.length, 0);
  }

  // --- the client --------------------------------------------------------------------------------------------

  /** As an SDK client has it: where it sends its requests. */
  readonly config: { region: () => Promise<string> } = { region: () => Promise.resolve(REGION) };

  /** The SDK client's `send`. */
  send(command: unknown, options: { abortSignal?: AbortSignal } = {}): Promise<unknown> {
    const { abortSignal } = options;
    if (abortSignal?.aborted === true) return Promise.reject(errors.aborted(abortSignal.reason));
    const call = this.#arrive(command as Command);
    const fault = take(this.#faults, call)?.fault;
    if (fault !== undefined && 'throwsAtOnce' in fault) {
      const error = fault.throwsAtOnce();
      this.#close(call, nameOf(error));
      throw error;
    }
    const hold = take(this.#holds, call);
    return new Promise((resolve, reject) => {
      const deaf =
        hold?.options.deaf === true ||
        (fault !== undefined && 'hangs' in fault && fault.hangs === 'for-ever');
      const onAbort = (): void => {
        if (hold !== undefined) forgetCall(hold.held, call);
        this.#close(call, 'aborted');
        reject(errors.aborted(abortSignal?.reason));
      };
      if (!deaf) abortSignal?.addEventListener('abort', onAbort, { once: true });
      if (fault !== undefined && 'hangs' in fault) return;
      const settle = (answer: () => unknown): void => {
        if (call.outcome !== 'pending') return;
        abortSignal?.removeEventListener('abort', onAbort);
        try {
          resolve(answer());
          this.#close(call, 'ok');
        } catch (error) {
          this.#close(call, nameOf(error));
          // eslint-disable-next-line typescript/prefer-promise-reject-errors -- a client may reject with anything
          reject(error);
        }
      };
      const answer = this.#answer(call, fault);
      if (hold === undefined) this.#schedule(call, answer, settle);
      else keepBack(hold, call, answer, settle);
    });
  }

  #arrive(command: Command): Call {
    const op = OPERATIONS[command.constructor.name];
    if (op === undefined) throw new Error(`the model knows no ${command.constructor.name}`);
    const { input } = command;
    const secretId = stringOf(input['SecretId']);
    const list = input['SecretIdList'];
    const call: Call = {
      index: this.calls.length,
      op,
      ids: Array.isArray(list) ? list.map(String) : secretId === undefined ? [] : [secretId],
      secretId,
      versionStage: stringOf(input['VersionStage']),
      versionId: stringOf(input['VersionId']),
      input: { ...input },
      atMs: this.#runtime.monotonicNowMs(),
      outcome: 'pending',
      answeredAtMs: undefined,
    };
    this.calls.push(call);
    this.#open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.#open);
    return call;
  }

  #close(call: Call, outcome: string): void {
    call.outcome = outcome;
    call.answeredAtMs = this.#runtime.monotonicNowMs();
    this.#open -= 1;
  }

  #answer(
    call: Call,
    fault: Exclude<Fault, { hangs: string } | { throwsAtOnce: unknown }> | undefined,
  ): () => unknown {
    if (fault !== undefined && 'error' in fault) {
      return () => {
        throw fault.error();
      };
    }
    const right = (): unknown => this.#handle(call);
    return fault === undefined ? right : () => fault.output(right);
  }

  #schedule(call: Call, answer: () => unknown, settle: (answer: () => unknown) => void): void {
    const given = readNow(answer);
    const delayMs = take(this.#delays, call)?.ms ?? this.latencyMs;
    if (delayMs > 0) this.#runtime.later(() => settle(given), delayMs);
    else void Promise.resolve().then(() => settle(given));
  }

  #handle(call: Call): unknown {
    if (!this.#admit(call.op)) throw errors.throttled();
    switch (call.op) {
      case 'G':
        return { ...this.#getSecretValue(call), $metadata: okMetadata(call) };
      case 'D':
        return { ...this.#describeSecret(call), $metadata: okMetadata(call) };
      case 'B':
        return { ...this.#batchGetSecretValue(call), $metadata: okMetadata(call) };
    }
  }

  #admit(op: Operation): boolean {
    const quota = this.#quotas.get(op);
    if (quota === undefined) return true;
    const nowMs = this.#runtime.monotonicNowMs();
    const refill = ((nowMs - quota.atMs) / 1_000) * quota.perSecond;
    quota.tokens = Math.min(quota.perSecond, quota.tokens + refill);
    quota.atMs = nowMs;
    if (quota.tokens < 1) return false;
    quota.tokens -= 1;
    return true;
  }

  #getSecretValue(call: Call): Record<string, unknown> {
    const { secretId = '', versionStage, versionId } = call;
    return this.#read(call.op, secretId, versionStage, versionId);
  }

  #read(op: Operation, secretId: string, stage?: string, versionId?: string): Record<string, unknown> {
    const state = this.#find(op, secretId);
    // IAM is judged before existence.
    if (this.#denied('GetSecretValue', secretId, state, stage)) {
      throw errors.accessDenied('GetSecretValue', state?.arn ?? secretId);
    }
    if (state === undefined) throw errors.secretNotFound();
    if (state.deletedAtMs !== undefined) throw errors.markedForDeletion();
    const version = pickVersion(state, stage, versionId);
    const key = this.#kms.get(state.name);
    if (key !== undefined) throw key === 'denied' ? errors.kmsDenied() : errors.decryptionFailure();
    const { value } = version;
    return {
      ARN: state.arn,
      Name: state.name,
      VersionId: version.id,
      ...(typeof value === 'string'
        ? { SecretString: value }
        : { SecretBinary: Uint8Array.from(value ?? []) }),
      VersionStages: labelsOf(state, version.id),
      CreatedDate: new Date(version.createdAtMs),
    };
  }

  #describeSecret({ op, secretId = '' }: Call): Record<string, unknown> {
    const state = this.#find(op, secretId);
    if (this.#denied('DescribeSecret', secretId, state)) {
      throw errors.accessDenied('DescribeSecret', state?.arn ?? secretId);
    }
    if (state === undefined) throw errors.secretNotFound();
    const map: Record<string, string[]> = {};
    for (const [stage, versionId] of state.labels) (map[versionId] ??= []).push(stage);
    return {
      ARN: state.arn,
      Name: state.name,
      LastChangedDate: new Date(this.#runtime.wallNowMs()),
      ...(state.deletedAtMs === undefined ? {} : { DeletedDate: new Date(state.deletedAtMs) }),
      ...(state.labels.size === 0 ? {} : { VersionIdsToStages: map }),
    };
  }

  #batchGetSecretValue(call: Call): Record<string, unknown> {
    if (this.#denied('BatchGetSecretValue', '*')) throw errors.accessDenied('BatchGetSecretValue');
    const token = stringOf(call.input['NextToken']);
    if (token !== undefined) return this.#nextPage(token);
    const filters = call.input['Filters'];
    const ids = Array.isArray(filters) ? this.#search(filters) : call.ids;
    if (!Array.isArray(filters)) this.#checkList(ids);
    const items: unknown[] = [];
    for (const id of ids) {
      if (this.batch.omitted.has(id)) continue;
      items.push(this.#batchItem(id));
    }
    if (this.batch.shuffled) shuffle(items, this.#random);
    return this.#page(items);
  }

  #checkList(ids: readonly string[]): void {
    if (ids.length === 0 || ids.length > 20) {
      throw errors.unmodelled(
        'ValidationException',
        "1 validation error detected: Value at 'secretIdList' failed to satisfy constraint: Member must have length less than or equal to 20",
      );
    }
    const found = ids.map((id) => (this.batch.refusesAliases ? (this.#find('B', id)?.arn ?? id) : id));
    if (new Set(found).size < found.length) {
      throw errors.invalidParameter('The SecretIdList parameter contains duplicates.');
    }
    for (const id of ids) {
      const name = this.#find('B', id)?.name;
      if (name !== undefined && this.#endpointDenied.has(name)) {
        throw errors.accessDenied('GetSecretValue', id);
      }
    }
  }

  #batchItem(id: string): unknown {
    const error = this.batch.itemErrors.get(id);
    if (error !== undefined) return { SecretId: id, ...error };
    try {
      // A batch carries no VersionStage, which is what a VersionStage condition looks at.
      return this.#read('B', id);
    } catch (error) {
      const { name, message } = error as Error;
      return { SecretId: id, ErrorCode: name, Message: message };
    }
  }

  /** A page of what is left; with `emptyPages` every other page, the first included, is empty. */
  #page(items: unknown[], empty = this.batch.emptyPages): Record<string, unknown> {
    const size = empty ? 0 : (this.batch.pageSize ?? items.length);
    const output = batchOutput(items.slice(0, size));
    const rest = items.slice(size);
    if (rest.length === 0) return output;
    this.#made += 1;
    const token = `token-${this.#made}`;
    this.#tokens.set(token, { rest, empty: this.batch.emptyPages && !empty });
    return { ...output, NextToken: token };
  }

  #nextPage(token: string): Record<string, unknown> {
    const page = this.#tokens.get(token);
    this.#tokens.delete(token);
    if (page === undefined) throw errors.invalidNextToken();
    if (this.batch.tokensToExpire === 0) return this.#page(page.rest, page.empty);
    this.batch.tokensToExpire -= 1;
    throw errors.invalidNextToken();
  }

  #search(filters: readonly unknown[]): string[] {
    if (this.#denied('ListSecrets', '*')) throw errors.accessDenied('ListSecrets');
    const alive = [...this.#secrets.values()].filter(({ deletedAtMs }) => deletedAtMs === undefined);
    return alive
      .map(({ name }) => name)
      .filter((name) => filters.every((filter) => nameMatches(filter, name)));
  }

  #denied(action: Denial['action'], secretId: string, state?: SecretState, stage?: string): boolean {
    for (const denial of this.#denials) {
      if (denial.action !== action) continue;
      const { secret } = denial;
      const about =
        secret === undefined || secret === secretId || secret === state?.name || secret === state?.arn;
      if (about && (denial.unlessStage === undefined || denial.unlessStage !== stage)) return true;
    }
    return false;
  }

  /** By Name, by ARN, or by an ARN without suffix, which the service misreads when the name ends like one. */
  #find(op: Operation, secretId: string): SecretState | undefined {
    const name = this.#nameOf(secretId);
    if (name === undefined) return undefined;
    const lagging = this.#lagging.get(name);
    const state = lagging?.ops.has(op) === true ? lagging.state : this.#secrets.get(name);
    if (state === undefined || secretId === name) return state;
    return state.arn === secretId || state.arn.startsWith(`${secretId}-`) ? state : undefined;
  }

  #nameOf(secretId: string): string | undefined {
    const match = /^arn:aws:secretsmanager:([^:]*):[^:]*:secret:(.+)$/.exec(secretId);
    if (match === null) return secretId;
    if (match[1] !== REGION) return undefined;
    const tail = match[2] ?? '';
    return /-[A-Za-z0-9]{6}$/.test(tail) ? tail.slice(0, -7) : tail;
  }

  #state(name: string): SecretState {
    const state = this.#secrets.get(name);
    if (state === undefined) throw new Error(`the model has no secret ${name}`);
    return state;
  }

  #addVersion(name: string, value: string | Uint8Array | undefined, id: string): void {
    const { versions } = this.#state(name);
    if (versions.has(id)) throw new Error(`version ${id} of ${name} exists: content is immutable`);
    versions.set(id, { id, value, createdAtMs: this.#runtime.wallNowMs() });
  }

  #newVersionId(): string {
    this.#made += 1;
    return `00000000-0000-4000-8000-${String(this.#made).padStart(12, '0')}`;
  }
}

function pickVersion(state: SecretState, stage: string | undefined, versionId: string | undefined): Version {
  const label = stage ?? (versionId === undefined ? 'AWSCURRENT' : undefined);
  const labelled = label === undefined ? undefined : state.labels.get(label);
  if (versionId === undefined) {
    const version = labelled === undefined ? undefined : state.versions.get(labelled);
    if (version?.value === undefined) throw errors.stageNotFound(label ?? 'AWSCURRENT');
    return version;
  }
  const version = state.versions.get(versionId);
  if (version?.value === undefined) throw errors.versionNotFound(versionId);
  if (label !== undefined && labelled !== versionId) throw errors.stageMismatch();
  return version;
}

function labelsOf(state: SecretState, versionId: string): string[] {
  return [...state.labels].filter(([, id]) => id === versionId).map(([stage]) => stage);
}

function batchOutput(items: readonly unknown[]): Record<string, unknown> {
  return { SecretValues: items.filter((item) => !isItemError(item)), Errors: items.filter(isItemError) };
}

function isItemError(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'ErrorCode' in item;
}

function nameMatches(filter: unknown, name: string): boolean {
  const { Key, Values } = filter as { Key: string; Values: string[] };
  if (Key !== 'name' && Key !== 'all') return false;
  return Values.some((value) =>
    value.startsWith('!') ? !name.startsWith(value.slice(1)) : name.startsWith(value),
  );
}

function shuffle(items: unknown[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const pick = Math.floor(random() * (last + 1));
    [items[last], items[pick]] = [items[pick], items[last]];
  }
  // A shuffle that happens to change nothing would test nothing.
  items.reverse();
}

function copyOf(state: SecretState): SecretState {
  const versions = new Map([...state.versions].map(([id, version]) => [id, { ...version }]));
  return { ...state, versions, labels: new Map(state.labels) };
}

function addRule<R extends Matching>(rules: R[], rule: R): Rule {
  rules.push(rule);
  return { calls: rule.calls, lift: () => removeFrom(rules, rule) };
}

/** The first rule about this call that isn't used up; it counts as used. */
function take<R extends Matching>(rules: readonly R[], call: Call): R | undefined {
  const rule = rules.find(({ matcher, calls }) => {
    if (calls.length >= (matcher.times ?? Number.POSITIVE_INFINITY)) return false;
    if (matcher.op !== undefined && ![matcher.op].flat().includes(call.op)) return false;
    if (matcher.secretId !== undefined && !call.ids.includes(matcher.secretId)) return false;
    return matcher.versionStage === undefined || matcher.versionStage === call.versionStage;
  });
  rule?.calls.push(call);
  return rule;
}

function keepBack(
  { held, options }: { held: HeldCall[]; options: HoldOptions },
  call: Call,
  answer: () => unknown,
  settle: (answer: () => unknown) => void,
): void {
  const given = options.read === 'release' ? answer : readNow(answer);
  const end = (how: () => unknown): void => {
    forgetCall(held, call);
    settle(how);
  };
  held.push({
    call,
    release: () => end(given),
    fail: (error) => {
      end(() => {
        throw error;
      });
    },
  });
}

function forgetCall(held: HeldCall[], call: Call): void {
  const at = held.findIndex((each) => each.call === call);
  if (at !== -1) held.splice(at, 1);
}

/** Works the answer out now, to be given later. */
function readNow(answer: () => unknown): () => unknown {
  try {
    const value = answer();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function removeFrom<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at !== -1) list.splice(at, 1);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function okMetadata(call: Call): { httpStatusCode: number; requestId: string; attempts: number } {
  return { httpStatusCode: 200, requestId: `answer-${call.index}`, attempts: 1 };
}
