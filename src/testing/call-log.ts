// What was asked of the server and how it was answered: ids, versions and outcomes, never a value.

import type { Operation } from './operation.ts';

/** How one id of a BatchGetSecretValue was answered. */
export interface LoggedItem {
  /** The id as asked or, for a batch by filters, the secret's name. */
  readonly secretId: string;
  /** `'ok'`, or the item's ErrorCode. */
  readonly outcome: string;
}

/** One call, that is one HTTP request: each attempt of an SDK's retries counts. */
export interface LoggedCall {
  /** Undefined when the request named no operation of the service. */
  readonly operation: Operation | undefined;
  /** Every id asked, as written: none for lists and batches by filters. */
  readonly secretIds: readonly string[];
  readonly versionId: string | undefined;
  readonly versionStage: string | undefined;
  /** The SDK's attempt number, from 1; undefined when the client doesn't send one. */
  readonly attempt: number | undefined;
  /** When the request had arrived, in milliseconds on the server's clock. */
  readonly arrivedAtMs: number;
  /**
   * `'pending'` until answered; then `'ok'`, the error's code, the kind of an injected fault that left no proper
   * answer (`'reset'`, `'hang'`, `'truncated'`, `'html'`, `'empty'`, `'empty-object'`), or `'aborted'` when the
   * client had gone first.
   */
  readonly outcome: string;
  /** The ids of an answered BatchGetSecretValue; undefined for other operations. */
  readonly items: readonly LoggedItem[] | undefined;
}

export type CallEntry = { -readonly [Key in keyof LoggedCall]: LoggedCall[Key] };

/** The last calls, and counts that stay exact when older calls have been dropped. */
export class CallLog {
  readonly #entries: CallEntry[] = [];
  readonly #counts = new Map<Operation | undefined, number>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  begin(call: Omit<LoggedCall, 'outcome' | 'items'>): CallEntry {
    const entry: CallEntry = { ...call, outcome: 'pending', items: undefined };
    this.#entries.push(entry);
    if (this.#entries.length > this.#maxEntries) this.#entries.shift();
    this.#counts.set(call.operation, (this.#counts.get(call.operation) ?? 0) + 1);
    return entry;
  }

  /** Copies, in the order of arrival. */
  all(): LoggedCall[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  count(operation?: Operation): number {
    if (operation !== undefined) return this.#counts.get(operation) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  reset(): void {
    this.#entries.length = 0;
    this.#counts.clear();
  }
}
