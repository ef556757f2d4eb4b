/** What an error of one Region means for the call: another Region is asked, or the caller is told. */

import { failureKind, freshError, SecretCacheError, subjectOf } from '../errors.ts';
import type { Region } from './region.ts';

/** A Region that could not answer, and why. */
export interface RegionFailure {
  readonly region: Region;
  readonly error: SecretCacheError;
}

/**
 * Whether the error is the answer to the call.
 *
 * What may pass by itself moves on. A denial is believed from the primary alone: a secret may not be replicated to every
 * Region, a policy may name Regions, and what is told as a denial makes a cache drop what it holds.
 */
export function isAnswer(region: Region, error: SecretCacheError): boolean {
  if (error.code === 'ERR_CACHE_CLOSED') return true;
  return failureKind(error) !== 'transient' && region.isPrimary;
}

/**
 * The same for a batch as a whole: what isn't an outage may be the batch's own, in any Region, and then each secret is
 * asked for singly.
 */
export function isBatchAnswer(_region: Region, error: SecretCacheError): boolean {
  return failureKind(error) !== 'transient' || error.code === 'ERR_SECRET_THROTTLED';
}

/** Its answer puts a label elsewhere than the primary has just shown it. */
export function behind(region: Region, secretId: string | undefined): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_UNAVAILABLE',
    `What ${region.name} has of ${subjectOf(secretId)} is behind what the primary showed last.`,
    { secretId },
  );
}

/** What a replica refuses is not settled by that. */
export function unsettled(region: Region, { code, secretId }: SecretCacheError): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_UNAVAILABLE',
    `The replica of ${subjectOf(secretId)} in ${region.name} can't be read (${code}): the primary was not asked.`,
    { secretId },
  );
}

/**
 * The error when every Region has failed. Its code is that of the primary, which has failed in passing: else its denial
 * would have been the answer.
 */
export function nowhere(secretId: string | undefined, failures: readonly RegionFailure[]): SecretCacheError {
  const [only, ...others] = failures;
  const main = failures.find(({ region }) => region.isPrimary) ?? only;
  if (main === undefined) throw new Error('unreachable: there is at least one Region');
  if (others.length === 0) return freshError(main.error);
  const told = failures.map(({ region, error }) => `${region.name}: ${error.code}`).join(', ');
  const subject = subjectOf(secretId);
  return new SecretCacheError(
    main.error.code,
    `Cannot read ${subject} in any Region (${told}): see that one of them can be reached, and that it is replicated there.`,
    { secretId, cause: main.error.cause },
  );
}
