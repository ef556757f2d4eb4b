// What a SecretId can be: a name, a full ARN, or a partial ARN without its random suffix.

import { randomInt } from 'node:crypto';

import { invalidName } from './errors.ts';

/** Where a server stands: the partition, Region and account in every ARN it makes. */
export interface Home {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export type SecretId =
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'arn';
      readonly home: Home;
      /** Name, and the suffix when the ARN is complete. */
      readonly resource: string;
    };

const NAME = /^[A-Za-z0-9/_+=.@!-]+$/u;
const ARN =
  /^arn:(?<partition>[a-z0-9-]+):secretsmanager:(?<region>[a-z0-9-]+):(?<account>\d{12}):secret:(?<resource>.+)$/u;
const SUFFIX = /-[A-Za-z0-9]{6}$/u;
const SUFFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The partition of a Region, by its prefix. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/** The service validates names in every operation, reads too. Throws the recorded ValidationException. */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw invalidName();
}

export function parseSecretId(secretId: string): SecretId {
  const parts = ARN.exec(secretId)?.groups;
  if (parts === undefined) {
    checkName(secretId);
    return { kind: 'name', name: secretId };
  }
  const { partition = '', region = '', account = '', resource = '' } = parts;
  checkName(resource);
  return { kind: 'arn', home: { partition, region, account }, resource };
}

/**
 * The name that a partial ARN means, or undefined when its end looks like a suffix. The service takes hyphen and
 * six characters for the suffix, always: a partial ARN of a name that ends so finds nothing.
 */
export function partialArnName(resource: string): string | undefined {
  return SUFFIX.test(resource) ? undefined : resource;
}

/** A new secret's ARN, with a random suffix: a secret deleted and created again gets another one. */
export function newArn(home: Home, name: string): string {
  let suffix = '';
  for (let length = 0; length < 6; length += 1)
    suffix += SUFFIX_ALPHABET.charAt(randomInt(SUFFIX_ALPHABET.length));
  return `arn:${home.partition}:secretsmanager:${home.region}:${home.account}:secret:${name}-${suffix}`;
}
