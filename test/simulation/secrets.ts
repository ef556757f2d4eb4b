/** The secrets of the model, with their whole past: every state they were in, and from when. */

import type { World } from './world.ts';

/** In every value, so that one byte of it found anywhere else is a leak. */
export const CANARY = 'cAnArY';

export interface Version {
  readonly id: string;
  /** `undefined` while it is only announced: a rotation names AWSPENDING before it puts the value. */
  readonly value: string | Uint8Array | undefined;
}

/** One secret at one moment; never changed, only followed by another. */
export interface SecretState {
  readonly arn: string;
  readonly name: string;
  readonly isDeleted: boolean;
  readonly versions: ReadonlyMap<string, Version>;
  readonly holderOf: ReadonlyMap<string, string>;
}

export class Secrets {
  readonly #world: World;
  readonly #past = new Map<string, { readonly fromMs: number; readonly state: SecretState | undefined }[]>();
  /** What every version holds, whatever became of it since. */
  readonly #contents = new Map<string, string>();
  #versions = 0;
  #incarnations = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The secret as of `atMs`: a replica may lag. */
  stateAt(name: string, atMs: number): SecretState | undefined {
    return this.#past.get(name)?.findLast(({ fromMs }) => fromMs <= atMs)?.state;
  }

  /** The secret that an id names, as the service reads ids. */
  find(id: string, atMs: number): SecretState | undefined {
    for (const name of this.#past.keys()) {
      const state = this.stateAt(name, atMs);
      if (state === undefined) continue;
      if (id === state.name || id === state.arn) return state;
      // An ARN that ends like a whole one is taken for one.
      if (!/-[A-Za-z0-9]{6}$/.test(id) && id.endsWith(`:secret:${name}`) && state.arn.startsWith(id))
        return state;
    }
    return undefined;
  }

  *living(atMs: number): Generator<SecretState> {
    for (const name of this.#past.keys()) {
      const state = this.stateAt(name, atMs);
      if (state !== undefined && !state.isDeleted) yield state;
    }
  }

  contentOf(arn: string, versionId: string): string | undefined {
    return this.#contents.get(`${arn} ${versionId}`);
  }

  // What happens to secrets. Each leaves alone what it doesn't apply to.

  create(name: string): void {
    if (this.#now(name) !== undefined) return;
    this.#incarnations += 1;
    const arn = arnOf(name, this.#incarnations);
    const state = { arn, name, isDeleted: false, versions: new Map(), holderOf: new Map() };
    this.#follow(name, this.#withVersion(state, ['AWSCURRENT'], true));
  }

  destroy(name: string): void {
    if (this.#now(name) !== undefined) this.#follow(name, undefined);
  }

  markDeleted(name: string, isDeleted: boolean): void {
    this.#change(name, (state) => ({ ...state, isDeleted }));
  }

  /** A new version becomes AWSCURRENT at once. */
  put(name: string): void {
    this.#change(name, (state) => promote(this.#withVersion(state, [], true), `v${this.#versions}`));
  }

  /** A rotation begins: AWSPENDING names a version that has no value yet. */
  announce(name: string): void {
    this.#change(name, (state) => this.#withVersion(state, ['AWSPENDING'], false));
  }

  /** The rotation puts the value. */
  fill(name: string): void {
    this.#change(name, (state) => {
      const id = state.holderOf.get('AWSPENDING');
      const pending = id === undefined ? undefined : state.versions.get(id);
      if (id === undefined || pending?.value !== undefined) return state;
      const value = this.#value(state.arn, id);
      return { ...state, versions: new Map(state.versions).set(id, { id, value }) };
    });
  }

  /** The rotation ends: AWSCURRENT moves. AWSPENDING may stay where it is. */
  finish(name: string, leavesPending: boolean): void {
    this.#change(name, (state) => {
      const id = state.holderOf.get('AWSPENDING');
      if (id === undefined || state.versions.get(id)?.value === undefined) return state;
      const next = promote(state, id);
      return leavesPending ? next : unlabelled(next, 'AWSPENDING');
    });
  }

  rollBack(name: string): void {
    this.#change(name, (state) => {
      const id = state.holderOf.get('AWSPREVIOUS');
      return id === undefined ? state : promote(state, id);
    });
  }

  /** Puts a label of the user's on the current version. */
  label(name: string, stage: string): void {
    this.#change(name, (state) => {
      const id = state.holderOf.get('AWSCURRENT');
      return id === undefined ? state : { ...state, holderOf: new Map(state.holderOf).set(stage, id) };
    });
  }

  unlabel(name: string, stage: string): void {
    this.#change(name, (state) => unlabelled(state, stage));
  }

  #withVersion(state: SecretState, stages: readonly string[], hasValue: boolean): SecretState {
    this.#versions += 1;
    const id = `v${this.#versions}`;
    const value = hasValue ? this.#value(state.arn, id) : undefined;
    const holderOf = new Map(state.holderOf);
    for (const stage of stages) holderOf.set(stage, id);
    return { ...state, versions: new Map(state.versions).set(id, { id, value }), holderOf };
  }

  #value(arn: string, versionId: string): string | Uint8Array {
    const text = JSON.stringify({ password: `${CANARY} ${arn.slice(-12)} ${versionId}` });
    this.#contents.set(`${arn} ${versionId}`, text);
    return this.#versions % 7 === 0 ? new TextEncoder().encode(text) : text;
  }

  #now(name: string): SecretState | undefined {
    return this.stateAt(name, this.#world.nowMs);
  }

  #change(name: string, change: (state: SecretState) => SecretState): void {
    const state = this.#now(name);
    if (state !== undefined) this.#follow(name, change(state));
  }

  #follow(name: string, state: SecretState | undefined): void {
    const past = this.#past.get(name) ?? [];
    past.push({ fromMs: this.#world.nowMs, state });
    this.#past.set(name, past);
  }
}

export function partialArnOf(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}`;
}

/** The ARN of the nth secret made in a run. */
export function arnOf(name: string, incarnation: number): string {
  return `${partialArnOf(name)}-${String(incarnation).padStart(6, 'A')}`;
}

/** AWSCURRENT moves to `id`, and AWSPREVIOUS to where it was. */
function promote(state: SecretState, id: string): SecretState {
  const before = state.holderOf.get('AWSCURRENT');
  const holderOf = new Map(state.holderOf).set('AWSCURRENT', id);
  if (before !== undefined && before !== id) holderOf.set('AWSPREVIOUS', before);
  return { ...state, holderOf };
}

function unlabelled(state: SecretState, stage: string): SecretState {
  const holderOf = new Map(state.holderOf);
  if (stage !== 'AWSCURRENT') holderOf.delete(stage);
  return { ...state, holderOf };
}
