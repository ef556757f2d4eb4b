// TagResource and UntagResource.

import { invalidParameter } from './errors.ts';
import { missing, SECRET_ID, type Input } from './input.ts';
import type { Tag } from './secret-state.ts';
import { authorize, findWritable, type Handler } from './service.ts';

/** Tags a secret can have (Secrets Manager quotas). */
const MAX_TAGS = 50;
const TAG_KEY = { min: 1, max: 128 };
const TAG_VALUE = { min: 0, max: 256 };

export const tagResource: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const added = readTags(input);
  if (added === undefined) throw missing('Tags');
  authorize(service, 'TagResource', secretId);
  const secret = findWritable(service, secretId);
  const addedKeys = new Set(added.map((tag) => tag.Key));
  const tags = [...(secret.tags ?? []).filter((tag) => !addedKeys.has(tag.Key)), ...added];
  checkCount(tags);
  service.store.save({ ...secret, tags, changedAtMs: service.nowMs() });
  return { body: {} };
};

export const untagResource: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const keys = input.texts('TagKeys', undefined, TAG_KEY);
  if (keys === undefined) throw missing('TagKeys');
  authorize(service, 'UntagResource', secretId);
  const secret = findWritable(service, secretId);
  const tags = secret.tags?.filter((tag) => !keys.includes(tag.Key));
  service.store.save({ ...secret, tags, changedAtMs: service.nowMs() });
  return { body: {} };
};

/** The request's Tags; undefined when it has none. */
export function readTags(input: Input): readonly Tag[] | undefined {
  const tags = input.items('Tags')?.map((tag) => ({
    Key: tag.requiredText('Key', TAG_KEY),
    Value: tag.text('Value', TAG_VALUE) ?? '',
  }));
  if (tags !== undefined) checkCount(tags);
  return tags;
}

function checkCount(tags: readonly Tag[]): void {
  if (tags.length > MAX_TAGS) throw invalidParameter(`A secret can have at most ${MAX_TAGS} tags.`);
}
