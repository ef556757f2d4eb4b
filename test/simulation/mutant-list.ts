/** Deliberate bugs, each a small textual change of `src/`. A patch that no longer fits fails loudly. */

import type { Between } from './draw-plan.ts';
import type { Edit } from './library.ts';

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What must be between the caches and the service for it to show. Default nothing. */
  readonly between?: Between;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'arrival-order commits',
    edits: [{ file: 'ref.ts', find: 'if (sequence < this.sequence) return undefined;', replace: '' }],
  },
  {
    name: 'slot released by key',
    edits: [
      {
        file: 'launcher.ts',
        find: 'if (ref.flight === flight) ref.flight = undefined;',
        replace: 'ref.flight = undefined;',
      },
    ],
  },
  {
    name: 'joining a flight older than an invalidation',
    edits: [
      {
        file: 'flights.ts',
        find: 'if (calls.isBelowFloor(firstDeparture) || firstDeparture.sequence <= floor) return false;',
        replace: '',
      },
    ],
  },
  {
    name: 'wall clock only',
    edits: [
      { file: 'clock.ts', find: 'this.#runtime.monotonicNowMs() - since.monotonicMs,', replace: '' },
      { file: 'clock.ts', find: ' && this.#monotonicMs - since.monotonicMs < limitMs', replace: '' },
    ],
  },
  {
    name: 'monotonic clock only',
    edits: [
      { file: 'clock.ts', find: 'this.#runtime.wallNowMs() - since.wallMs,', replace: '' },
      { file: 'clock.ts', find: 'wallMs - since.wallMs < limitMs && ', replace: '' },
    ],
  },
  {
    name: 'serving past H',
    edits: [
      { file: 'freshness.ts', find: "if (ageMs >= windows.servableMs) return 'expired';", replace: '' },
    ],
  },
  {
    name: 'an abort that cancels others',
    edits: [
      {
        file: 'flight.ts',
        find: 'if (this.#waiters.size === 0 && !this.#keep) this.signal',
        replace: 'this.signal',
      },
    ],
  },
  {
    name: 'jitter that lengthens',
    edits: [
      {
        file: 'policy.ts',
        find: 'Math.min(ttlMs, Math.ceil(ttlMs * (1 - ttlJitter * runtime.random())))',
        replace: 'Math.ceil(ttlMs * (1 + ttlJitter * runtime.random()))',
      },
    ],
  },
  {
    name: 'negative cache unbounded',
    edits: [
      {
        file: 'store.ts',
        find: 'this.#failing = new LRUCache({ max: maxEntries });',
        replace: 'this.#failing = new LRUCache({ max: 100_000 });',
      },
    ],
  },
  {
    name: 'batch mapped by index',
    edits: [
      {
        file: 'source/aws-batches.ts',
        find: 'for (const [secretId, answer] of matchBatch(here, versions, errors)) answers.set(secretId, answer);',
        replace:
          'void matchBatch; void errors; here.forEach((secretId, index) => { const answer = versions[index]; if (answer !== undefined) answers.set(secretId, answer); });',
      },
    ],
  },
  {
    name: 'the denial of a replica believed',
    between: 'regions',
    edits: [
      {
        file: 'failover/verdict.ts',
        find: "return failureKind(error) !== 'transient' && region.isPrimary;",
        replace: "return failureKind(error) !== 'transient';",
      },
    ],
  },
  {
    name: 'reads of replicas that lag believed',
    between: 'regions',
    edits: [
      {
        file: 'failover/failover.ts',
        find: 'else if (this.#view?.isVersionBehind(this.#ids.asPrimary(version)) === true) return undefined;',
        replace: '',
      },
    ],
  },
  {
    name: 'descriptions of replicas that lag believed',
    between: 'regions',
    edits: [
      {
        file: 'failover/failover.ts',
        find: 'else if (this.#view?.isDescriptionBehind(this.#ids.asPrimary(description)) === true) return undefined;',
        replace: '',
      },
    ],
  },
  {
    name: 'answers under the ARN of the Region that gave them',
    between: 'regions',
    edits: [
      {
        file: 'failover/region-ids.ts',
        find: 'if (asked === region || ARN.exec(answer.arn)?.[3] !== region) return answer;',
        replace: 'if (asked !== undefined) return answer;',
      },
    ],
  },
  {
    name: "a Region's deadline that outlives its call",
    between: 'regions',
    edits: [
      {
        file: 'failover/attempt.ts',
        find: 'if (this.#timer !== undefined) this.#parts.runtime.clearTimeout(this.#timer);',
        replace: '',
      },
    ],
  },
  {
    name: 'a call given up that counts as under way for ever',
    between: 'regions',
    edits: [
      {
        file: 'failover/router.ts',
        find: "    region.end('left');\n    region.health.spared(pass);",
        replace: '    region.health.spared(pass);',
      },
    ],
  },
  {
    name: 'refreshNow not passed',
    between: 'agent',
    edits: [
      {
        file: 'agent/agent-source.ts',
        find: '...(refreshNow && {',
        replace: '...(false && {',
      },
    ],
  },
  {
    name: 'an answer of the agent said to be of now',
    between: 'agent',
    edits: [{ file: 'agent/agent-source.ts', find: 'mayBeCached: !isFresh', replace: 'mayBeCached: false' }],
  },
  {
    name: 'an answer of the extension said to be of now',
    between: 'agent',
    edits: [
      {
        file: 'agent/agent-source.ts',
        find: 'mayBeCached: !isFresh',
        replace: 'mayBeCached: call.fresh !== true',
      },
    ],
  },
  {
    name: 'what was asked for before an invalidation, and kept, taken for new',
    between: 'agent',
    edits: [
      {
        file: 'reader.ts',
        find: 'answer.mayBeCached === true ? asked : sent.departure',
        replace: '(void asked, sent.departure)',
      },
    ],
  },
  {
    name: "a plain 400 of the agent's taken for a secret not found",
    between: 'agent',
    edits: [
      {
        file: 'agent/failure.ts',
        find: "return failure('ERR_SECRET_INVALID_REQUEST', secretId, {",
        replace: "return failure('ERR_SECRET_NOT_FOUND', secretId, {",
      },
    ],
  },
  {
    name: 'a connection that was cut, asked no second time',
    between: 'agent',
    edits: [
      {
        file: 'agent/connections.ts',
        find: 'const isStale = sent.reusedSocket',
        replace: 'const isStale = false',
      },
    ],
  },
  {
    name: 'requests to the agent beyond its connections',
    between: 'agent',
    edits: [
      {
        file: 'agent/connections.ts',
        find: 'this.#slots = pLimit(maxConnections);',
        replace: 'this.#slots = pLimit(1_000);',
      },
    ],
  },
  {
    name: "the agent's deadline that outlives its call",
    between: 'agent',
    edits: [
      {
        file: 'agent/agent-source.ts',
        find: 'this.#runtime.clearTimeout(timer);',
        replace: 'void timer;',
      },
    ],
  },
  {
    name: 'a denial by the agent taken for silence',
    between: 'agent',
    edits: [
      {
        file: 'agent/failure.ts',
        find: 'return NO_ANSWER.includes(error.code);',
        replace: "return [...NO_ANSWER, 'ERR_SECRET_ACCESS_DENIED'].includes(error.code);",
      },
    ],
  },
];

export function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (mutant === undefined) {
    throw new Error(
      `no mutant ${JSON.stringify(name)}; there are: ${MUTANTS.map((each) => each.name).join(', ')}`,
    );
  }
  return mutant;
}
