/** One question, put to Region after Region until one answers. */

import type { Clock } from '../clock.ts';
import { asOurs, failureKind, SecretCacheError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { SourceCall } from '../source/secret-source.ts';
import { Attempt, GivenUp } from './attempt.ts';
import type { Showing } from './primary-view.ts';
import type { RegionIds } from './region-ids.ts';
import type { Region } from './region.ts';
import type { Router, Stop } from './router.ts';
import { behind, nowhere, type RegionFailure } from './verdict.ts';

/** What is asked, and by whom. */
export interface Asked {
  /** As the caller wrote it; `undefined` where it is about several. */
  readonly secretId: string | undefined;
  readonly call: SourceCall;
  /** Whether an error is the answer, so that no other Region is asked. */
  readonly isAnswer: (region: Region, error: SecretCacheError) => boolean;
}

export interface Question<Answer, Taken> extends Asked {
  readonly send: (region: Region, call: SourceCall) => Promise<Answer>;
  /** The answer in the caller's words; `undefined` if it is behind. */
  readonly take: (region: Region, answer: Answer, showing: Showing) => Taken | undefined;
}

/** What one Region had to say. After a `refusal` nobody else is asked; a `lost` call may be made again. */
type Outcome<Taken> = { readonly kind: 'answer'; readonly answer: Taken } | Failed;
export interface Failed {
  readonly kind: 'refusal' | 'failure' | 'lost';
  readonly error: SecretCacheError;
}

export interface RegionByRegionParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly router: Router;
  readonly ids: RegionIds;
  readonly regionTimeoutMs: number;
}

export class RegionByRegion {
  readonly #parts: RegionByRegionParts;
  #sequence = 0;

  constructor(parts: RegionByRegionParts) {
    this.#parts = parts;
  }

  async ask<Answer, Taken>(question: Question<Answer, Taken>): Promise<Taken> {
    const { router, ids } = this.#parts;
    const refusal = question.secretId === undefined ? undefined : ids.refusal(question.secretId);
    if (refusal !== undefined) throw refusal;
    const failures: RegionFailure[] = [];
    for (const stop of router.route()) {
      let outcome = await this.#askOne(stop, question);
      // A freeze swallowed it, which the Region can't be blamed for.
      if (outcome.kind === 'lost') outcome = await this.#askOne(stop, question);
      if (outcome.kind === 'answer') return outcome.answer;
      if (outcome.kind === 'refusal') throw outcome.error;
      failures.push({ region: stop.region, error: outcome.error });
    }
    throw nowhere(question.secretId, failures);
  }

  /** A call to one Region; its `end` is due when nothing more is awaited of it. */
  begin({ region, isLast }: Stop, call: SourceCall): Attempt {
    const { runtime, clock, regionTimeoutMs } = this.#parts;
    region.begin();
    const limitMs = isLast ? undefined : regionTimeoutMs;
    return new Attempt(region, call, { runtime, clock, limitMs, nextSequence: () => (this.#sequence += 1) });
  }

  /** Takes down that a call failed, and why. */
  failed(stop: Stop, attempt: Attempt, error: unknown, { secretId, call, isAnswer }: Asked): Failed {
    const { router, ids } = this.#parts;
    if (error instanceof GivenUp) return this.#givenUp(stop, attempt, error, { secretId, call });
    const ours = asOurs(error, secretId);
    const isFinal = isAnswer(stop.region, ours);
    if (failureKind(ours) === 'transient' && !isFinal) router.failed(stop, ours);
    else router.answered(stop, 'refusals');
    return { kind: isFinal ? 'refusal' : 'failure', error: ids.inWordsOf(secretId, stop.region.name, ours) };
  }

  #givenUp(
    stop: Stop,
    attempt: Attempt,
    { why }: GivenUp,
    { secretId, call }: Omit<Asked, 'isAnswer'>,
  ): Failed {
    const { router } = this.#parts;
    const { name, lastFailure } = stop.region;
    const error =
      why === 'queued'
        ? new SecretCacheError(lastFailure, `${name} went down before the request left.`, { secretId })
        : new SecretCacheError('ERR_SECRET_TIMEOUT', `There was no answer from ${name} in time.`, {
            secretId,
          });
    if (why === 'over') router.failed(stop, error);
    else if (why === 'left') router.left(stop, attempt.showing.at);
    else router.spared(stop);
    if (call.signal.aborted) return { kind: 'refusal', error: asOurs(call.signal.reason, secretId) };
    return { kind: why === 'lost' ? 'lost' : 'failure', error };
  }

  async #askOne<Answer, Taken>(stop: Stop, question: Question<Answer, Taken>): Promise<Outcome<Taken>> {
    const { region } = stop;
    const attempt = this.begin(stop, question.call);
    try {
      const answer = await attempt.run(() => question.send(region, attempt.call));
      const taken = question.take(region, answer, attempt.showing);
      this.#parts.router.answered(stop, taken === undefined ? 'lagging' : 'answers');
      if (taken !== undefined) return { kind: 'answer', answer: taken };
      return { kind: 'failure', error: behind(region, question.secretId) };
    } catch (error) {
      return this.failed(stop, attempt, error, question);
    } finally {
      attempt.end();
    }
  }
}
