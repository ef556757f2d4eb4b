/** What lies between the caches of a run and the service, and what befalls it: the weather, the Regions, the agent. */

import type { SecretCacheOptions } from '../../src/index.ts';
import { AgentDoor } from './agent-door.ts';
import { AgentHost, TOKEN } from './agent-host.ts';
import { askedSince, checkAsked, checkBehind } from './agent-rules.ts';
import { AGENT_PLACE, type AgentPlan } from './agents.ts';
import { Client, type ClientOptions } from './client.ts';
import { count, type Coverage } from './coverage.ts';
import type { Dice } from './dice.ts';
import { checkSend, noteEnd } from './flow.ts';
import { path, type Path } from './paths.ts';
import type { Plan, SurroundingsAct } from './plan.ts';
import { REGIONS } from './regions.ts';
import type { Service } from './service.ts';
import type { Subject } from './subject.ts';
import { weather, type Weather } from './weather.ts';
import type { World } from './world.ts';

export interface SurroundingsOptions {
  readonly world: World;
  readonly dice: Dice;
  readonly plan: Pick<Plan, 'regions' | 'agent'>;
  readonly service: Service;
  readonly coverage: Coverage;
}

/** Where each cache finds its agent: the nth at this port and n. */
const FIRST_PORT = 20_000;

export class Surroundings {
  readonly #options: SurroundingsOptions;
  /** By Region, and the agent's. */
  readonly #weathers: Weather[] = [...REGIONS, 'agent'].map(() => weather('calm'));
  readonly #host: AgentHost | undefined;
  #path: Path = path('calm');

  constructor(options: SurroundingsOptions) {
    this.#options = options;
    const { agent: plan } = options.plan;
    const weatherOf = (): Weather => this.#weathers[AGENT_PLACE] ?? weather('calm');
    if (plan !== undefined) this.#host = new AgentHost({ ...options, plan, weather: weatherOf });
  }

  befall(act: SurroundingsAct): void {
    switch (act.kind) {
      case 'weather':
        this.#weathers[act.region ?? 0] = weather(act.name);
        return;
      case 'path':
        this.#path = path(act.name);
        return;
      case 'restartAgent':
        count(this.#options.coverage, 'agent: restarts');
        return this.#host?.restart();
      case 'token':
        if (this.#host !== undefined) this.#host.token = act.isRight ? TOKEN : 'another';
        return;
      case 'ready':
        if (this.#host !== undefined) this.#host.isReady = act.isReady;
    }
  }

  /** From now on nothing fails any more. */
  calmDown(): void {
    for (const region of this.#weathers.keys()) this.befall({ kind: 'weather', name: 'calm', region });
    this.befall({ kind: 'path', name: 'calm' });
    this.befall({ kind: 'token', isRight: true });
    this.befall({ kind: 'ready', isReady: true });
  }

  /** What a cache is over: the service, Regions of it, or an agent. */
  originOf(subject: Subject, index: number): Pick<SecretCacheOptions, 'client' | 'source'> {
    const { regions, agent } = this.#options.plan;
    // No call reads the fields of the interface that the client lacks.
    const clientOf = (region = 0): never => this.#client(subject, region) as never;
    if (regions !== undefined) return { source: subject.failOver(regions, clientOf) };
    if (agent === undefined || this.#host === undefined) return { client: clientOf() };
    const port = FIRST_PORT + index;
    const door = this.#door(subject, agent, this.#host);
    subject.library.node.doors.set(port, door);
    subject.door = door;
    return { source: subject.goThrough(agent, port, clientOf) };
  }

  #client(subject: Subject, region: number): Client {
    const { name, process, requests } = subject;
    const { world, dice, service, plan } = this.#options;
    return new Client({
      name,
      world,
      dice,
      process,
      service,
      requests,
      region,
      regionLagMs: plan.regions?.lagMs[region] ?? 0,
      weather: () => this.#weathers[region] ?? weather('calm'),
      ...this.#watching(subject),
    });
  }

  #door(subject: Subject, plan: AgentPlan, host: AgentHost): AgentDoor {
    const { name, process, requests } = subject;
    const { world, dice, coverage } = this.#options;
    return new AgentDoor({
      name,
      world,
      dice,
      process,
      requests,
      host,
      plan,
      coverage,
      path: () => this.#path,
      onAsk: (query) => {
        const asked = askedSince(subject, query);
        checkAsked(subject, query, asked);
        return asked;
      },
      ...this.#watching(subject),
    });
  }

  /** Every request is judged when it leaves, and noted when it ends. */
  #watching(subject: Subject): Pick<ClientOptions, 'onSend' | 'onEnd'> {
    const { coverage, world } = this.#options;
    return {
      onSend: (request) => {
        count(coverage, request.kind);
        if (subject.agent !== undefined && !request.isAgents) {
          count(coverage, 'agent: behind asked');
          checkBehind(subject, request);
        }
        checkSend(subject, request);
      },
      onEnd: (request) => {
        count(coverage, `calls: ${request.end?.how}`);
        noteEnd(subject, request);
        subject.lastBusyMs = world.nowMs;
      },
    };
  }
}
