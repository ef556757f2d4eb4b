/** One cache under test: its process, its requests, and everything its callers did and got. */

import type { FailoverSource } from '../../src/failover/index.ts';
import type {
  Secret,
  SecretCache,
  SecretCacheOptions,
  SecretsManagerClientLike,
  SecretSource,
} from '../../src/index.ts';
import type { AgentDoor } from './agent-door.ts';
import { TOKEN } from './agent-host.ts';
import type { AgentPlan } from './agents.ts';
import type { Library } from './library.ts';
import { ageMs, type Instant, type Process } from './process.ts';
import { REGIONS, type RegionsPlan } from './regions.ts';
import { isNamedBy, Requests, type Request } from './requests.ts';
import type { World } from './world.ts';

/** What a caller asked for, the default filled in. */
export interface Key {
  readonly id: string;
  readonly stage: string | undefined;
  readonly versionId: string | undefined;
}

export type OperationKind = 'get' | 'getMany' | 'refresh' | 'withSecret' | 'next' | 'preload' | 'peek';

/** One call of a caller, from its start to its end. */
export interface Operation {
  readonly number: number;
  readonly kind: OperationKind;
  readonly keys: readonly Key[];
  readonly tick: number;
  readonly at: Instant;
  readonly step: number;
  /** The process's freezes and clock steps until it began. */
  readonly frozenMonoMs: number;
  readonly disturbances: number;
  readonly maxAgeMs: number | undefined;
  readonly rejectedVersionId: string | undefined;
  /** Longest it may wait, freezes aside; `undefined` for as long as it likes. */
  readonly limitMs: number | undefined;
  readonly controller: AbortController | undefined;
  readonly reason: object;
  end: OperationEnd | undefined;
}

export interface OperationEnd {
  readonly tick: number;
  readonly at: Instant;
  readonly step: number;
  /** What it was answered, key by key; empty when it failed. */
  readonly secrets: readonly { readonly key: Key; readonly secret: Secret }[];
  readonly failed: boolean;
  readonly error: unknown;
}

/** A moment before which no answer may have been asked for. */
export interface Floor {
  readonly kind: 'invalidate' | 'refresh';
  readonly tick: number;
  /** The ids concerned. Answers in flight are too old for any id. */
  readonly ids: ReadonlySet<string>;
  readonly stage: string | undefined;
  readonly versionId: string | undefined;
  /** A forced refresh concerns only those who would get this version. */
  readonly only: string | undefined;
  /** The id that a refresh was asked for by. */
  readonly asked: string | undefined;
  isVoid: boolean;
}

/** A push that told of something that wasn't held yet. */
export interface Push {
  readonly id: string;
  readonly tick: number;
  /** The labels that were held then, and that it made due. */
  readonly concerns: readonly string[];
}

/** The cache says that it has been denied what it holds. */
export interface Suspected {
  readonly id: string;
  /** When the request left that was denied, and when the cache said so. */
  readonly tick: number;
  readonly heardTick: number;
}

/** A moment after which gets may not join what was under way, and what that was. */
interface Generation {
  readonly tick: number;
  readonly at: Instant;
  readonly step: number;
  /** `undefined` for every id. */
  readonly ids: ReadonlySet<string> | undefined;
  readonly live: readonly Request[];
  readonly pending: readonly Operation[];
  /** Calls of older flights that are made once more. */
  readonly retries: number;
}

/** The options of a cache that the oracle goes by, all of them given. */
export interface Options {
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly maxEntries: number;
  readonly maxConcurrency: number;
  readonly attemptTimeoutMs: number;
  readonly waitBudgetMs: number;
  readonly staleWaitMs: number;
  readonly backoff: { readonly baseMs?: number; readonly capMs?: number };
}

export interface Follower {
  readonly iterator: AsyncIterator<Secret, undefined>;
  readonly key: Key;
  readonly controller: AbortController | undefined;
  hasEnded: boolean;
  last: string | undefined;
}

export class Subject {
  readonly name: string;
  readonly requests: Requests = new Requests();
  readonly pending: Set<Operation> = new Set();
  /** Ended since they were last checked. */
  readonly ended: Operation[] = [];
  /** Ended in all, by id; for excuses alone. */
  readonly past: Map<string, Operation[]> = new Map();
  readonly floors: Floor[] = [];
  readonly followers: Follower[] = [];
  readonly #generations: Generation[] = [];
  readonly world: World;
  readonly process: Process;
  readonly library: Library;
  readonly options: Options;
  cache!: SecretCache;
  /** What stands between the cache and the Regions, and what is known of them. */
  failover: FailoverSource | undefined;
  regions: RegionsPlan | undefined;
  /** What it reads through. */
  agent: AgentPlan | undefined;
  door: Pick<AgentDoor, 'waiting' | 'givenUpMonoMs'> | undefined;
  readonly pushes: Push[] = [];
  readonly suspicions: Suspected[] = [];
  /** When somebody last waited, or a call was last under way. */
  lastBusyMs = 0;
  readonly batchWindowMs: number;
  readonly isBatching: boolean;
  closedTick: number | undefined;
  operations = 0;
  /** Gets that callers asked for one by one; those of withSecret and watch aren't counted. */
  gets = 0;
  hasInnerGets = false;
  /** Whether errors are searched to their depths for values, which is slow. */
  searchesDeep = false;

  constructor(name: string, world: World, process: Process, library: Library, options: SecretCacheOptions) {
    this.name = name;
    this.world = world;
    this.process = process;
    this.library = library;
    this.options = options as Options;
    this.isBatching = options.batch !== false;
    this.batchWindowMs = typeof options.batch === 'object' ? (options.batch.windowMs ?? 0) : 0;
  }

  /** The source over as many Regions, each with a client of its own. */
  failOver(plan: RegionsPlan, clientOf: (region: number) => SecretsManagerClientLike): FailoverSource {
    const { awsSource, failover } = this.library;
    this.regions = plan;
    this.failover = failover({
      ...plan.failover,
      regions: REGIONS.slice(0, plan.lagMs.length),
      source: (name) =>
        awsSource({ client: clientOf(REGIONS.indexOf(name)), maxConcurrency: this.maxConcurrency }),
      runtime: this.process,
    });
    return this.failover;
  }

  /** The source over the agent at a port, with the service behind it or not. */
  goThrough(plan: AgentPlan, port: number, clientOf: () => SecretsManagerClientLike): SecretSource {
    const { agentSource, awsSource } = this.library;
    const { kind, maxConnections, hasBehind, behindAfterMs } = plan;
    this.agent = plan;
    return agentSource({
      kind,
      endpoint: `http://127.0.0.1:${port}`,
      token: TOKEN,
      maxConnections,
      ...(hasBehind && {
        behind: awsSource({ client: clientOf(), maxConcurrency: this.maxConcurrency }),
        behindAfterMs,
      }),
    });
  }

  /** Whether a call is under way, or a connection is made for one. */
  get isCalling(): boolean {
    return this.requests.live.size > 0 || (this.door?.waiting ?? 0) > 0;
  }

  /** H: nothing older is ever served. */
  get servableMs(): number {
    return this.options.ttlMs + this.options.staleIfErrorMs;
  }

  /** How long an unref'd timer may outlive the last of those who waited: a batch that gathers, a second's forced turn. */
  get longestUnrefMs(): number {
    return Math.max(this.batchWindowMs, 1_000);
  }

  get maxConcurrency(): number {
    return this.options.maxConcurrency;
  }

  /** From now on, nobody joins what is under way for these ids. */
  startGeneration(ids: ReadonlySet<string> | undefined, retries = 0): void {
    const live = [...this.requests.live];
    const { steps: step } = this.world;
    this.#generations.push({
      tick: this.world.tick(),
      at: this.process.now,
      step,
      ids,
      live,
      pending: [...this.pending],
      // Those that wait for a connection, or for their turn behind the agent, are of older flights too.
      retries: retries + (this.door?.waiting ?? 0) + this.#waitingBehind(),
    });
  }

  /** Calls, at most, that the agent has left to the service behind it, and that haven't left for there yet. */
  #waitingBehind(): number {
    const { agent, process, options } = this;
    if (agent?.hasBehind !== true) return 0;
    const passedOn = this.requests.all.filter(
      ({ end }) => end?.how === 'passed on' && ageMs(end.at, process.now) <= options.attemptTimeoutMs,
    );
    const sinceTick = Math.min(...passedOn.map(({ end }) => end?.tick ?? Infinity));
    const sent = this.requests.all.filter(({ isAgents, tick }) => !isAgents && tick > sinceTick);
    return Math.max(0, passedOn.length - sent.length);
  }

  /** The last such moment for an id: when, the calls that were under way then, and how many may not have been sent yet. */
  generationOf(id: string): { tick: number; before: readonly Request[]; unsent: number } {
    const last = this.#generations.findLast(({ ids }) => ids === undefined || ids.has(id));
    if (last === undefined) return { tick: -1, before: [], unsent: 0 };
    const before = last.live.filter(({ ids }) => ids.includes(id));
    const concerned = last.pending.filter(({ keys }) => keys.some((key) => key.id === id));
    // A check behind a stale answer has nobody who waits for it.
    const isBehind = this.options.staleWhileRevalidateMs > 0;
    const waiting = concerned.length + (isBehind ? 1 : 0);
    const isQueued =
      this.agent !== undefined ||
      this.maxConcurrency <= 3 ||
      this.batchWindowMs > 0 ||
      concerned.some(({ kind }) => kind === 'refresh');
    const isOfThisTurn = concerned.some(({ step }) => step === last.step);
    const mayQueue = before.length === 0 || isQueued || isBehind || isOfThisTurn;
    const unsent = (mayQueue ? waiting : 0) + last.retries + this.#leftInQueue(id, last);
    return { tick: last.tick, before, unsent };
  }

  /**
   * Flights, at most, that still wait for a slot or a connection although nobody waits for them: their callers' waits were
   * over, as they are after `staleWaitMs` while a value is held.
   */
  #leftInQueue(id: string, { tick, at }: Generation): number {
    const { waitBudgetMs, attemptTimeoutMs } = this.options;
    const longestMs = Math.max(waitBudgetMs, attemptTimeoutMs);
    const past = this.past.get(id) ?? [];
    const left = past.filter((other) => other.tick < tick && ageMs(other.at, at) <= longestMs).length;
    // An agent's may each be of another generation; elsewhere callers share one.
    if (this.agent !== undefined) return left;
    return this.maxConcurrency <= 3 ? Math.min(1, left) : 0;
  }

  begin(
    kind: OperationKind,
    keys: readonly Key[],
    rest: Partial<Pick<Operation, 'controller' | 'maxAgeMs' | 'rejectedVersionId' | 'limitMs' | 'reason'>>,
  ): Operation {
    const { world, process } = this;
    this.operations += 1;
    const operation: Operation = {
      number: this.operations,
      kind,
      keys,
      tick: world.tick(),
      at: process.now,
      step: world.steps,
      frozenMonoMs: process.frozenMonoMs,
      disturbances: process.disturbances,
      maxAgeMs: rest.maxAgeMs,
      rejectedVersionId: rest.rejectedVersionId,
      limitMs: rest.limitMs,
      controller: rest.controller,
      reason: rest.reason ?? { abortOf: this.operations },
      end: undefined,
    };
    this.pending.add(operation);
    const asked = keys.map(({ id, stage, versionId }) => [id, stage, versionId].filter(Boolean).join(' '));
    world.note(`${this.name} #${operation.number} ${kind} ${asked.join(', ')}`);
    return operation;
  }

  finish(operation: Operation, outcome: { secrets?: OperationEnd['secrets']; error?: unknown }): void {
    const { world, process } = this;
    const failed = outcome.secrets === undefined;
    operation.end = {
      tick: world.tick(),
      at: process.now,
      step: world.steps,
      secrets: outcome.secrets ?? [],
      failed,
      error: outcome.error,
    };
    this.pending.delete(operation);
    this.ended.push(operation);
    for (const { id } of operation.keys) {
      const past = this.past.get(id);
      if (past === undefined) this.past.set(id, [operation]);
      else past.push(operation);
    }
    const got = operation.end.secrets.map(({ secret }) => secret.versionId).join();
    world.note(
      `${this.name} #${operation.number} ${failed ? `fails: ${nameOf(outcome.error)}` : `= ${got}`}`,
    );
  }

  /** Whether so many others have failed since that this failure need not be remembered any more. */
  mayHaveForgotten(id: string, { tick }: Request): boolean {
    const others = this.failedSince(tick, id);
    // Asking for what is remembered makes it young again.
    for (const operation of [...[...this.past.values()].flat(), ...this.pending]) {
      if ((operation.end?.tick ?? Infinity) <= tick) continue;
      for (const key of operation.keys) if (key.id !== id) others.add(key.id);
    }
    return others.size >= this.options.maxEntries;
  }

  /** The other ids of which a call has come back with a failure since. */
  failedSince(tick: number, id: string): Set<string> {
    const failed = new Set<string>();
    for (const request of this.requests.all) {
      if (request.end?.how === 'answer' && request.failures.size === 0) continue;
      if ((request.end?.tick ?? 0) > tick)
        for (const other of request.ids) if (other !== id) failed.add(other);
    }
    return failed;
  }

  /** The secret an id was last read as, as far as such answers count. */
  identityOf(id: string): { arn: string; name: string } | undefined {
    let latest: { arn: string; name: string } | undefined;
    let tick = -1;
    for (const request of this.requests.about(id)) {
      if (request.kind === 'describe' || request.tick < tick || this.isTooLate(request)) continue;
      const show = request.shows.find((each) => isNamedBy(id, each));
      if (show === undefined) continue;
      latest = show;
      tick = request.tick;
    }
    return latest;
  }

  /** Whether an answer came after an invalidation that its request did not: it is kept by nobody. */
  isTooLate({ tick, end }: { tick: number; end: { tick: number } | undefined }): boolean {
    return this.floors.some(
      (floor) => floor.kind === 'invalidate' && tick < floor.tick && (end?.tick ?? Infinity) > floor.tick,
    );
  }

  /** Every id asked for so far that is known to name the same secret as `id`. */
  aliasesOf(id: string): Set<string> {
    const own = this.identityOf(id);
    const aliases = new Set([id]);
    for (const other of this.idsAsked()) {
      const identity = this.identityOf(other);
      if (identity === undefined) continue;
      if (isNamedBy(id, identity) || identity.arn === own?.arn) aliases.add(other);
    }
    return aliases;
  }

  /**
   * The same, as far as the cache must know it: an invalidation, an eviction or a denial makes it forget what an id
   * names. (An invalidation reaches ids not known as aliases too, through its floor; a refresh does not.)
   */
  surelyAliasesOf(id: string): Set<string> {
    const aliases = this.aliasesOf(id);
    for (const other of aliases) {
      const about = this.requests.about(other);
      const learned = about.findLast(({ kind, shows }) => kind === 'read' && shows.length > 0)?.tick ?? -1;
      const isForgotten =
        this.options.maxEntries < 1_000 ||
        this.floors.some(
          ({ kind, tick, ids }) => kind === 'invalidate' && tick > learned && ids.has(other),
        ) ||
        about.some(({ end }) => end !== undefined && end.how !== 'answer' && end.tick > learned);
      if (other !== id && isForgotten) aliases.delete(other);
    }
    return aliases;
  }

  idsAsked(): Set<string> {
    return new Set(
      this.requests.all.flatMap((request) => [
        ...request.ids,
        ...request.shows.filter(() => request.isSearch).map(({ name }) => name),
      ]),
    );
  }
}

export function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'its own reason';
}
