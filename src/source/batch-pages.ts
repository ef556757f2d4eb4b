/** Follows NextToken through the pages of BatchGetSecretValue: pages may be empty, and tokens expire. */

import { fieldsOf, isText } from './aws-answers.ts';
import { hasName } from './aws-errors.ts';

/** One page, its lists present but their items unchecked. */
export interface BatchPage {
  readonly values: readonly unknown[];
  readonly errors: readonly unknown[];
  readonly metadata: unknown;
  /** The first page, or the first again after a token expired: what came before is to be forgotten. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

interface RawPage {
  SecretValues?: unknown;
  Errors?: unknown;
  NextToken?: unknown;
  $metadata?: unknown;
}

/**
 * Every page that `ask` answers, at most `maxPages` requests in all. An expired token starts over, once. Where the
 * bound ends it, no page was the last.
 */
export async function* batchPages(
  ask: (nextToken: string | undefined) => Promise<unknown>,
  maxPages: number,
): AsyncGenerator<BatchPage, void, undefined> {
  let nextToken: string | undefined;
  let startedOver = false;
  for (let requests = 0; requests < maxPages; requests += 1) {
    let answer: RawPage;
    try {
      answer = fieldsOf<RawPage>(await ask(nextToken));
    } catch (error) {
      const expired = nextToken !== undefined && hasName(error, 'InvalidNextTokenException');
      if (!expired || startedOver) throw error;
      startedOver = true;
      nextToken = undefined;
      continue;
    }
    const isFirst = nextToken === undefined;
    nextToken = isText(answer.NextToken) ? answer.NextToken : undefined;
    yield {
      values: listOf(answer.SecretValues),
      errors: listOf(answer.Errors),
      metadata: answer.$metadata,
      isFirst,
      isLast: nextToken === undefined,
    };
    if (nextToken === undefined) return;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
