/**
 * The agent or the extension of a host: it keeps what the service answers, for all the processes that ask it.
 *
 * Told from their documentation and the agent's published source. Past its TTL the agent describes, and keeps what it has
 * while the label is still there, with the labels of when it was read; the extension reads again.
 */

import type { AgentPlan } from './agents.ts';
import type { Dice } from './dice.ts';
import { drawFate, type Settled, type Served } from './fate.ts';
import { fault, type Failure } from './faults.ts';
import { Quota } from './policy.ts';
import type { Reply } from './agent-http.ts';
import type { Show } from './requests.ts';
import type { Answer, Service, View } from './service.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export interface Query {
  readonly secretId: string;
  readonly stage: string | undefined;
  readonly versionId: string | undefined;
  readonly refreshNow: boolean;
}

/** What it answers, and what the oracle is to learn from it. */
export interface AgentAnswer {
  readonly reply: Reply;
  /** The code of ours that a failure shows as. */
  readonly code?: string;
  readonly show?: Show;
  /** When the service was asked for what it shows. */
  readonly shownTick?: number;
  readonly isKept?: boolean;
}

interface Kept {
  readonly body: string;
  readonly show: Show;
  /** When its TTL began, and when the service was last asked. */
  atMs: number;
  shownTick: number;
}

export interface AgentHostOptions {
  readonly world: World;
  readonly dice: Dice;
  readonly service: Service;
  readonly plan: AgentPlan;
  /** Of its own way to the service. */
  readonly weather: () => Weather;
}

export const TOKEN = 'the-token-of-this-host';

export class AgentHost {
  token: string = TOKEN;
  isReady = true;
  /** How often it was started. */
  starts = 1;
  readonly #options: AgentHostOptions;
  readonly #quota: Quota;
  readonly #kept = new Map<string, Kept>();

  constructor(options: AgentHostOptions) {
    this.#options = options;
    this.#quota = new Quota(options.plan.readsPerSecond);
  }

  /** Cold, and every connection is cut. */
  restart(): void {
    this.starts += 1;
    this.#kept.clear();
  }

  /** Answers, now or later, or never. */
  answer(query: Query, token: string | undefined, done: (answer: AgentAnswer) => void): void {
    const refusal = this.#refusal(query, token);
    if (refusal !== undefined) return done(refusal);
    const { plan, world } = this.#options;
    const kept = query.refreshNow ? undefined : this.#kept.get(keyOf(query));
    if (kept === undefined) return this.#read(query, undefined, done);
    if (plan.ttlMs > 0 && world.nowMs - kept.atMs <= plan.ttlMs) return done(answerOf(kept, true));
    if (plan.kind === 'extension') return this.#read(query, undefined, done);
    this.#check(query, kept, done);
  }

  #refusal({ refreshNow }: Query, token: string | undefined): AgentAnswer | undefined {
    const isExtension = this.#options.plan.kind === 'extension';
    if (isExtension && !this.isReady)
      return refused(400, 'not ready to serve traffic, please wait', 'ERR_SECRET_UNAVAILABLE');
    if (token !== this.token) {
      return isExtension
        ? refused(401, 'bad session token or header key', 'ERR_SECRET_CREDENTIALS', 'AccessDeniedException')
        : refused(403, 'Bad Token', 'ERR_SECRET_CREDENTIALS');
    }
    // No cache must ask it that.
    if (isExtension && refreshNow) return refused(400, 'unknown parameter: refreshNow', 'refreshNow');
    return undefined;
  }

  #read(query: Query, stale: Kept | undefined, done: (answer: AgentAnswer) => void): void {
    const { service, world } = this.#options;
    const { secretId, stage, versionId } = query;
    const start = this.starts;
    this.#call(
      (view) => service.read({ ids: [secretId], stage, versionId }, view),
      (settled, shownTick) => {
        if (start !== this.starts) return;
        const failure = failureOf(settled);
        if (failure !== undefined) {
          const maySubstitute = stale !== undefined && failure.status >= 500 && this.#ignoresFailures;
          return done(maySubstitute ? this.#keepOn(stale) : this.#refuse(failure));
        }
        const { output, shows } = settled as Extract<Answer, { output: object }>;
        const [show] = shows;
        if (show === undefined) return;
        const kept = { body: bodyOf(output), show, atMs: world.nowMs, shownTick };
        this.#kept.set(keyOf(query), kept);
        done(answerOf(kept, false));
      },
    );
  }

  /** Past its TTL: a description by the ARN that was read shows whether the version is still where it was. */
  #check(query: Query, kept: Kept, done: (answer: AgentAnswer) => void): void {
    const { service, world } = this.#options;
    const { show } = kept;
    const start = this.starts;
    this.#call(
      (view) => service.describe({ ids: [show.arn] }, view),
      (settled, shownTick) => {
        if (start !== this.starts) return;
        const failure = failureOf(settled);
        if (failure !== undefined) {
          const passes = failure.status >= 500 && this.#ignoresFailures;
          return done(passes ? this.#keepOn(kept) : this.#refuse(failure));
        }
        const { shows } = settled as Extract<Answer, { output: object }>;
        const stages = shows.find(({ versionId }) => versionId === show.versionId)?.stages;
        const isThere = query.stage === undefined ? stages !== undefined : stages?.includes(query.stage);
        if (isThere !== true) return this.#read(query, kept, done);
        Object.assign(kept, { atMs: world.nowMs, shownTick });
        done(answerOf(kept, true));
      },
    );
  }

  get #ignoresFailures(): boolean {
    return this.#options.plan.ignoresFailures;
  }

  #keepOn(kept: Kept): AgentAnswer {
    kept.atMs = this.#options.world.nowMs;
    return answerOf(kept, true);
  }

  #refuse({ status, body, code }: WireFailure): AgentAnswer {
    if (this.#options.plan.kind === 'agent') return { reply: { status, body }, code };
    // It tells its log alone.
    return refused(400, 'an unexpected error occurred while executing request', 'ERR_SECRET_UNAVAILABLE');
  }

  #call(serve: (view: View) => Answer, done: (settled: Settled, tick: number) => void): void {
    const { world, dice, weather } = this.#options;
    const tick = world.tick();
    const isOver = !this.#quota.take(world.nowMs);
    const fate = drawFate(weather(), dice, (served: Served) =>
      isOver ? { failure: fault('throttled') } : serve({ ...served, region: 0, role: 'agent' }),
    );
    if (fate === undefined) return;
    world.at(world.nowMs + Math.ceil(fate.afterMs / 2), () => {
      const settled = fate.settle(world.nowMs);
      world.at(world.nowMs + Math.floor(fate.afterMs / 2), () => done(settled, tick));
    });
  }
}

interface WireFailure {
  readonly status: number;
  readonly body: string;
  readonly code: string;
}

/** As the agent tells of a call that failed: the service's refusals as they are, 502 where it can't make sense of what came. */
function failureOf(settled: Settled): WireFailure | undefined {
  if ('garbage' in settled) return unreadable('Response Error');
  if (!('failure' in settled)) return undefined;
  const { error, code } = settled.failure as Failure & { error: SdkTraits };
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined) return unreadable('Read Error');
  if (status < 300) return unreadable('Response Error');
  if (error.$fault === undefined)
    return { status: 500, body: '{"__type":"InternalFailure"}', code: 'ERR_SECRET_UNAVAILABLE' };
  return { status, body: JSON.stringify({ __type: error.name, message: error.message }), code };
}

function unreadable(message: string): WireFailure {
  const body = JSON.stringify({ __type: 'ConnectionError', message });
  return { status: 502, body, code: 'ERR_SECRET_UNAVAILABLE' };
}

interface SdkTraits {
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** GetSecretValue's members, bytes in Base64. */
function bodyOf(output: object): string {
  const { SecretBinary, ...rest } = output as { SecretBinary?: Uint8Array };
  const binary = SecretBinary && { SecretBinary: Buffer.from(SecretBinary).toString('base64') };
  return JSON.stringify({ ...rest, ...binary, CreatedDate: '1700000000.5' });
}

function answerOf({ body, show, shownTick }: Kept, isKept: boolean): AgentAnswer {
  return { reply: { status: 200, body }, show, shownTick, isKept };
}

function refused(status: number, body: string, code: string, errorType?: string): AgentAnswer {
  return { reply: { status, body, errorType }, code };
}

function keyOf({ secretId, stage, versionId }: Query): string {
  return JSON.stringify([secretId, stage, versionId]);
}
