/** JSON out of a secret: never an error that quotes the text, never a key that can pollute a prototype. */

import type { StandardSchemaV1 } from '@standard-schema/spec';

import { shown } from './checks.ts';
import { quote, SecretCacheError } from './errors.ts';

const WHOLE = '(the whole secret)';
/** How many of a schema's complaints are looked into: more fit in no message. */
const MAX_ISSUES = 20;

/** Parses anew each time, so that one caller can't change another's object; `__proto__` keys are dropped at every depth. */
export function parseSecretJson(text: string, name: string): unknown {
  // A key can only be spelled out or hidden behind \u escapes: all other texts skip the slow reviver.
  const mayPollute = text.includes('__proto__') || text.includes('\\u');
  try {
    return JSON.parse(text, mayPollute ? dropProto : undefined);
  } catch {
    // V8's SyntaxError quotes the text around the fault, so it is dropped, not kept as a cause.
    throw new SecretCacheError(
      'ERR_SECRET_NOT_JSON',
      `Secret ${quote(name)} is not valid JSON: read it with text(), or store JSON in it.`,
      { secretId: name },
    );
  }
}

function dropProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

/** Runs a Standard Schema over a parsed secret; its error names the paths that failed and no value. */
export function validateSecret<S extends StandardSchemaV1>(
  schema: S,
  parsed: unknown,
  name: string,
): StandardSchemaV1.InferOutput<S> {
  if (!isSchema(schema)) throw new TypeError(`\`schema\` must be a Standard Schema, got ${shown(schema)}`);
  const result = runSchema(schema, parsed, name);
  if (isThenable(result)) {
    result.then(undefined, () => {});
    throw new TypeError('`schema` must validate synchronously: json() answers at once.');
  }
  if (result.issues === undefined) return result.value;
  // Only paths: a schema library's message may quote the value it refused.
  const paths = result.issues.slice(0, MAX_ISSUES).map((issue) => shownPath(schema, pathOf(issue)));
  throw new SecretCacheError(
    'ERR_SECRET_SCHEMA',
    `Secret ${quote(name)} does not match its schema at: ${quote([...new Set(paths)].join(', ') || WHOLE)}.`,
    { secretId: name },
  );
}

/** A schema that throws may quote the value in its error, which is therefore dropped. */
function runSchema(
  schema: StandardSchemaV1,
  parsed: unknown,
  name: string,
): ReturnType<StandardSchemaV1['~standard']['validate']> {
  try {
    return schema['~standard'].validate(parsed);
  } catch {
    throw new SecretCacheError('ERR_SECRET_SCHEMA', `The schema for secret ${quote(name)} threw an error.`, {
      secretId: name,
    });
  }
}

/**
 * A path as far as the schema itself asks for it, then `*`: a key that only the data has, as of a record, is a piece
 * of the secret. What a schema misses in an empty secret it can know from nowhere else.
 */
function shownPath(schema: StandardSchemaV1, path: readonly PropertyKey[]): string {
  const unasked = path.findIndex((_key, at) => !asksFor(schema, path.slice(0, at + 1)));
  if (unasked === -1) return path.map(String).join('.') || WHOLE;
  return [...path.slice(0, unasked).map(String), '*'].join('.');
}

/** Whether the schema misses the last key where there is nothing but the way to it. */
function asksFor(schema: StandardSchemaV1, path: readonly PropertyKey[]): boolean {
  const empty = path.slice(0, -1).reduceRight<object>((inner, key) => ({ [key]: inner }), {});
  try {
    const result = schema['~standard'].validate(empty);
    if (isThenable(result)) {
      result.then(undefined, () => {});
      return false;
    }
    return (result.issues ?? []).some((issue) => {
      const missed = pathOf(issue);
      return path.every((key, at) => missed[at] === key);
    });
  } catch {
    return false;
  }
}

/** A copy: some libraries' paths are arrays whose `map` adds to them. */
function pathOf({ path }: StandardSchemaV1.Issue): PropertyKey[] {
  return Array.from(path ?? [], (segment) => (typeof segment === 'object' ? segment.key : segment));
}

/** Not `instanceof Promise`: another realm's is none, and nor is a library's own. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Tells a schema from an options object; some schema libraries make theirs functions. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}
