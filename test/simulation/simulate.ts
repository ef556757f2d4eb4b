/** One run: a plan, played against the library, with every invariant checked after every step. */

import { inspect } from 'node:util';

import { abort, close, perform } from './callers.ts';
import { count, type Coverage } from './coverage.ts';
import { Dice } from './dice.ts';
import { checkFailure } from './failures.ts';
import { returnAll } from './followers.ts';
import { checkGhost } from './ghosts.ts';
import type { Library } from './library.ts';
import { listen } from './listener.ts';
import { drawPlan, type Between } from './draw-plan.ts';
import type { Action, Plan, WorldAct } from './plan.ts';
import { Process } from './process.ts';
import { checkEnd, checkSubject } from './rest.ts';
import { checkRevoked, noteRevoked, noteSuspected } from './revocation.ts';
import { REGIONS } from './regions.ts';
import { CANARY } from './secrets.ts';
import { Service } from './service.ts';
import { Subject } from './subject.ts';
import { Surroundings } from './surroundings.ts';
import { checkValues } from './values.ts';
import { takeViolation, Violation } from './violation.ts';
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
  readonly between?: Between;
}

/** How long after the last action everything must have come to an end. */
const REST_MS = 20_000_000;

export function runSeed(library: Library, seed: number, options: RunOptions = {}): Promise<Result> {
  return runPlan(library, drawPlan(seed, options.between), options);
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
  readonly #surroundings: Surroundings;

  constructor(library: Library, plan: Plan, { keepsTrace = false }: RunOptions) {
    this.#plan = plan;
    this.world = new World({ keepsTrace });
    const dice = new Dice(plan.seed + 0x51_7c_c1);
    this.#service = new Service(this.world, dice, plan.service, plan.regions?.unreplicated);
    library.node.world = this.world;
    const { world, coverage } = this;
    this.#surroundings = new Surroundings({ world, dice, plan, coverage, service: this.#service });
    for (const name of plan.names) this.#service.secrets.create(name);
    this.#subjects = plan.caches.map((given, index) => this.#subject(library, given, index));
    for (const action of plan.actions) this.#schedule(action);
  }

  hear(name: string, message: Record<string, unknown>): void {
    count(this.coverage, `event ${name}`);
    const subject = this.#subjects.find(({ process }) => process === this.world.running);
    const id = String(message['secretId']);
    if (name === 'revoked' && subject !== undefined) noteRevoked(subject, id);
    if (name === 'suspect' && subject !== undefined) noteSuspected(subject, id);
  }

  async play(): Promise<Violation | undefined> {
    const lastMs = this.#plan.actions.at(-1)?.atMs ?? 0;
    this.world.at(lastMs + 10_000, () => this.#surroundings.calmDown());
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

  #subject(library: Library, given: Plan['caches'][number], index: number): Subject {
    const process = new Process(this.world, this.#plan.seed * 7 + index);
    const subject = new Subject(`c${index}`, this.world, process, library, given);
    subject.searchesDeep = this.#plan.seed % 16 === 0;
    const origin = this.#surroundings.originOf(subject, index);
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
      case 'path':
      case 'restartAgent':
      case 'token':
      case 'ready':
        return this.#surroundings.befall(act);
      case 'freeze':
        count(this.coverage, 'freezes');
        return this.#subjects[act.cache]?.process.freeze(act.forMs, act.isSuspended);
      case 'stepWall':
        count(this.coverage, 'clock steps');
        return this.#subjects[act.cache]?.process.stepWall(act.byMs);
    }
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
      if (subject.pending.size > 0 || subject.isCalling) subject.lastBusyMs = this.world.nowMs;
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
        if (region !== REGIONS[0])
          for (const what of ['answers', 'lagging', 'refusals', 'failures'] as const)
            count(this.coverage, `replicas: ${what}`, stats[what]);
        if (stats.pending > 0)
          return new Violation('I14', `${name}: ${stats.pending} calls to ${region} of a closed cache`);
      }
      if (inspect([cache, subject.failover], { showHidden: true, depth: 6 }).includes(CANARY))
        return new Violation('I11', `${name}: a value shows`);
    }
    return undefined;
  }
}
