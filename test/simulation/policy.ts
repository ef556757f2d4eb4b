/** Who may do what: IAM by action, secret and label, KMS by secret, and quotas by operation. */

export interface Denial {
  readonly action: 'GetSecretValue' | 'DescribeSecret' | 'BatchGetSecretValue' | 'kms';
  /** A secret's name; all of them when left out. */
  readonly name?: string | undefined;
  readonly stage?: string | undefined;
  /** In one Region alone. */
  readonly region?: number | undefined;
  /** To one role alone: the agent's, or that of the processes. */
  readonly role?: Role | undefined;
}

type Role = 'agent' | 'process';

/** Who calls, and where. */
export interface Asker {
  readonly region: number;
  /** Default `'process'`. */
  readonly role?: Role;
}

export class Permissions {
  readonly #denials = new Map<string, Denial>();

  deny(denial: Denial): void {
    this.#denials.set(JSON.stringify(denial), denial);
  }

  allowAll(): void {
    this.#denials.clear();
  }

  get isOpen(): boolean {
    return this.#denials.size === 0;
  }

  denies(
    action: Denial['action'],
    { region, role = 'process' }: Asker,
    name?: string,
    stage?: string,
  ): boolean {
    for (const denial of this.#denials.values()) {
      if (denial.action !== action) continue;
      if (denial.region !== undefined && denial.region !== region) continue;
      if (denial.role !== undefined && denial.role !== role) continue;
      if (denial.name !== undefined && denial.name !== name) continue;
      if (denial.stage === undefined || denial.stage === stage) return true;
    }
    return false;
  }
}

/** Calls a second, by a bucket that holds one second's worth. */
export class Quota {
  readonly #perSecond: number;
  #left: number;
  #filledAtMs = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** Whether one more call is within it. */
  take(nowMs: number): boolean {
    this.#left = Math.min(
      this.#perSecond,
      this.#left + ((nowMs - this.#filledAtMs) * this.#perSecond) / 1_000,
    );
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
