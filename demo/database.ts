// A database that accepts only the right password, so that a wrong version shows as a refused login.

import { randomUUID } from 'node:crypto';

/** Every value of the demo begins so: none of them may ever be printed. */
export const VALUE_MARK = 'never-print-me-';

export function newPassword(): string {
  return VALUE_MARK + randomUUID();
}

export class Database {
  readonly #accepted: Set<string>;

  constructor(password: string) {
    this.#accepted = new Set([password]);
  }

  login(password: string): boolean {
    return this.#accepted.has(password);
  }

  /** Accepts one password more: as MySQL's RETAIN CURRENT PASSWORD, for the time of a rotation. */
  accept(password: string): void {
    this.#accepted.add(password);
  }

  refuse(password: string): void {
    this.#accepted.delete(password);
  }
}
