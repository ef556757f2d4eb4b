/** `client: { send }` in front of the model: latency, faults, hangs, late answers, retries' worth of delay, in SDK shapes. */

import type { Dice } from './dice.ts';
import { drawFate, type Fate, type Settled } from './fate.ts';
import type { Process } from './process.ts';
import type { End, Ending, Request, Requests } from './requests.ts';
import type { Service } from './service.ts';
import * as errors from '../support/service-errors.ts';
import { swapRegions } from '../support/region-arns.ts';
import { REGIONS } from './regions.ts';
import type { Weather } from './weather.ts';
import { RANK, type World } from './world.ts';

export interface ClientOptions {
  readonly name: string;
  readonly world: World;
  readonly dice: Dice;
  readonly process: Process;
  readonly service: Service;
  readonly requests: Requests;
  readonly weather: () => Weather;
  /** Which of the Regions it is for, and how far that one is behind the primary. Default the primary. */
  readonly region?: number;
  readonly regionLagMs?: number;
  readonly onSend: (request: Request) => void;
  readonly onEnd: (request: Request) => void;
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: {
    readonly SecretId?: string;
    readonly SecretIdList?: readonly string[];
    readonly VersionStage?: string;
    readonly VersionId?: string;
    readonly Filters?: unknown;
    readonly NextToken?: string;
  };
}

const [PRIMARY = ''] = REGIONS;

export class Client {
  readonly config: { readonly region: string };
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.config = { region: REGIONS[options.region ?? 0] ?? PRIMARY };
  }

  send(command: Command, { abortSignal }: { abortSignal: AbortSignal }): Promise<unknown> {
    const { world, dice, process, requests, onSend, onEnd, region = 0 } = this.#options;
    const name = region === 0 ? this.#options.name : `${this.#options.name} ${this.config.region}`;
    const request = this.#open(command);
    requests.open(request);
    onSend(request);
    world.note(`${name} > ${labelOf(request)}`);
    const end = (how: Ending, what: string): void => {
      if (request.end !== undefined) return;
      const ended: End = { how, tick: world.tick(), at: process.now };
      requests.close(request, ended);
      world.note(`${name} < ${labelOf(request)}: ${what}`);
      onEnd(request);
    };
    const fate = this.#fate(request, command.input.NextToken);
    // Some transports tell of an abort, some go deaf.
    const isDeaf = dice.chance(0.3);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const reason = abortSignal.reason as { code?: string } | undefined;
        end(reason?.code === 'ERR_CACHE_CLOSED' ? 'left' : 'timeout', 'aborted');
        if (!isDeaf) reject(errors.aborted(reason));
      };
      abortSignal.addEventListener('abort', onAbort, { once: true });
      if (fate === undefined) return;
      const servedMs = world.nowMs + Math.ceil(fate.afterMs / 2);
      // The server acts although the client may be frozen meanwhile.
      world.at(servedMs, () => {
        const answer = fate.settle(world.nowMs);
        const deliver = (): void => {
          abortSignal.removeEventListener('abort', onAbort);
          const outcome = learn(request, answer);
          end(outcome.how, outcome.what);
          if ('error' in outcome) reject(outcome.error);
          else
            resolve(region === 0 ? outcome.output : swapRegions(outcome.output, PRIMARY, this.config.region));
        };
        world.at(world.nowMs + Math.floor(fate.afterMs / 2), deliver, { rank: RANK.delivery, process });
      });
    });
  }

  #open({ constructor, input }: Command): Request {
    const { world, process, requests, region = 0 } = this.#options;
    const ids = input.SecretIdList ?? (input.SecretId === undefined ? [] : [input.SecretId]);
    const kind =
      constructor.name === 'GetSecretValueCommand'
        ? 'read'
        : constructor.name === 'DescribeSecretCommand'
          ? 'describe'
          : 'batch';
    return requests.make({
      kind,
      region,
      ids: region === 0 ? ids : swapRegions(ids, this.config.region, PRIMARY),
      stage: input.VersionStage,
      versionId: input.VersionId,
      isSearch: input.Filters !== undefined,
      isPage: input.NextToken !== undefined,
      tick: world.tick(),
      at: process.now,
    });
  }

  #fate(request: Request, nextToken: string | undefined): Fate {
    const { dice, service, weather, region = 0, regionLagMs = 0 } = this.#options;
    return drawFate(weather(), dice, ({ atMs, oddRate }) => {
      const view = { atMs: atMs - regionLagMs, oddRate, region };
      if (request.kind === 'read') return service.read(request, view);
      if (request.kind === 'describe') return service.describe(request, view);
      return request.isSearch ? service.search(nextToken, view) : service.batch(request, nextToken, view);
    });
  }
}

type Outcome = { how: Ending; what: string } & ({ output: unknown } | { error: Error });

/** Writes down what the caller gets to see, at the moment when it does. */
function learn(request: Request, answer: Settled): Outcome {
  if ('garbage' in answer) {
    if (request.end === undefined) request.failures = new Map([['*', 'ERR_SECRET_MALFORMED_RESPONSE']]);
    return { how: 'failure', what: 'garbage', output: answer.garbage };
  }
  if ('failure' in answer) {
    const { code, error } = answer.failure;
    if (request.end === undefined) request.failures = new Map([['*', code]]);
    return { how: 'failure', what: code, error };
  }
  if (request.end === undefined) {
    request.shows = answer.shows;
    request.failures = answer.failures ?? new Map();
    request.isOfDeleted = answer.isOfDeleted ?? false;
    request.isPage ||= answer.isPage ?? false;
  }
  const what = answer.shows.map(({ name, versionId, stages }) => `${name} ${versionId} [${stages.join()}]`);
  return { how: 'answer', what: what.join('; ') || 'nothing', output: answer.output };
}

export function labelOf({ number, kind, ids, stage, versionId, isSearch }: Request): string {
  const asked = isSearch ? 'everything' : ids.join(' ');
  return `${kind} ${number} ${asked}${stage === undefined ? '' : ` ${stage}`}${versionId === undefined ? '' : ` ${versionId}`}`;
}
