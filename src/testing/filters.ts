// Filters of ListSecrets and BatchGetSecretValue, as the user guide's "Find secrets" page documents them.
//
// Filters are joined by AND; the values of one filter by OR; a value that begins with "!" matches the secrets that
// its rest doesn't. Name, tag-key, tag-value, primary-region and owning-service match case-sensitive prefixes,
// description a prefix in any case; "all" wants each word of the value to begin some word of some attribute.

import { validation } from './errors.ts';
import type { Input } from './input.ts';
import type { Home } from './secret-id.ts';
import { primaryRegionOf, type SecretState } from './secret-state.ts';

const KEYS = [
  'description',
  'name',
  'tag-key',
  'tag-value',
  'primary-region',
  'owning-service',
  'all',
] as const;

type FilterKey = (typeof KEYS)[number];

interface Filter {
  readonly key: FilterKey;
  readonly values: readonly string[];
}

export type SecretPredicate = (secret: SecretState) => boolean;

const FILTER_VALUE = /^!?[a-zA-Z0-9 :_@/+=.\-!]*$/u;

/** The request's Filters as one predicate; undefined when it has none. Throws ValidationException. */
export function readFilters(input: Input, home: Home): SecretPredicate | undefined {
  const filters = input.items('Filters')?.map((filter) => readFilter(filter));
  if (filters === undefined || filters.length === 0) return undefined;
  if (filters.length > 10) {
    throw validation(
      "Value at 'filters' failed to satisfy constraint: Member must have length less than or equal to 10",
    );
  }
  return (secret) => filters.every((filter) => matches(filter, secret, home));
}

function readFilter(filter: Input): Filter {
  const asked = filter.text('Key');
  const key = KEYS.find((known) => known === asked);
  if (key === undefined) {
    const enumeration = KEYS.join(', ');
    throw validation(
      `Value '${asked ?? ''}' at 'filters.key' failed to satisfy constraint: Member must satisfy enum value set: [${enumeration}]`,
    );
  }
  const values = filter.texts('Values', { min: 1, max: 10 }, { min: 0, max: 512 }) ?? [];
  if (values.length === 0) {
    throw validation("Value null at 'filters.values' failed to satisfy constraint: Member must not be null");
  }
  for (const value of values) {
    if (FILTER_VALUE.test(value)) continue;
    throw validation(
      `Value '${value}' at 'filters.values' failed to satisfy constraint: Member must satisfy regular expression pattern: ${FILTER_VALUE.source}`,
    );
  }
  return { key, values };
}

function matches(filter: Filter, secret: SecretState, home: Home): boolean {
  return filter.values.some((value) =>
    value.startsWith('!')
      ? !matchesValue(filter.key, value.slice(1), secret, home)
      : matchesValue(filter.key, value, secret, home),
  );
}

function matchesValue(key: FilterKey, value: string, secret: SecretState, home: Home): boolean {
  const tags = secret.tags ?? [];
  switch (key) {
    case 'name':
      return secret.name.startsWith(value);
    case 'description':
      return (
        (secret.description ?? '').toLowerCase().startsWith(value.toLowerCase()) &&
        secret.description !== undefined
      );
    case 'tag-key':
      return tags.some((tag) => tag.Key.startsWith(value));
    case 'tag-value':
      return tags.some((tag) => tag.Value.startsWith(value));
    case 'primary-region':
      return primaryRegionOf(secret, home)?.startsWith(value) === true;
    case 'owning-service':
      return secret.owningService?.startsWith(value) === true;
    case 'all':
      return matchesWords(value, secret);
  }
}

function matchesWords(value: string, secret: SecretState): boolean {
  const tags = secret.tags ?? [];
  const attributes = [secret.name, secret.description ?? '', ...tags.flatMap((tag) => [tag.Key, tag.Value])];
  const words = attributes.flatMap((attribute) => wordsOf(attribute));
  const wanted = wordsOf(value);
  return wanted.length > 0 && wanted.every((want) => words.some((word) => word.startsWith(want)));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== '');
}
