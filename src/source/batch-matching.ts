/**
 * Which item of a batch's answer belongs to which asked id.
 *
 * The answer doesn't repeat the ids, and its order is not documented, so an item is matched by what it says of itself.
 * Whatever leaves a doubt is left out: that id is then asked singly, which costs a call, where a wrong match would
 * hand one secret out as another.
 */

import type { SecretCacheError } from '../errors.ts';
import { names, parseArn } from '../identity.ts';
import type { SecretVersion } from './secret-source.ts';

/** The random end of a whole ARN. */
const SUFFIX = /^-[A-Za-z0-9]{6}$/;
const ENDS_IN_SUFFIX = /-[A-Za-z0-9]{6}$/;

/** A per-item error and the id it was reported under: a name or an ARN, not always the one that was asked. */
export interface ItemError {
  readonly secretId: string;
  readonly toError: (askedId: string) => SecretCacheError;
}

/** The answer by asked id; ids without a certain one are absent. */
export function matchBatch(
  asked: readonly string[],
  versions: readonly SecretVersion[],
  errors: readonly ItemError[],
): Map<string, SecretVersion | SecretCacheError> {
  const current = versions.filter((version) => version.versionStages.includes('AWSCURRENT'));
  const failed = matchErrors(asked, errors);
  const arns = asked.filter((secretId) => parseArn(secretId) !== undefined);
  const answers = new Map<string, SecretVersion | SecretCacheError>();
  for (const secretId of asked) {
    const version = versionFor(secretId, current, arns);
    const error = failed.get(secretId)?.toError(secretId);
    const answer = version ?? error;
    const contradictory = version !== undefined && error !== undefined;
    if (answer !== undefined && !contradictory) answers.set(secretId, answer);
  }
  return answers;
}

function versionFor(
  secretId: string,
  versions: readonly SecretVersion[],
  arns: readonly string[],
): SecretVersion | undefined {
  const byArn = versions.filter((version) => version.arn === secretId);
  if (byArn.length > 0) return only(byArn);
  const byName = versions.filter((version) => version.name === secretId);
  if (byName.length > 0) return isAskedByOneOf(arns, byName) ? undefined : only(byName);
  // The service takes an ARN that ends like this for a whole one, whatever name is behind it.
  if (ENDS_IN_SUFFIX.test(secretId)) return undefined;
  return only(versions.filter((version) => names(secretId, version)));
}

/** Two accounts may each have a secret of this name: an item that an ARN asked for proves nothing about the name. */
function isAskedByOneOf(arns: readonly string[], versions: readonly SecretVersion[]): boolean {
  return arns.some((arn) => versions.some((version) => names(arn, version)));
}

/** The one version among copies of it; `undefined` if they differ. */
function only(versions: readonly SecretVersion[]): SecretVersion | undefined {
  const [first, ...others] = versions;
  if (first === undefined) return undefined;
  const agree = others.every(({ arn, versionId }) => arn === first.arn && versionId === first.versionId);
  return agree ? first : undefined;
}

/** By the asked text; failing that, by the only asked id that the reported one can stand for. */
function matchErrors(asked: readonly string[], errors: readonly ItemError[]): Map<string, ItemError> {
  const matched = new Map<string, ItemError>();
  for (const item of errors) if (asked.includes(item.secretId)) matched.set(item.secretId, item);
  for (const item of errors) {
    if (asked.includes(item.secretId)) continue;
    const [only, ...others] = asked.filter((id) => mayName(id, item.secretId) || mayName(item.secretId, id));
    if (only !== undefined && others.length === 0 && !matched.has(only)) matched.set(only, item);
  }
  return matched;
}

/** Whether `longer` is an ARN that `shorter`, a name or a partial ARN, may have: the name, and perhaps its suffix. */
function mayName(shorter: string, longer: string): boolean {
  const full = parseArn(longer);
  if (full === undefined) return false;
  const partial = parseArn(shorter);
  if (partial !== undefined && !longer.startsWith(shorter)) return false;
  const name = partial?.tail ?? shorter;
  return full.tail === name || (full.tail.startsWith(name) && SUFFIX.test(full.tail.slice(name.length)));
}
