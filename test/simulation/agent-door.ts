/** One cache's way to the agent of its host: what befalls its requests there, and what they are evidence of. */

import type { Door, HttpOptions, Line, Outcome, Reply, Sent } from './agent-http.ts';
import type { AgentAnswer, AgentHost, Query } from './agent-host.ts';
import type { AgentPlan } from './agents.ts';
import { labelOf } from './client.ts';
import { count, type Coverage } from './coverage.ts';
import type { Dice } from './dice.ts';
import { CROWDED, noHttp, ODD_ANSWERS } from './odd-answers.ts';
import type { Path } from './paths.ts';
import type { Process } from './process.ts';
import type { AskedFor, Ending, Request, Requests, Show } from './requests.ts';
import { RANK, type World } from './world.ts';
import { network } from '../support/service-errors.ts';

export interface AgentDoorOptions {
  readonly name: string;
  readonly world: World;
  readonly dice: Dice;
  readonly process: Process;
  readonly requests: Requests;
  readonly host: AgentHost;
  readonly plan: AgentPlan;
  readonly coverage: Coverage;
  readonly path: () => Path;
  /** The library calls for a request. */
  readonly onAsk: (query: Query) => AskedFor;
  readonly onSend: (request: Request) => void;
  readonly onEnd: (request: Request) => void;
}

interface OwnLine extends Line {
  /** Of which start of the agent. */
  readonly start: number;
  readonly endsAtMs: number;
}

/** A request on its way, and what is known of it. */
interface Trip extends Sent {
  readonly line: OwnLine;
  readonly query: Query;
  readonly request: Request;
  readonly settle: (outcome: Outcome) => void;
}

/** With which the agent said nothing of the secret. */
const SILENCE: readonly string[] = ['ERR_SECRET_UNAVAILABLE', 'ERR_SECRET_MALFORMED_RESPONSE'];
/** How long the agent lets a connection live. */
const LINE_MS = 61_000;

export class AgentDoor implements Door {
  /** When a request was last given up, by the monotonic clock of the process. */
  givenUpMonoMs = -1;
  readonly #options: AgentDoorOptions;
  #waiting = 0;

  constructor(options: AgentDoorOptions) {
    this.#options = options;
  }

  /** Requests called for that have yet to leave. */
  get waiting(): number {
    return this.#waiting;
  }

  connect(then: (line: Line | undefined) => void): void {
    const { dice, host, path, world } = this.#options;
    this.#after(Math.min(1, dice.int(...path().latencyMs)), () => {
      const { isGone, crowdedRate } = path();
      if (isGone) return then(undefined);
      const isOverLimit = dice.chance(crowdedRate);
      const line: OwnLine = { isOverLimit, start: host.starts, endsAtMs: world.nowMs + LINE_MS };
      then(line);
    });
  }

  /** That a connection was cut is read from it like anything else: a request may leave on it before. */
  isSeenCut(line: Line): boolean {
    return this.#isCut(line as OwnLine) && this.#options.dice.chance(0.5);
  }

  announce({ path, agent }: HttpOptions): AskedFor {
    this.#waiting += 1;
    // One that is made once more was called for before.
    const isNew = path !== '/ping' && agent !== false;
    return isNew ? this.#options.onAsk(queryOf(path)) : { tick: 0, at: this.#options.process.now };
  }

  withdraw(): void {
    this.#waiting -= 1;
    this.givenUpMonoMs = this.#options.process.now.monoMs;
  }

  refuse(path: string, asked: AskedFor): void {
    this.#waiting -= 1;
    if (path === '/ping') return;
    this.#end(this.#open(queryOf(path), asked), 'failure', {
      code: 'ERR_SECRET_UNAVAILABLE',
      what: 'refused',
    });
  }

  carry(sent: Sent, settle: (outcome: Outcome) => void): (reason: unknown) => void {
    this.#waiting -= 1;
    const line = sent.line as OwnLine;
    if (sent.path === '/ping') {
      this.#answerPing(line, settle);
      return () => {};
    }
    const query = queryOf(sent.path);
    const request = this.#open(query, sent.asked);
    this.#travel({ ...sent, line, query, request, settle });
    return (reason) => this.#giveUp(request, reason);
  }

  #travel(trip: Trip): void {
    const { dice, host, path, plan, world } = this.#options;
    const { latencyMs, hangRate, resetRate, cutRate, oddRate } = path();
    const wayMs = dice.int(latencyMs[0], latencyMs[1]) / 2;
    const arrive = (answer: AgentAnswer, afterMs: number): void =>
      this.#after(afterMs, () => this.#deliver(trip, answer));
    if (this.#isCut(trip.line) || dice.chance(resetRate)) return this.#after(wayMs, () => this.#cut(trip));
    if (trip.line.isOverLimit) return arrive(CROWDED, wayMs * 2);
    if (dice.chance(hangRate)) return;
    if (dice.chance(oddRate)) {
      const odd = dice.pick([undefined, ...ODD_ANSWERS[plan.kind]]);
      if (odd !== undefined) return arrive(odd, wayMs * 2);
      return this.#after(wayMs, () => {
        this.#end(trip.request, 'failure', { code: 'ERR_SECRET_UNAVAILABLE', what: 'no HTTP' });
        trip.settle({ error: noHttp() });
      });
    }
    const isCut = dice.chance(cutRate);
    world.at(world.nowMs + Math.ceil(wayMs), () => {
      host.answer(trip.query, trip.token, (answer) =>
        arrive({ ...answer, reply: { ...answer.reply, isCut } }, wayMs),
      );
    });
  }

  #deliver(trip: Trip, answer: AgentAnswer): void {
    const { request, query, line, settle } = trip;
    if (request.end !== undefined) return;
    if (this.#isCut(line)) return this.#cut(trip);
    if (answer.reply.isCut === true) this.#endCut(trip, 'cut in its body');
    else this.#learn(request, query, answer);
    settle({ reply: answer.reply });
  }

  #cut(trip: Trip): void {
    this.#endCut(trip, 'cut');
    trip.settle({ error: network('ECONNRESET') });
  }

  /** On a connection that had been kept, the same is asked once more, on another. */
  #endCut({ request, isReused }: Trip, what: string): void {
    this.#end(request, 'failure', { code: isReused ? undefined : 'ERR_SECRET_UNAVAILABLE', what });
  }

  /** The health check is no request for a secret. */
  #answerPing(line: OwnLine, settle: (outcome: Outcome) => void): void {
    const { dice, path } = this.#options;
    count(this.#options.coverage, 'agent: pings');
    if (dice.chance(path().hangRate)) return;
    const reply: Reply = { status: line.isOverLimit ? 429 : 200, body: 'healthy' };
    this.#after(1, () => settle(this.#isCut(line) ? { error: network('ECONNRESET') } : { reply }));
  }

  #open({ secretId, stage, versionId, refreshNow }: Query, asked: AskedFor): Request {
    const { name, world, process, requests, onSend } = this.#options;
    const left = { tick: world.tick(), at: process.now };
    const request = requests.make({
      kind: 'read',
      region: 0,
      isAgents: true,
      isThrough: refreshNow,
      ids: [secretId],
      stage,
      versionId,
      isSearch: false,
      isPage: false,
      ...left,
      asked: refreshNow ? left : asked,
    });
    requests.open(request);
    onSend(request);
    world.note(`${name} agent > ${labelOf(request)}${refreshNow ? ' now' : ''}`);
    return request;
  }

  /** Writes down what the cache gets to see, at the moment when it does. */
  #learn(request: Request, { stage }: Query, { show, shownTick, isKept, code }: AgentAnswer): void {
    const { coverage } = this.#options;
    if (show === undefined) return this.#end(request, 'failure', { code, what: code ?? '' });
    if (isKept === true) count(coverage, 'agent: kept answers');
    if (request.isThrough) count(coverage, 'agent: answers through it');
    request.shownTick = shownTick ?? request.tick;
    const what = `${show.name} ${show.versionId} [${show.stages.join()}] of ${shownTick}`;
    this.#end(request, 'answer', { what, shows: [request.isThrough ? show : onlyOf(show, stage)] });
  }

  #giveUp(request: Request, reason: unknown): void {
    this.givenUpMonoMs = this.#options.process.now.monoMs;
    const code = (reason as { code?: unknown } | undefined)?.code;
    // Its own time was over, and not the caller's.
    const isSlow = reason instanceof DOMException;
    if (isSlow) count(this.#options.coverage, 'agent: too slow');
    const isLeft = code === 'ERR_CACHE_CLOSED' || reason === undefined;
    this.#end(request, isSlow ? 'passed on' : isLeft ? 'left' : 'timeout', { what: 'aborted' });
  }

  /** No code: the same is asked once more. */
  #end(
    request: Request,
    how: Ending,
    { code, what, shows = [] }: { code?: string | undefined; what: string; shows?: readonly Show[] },
  ): void {
    if (request.end !== undefined) return;
    const { name, world, process, requests, plan, coverage, onEnd } = this.#options;
    const isBehinds = plan.hasBehind && code !== undefined && SILENCE.includes(code);
    const isPassedOn = how === 'failure' && (code === undefined || isBehinds);
    if (how === 'failure') count(coverage, `agent: ${what}`);
    if (isPassedOn)
      count(coverage, code === undefined ? 'agent: asked again' : 'agent: silent before behind');
    request.shows = shows;
    if (code !== undefined && !isPassedOn) request.failures = new Map([['*', code]]);
    requests.close(request, { how: isPassedOn ? 'passed on' : how, tick: world.tick(), at: process.now });
    world.note(`${name} agent < ${labelOf(request)}: ${what}${isPassedOn ? ', passed on' : ''}`);
    onEnd(request);
  }

  #isCut({ start, endsAtMs }: OwnLine): boolean {
    return start !== this.#options.host.starts || this.#options.world.nowMs >= endsAtMs;
  }

  #after(delayMs: number, run: () => void): void {
    const { world, process } = this.#options;
    world.at(world.nowMs + Math.ceil(delayMs), run, { rank: RANK.delivery, process });
  }
}

/** What may have been kept shows where the label asked for points, and nothing of the others. */
function onlyOf(show: Show, stage: string | undefined): Show {
  return { ...show, stages: stage === undefined ? [] : [stage] };
}

function queryOf(path: string): Query {
  const query = new URL(path, 'http://localhost').searchParams;
  return {
    secretId: query.get('secretId') ?? '',
    stage: query.get('versionStage') ?? undefined,
    versionId: query.get('versionId') ?? undefined,
    refreshNow: query.get('refreshNow') === 'true',
  };
}
