// Who may do what: IAM, KMS and VPC endpoint denials, all lifted until asked for.

import {
  accessDenied,
  decryptionFailure,
  defaultKeyAcrossAccounts,
  kmsDenied,
  oldKeyDenied,
  type DenialCause,
} from './errors.ts';
import { checkOperations, type Operation, type SameSecret } from './operation.ts';

/** A denial in force, to be lifted again. */
export interface Denial {
  lift(): void;
}

export interface IamDenial {
  /** Only this secret, by name, ARN or partial ARN. Left out: the action on every secret. */
  readonly secretId?: string;
  /** `'identity'` (default): no policy allows it. `'explicit'`: an explicit deny in a resource-based policy. */
  readonly cause?: 'identity' | 'explicit';
}

export interface EndpointDenial {
  /** Default: GetSecretValue. */
  readonly action?: Operation;
  readonly secretId?: string;
}

export interface KmsDenial {
  readonly secretId?: string;
  /**
   * `'decrypt'` (default): kms:Decrypt is denied, AccessDeniedException "Access to KMS is not allowed". `'old-key'`: it is denied
   * for the key of this version alone. `'default-key'`: InvalidRequestException, what a caller of another account gets
   * for a secret under the aws/secretsmanager key. `'broken'`: DecryptionFailure, the key is disabled or gone.
   */
  readonly cause?: 'decrypt' | 'old-key' | 'default-key' | 'broken';
}

const KMS_ERRORS: Readonly<Record<NonNullable<KmsDenial['cause']>, () => Error>> = {
  decrypt: kmsDenied,
  'old-key': oldKeyDenied,
  'default-key': defaultKeyAcrossAccounts,
  broken: decryptionFailure,
};

/** One attempt to use a right. */
export interface Access {
  readonly action: Operation;
  /** Absent where the action has no resource: BatchGetSecretValue and ListSecrets. */
  readonly secretId?: string;
  /** The ARN, or the id as asked for a secret that doesn't exist: what IAM's message names. */
  readonly resource?: string;
  readonly versionStage?: string | undefined;
  /** Conditions on VersionStage don't count. */
  readonly ignoreStageCondition?: boolean;
}

interface Rule {
  readonly layer: 'iam' | 'endpoint';
  readonly action: Operation;
  readonly secretId: string | undefined;
  readonly cause: DenialCause;
  /** Denies only requests that don't name one of these stages. */
  readonly unlessStages?: ReadonlySet<string>;
}

/** The rights of the one caller this server knows. IAM is judged before existence, as on AWS. */
export class AccessPolicy {
  readonly #userArn: string;
  readonly #same: SameSecret;
  readonly #rules = new Set<Rule>();
  readonly #kmsDenials = new Set<KmsDenial>();

  constructor(userArn: string, same: SameSecret) {
    this.#userArn = userArn;
    this.#same = same;
  }

  /**
   * IAM denies an action: AccessDeniedException. Denying BatchGetSecretValue refuses batches whole; denying
   * GetSecretValue of a secret makes it an AccessDenied item of a batch; denying ListSecrets refuses batches by filters.
   */
  denyAction(action: Operation, denial: IamDenial = {}): Denial {
    checkOperations(action);
    return this.#add({ layer: 'iam', action, secretId: denial.secretId, cause: denial.cause ?? 'identity' });
  }

  /**
   * A `secretsmanager:VersionStage` condition: GetSecretValue is allowed only when it names one of these stages, so a
   * call without VersionStage is denied although AWSCURRENT is what it would get. A batch can't name one.
   */
  requireVersionStage(stages: readonly string[], scope: { readonly secretId?: string } = {}): Denial {
    const rule = {
      layer: 'iam',
      action: 'GetSecretValue',
      secretId: scope.secretId,
      cause: 'identity',
    } as const;
    return this.#add({ ...rule, unlessStages: new Set(stages) });
  }

  /** A VPC endpoint policy denies an action. Denying the value of one listed secret sinks a whole batch. */
  denyAtEndpoint(denial: EndpointDenial = {}): Denial {
    const { action = 'GetSecretValue', secretId } = denial;
    return this.#add({ layer: 'endpoint', action, secretId, cause: 'endpoint' });
  }

  /** The secret's KMS key can't be used: values are refused, DescribeSecret needs no key. */
  denyKms(denial: KmsDenial = {}): Denial {
    const own = { ...denial };
    this.#kmsDenials.add(own);
    return { lift: () => void this.#kmsDenials.delete(own) };
  }

  /** Lifts every denial. */
  clear(): void {
    this.#rules.clear();
    this.#kmsDenials.clear();
  }

  /** @internal Throws AccessDeniedException when IAM or the endpoint's policy denies. */
  check(access: Access): void {
    for (const rule of this.#rules) {
      if (!this.#denies(rule, access)) continue;
      throw accessDenied(this.#userArn, access.action, access.resource, rule.cause);
    }
  }

  /** @internal Only the endpoint's policy: what it says of one listed secret, it says of the whole batch. */
  checkEndpoint(access: Access): void {
    for (const rule of this.#rules) {
      if (rule.layer !== 'endpoint' || !this.#denies(rule, access)) continue;
      throw accessDenied(this.#userArn, access.action, access.resource, rule.cause);
    }
  }

  /** @internal A secret of another account, which no resource-based policy shares with us. */
  foreign(access: Access): Error {
    return accessDenied(this.#userArn, access.action, access.resource, 'resource');
  }

  /** @internal Throws when the secret's key can't be used. */
  checkKey(secretId: string): void {
    for (const denial of this.#kmsDenials) {
      if (denial.secretId !== undefined && !this.#same(denial.secretId, secretId)) continue;
      throw KMS_ERRORS[denial.cause ?? 'decrypt']();
    }
  }

  #denies(rule: Rule, access: Access): boolean {
    if (rule.action !== access.action) return false;
    if (rule.secretId !== undefined) {
      if (access.secretId === undefined || !this.#same(rule.secretId, access.secretId)) return false;
    }
    if (rule.unlessStages === undefined) return true;
    if (access.ignoreStageCondition === true) return false;
    return access.versionStage === undefined || !rule.unlessStages.has(access.versionStage);
  }

  #add(rule: Rule): Denial {
    this.#rules.add(rule);
    return { lift: () => void this.#rules.delete(rule) };
  }
}
