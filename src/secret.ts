/** One version of a secret as handed to a caller: immutable, and silent wherever objects get printed. */

import { inspect } from 'node:util';

import type { StandardSchemaV1 } from '@standard-schema/spec';

import { quote, SecretCacheError } from './errors.ts';
import { parseSecretJson, validateSecret } from './json.ts';
import type { SecretVersion } from './source/secret-source.ts';

/** The content itself, not a copy: for the library's own use. */
export let contentOf: (secret: Secret) => string | Uint8Array;

/** The same content under other labels. */
export let relabel: (secret: Secret, versionStages: readonly string[]) => Secret;

/** What nearly every secret held has: one array for all of them. */
const CURRENT_ALONE: readonly string[] = Object.freeze(['AWSCURRENT']);

/** A secret's value and what is public about it. Only `text`, `bytes` and `json` show the value. */
export class Secret {
  readonly arn: string;
  readonly name: string;
  readonly versionId: string;
  /** The staging labels that were last shown to point at this version. */
  readonly versionStages: readonly string[];
  readonly #createdAtMs: number | undefined;
  readonly #value: string | Uint8Array;

  constructor(version: SecretVersion) {
    this.arn = version.arn;
    this.name = version.name;
    this.versionId = version.versionId;
    this.versionStages = frozen(version.versionStages);
    this.#createdAtMs = version.createdDate?.getTime();
    this.#value = version.value;
    Object.freeze(this);
  }

  /** When the version was created, a copy each time; `undefined` when the source didn't say. */
  get createdDate(): Date | undefined {
    return this.#createdAtMs === undefined ? undefined : new Date(this.#createdAtMs);
  }

  /** The value of a text secret. Throws `ERR_SECRET_NOT_TEXT` when the secret is binary. */
  text(): string {
    if (typeof this.#value === 'string') return this.#value;
    throw new SecretCacheError(
      'ERR_SECRET_NOT_TEXT',
      `Secret ${quote(this.name)} is binary: read it with bytes().`,
      { secretId: this.name },
    );
  }

  /** A copy of the value of a binary secret. Throws `ERR_SECRET_NOT_BINARY` when the secret is text. */
  bytes(): Uint8Array {
    if (typeof this.#value !== 'string') return Uint8Array.from(this.#value);
    throw new SecretCacheError(
      'ERR_SECRET_NOT_BINARY',
      `Secret ${quote(this.name)} is text: read it with text().`,
      { secretId: this.name },
    );
  }

  /**
   * The value parsed as JSON, anew each time; with a Standard Schema, validated and typed by it.
   * Throws `ERR_SECRET_NOT_TEXT`, `ERR_SECRET_NOT_JSON` or `ERR_SECRET_SCHEMA`, and `TypeError` for a schema that
   * answers asynchronously. `__proto__` keys are left out.
   */
  json<T = unknown>(): T;
  json<S extends StandardSchemaV1>(schema: S): StandardSchemaV1.InferOutput<S>;
  json(schema?: StandardSchemaV1): unknown {
    const parsed = parseSecretJson(this.text(), this.name);
    return schema === undefined ? parsed : validateSecret(schema, parsed, this.name);
  }

  toString(): string {
    return `[Secret ${this.name}: call .text()]`;
  }

  toJSON(): string {
    return this.toString();
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Secret): string {
        return this.toString();
      },
    });
    contentOf = (secret) => secret.#value;
    relabel = (secret, versionStages) => {
      const { arn, name, versionId, createdDate } = secret;
      return new Secret({ arn, name, versionId, versionStages, createdDate, value: secret.#value });
    };
  }
}

function frozen(stages: readonly string[]): readonly string[] {
  return stages.length === 1 && stages[0] === CURRENT_ALONE[0] ? CURRENT_ALONE : Object.freeze([...stages]);
}
