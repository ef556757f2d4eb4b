/** JSON out of a secret: never an error that quotes the text, never a key that can pollute a prototype. */

import type { StandardSchemaV1 } from '@standard-schema/spec';

import { shown } from './checks.ts';
import { quote, SecretCacheError } from './errors.ts';

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
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TypeError('`schema` must validate synchronously: json() answers at once.');
  }
  if (result.issues === undefined) return result.value;
  // Only paths: a schema library's message may quote the value it refused.
  const paths = result.issues.map(({ path }) => (path ?? []).map(pathKey).join('.') || '(the whole secret)');
  throw new SecretCacheError(
    'ERR_SECRET_SCHEMA',
    `Secret ${quote(name)} does not match its schema at: ${quote([...new Set(paths)].join(', '))}.`,
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

function pathKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}

/** Tells a schema from an options object; some schema libraries make theirs functions. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}
