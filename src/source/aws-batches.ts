/** BatchGetSecretValue in its two forms: for a list of ids, and for filters. */

import type { SecretCacheError } from '../errors.ts';
import { fieldsOf, isText, malformed, readVersion } from './aws-answers.ts';
import { wrongRegion } from './aws-region.ts';
import type { AwsRequests } from './aws-requests.ts';
import { readItemError } from './batch-item-error.ts';
import { type ItemError, matchBatch } from './batch-matching.ts';
import { type BatchPage, batchPages } from './batch-pages.ts';
import type { Connection } from './lazy-client.ts';
import type { Filter, SecretVersion, SourceCall } from './secret-source.ts';
import { withoutThrottlingRetry } from './unretried-throttling.ts';

/** A version, or why this one secret can't be had. */
export type BatchAnswer = SecretVersion | SecretCacheError;

/** Pages for at most 20 ids. What is still missing then is asked singly. */
const MAX_BATCH_PAGES = 25;
/** Pages of one search, each of at most 20 secrets. */
const MAX_SEARCH_PAGES = 1_000;
const SEARCH_PAGE_SIZE = 20;

/** What a batch says of each id with certainty; an id of another Region is refused alone. */
export async function loadBatch(
  requests: AwsRequests,
  secretIds: readonly string[],
  call: SourceCall,
): Promise<Map<string, BatchAnswer>> {
  const connection = await requests.connect(call);
  const answers = new Map<string, BatchAnswer>();
  const here: string[] = [];
  for (const secretId of secretIds) {
    const refusal = await wrongRegion(secretId, connection, call);
    if (refusal === undefined) here.push(secretId);
    else answers.set(secretId, refusal);
  }
  if (here.length === 0) return answers;

  const { BatchGetSecretValueCommand } = connection.sdk;
  const ask = (NextToken: string | undefined): Promise<unknown> => {
    const input = { SecretIdList: here, ...(NextToken !== undefined && { NextToken }) };
    const command = (): object => withoutThrottlingRetry(new BatchGetSecretValueCommand(input));
    // Later pages don't count as the start: no item may pass for younger than it is.
    return requests.ask(connection, command, NextToken === undefined ? call : unannounced(call));
  };
  const versions: SecretVersion[] = [];
  const errors: ItemError[] = [];
  for await (const page of batchPages(ask, MAX_BATCH_PAGES)) {
    if (page.isFirst) versions.length = errors.length = 0;
    versions.push(...page.values.map(readVersion).filter((version) => version !== undefined));
    errors.push(...errorsOf(page, connection));
  }
  for (const [secretId, answer] of matchBatch(here, versions, errors)) answers.set(secretId, answer);
  return answers;
}

/** Everything the filters match. After an expired token the pages start over, and what was found is found again. */
export async function* search(
  requests: AwsRequests,
  filters: readonly Filter[],
  call: SourceCall,
): AsyncGenerator<BatchAnswer, void, undefined> {
  const connection = await requests.connect(call);
  const { BatchGetSecretValueCommand } = connection.sdk;
  const Filters = filters.map(({ key, values }) => ({ Key: key, Values: [...values] }));
  const firstInput = { Filters, MaxResults: SEARCH_PAGE_SIZE };
  const ask = (NextToken: string | undefined): Promise<unknown> => {
    const input = { ...firstInput, ...(NextToken !== undefined && { NextToken }) };
    return requests.ask(connection, () => new BatchGetSecretValueCommand(input), call);
  };
  let isComplete = false;
  for await (const page of batchPages(ask, MAX_SEARCH_PAGES)) {
    yield* page.values.map(readFound);
    yield* errorsOf(page, connection).map(({ secretId, toError }) => toError(secretId));
    isComplete = page.isLast;
  }
  if (!isComplete) throw malformed(undefined, `has more than ${MAX_SEARCH_PAGES} pages`);
}

function unannounced({ signal }: SourceCall): SourceCall {
  return { signal, onDispatch: () => {} };
}

function errorsOf(page: BatchPage, { sdk }: Connection): ItemError[] {
  return page.errors
    .map((item) => readItemError(item, page.metadata, sdk))
    .filter((item) => item !== undefined);
}

/** An item of a search; one that can't be used is reported under its own name. */
function readFound(item: unknown): BatchAnswer {
  const version = readVersion(item);
  if (version?.versionStages.includes('AWSCURRENT')) return version;
  const { Name, ARN } = fieldsOf<{ Name: unknown; ARN: unknown }>(item);
  const why = version === undefined ? 'is incomplete' : 'is not its current version';
  return malformed([Name, ARN].find(isText), why);
}
