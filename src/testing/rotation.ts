// A rotation, driven step by step as a rotation function would drive it.

/** A secret's content as tests give it: a string, or bytes for a binary secret. */
export type SecretContent = string | Uint8Array;

type Step = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret' | 'done';

/** What a rotation does to its secret. @internal */
export interface RotationTarget {
  putPending(versionId: string, content: SecretContent): void;
  finish(versionId: string, keepPending: boolean): void;
  hasValue(versionId: string): boolean;
}

/**
 * A rotation under way. Since it began, AWSPENDING names `versionId`, which has no value until createSecret. The
 * steps are those of a rotation function (user guide, "Rotation function templates") and come in order; what
 * setSecret and testSecret do to a database is no business of Secrets Manager, so here they only take their turn. A rotation
 * that is left unfinished has failed as real ones do, with AWSPENDING on its version.
 */
export class Rotation {
  /** The secret's ARN. */
  readonly arn: string;
  /** The version that AWSPENDING names. */
  readonly versionId: string;
  readonly #target: RotationTarget;
  #next: Step;

  /** @internal */
  constructor(arn: string, versionId: string, target: RotationTarget) {
    this.arn = arn;
    this.versionId = versionId;
    this.#target = target;
    this.#next = target.hasValue(versionId) ? 'setSecret' : 'createSecret';
  }

  /** PutSecretValue under AWSPENDING: the new value can be read by that label from now on. */
  createSecret(content: SecretContent): this {
    this.#take('createSecret', 'setSecret');
    this.#target.putPending(this.versionId, content);
    return this;
  }

  setSecret(): this {
    this.#take('setSecret', 'testSecret');
    return this;
  }

  testSecret(): this {
    this.#take('testSecret', 'finishSecret');
    return this;
  }

  /**
   * UpdateSecretVersionStage: AWSCURRENT moves to the new version, AWSPREVIOUS to the one before. AWSPENDING stays on
   * the new version too, as recorded from AWS, unless `keepPending` is false, as after service-managed rotation.
   */
  finishSecret(options: { readonly keepPending?: boolean } = {}): this {
    this.#take('finishSecret', 'done');
    this.#target.finish(this.versionId, options.keepPending ?? true);
    return this;
  }

  #take(step: Step, next: Step): void {
    if (this.#next !== step) {
      const expected =
        this.#next === 'done' ? 'the rotation is finished' : `the next step is ${this.#next}()`;
      throw new Error(`${step}() is out of turn: ${expected}`);
    }
    this.#next = next;
  }
}
