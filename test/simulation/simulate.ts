/** One run: a plan, played against the library, with every invariant checked after every step. */

import { inspect } from 'node:util';

import { abort, close, perform } from './callers.ts';
import { Client } from './client.ts';
import { count, type Coverage } from './coverage.ts';
import { Dice } from './dice.ts';
import { checkFailure } from './failures.ts';
import { checkSend, noteEnd } from './flow.ts';
import { returnAll } from './followers.ts';
import { checkGhost } from './ghosts.ts';
import type { Library } from './library.ts';
import { listen } from './listener.ts';
import { drawPlan } from './draw-plan.ts';
import type { Action, Plan, WorldAct } from './plan.ts';
import { Process } from './process.ts';
import { checkEnd, checkSubject } from './rest.ts';
import { checkRevoked, noteRevoked } from './revocation.ts';
import { REGIONS } from './regions.ts';
import { CANARY } from './secrets.ts';
import { Service } from './service.ts';
import { Subject } from './subject.ts';
import { checkValues } from './values.ts';
import { takeViolation, Violation } from './violation.ts';
import { weather, type Weather } from './weather.ts';
import { RANK, World } from './world.ts';

export interface Result {
  readonly plan: Plan;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly steps: number;
  readonly trace: readonly string[];
  readonly coverage: Coverage;
}

export interface RunOptions {
  readonly keepsTrace?: boolean;
  /** Several Regions, and a failover between them and the caches. */
  readonly regions?: boolean;
}

/** How long after the last action everything must have come to an end. */
const REST_MS = 20_000_000;

export function runSeed(library: Library, seed: number, options: RunOptions = {}): Promise<Result> {
  return runPlan(library, drawPlan(seed, options.regions), options);
}

export async function runPlan(library: Library, plan: Plan, options: RunOptions = {}): Promise<Result> {
  const run = new Run(library, plan, options);
  takeViolation();
  const stop = listen((name, message) => run.hear(name, message));
  let violation: Violation | undefined;
  try {
    violation = await run.play();
  } catch (error) {
    violation = new Violation('crash', inspect(error));
  } finally {
    stop();
  }
  const { hash, steps, trace } = run.world;
  return { plan, violation, hash, steps, trace, coverage: run.coverage };
}

class Run {
  readonly world: World;
  readonly coverage: Coverage = {};
  readonly #plan: Plan;
  readonly #service: Service;
  readonly #subjects: Subject[];
  /** By Region. */
  readonly #weathers: Weather[] = REGIONS.map(() => weather('calm'));

  constructor(library: Library, plan: Plan, { keepsTrace = false }: RunOptions) {
    this.#plan = plan;
    this.world = new World({ keepsTrace });
    const dice = new Dice(plan.seed + 0x51_7c_c1);
    this.#service = new Service(this.world, dice, plan.service, plan.regions?.unreplicated);
    for (const name of plan.names) this.#service.secrets.create(name);
    this.#subjects = plan.caches.map((given, index) => this.#subject(library, dice, given, index));
    for (const action of plan.actions) this.#schedule(action);
  }

  hear(name: string, message: Record<string, unknown>): void {
    count(this.coverage, `event ${name}`);
    if (name !== 'revoked') return;
    const subject = this.#subjects.find(({ process }) => process === this.world.running);
    if (subject !== undefined) noteRevoked(subject, String(message['secretId']));
  }

  async play(): Promise<Violation | undefined> {
    const lastMs = this.#plan.actions.at(-1)?.atMs ?? 0;
    this.world.at(lastMs + 10_000, () => {
      for (const region of this.#weathers.keys()) this.#weatherTurns('calm', region);
    });
    for (const subject of this.#subjects) {
      const settleDown = (): void => this.#settleDown(subject);
      this.world.at(lastMs + 40_000, settleDown, { rank: RANK.late, process: subject.process });
    }
    while (await this.world.step(lastMs + REST_MS)) {
      const violation = this.#check();
      if (violation !== undefined) return violation;
    }
    for (const subject of this.#subjects) close(subject);
    await this.world.settle();
    return this.#check() ?? this.#checkLeftovers();
  }

  #subject(library: Library, dice: Dice, given: Plan['caches'][number], index: number): Subject {
    const { world } = this;
    const process = new Process(world, this.#plan.seed * 7 + index);
    const subject = new Subject(`c${index}`, world, process, library, given);
    subject.searchesDeep = this.#plan.seed % 16 === 0;
    const clientOf = (region: number): Client =>
      new Client({
        name: subject.name,
        world,
        dice,
        process,
        service: this.#service,
        requests: subject.requests,
        region,
        regionLagMs: this.#plan.regions?.lagMs[region] ?? 0,
        weather: () => this.#weathers[region] ?? weather('calm'),
        onSend: (request) => {
          count(this.coverage, request.kind);
          checkSend(subject, request);
        },
        onEnd: (request) => {
          count(this.coverage, `calls: ${request.end?.how}`);
          noteEnd(subject, request);
          subject.lastBusyMs = this.world.nowMs;
        },
      });
    const { regions } = this.#plan;
    // No call reads the fields of the interface that the client lacks.
    const origin =
      regions === undefined
        ? { client: clientOf(0) as never }
        : { source: subject.failOver(regions, (region) => clientOf(region) as never) };
    subject.cache = new library.SecretCache({ ...given, ...origin, runtime: process });
    return subject;
  }

  #schedule(action: Action): void {
    if (action.cache === undefined) {
      this.world.at(action.atMs, () => this.#act(action.act), { rank: 1 });
      return;
    }
    const subject = this.#subjects[action.cache];
    if (subject === undefined) return;
    const { act, rank, pauses } = action;
    const run = async (): Promise<void> => {
      perform(subject, act);
      for (let pause = 0; pause < pauses; pause += 1) await Promise.resolve();
      // What is due at the same instant is done in the same turn.
      const next = this.world.takeNext(subject.process);
      if (next !== undefined) await next.run();
    };
    this.world.at(action.atMs, run, { rank, process: subject.process });
  }

  #act(act: WorldAct): void {
    const { secrets, permissions } = this.#service;
    this.world.note(`world ${JSON.stringify(act)}`);
    switch (act.kind) {
      case 'put':
        return secrets.put(act.name);
      case 'announce':
        return secrets.announce(act.name);
      case 'fill':
        return secrets.fill(act.name);
      case 'finish':
        return secrets.finish(act.name, act.leavesPending);
      case 'rollBack':
        return secrets.rollBack(act.name);
      case 'label':
        return secrets.label(act.name, 'BLUE');
      case 'unlabel':
        return secrets.unlabel(act.name, 'BLUE');
      case 'delete':
        return secrets.markDeleted(act.name, true);
      case 'restore':
        return secrets.markDeleted(act.name, false);
      case 'destroy':
        return secrets.destroy(act.name);
      case 'recreate':
        secrets.destroy(act.name);
        return secrets.create(act.name);
      case 'deny':
        return permissions.deny(act.denial);
      case 'allow':
        return permissions.allowAll();
      case 'weather':
        return this.#weatherTurns(act.name, act.region);
      case 'freeze':
        count(this.coverage, 'freezes');
        return this.#subjects[act.cache]?.process.freeze(act.forMs, act.isSuspended);
      case 'stepWall':
        count(this.coverage, 'clock steps');
        return this.#subjects[act.cache]?.process.stepWall(act.byMs);
    }
  }

  #weatherTurns(name: string, region = 0): void {
    this.#weathers[region] = weather(name);
  }

  /** Everybody who may wait for ever is told to stop. */
  #settleDown(subject: Subject): void {
    returnAll(subject);
    while ([...subject.pending].some(({ controller }) => controller?.signal.aborted === false)) {
      abort(subject, 0);
    }
  }

  #check(): Violation | undefined {
    const { running } = this.world;
    for (const subject of this.#subjects) {
      // What runs in no process, or in another, changes nothing here.
      if (running !== subject.process && subject.ended.length === 0) continue;
      for (const operation of subject.ended.splice(0)) {
        checkValues(subject, this.#service.secrets, operation);
        checkRevoked(subject, operation);
        checkFailure(subject, operation);
        checkGhost(subject, operation);
        checkEnd(subject, operation);
      }
      checkSubject(subject);
      if (subject.pending.size > 0 || subject.requests.live.size > 0) subject.lastBusyMs = this.world.nowMs;
    }
    return takeViolation();
  }

  #checkLeftovers(): Violation | undefined {
    for (const subject of this.#subjects) {
      const { cache, process, pending, name } = subject;
      const { entries, hits, stale, misses, rotations, evictions } = cache.stats();
      for (const [what, number] of Object.entries({ hits, stale, misses, rotations, evictions }))
        count(this.coverage, what, number);
      if (pending.size > 0) return new Violation('I7', `${name}: ${pending.size} operations never ended`);
      if (entries > 0) return new Violation('I10', `${name}: ${entries} entries of a closed cache`);
      if (process.timers > 0)
        return new Violation('I9', `${name}: ${process.timers} timers of a closed cache`);
      for (const [region, stats] of Object.entries(subject.failover?.stats().regions ?? {})) {
        if (stats.pending > 0)
          return new Violation('I14', `${name}: ${stats.pending} calls to ${region} of a closed cache`);
      }
      if (inspect([cache, subject.failover], { showHidden: true, depth: 6 }).includes(CANARY))
        return new Violation('I11', `${name}: a value shows`);
    }
    return undefined;
  }
}
