/** A real MariaDB that lives as long as a test: over 127.0.0.1, every login in its general log. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createConnection, type RowDataPacket } from 'mysql2/promise';

import {
  DatabaseProcess,
  firstExecutable,
  freePort,
  identityOf,
  ownDirectory,
  run,
} from './database-process.ts';

const ADMIN = { user: 'admin', password: 'admin-of-the-test' };

/** `mariadb-install-db` and `mariadbd`, of Debian's package or on the PATH; `undefined` where there is none. */
export function findMariaDb(): { install: string; mariadbd: string } | undefined {
  const folders = [
    '/usr/sbin',
    '/usr/bin',
    ...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
  ];
  const mariadbd = firstExecutable(folders.map((folder) => join(folder, 'mariadbd')));
  const install = firstExecutable(folders.map((folder) => join(folder, 'mariadb-install-db')));
  return mariadbd === undefined || install === undefined ? undefined : { install, mariadbd };
}

export class MariaDb {
  /** Where it listens; add `user` and `password`. */
  readonly address: { readonly host: string; readonly port: number };
  readonly #process: DatabaseProcess;
  readonly #generalLog: string;

  private constructor(server: DatabaseProcess, port: number, generalLog: string) {
    this.#process = server;
    this.#generalLog = generalLog;
    this.address = { host: '127.0.0.1', port };
  }

  static async start(): Promise<MariaDb> {
    const found = findMariaDb();
    if (found === undefined) throw new Error('MariaDB is not installed');
    const identity = identityOf('mysql');
    const directory = ownDirectory('mariadb', identity);
    const cluster = join(directory, 'cluster');
    const generalLog = join(directory, 'general.log');
    const initFile = join(directory, 'init.sql');
    const account = `${ADMIN.user}@'%'`;
    writeFileSync(
      initFile,
      `CREATE USER ${account} IDENTIFIED BY '${ADMIN.password}';\nGRANT ALL ON *.* TO ${account} WITH GRANT OPTION;\n`,
    );
    await run(found.install, ['--no-defaults', `--datadir=${cluster}`, '--skip-test-db'], identity);
    const port = await freePort();
    const args = [
      '--no-defaults',
      `--datadir=${cluster}`,
      `--init-file=${initFile}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(directory, 'socket')}`,
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=0',
      '--general-log',
      `--general-log-file=${generalLog}`,
    ];
    const ready = /ready for connections/;
    const server = await DatabaseProcess.start(found.mariadbd, args, { identity, directory, ready });
    return new MariaDb(server, port, generalLog);
  }

  /** Runs statements as the administrator. */
  async admin(sql: string): Promise<RowDataPacket[]> {
    const connection = await createConnection({ ...this.address, ...ADMIN, multipleStatements: true });
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  }

  /** Sessions of a user that are open now. */
  async sessions(user: string): Promise<number> {
    const rows = await this.admin(`SELECT id FROM information_schema.processlist WHERE user = '${user}'`);
    return rows.length;
  }

  /** Attempts of a user to log in, so far as they have been logged; the refused ones are among them. */
  attempts(user: string): number {
    return this.#count(`\t${user}@`);
  }

  /** Logins of a user that were refused. */
  refusals(user: string): number {
    return this.#count(`Access denied for user '${user}'`);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #count(words: string): number {
    return readFileSync(this.#generalLog, 'utf8').split(words).length - 1;
  }
}
