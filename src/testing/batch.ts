// BatchGetSecretValue: many current values in one call, each id with its own outcome.

import type { LoggedItem } from './call-log.ts';
import {
  invalidParameter,
  markedForDeletion,
  secretNotFound,
  ServiceError,
  stageNotFound,
  validation,
} from './errors.ts';
import { readFilters, type SecretPredicate } from './filters.ts';
import { SECRET_ID, type Input } from './input.ts';
import { pageOf, type Page } from './paging.ts';
import { readValue } from './read-value.ts';
import { AWSCURRENT } from './secret-state.ts';
import {
  isForeign,
  type Answer,
  type Body,
  type Handler,
  type HandlerCall,
  type Service,
} from './service.ts';

const OPERATION = 'BatchGetSecretValue';
const MAX_IDS = 20;

/** One secret of the batch: what it is found by, and what an error calls it. */
interface Wanted {
  readonly secretId: string;
  readonly shownId: string;
}

export const batchGetSecretValue: Handler = (service, input, call) => {
  const ids = input.texts('SecretIdList', undefined, SECRET_ID);
  const filter = readFilters(input, service.home);
  const maxResults = input.integer('MaxResults', { min: 1, max: MAX_IDS });
  if ((ids === undefined) === (filter === undefined)) {
    throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  }
  if (maxResults !== undefined && filter === undefined) {
    throw invalidParameter(
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    );
  }
  if (ids !== undefined) checkListLength(service, ids);
  service.policy.check({ action: OPERATION });
  const page =
    filter === undefined ? pageOfIds(service, input, ids ?? []) : pageOfMatches(service, input, filter);
  return answerPage(service, call, page);
};

function checkListLength(service: Service, ids: readonly string[]): void {
  if (ids.length >= 1 && ids.length <= MAX_IDS) return;
  const bound = ids.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MAX_IDS}`;
  const refusal = validation(
    `Value '[${ids.join(', ')}]' at 'secretIdList' failed to satisfy constraint: Member must have length ${bound}`,
  );
  throw new ServiceError(service.switches.batchListLength, refusal.message);
}

function pageOfIds(service: Service, input: Input, ids: readonly string[]): Page<Wanted> {
  const { batchForeignArn, batchPagesIdLists, batchPageSize, batchEmptyPages } = service.switches;
  const wanted = withoutRepeats(service, ids).map((secretId) => ({ secretId, shownId: secretId }));
  checkEndpoint(service, wanted);
  for (const { secretId } of wanted) {
    if (batchForeignArn !== 'whole' || !isForeignQuietly(service, secretId)) continue;
    throw service.policy.foreign({ action: 'GetSecretValue', resource: secretId });
  }
  return pageOf(wanted, input, {
    operation: OPERATION,
    size: batchPagesIdLists ? clampSize(batchPageSize) : MAX_IDS,
    emptyPages: batchPagesIdLists && batchEmptyPages,
  });
}

function pageOfMatches(service: Service, input: Input, filter: SecretPredicate): Page<Wanted> {
  service.policy.check({ action: 'ListSecrets' });
  const wanted = service.lag
    .all()
    .filter((secret) => secret.deletionAtMs === undefined && filter(secret))
    .map((secret) => ({ secretId: secret.arn, shownId: secret.name }));
  const asked = input.integer('MaxResults') ?? MAX_IDS;
  const page = pageOf(wanted, input, {
    operation: OPERATION,
    size: Math.min(asked, clampSize(service.switches.batchPageSize)),
    emptyPages: service.switches.batchEmptyPages,
  });
  checkEndpoint(service, page.items);
  return page;
}

/** AWS: a VPC endpoint policy that denies one secret of the group fails the call, and no value is returned. */
function checkEndpoint(service: Service, wanted: readonly Wanted[]): void {
  for (const { secretId } of wanted) {
    const resource = keyOf(service, secretId);
    service.policy.checkEndpoint({ action: 'GetSecretValue', secretId, resource });
  }
}

function withoutRepeats(service: Service, ids: readonly string[]): readonly string[] {
  const { duplicateIds, aliasesAreDuplicates } = service.switches;
  if (duplicateIds === 'repeat') return ids;
  const seen = new Map<string, string>();
  for (const id of ids) {
    const key = aliasesAreDuplicates ? keyOf(service, id) : id;
    if (seen.has(key) && duplicateIds === 'reject') {
      throw invalidParameter('The SecretIdList contains the same secret more than once.');
    }
    if (!seen.has(key)) seen.set(key, id);
  }
  return [...seen.values()];
}

function answerPage(service: Service, call: HandlerCall, page: Page<Wanted>): Answer {
  const values: Body[] = [];
  const errors: Body[] = [];
  const items: LoggedItem[] = [];
  for (const wanted of page.items) {
    const fault = call.itemFault(wanted.secretId);
    if (fault?.kind === 'batch-item-omitted') continue;
    const outcome =
      fault === undefined
        ? readItem(service, wanted)
        : new ServiceError(fault.code, fault.message ?? 'Injected by the test.');
    if (outcome instanceof ServiceError) {
      errors.push({
        SecretId: errorId(service, wanted, outcome),
        ErrorCode: outcome.code,
        Message: outcome.message,
      });
    } else values.push(outcome);
    items.push({ secretId: wanted.shownId, outcome: outcome instanceof ServiceError ? outcome.code : 'ok' });
  }
  if (service.switches.batchOrder === 'reversed') values.reverse();
  return { body: { SecretValues: values, Errors: errors, NextToken: page.nextToken }, items };
}

function readItem(service: Service, { secretId }: Wanted): Body | ServiceError {
  try {
    const ignoreStageCondition = service.switches.batchVersionStageCondition === 'ignore';
    return readValue(service, { secretId, ignoreStageCondition });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return switchedError(service, error);
  }
}

/** The codes of items that exist and still have no value to give are among the open questions. */
function switchedError(service: Service, error: ServiceError): ServiceError {
  const { deletedBatchItem, valuelessBatchItem } = service.switches;
  if (error.message === markedForDeletion().message) {
    return deletedBatchItem === 'ResourceNotFoundException' ? secretNotFound() : error;
  }
  const valueless = error.message === stageNotFound(AWSCURRENT).message;
  return valueless ? new ServiceError(valuelessBatchItem, error.message) : error;
}

function errorId(service: Service, { secretId, shownId }: Wanted, error: ServiceError): string {
  if (error.code !== 'AccessDeniedException' || service.switches.deniedBatchErrorId === 'asked')
    return shownId;
  return keyOf(service, secretId);
}

/** The ARN of the secret an id names, or the id itself; ill-formed ids are told apart later, item by item. */
function keyOf(service: Service, secretId: string): string {
  try {
    return service.store.find(secretId)?.arn ?? secretId;
  } catch {
    return secretId;
  }
}

function isForeignQuietly(service: Service, secretId: string): boolean {
  try {
    return isForeign(service, secretId);
  } catch {
    return false;
  }
}

function clampSize(size: number): number {
  return Math.min(MAX_IDS, Math.max(1, Math.trunc(size)));
}
