/** What a handler wants of one secret: which version, and in which form. */

import type { StandardSchemaV1 } from '@standard-schema/spec';

import { object, onlyKnown, text } from '../checks.ts';
import type { VersionSelector } from '../requests.ts';
import type { Secret } from '../secret.ts';

/** A secret, and what is made of it for `context.secrets`. */
export interface ContextSecret<T> {
  readonly secretId: string;
  /** Default AWSCURRENT. */
  readonly selector?: VersionSelector | undefined;
  /** Called once an invocation, so that none can change another's value. What it throws fails the invocation. */
  readonly read: (secret: Secret) => T;
}

/** By key of `context.secrets`. */
export type ContextSecrets = Readonly<Record<string, ContextSecret<unknown>>>;

/** The types in `context.secrets`. */
export type SecretsOf<Secrets extends ContextSecrets> = {
  [Key in keyof Secrets]: Secrets[Key] extends ContextSecret<infer T> ? T : never;
};

/** The parsed JSON of a secret, unless another form is asked for. */
export interface SecretChoice<T> extends ContextSecret<T> {
  /** The parsed JSON, validated and typed by a Standard Schema. */
  json<S extends StandardSchemaV1>(schema: S): ContextSecret<StandardSchemaV1.InferOutput<S>>;
  /** The text as it is. */
  text(): ContextSecret<string>;
  /** A copy of the bytes of a binary secret. */
  bytes(): ContextSecret<Uint8Array>;
  /** The `Secret` itself, with its version id and labels. */
  whole(): ContextSecret<Secret>;
}

/**
 * A secret for `secretsMiddleware`: `secret<Db>('prod/db')` is its JSON, taken for a `Db`; `.json(schema)` checks that,
 * `.text()`, `.bytes()` and `.whole()` are other forms. Throws `TypeError` or `RangeError` for bad input.
 */
export function secret<T = unknown>(secretId: string, selector?: VersionSelector): SecretChoice<T> {
  const wanted = { secretId: text('secretId', secretId, 2048), selector: readSelector(selector) };
  const as = <R>(read: (secret: Secret) => R): ContextSecret<R> => ({ ...wanted, read });
  return {
    ...as((secret) => secret.json<T>()),
    json: (schema) => as((secret) => secret.json(schema)),
    text: () => as((secret) => secret.text()),
    bytes: () => as((secret) => secret.bytes()),
    whole: () => as((secret) => secret),
  };
}

function readSelector(selector: VersionSelector | undefined): VersionSelector | undefined {
  if (selector === undefined) return undefined;
  object('the options of secret', selector);
  onlyKnown('option of secret', selector, ['versionStage', 'versionId']);
  const { versionStage, versionId } = selector;
  if (versionStage !== undefined) text('versionStage', versionStage, 256);
  if (versionId !== undefined) text('versionId', versionId, 64);
  return { versionStage, versionId };
}
