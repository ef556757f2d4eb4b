// A contender: an account, and a Lambda function and a server that read from it in the same way.

import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';

import type { Account, Call } from './account.ts';
import type { Database } from './database.ts';
import { tallyOf, type Part } from './evidence.ts';
import { Journal, type ProcessName } from './journal.ts';
import { openLocalAccount } from './local-account.ts';
import { LambdaFunction, Server, type ProcessParts } from './processes.ts';
import { READERS, type ContenderName, type Reader } from './readers.ts';
import { openRemoteAccount } from './remote-account.ts';

/** Where a log and a journal stood when a scene began. */
export interface Mark {
  readonly calls: number;
  readonly reads: number;
  readonly logins: number;
}

export class Contender {
  readonly name: ContenderName;
  readonly account: Account;
  readonly journal: Journal = new Journal();
  readonly lambda: LambdaFunction;
  readonly server: Server;
  readonly #readers: Reader[] = [];

  private constructor(name: ContenderName, account: Account, database: Database) {
    this.name = name;
    this.account = account;
    this.lambda = new LambdaFunction(this.#parts('lambda', database));
    this.server = new Server(this.#parts('server', database));
  }

  static async open(
    name: ContenderName,
    endpoint: string | undefined,
    database: Database,
  ): Promise<Contender> {
    const account = endpoint === undefined ? await openLocalAccount() : openRemoteAccount();
    return new Contender(name, account, database);
  }

  /** The rotation function's createSecret. */
  async putPending(versionId: string, password: string): Promise<void> {
    await this.account.admin.send(
      new PutSecretValueCommand({
        SecretId: this.account.idOf('db'),
        ClientRequestToken: versionId,
        SecretString: password,
        VersionStages: ['AWSPENDING'],
      }),
    );
  }

  /** The rotation function's finishSecret. */
  async promote(fromVersionId: string, toVersionId: string): Promise<void> {
    await this.account.admin.send(
      new UpdateSecretVersionStageCommand({
        SecretId: this.account.idOf('db'),
        VersionStage: 'AWSCURRENT',
        RemoveFromVersionId: fromVersionId,
        MoveToVersionId: toVersionId,
      }),
    );
  }

  mark(): Mark {
    const { reads, logins } = this.journal;
    return { calls: this.account.calls().length, reads: reads.length, logins: logins.length };
  }

  callsSince({ calls }: Mark): readonly Call[] {
    return this.account.calls().slice(calls);
  }

  since(mark: Mark): Part {
    const calls = this.callsSince(mark);
    const reads = this.journal.reads.slice(mark.reads);
    return {
      tally: tallyOf(calls),
      refusedCalls: calls.filter(isRefused).length,
      reads: reads.length,
      failedReads: reads.filter(({ failure }) => failure !== undefined).length,
      refusedLogins: this.journal.logins.slice(mark.logins).filter(({ accepted }) => !accepted).length,
    };
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close?.();
    await this.account.close();
  }

  #parts(process: ProcessName, database: Database): ProcessParts {
    const reader = READERS[this.name](this.account.client());
    this.#readers.push(reader);
    const { journal, account } = this;
    return { reader: journal.recording(process, reader), journal, database, idOf: account.idOf };
  }
}

export function isRefused({ outcome }: Call): boolean {
  return outcome !== 'ok' && outcome !== 'pending';
}
