/** Callers of `withSecret`: a database that refuses the first versions it is given. */

import type { Secret } from '../../src/index.ts';
import { keyOf, selector, signalOf } from './asks.ts';
import type { ClientAct } from './plan.ts';
import type { Subject } from './subject.ts';
import { demand } from './violation.ts';

const WITH_SECRET_DEADLINE_MS = 5_000;

class Refusal extends Error {
  readonly code = '28P01';
}

export function withSecret(
  subject: Subject,
  { ask, refusals, fallback, signal }: Extract<ClientAct, { kind: 'withSecret' }>,
): void {
  const { controller, ...wait } = signalOf(signal);
  const key = keyOf(ask);
  const { waitBudgetMs } = subject.options;
  subject.hasInnerGets = true;
  const limitMs = 2 * waitBudgetMs + WITH_SECRET_DEADLINE_MS + 1;
  const operation = subject.begin('withSecret', [key], { controller, limitMs });
  // What the first `use` is given is the answer of a get.
  const first = subject.begin('get', [key], { controller, limitMs: waitBudgetMs, reason: operation.reason });
  const used: Secret[] = [];
  let last: Refusal | undefined;
  const use = (secret: Secret): Secret => {
    if (first.end === undefined) subject.finish(first, { secrets: [{ key, secret }] });
    demand(
      !used.some(({ versionId }) => versionId === secret.versionId),
      'use',
      'one version was used twice',
    );
    used.push(secret);
    // A refusal forces a refresh.
    subject.startGeneration(subject.aliasesOf(ask.id));
    demand(used.length <= (fallback ? 3 : 2), 'use', 'a secret was used too often');
    if (used.length > refusals) return secret;
    last = new Refusal('refused');
    throw last;
  };
  const options = { ...selector(ask), ...wait, fallbackToPrevious: fallback };
  subject.cache.withSecret(ask.id, use, options).then(
    () => subject.finish(operation, { secrets: [] }),
    (error: unknown) => {
      const isRefusal = error instanceof Refusal;
      demand(!isRefusal || error === last, 'use', 'the last refusal was not the one rethrown');
      if (first.end === undefined) subject.finish(first, { error });
      subject.finish(operation, isRefusal ? { secrets: [] } : { error });
    },
  );
}
