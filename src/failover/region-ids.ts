/** Regions, their partitions, and ids: a replica has the ARN of its primary but for the Region, and the same name. */

import { quote, SecretCacheError } from '../errors.ts';
import type { SecretIdentity } from '../identity.ts';

const ARN = /^(arn:([^:]*):secretsmanager:)([^:]*)(:.*)$/s;

/** Partitions other than `aws`, by how the names of their Regions begin (AWS's endpoint rules). */
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

/** The partition that a Region's name tells. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/** The Regions of one failover, of one partition, the primary first. */
export class RegionIds {
  readonly primary: string;
  readonly #regions: readonly string[];
  readonly #partition: string;

  constructor(regions: readonly [string, ...string[]]) {
    [this.primary] = regions;
    this.#regions = regions;
    this.#partition = partitionOf(this.primary);
  }

  /** The error for an ARN that none of the Regions can answer. */
  refusal(secretId: string): SecretCacheError | undefined {
    const [, , partition = '', region = ''] = ARN.exec(secretId) ?? [];
    const isName = partition === '' && region === '';
    if (isName || (partition === this.#partition && this.#regions.includes(region))) return undefined;
    return new SecretCacheError(
      'ERR_SECRET_INVALID_REQUEST',
      `Cannot read secret ${quote(secretId)}: it is in Region ${quote(region)} of partition ${quote(partition)}, ` +
        `and this failover reads from ${this.#regions.join(', ')} of ${quote(this.#partition)}. ` +
        'Name that Region in `regions`, or read the secret through another cache.',
      { secretId },
    );
  }

  /** What to ask a Region by: the same name, or the ARN that the secret has there. */
  idIn(region: string, secretId: string): string {
    return secretId.replace(
      ARN,
      (_, head: string, _partition, _region, tail: string) => head + region + tail,
    );
  }

  /** A Region's error in the words of the caller, who may have asked by another Region's ARN. */
  inWordsOf(secretId: string | undefined, region: string, error: SecretCacheError): SecretCacheError {
    if (secretId === undefined || error.secretId === secretId) return error;
    const message = error.message.replaceAll(quote(this.idIn(region, secretId)), quote(secretId));
    return new SecretCacheError(error.code, message, { secretId, cause: error.cause });
  }

  /** A Region's answer under the ARN that the secret has in the primary. */
  asPrimary<Answer extends SecretIdentity>(answer: Answer): Answer {
    return { ...answer, arn: this.idIn(this.primary, answer.arn) };
  }

  /**
   * A Region's answer under the one ARN that all of them answer with, since an ARN that changes means a secret deleted
   * and made again: the primary's, or that of the Region that the caller's own ARN names.
   */
  asAsked<Answer extends SecretIdentity>(region: string, answer: Answer, secretId: string): Answer {
    const asked = ARN.exec(secretId)?.[3] ?? this.primary;
    if (asked === region || ARN.exec(answer.arn)?.[3] !== region) return answer;
    return { ...answer, arn: this.idIn(asked, answer.arn) };
  }
}
