/**
 * What a client's writes mean for the cache beside it.
 *
 *     get      ●──── asked before the write ──── v1 ──>  its own answer, not kept
 *     write         ●──── carried out ────●
 *                                         └ invalidate: no answer to what left before this is kept
 *
 * After the write's answer and not before: an invalidation before would only make room for the old value, which the
 * service gives until the write is carried out.
 */

import type {
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
} from '@aws-sdk/client-secrets-manager';

import type { SecretCache } from '../secret-cache.ts';

/** The members of a command's input or output, unchecked. */
export type Fields = Readonly<Record<string, unknown>>;

const CURRENT = 'AWSCURRENT';
/** Writes that no read has followed yet: more than a program has. */
const MAX_UNSEEN = 100;

/**
 * The commands after which GetSecretValue may answer otherwise, and which version each has made AWSCURRENT, if it tells.
 * A resource policy is one: what may no longer be read must not be answered. Tags, replicas in other Regions and the
 * schedule of rotations change no answer.
 */
const CHANGES: Readonly<Record<string, (input: Fields, output: Fields) => unknown>> = {
  CreateSecretCommand: (_input, { VersionId }) => VersionId,
  DeleteResourcePolicyCommand: () => undefined,
  DeleteSecretCommand: () => undefined,
  PutResourcePolicyCommand: () => undefined,
  PutSecretValueCommand: (_input, { VersionStages, VersionId }) =>
    Array.isArray(VersionStages) && VersionStages.includes(CURRENT) ? VersionId : undefined,
  RestoreSecretCommand: () => undefined,
  UpdateSecretCommand: (_input, { VersionId }) => VersionId,
  UpdateSecretVersionStageCommand: ({ VersionStage, MoveToVersionId }) =>
    VersionStage === CURRENT ? MoveToVersionId : undefined,
};

export class Writes {
  readonly #cache: Pick<SecretCache, 'invalidate' | 'notify'>;
  #count = 0;
  /** By ARN: the version that a write has made AWSCURRENT, until a read that began later shows what AWSCURRENT is. */
  readonly #unseen = new Map<string, { readonly versionId: string; readonly number: number }>();

  constructor(cache: Pick<SecretCache, 'invalidate' | 'notify'>) {
    this.#cache = cache;
  }

  /** How many there were: what a read began after. */
  get count(): number {
    return this.#count;
  }

  /** Sends a command, and tells the cache what it has changed or may have. */
  async follow<T extends { readonly output: object }>(
    commandName: string,
    input: Fields,
    send: () => Promise<T>,
  ): Promise<T> {
    const movedTo = CHANGES[commandName];
    if (movedTo === undefined && commandName !== 'RotateSecretCommand') return send();
    let result: T;
    try {
      result = await send();
    } catch (error) {
      // It may have been carried out and its answer lost: what is held may still be served, but is due.
      if (!wasRefused(error)) this.#hint(input['SecretId'], undefined);
      throw error;
    }
    const output = result.output as Fields;
    if (movedTo !== undefined)
      this.#changed([input['SecretId'], output['Name']], output['ARN'], movedTo(input, output));
    // A rotation changes the value later; the version that it changes to is known.
    else if (input['RotateImmediately'] !== false) this.#hint(output['ARN'], output['VersionId']);
    return result;
  }

  /**
   * Takes note of what a read was answered, which began after `count` writes. A replica that lags answers the first one
   * after a write with the old value, which is kept as any other: so the new one is looked for.
   */
  seen(input: GetSecretValueCommandInput, output: GetSecretValueCommandOutput, count: number): void {
    const { ARN: arn = '' } = output;
    const written = this.#unseen.get(arn);
    const isCurrent = input.VersionId === undefined && (input.VersionStage ?? CURRENT) === CURRENT;
    if (written === undefined || written.number > count || !isCurrent) return;
    this.#unseen.delete(arn);
    if (output.VersionId !== written.versionId) this.#hint(arn, written.versionId);
  }

  #changed(names: readonly unknown[], arn: unknown, versionId: unknown): void {
    for (const id of new Set([...names, arn])) if (isId(id)) this.#cache.invalidate(id);
    this.#count += 1;
    if (!isId(arn) || !isId(versionId)) return;
    this.#unseen.delete(arn);
    this.#unseen.set(arn, { versionId, number: this.#count });
    const [oldest = ''] = this.#unseen.keys();
    if (this.#unseen.size > MAX_UNSEEN) this.#unseen.delete(oldest);
  }

  #hint(secretId: unknown, versionId: unknown): void {
    if (!isId(secretId)) return;
    this.#cache.notify({ secretId, ...(isId(versionId) && { versionStage: CURRENT, versionId }) });
  }
}

/** Refused, and at the first attempt: a second one may be refused because the first was carried out. */
function wasRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { $metadata }: { $metadata?: { httpStatusCode?: unknown; attempts?: unknown } } = error;
  const status = Number($metadata?.httpStatusCode);
  return status >= 400 && status < 500 && Number($metadata?.attempts ?? 1) === 1;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 2048;
}
