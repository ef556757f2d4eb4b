// What a source case works with: a source, the store it reads from, and answers told in words that don't change from
// run to run: `a` for a secret's name, `v1` for the first version of it.

import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';

import * as sdk from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';

import { quote, SecretCacheError } from '../../src/errors.ts';
import type {
  SecretDescription,
  SecretRef,
  SecretSource,
  SecretVersion,
  SourceCall,
} from '../../src/source/secret-source.ts';
import type { LocalSecretsManager } from '../../src/testing/index.ts';
import type { SecretValue, Store } from './source-stores.ts';

/** In every value that is a text, and in nothing else: where it shows, a value leaked. */
const CANARY = 'hunter2';
export const ONE: string = `${CANARY} one`;
export const TWO: string = `${CANARY} two`;
export const THREE: string = `${CANARY} three`;

/** A version id that no secret has. */
export const NO_VERSION = '00000000-0000-4000-8000-000000000000';

export interface Created {
  /** Its name. */
  readonly id: string;
  readonly arn: string;
  /** Its ARN without the random suffix. */
  readonly partialArn: string;
  readonly versionId: string;
}

export interface BedParts {
  readonly source: SecretSource;
  readonly store: Store;
  readonly server?: LocalSecretsManager;
  readonly close?: () => Promise<void>;
}

/** One case's source and secrets. */
export class SourceBed {
  /** A case uses only methods that it names in `needs`. */
  readonly source: Required<SecretSource>;
  readonly #parts: BedParts;
  readonly #prefix = `source/${randomUUID().slice(0, 8)}`;
  readonly #arns = new Map<string, string>();
  readonly #ordinals = new Map<string, string>();

  constructor(parts: BedParts) {
    this.#parts = parts;
    this.source = parts.source as Required<SecretSource>;
  }

  /** For cases that need `control`: faults, gates, denials and the log of calls. */
  get server(): LocalSecretsManager {
    const { server } = this.#parts;
    if (server === undefined) throw new Error('a case that uses the server needs `control`');
    return server;
  }

  /** A name that no other case has. */
  id(name: string): string {
    return `${this.#prefix}/${name}`;
  }

  async create(name: string, value: SecretValue | undefined = ONE): Promise<Created> {
    const id = this.id(name);
    const { arn, versionId } = await this.#parts.store.create(id, value);
    this.#arns.set(id, arn);
    this.#ordinals.set(versionId, 'v1');
    return { id, arn, partialArn: arn.slice(0, -7), versionId };
  }

  /** A secret that has no value yet. */
  async createEmpty(name: string): Promise<string> {
    const id = this.id(name);
    this.#arns.set(id, (await this.#parts.store.create(id, undefined)).arn);
    return id;
  }

  /** `s00`, `s01`, ...: each one's value ends with its name. One by one, for moto fails writes that overlap. */
  async createMany(count: number): Promise<Created[]> {
    const created: Created[] = [];
    for (let place = 0; place < count; place += 1) {
      const name = `s${String(place).padStart(2, '0')}`;
      created.push(await this.create(name, `${CANARY} of ${name}`));
    }
    return created;
  }

  /** Adds `v2`, or whichever ordinal is given. Resolves to its id. */
  async put(name: string, value: SecretValue, labels?: readonly string[], ordinal = 'v2'): Promise<string> {
    const { versionId } = await this.#parts.store.put(this.id(name), value, labels);
    this.#ordinals.set(versionId, ordinal);
    return versionId;
  }

  promote(name: string, from: string, to: string): Promise<void> {
    return this.#parts.store.promote(this.id(name), { from, to });
  }

  /** `a` with one version that a stage move, not a PutSecretValue, made the current one. */
  async rotate(): Promise<Created & { readonly secondId: string }> {
    const created = await this.create('a');
    const secondId = await this.put('a', TWO, ['AWSPENDING']);
    await this.promote('a', created.versionId, secondId);
    return { ...created, secondId };
  }

  scheduleDeletion(name: string): Promise<void> {
    return this.#parts.store.scheduleDeletion(this.id(name));
  }

  destroy(name: string): Promise<void> {
    return this.#parts.store.destroy(this.id(name));
  }

  /** A load by nobody in particular, as `show` tells it. */
  async load(ref: SecretRef): Promise<unknown> {
    return this.show(await this.source.load(ref, new TestCall()));
  }

  /** The code that a load is refused with. */
  refusedLoad(ref: SecretRef): Promise<string> {
    return refusal(this.source.load(ref, new TestCall()), ref.secretId);
  }

  /** `[name, version, labels, value]` of a version, whose ARN and date are checked. */
  show({ arn, name, versionId, versionStages, createdDate, value }: SecretVersion): unknown {
    checkIdentity(arn, this.#arns.get(name), createdDate);
    return [this.#short(name), this.#ordinals.get(versionId), versionStages.toSorted(), value];
  }

  /** `[name, labels by version, whether it is scheduled for deletion]`. */
  showDescription({ arn, name, deletedDate, versionIdsToStages }: SecretDescription): unknown {
    checkIdentity(arn, this.#arns.get(name), deletedDate);
    const labels = [...versionIdsToStages].map(([id, stages]) => [this.#ordinals.get(id), stages.toSorted()]);
    return [this.#short(name), Object.fromEntries(labels), deletedDate !== undefined];
  }

  /** What each id of a batch got, in the order of asking: its value, its error's code, or `absent`. */
  async batch(secretIds: readonly string[], call: TestCall = new TestCall()): Promise<unknown[]> {
    const answers = await this.source.loadBatch(secretIds, call);
    checkAmong([...answers.keys()], secretIds);
    return secretIds.map((id) => {
      const answer = answers.get(id);
      if (answer === undefined) return 'absent';
      if (answer instanceof SecretCacheError) return checked(answer, id).code;
      this.show(answer);
      checkAmong([id], [answer.arn, answer.name, answer.arn.slice(0, -7)]);
      return answer.value;
    });
  }

  /** What a search by prefixes of names finds, sorted: a name, or a name and an error's code. */
  async search(prefixes: readonly string[], call: TestCall = new TestCall()): Promise<unknown[]> {
    const found: string[] = [];
    const filters = prefixes.map((prefix) => ({
      key: 'name' as const,
      values: [prefix.startsWith('!') ? `!${this.id(prefix.slice(1))}` : this.id(prefix)],
    }));
    for await (const item of this.source.search(filters, call)) {
      if (item instanceof SecretCacheError) {
        const { secretId = '', code } = item;
        checked(item, secretId);
        found.push(`${this.#short(secretId)}: ${code}`);
      } else {
        this.show(item);
        found.push(this.#short(item.name));
      }
    }
    return found.toSorted();
  }

  async close(): Promise<void> {
    this.#parts.store.close();
    await this.source.close?.();
    await this.#parts.close?.();
  }

  #short(name: string): string {
    return name.replace(`${this.#prefix}/`, '');
  }
}

/** A caller: its signal, and how often it was told that a request left. */
export class TestCall implements SourceCall {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal = this.#controller.signal;
  readonly onDispatch = (): void => {
    this.dispatches += 1;
  };
  dispatches = 0;

  /** A caller that has left already. */
  static gone(): TestCall {
    const call = new TestCall();
    call.abort();
    return call;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }
}

/** The code that a call is refused with, or `ok`; the error is one of ours, about this secret, and tells no value. */
export async function refusal(answer: Promise<unknown>, secretId?: string): Promise<string> {
  const error = await failureOf(answer);
  return error === undefined ? 'ok' : checked(error, secretId).code;
}

/** `[code, name, the SDK's export that is its class]` of an error and its cause. */
export function causeOf(error: unknown): unknown {
  const { code, cause } = checked(error);
  if (!(cause instanceof Error)) return [code, typeof cause];
  const exported = Object.entries(sdk).find(([, value]) => (value as unknown) === cause.constructor);
  return [code, cause.name, exported?.[0]];
}

/** What a promise is rejected with. */
export function failureOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function checkIdentity(arn: string, known: string | undefined, date: unknown): void {
  expect(arn).toBe(known);
  expect(date === undefined || date instanceof Date).toBe(true);
}

function checkAmong(texts: readonly string[], allowed: readonly string[]): void {
  for (const text of texts) expect(allowed).toContain(text);
}

function checked(error: unknown, secretId?: string): SecretCacheError {
  expect(error).toBeInstanceOf(SecretCacheError);
  const known = error as SecretCacheError;
  if (secretId !== undefined) {
    expect(known.secretId).toBe(secretId);
    expect(known.message).toContain(quote(secretId));
  }
  expect(inspect(known, { depth: 20, showHidden: true })).not.toContain(CANARY);
  return known;
}
