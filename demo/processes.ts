// The two processes that read: a Lambda function and a server. They are the same for every contender.

import type { Database } from './database.ts';
import type { Journal } from './journal.ts';
import type { Reader, Reading } from './readers.ts';

export const SECRETS = ['db', 'api-key', 'signing-key', 'smtp', 'webhook'] as const;

type SecretName = (typeof SECRETS)[number];

export interface ProcessParts {
  readonly reader: Reader;
  readonly journal: Journal;
  readonly database: Database;
  readonly idOf: (name: SecretName) => string;
}

class Process {
  readonly #parts: ProcessParts;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
  }

  read(name: SecretName, versionStage = 'AWSCURRENT'): Promise<Reading> {
    const { reader, idOf } = this.#parts;
    return reader.read(idOf(name), versionStage);
  }

  /** A version that the database refuses is replaced once, where the reader can. */
  async login(password: Reading): Promise<void> {
    const { database, journal } = this.#parts;
    let accepted = false;
    try {
      accepted = database.login(password.text) || (await this.#loginWithAnother(password));
    } finally {
      journal.logins.push({ accepted });
    }
  }

  async #loginWithAnother({ versionId }: Reading): Promise<boolean> {
    const { database, reader, idOf } = this.#parts;
    const another = await reader.replace?.(idOf('db'), versionId);
    return another !== undefined && database.login(another.text);
  }
}

export class LambdaFunction extends Process {
  /** One invocation; the first of all is the cold start. */
  async invoke(): Promise<void> {
    const [db] = await allOf([this.read('db'), this.read('api-key'), this.read('signing-key')]);
    await this.login(db);
  }
}

export class Server extends Process {
  /** Reads at start all that it will need. */
  async start(): Promise<void> {
    await allOf(SECRETS.map((name) => this.read(name)));
  }

  async request(): Promise<void> {
    const [db] = await allOf([this.read('db'), this.read('api-key')]);
    await this.login(db);
  }

  /** The rotation function's testSecret, as one that lives in the server. */
  async testPending(): Promise<void> {
    await this.login(await this.read('db', 'AWSPENDING'));
  }
}

/** As Promise.all, but waits for all of them before it rejects: no read outlives its request. */
async function allOf<Reads extends readonly Promise<Reading>[]>(
  reads: readonly [...Reads],
): Promise<{ [Index in keyof Reads]: Reading }> {
  await Promise.allSettled(reads);
  return Promise.all(reads);
}
