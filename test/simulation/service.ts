/**
 * Secrets Manager, as lean as can be: what each call is answered at one moment, by the replica that serves it.
 *
 * Nothing of `src/` is used here: what the service does is told from its documentation alone.
 */

import { Secrets, type SecretState, type Version } from './secrets.ts';
import type { Dice } from './dice.ts';
import * as faults from './faults.ts';
import type { Failure } from './faults.ts';
import type { Served } from './fate.ts';
import { Permissions, Quota, type Asker } from './policy.ts';
import type { Request, Show } from './requests.ts';
import type { World } from './world.ts';

/** An answer as the SDK gives it, and what the oracle is to learn from it. */
export type Answer =
  | {
      readonly output: object;
      readonly shows: readonly Show[];
      readonly failures?: ReadonlyMap<string, string>;
      readonly isOfDeleted?: boolean;
      readonly isPage?: boolean;
    }
  | { readonly failure: Failure };

/** One served call: the moment that its replica knows, how unusual the answer may be, in which Region, and who asks. */
export interface View extends Served, Asker {}

/** Further pages, by their token. */
interface Rest {
  readonly values: readonly Found[];
  readonly errors: readonly object[];
}

interface Found {
  readonly item: object;
  readonly show: Show;
}

export interface ServiceOptions {
  readonly batchPerSecond: number;
  /** Whether a batch that lists one secret twice is refused. */
  readonly refusesRepeats: boolean;
}

/** What a single read asks for. */
type Wanted = Pick<Request, 'ids' | 'stage' | 'versionId'>;

/** Secrets that no replica has. */
export type Unreplicated = readonly string[];

export class Service {
  readonly secrets: Secrets;
  readonly permissions: Permissions = new Permissions();
  readonly #world: World;
  readonly #dice: Dice;
  readonly #options: ServiceOptions;
  readonly #unreplicated: Unreplicated;
  readonly #batchQuotas = new Map<number, Quota>();
  readonly #pages = new Map<string, Rest>();

  constructor(world: World, dice: Dice, options: ServiceOptions, unreplicated: Unreplicated = []) {
    this.#world = world;
    this.#dice = dice;
    this.#options = options;
    this.#unreplicated = unreplicated;
    this.secrets = new Secrets(world);
  }

  read({ ids: [id = ''], stage, versionId }: Wanted, view: View): Answer {
    const state = this.#find(id, view);
    const found = this.#version(id, state, stage, versionId, view);
    if ('failure' in found) return found;
    const { item, show } = found;
    return { output: item, shows: [show] };
  }

  describe({ ids: [id = ''] }: Pick<Request, 'ids'>, view: View): Answer {
    const { oddRate } = view;
    const state = this.#find(id, view);
    if (this.permissions.denies('DescribeSecret', view, state?.name ?? id))
      return { failure: faults.denied('DescribeSecret') };
    if (state === undefined) return { failure: faults.notFound() };
    const stagesOf = new Map<string, string[]>();
    const isOdd = this.#dice.chance(oddRate);
    const oddity = isOdd ? this.#dice.pick(['no current', 'two holders'] as const) : undefined;
    for (const [stage, versionId] of state.holderOf) {
      if (oddity === 'no current' && stage === 'AWSCURRENT') continue;
      stagesOf.set(versionId, [...(stagesOf.get(versionId) ?? []), stage]);
    }
    const previous = state.holderOf.get('AWSPREVIOUS');
    if (oddity === 'two holders' && previous !== undefined && state.holderOf.get('AWSCURRENT') !== previous)
      stagesOf.set(previous, [...(stagesOf.get(previous) ?? []), 'AWSCURRENT']);
    const { arn, name, isDeleted } = state;
    return {
      output: {
        ARN: arn,
        Name: name,
        ...(isDeleted && { DeletedDate: new Date(this.#world.nowMs) }),
        ...(stagesOf.size > 0 && { VersionIdsToStages: Object.fromEntries(stagesOf) }),
      },
      shows: [...stagesOf].map(([versionId, stages]) => ({ arn, name, versionId, stages })),
      isOfDeleted: isDeleted,
    };
  }

  batch(request: Request, nextToken: string | undefined, view: View): Answer {
    if (this.permissions.denies('BatchGetSecretValue', view))
      return { failure: faults.denied('BatchGetSecretValue') };
    if (!this.#batchQuota(view.region).take(this.#world.nowMs)) return { failure: faults.fault('throttled') };
    if (nextToken !== undefined) return this.#nextPage(nextToken, view);
    const states = request.ids.map((id) => this.#find(id, view));
    const known = states.filter((state) => state !== undefined);
    if (this.#options.refusesRepeats && new Set(known.map(({ arn }) => arn)).size < known.length)
      return { failure: faults.repeated() };
    const values = new Map<string, Found>();
    const errors: object[] = [];
    for (const id of request.ids) {
      const state = this.#find(id, view);
      // A batch can't name a label, so a policy that asks for one refuses its items.
      const found = this.#version(id, state, undefined, undefined, view);
      if ('failure' in found) {
        const { name, message } = found.failure.error;
        errors.push({ SecretId: id, ErrorCode: name, Message: message });
      } else if (!this.#dice.chance(view.oddRate)) {
        values.set(found.show.arn, found);
      }
    }
    return this.#page({ values: this.#dice.shuffle([...values.values()]), errors }, view);
  }

  search(nextToken: string | undefined, view: View): Answer {
    if (this.permissions.denies('BatchGetSecretValue', view))
      return { failure: faults.denied('BatchGetSecretValue') };
    if (nextToken !== undefined) return this.#nextPage(nextToken, view);
    const values: Found[] = [];
    for (const state of this.secrets.living(view.atMs)) {
      if (!this.#isIn(state, view)) continue;
      const found = this.#version(state.name, state, undefined, undefined, view);
      if (!('failure' in found)) values.push(found);
    }
    return this.#page({ values, errors: [] }, view);
  }

  #version(
    id: string,
    state: SecretState | undefined,
    stage: string | undefined,
    versionId: string | undefined,
    view: View,
  ): Found | { failure: Failure } {
    // IAM is judged before existence.
    if (this.permissions.denies('GetSecretValue', view, state?.name ?? id, stage))
      return { failure: faults.denied('GetSecretValue') };
    if (state === undefined) return { failure: faults.notFound() };
    if (state.isDeleted) return { failure: faults.deleted() };
    const wanted = stage ?? (versionId === undefined ? 'AWSCURRENT' : undefined);
    const holder = wanted === undefined ? undefined : state.holderOf.get(wanted);
    if (versionId !== undefined && state.versions.get(versionId)?.value === undefined)
      return { failure: faults.noSuchVersion(versionId) };
    if (versionId !== undefined && wanted !== undefined && holder !== versionId)
      return { failure: faults.mismatch() };
    const version = state.versions.get(versionId ?? holder ?? '');
    if (version?.value === undefined) return { failure: faults.noSuchStage(wanted ?? '') };
    if (this.permissions.denies('kms', view, state.name))
      return { failure: faults.undecryptable(view.atMs % 2 === 0) };
    return found(state, version);
  }

  /** The secret as the Region of the call knows it. */
  #find(id: string, view: View): SecretState | undefined {
    const state = this.secrets.find(id, view.atMs);
    return state !== undefined && this.#isIn(state, view) ? state : undefined;
  }

  #isIn({ name }: SecretState, { region }: View): boolean {
    return region === 0 || !this.#unreplicated.includes(name);
  }

  #batchQuota(region: number): Quota {
    const quota = this.#batchQuotas.get(region) ?? new Quota(this.#options.batchPerSecond);
    this.#batchQuotas.set(region, quota);
    return quota;
  }

  #nextPage(token: string, view: View): Answer {
    const rest = this.#pages.get(token);
    this.#pages.delete(token);
    if (rest === undefined || this.#dice.chance(view.oddRate / 3)) return { failure: faults.expiredPages() };
    return { ...this.#page(rest, view), isPage: true };
  }

  /** All of it, or now and then a part and a token for the rest; a part may be empty. */
  #page({ values, errors }: Rest, view: View): Answer & { output: object } {
    const size = this.#dice.chance(view.oddRate) ? this.#dice.int(0, values.length) : values.length;
    const isWhole = size === values.length;
    const here = values.slice(0, size);
    const token = `page-${this.#world.ticks}`;
    if (!isWhole) this.#pages.set(token, { values: values.slice(size), errors });
    const failures = isWhole ? errors.map(codeOfItem) : [];
    return {
      output: {
        SecretValues: here.map(({ item }) => item),
        Errors: isWhole ? errors : [],
        ...(!isWhole && { NextToken: token }),
      },
      shows: here.map(({ show }) => show),
      failures: new Map(failures),
      isPage: !isWhole,
    };
  }
}

function found(state: SecretState, { id, value }: Version): Found {
  const { arn, name } = state;
  const stages = [...state.holderOf].filter(([, holder]) => holder === id).map(([stage]) => stage);
  const item = {
    ARN: arn,
    Name: name,
    VersionId: id,
    VersionStages: stages,
    ...(typeof value === 'string' ? { SecretString: value } : { SecretBinary: value }),
  };
  return { item, show: { arn, name, versionId: id, stages } };
}

/** The code of ours that a per-item error stands for. */
function codeOfItem(item: object): [string, string] {
  const { SecretId, ErrorCode, Message } = item as { SecretId: string; ErrorCode: string; Message: string };
  if (ErrorCode === 'ResourceNotFoundException') return [SecretId, 'ERR_SECRET_NOT_FOUND'];
  if (ErrorCode === 'DecryptionFailure' || Message.includes('KMS'))
    return [SecretId, 'ERR_SECRET_DECRYPTION'];
  if (ErrorCode === 'AccessDeniedException') return [SecretId, 'ERR_SECRET_ACCESS_DENIED'];
  if (Message.includes('marked for deletion')) return [SecretId, 'ERR_SECRET_DELETED'];
  return [SecretId, 'ERR_SECRET_INVALID_REQUEST'];
}
