/** A real PostgreSQL that lives as long as a test: scram-sha-256 over 127.0.0.1, every login in its log. */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import {
  DatabaseProcess,
  firstExecutable,
  freePort,
  identityOf,
  ownDirectory,
  run,
} from './database-process.ts';

const DEBIAN = '/usr/lib/postgresql';
const ADMIN = { user: 'postgres', password: 'admin-of-the-test' };

/** The newest `initdb` and `postgres`, of Debian's packages or on the PATH; `undefined` where there is none. */
export function findPostgres(): { initdb: string; postgres: string } | undefined {
  const folders = [
    ...debianFolders(),
    ...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
  ];
  const postgres = firstExecutable(folders.map((folder) => join(folder, 'postgres')));
  const initdb = firstExecutable(folders.map((folder) => join(folder, 'initdb')));
  return postgres === undefined || initdb === undefined ? undefined : { initdb, postgres };
}

function debianFolders(): string[] {
  try {
    const versions = readdirSync(DEBIAN).toSorted((one, other) => Number(other) - Number(one));
    return versions.map((version) => join(DEBIAN, version, 'bin'));
  } catch {
    return [];
  }
}

export class Postgres {
  /** Where it listens; add `user` and `password`. */
  readonly address: { readonly host: string; readonly port: number; readonly database: string };
  readonly #process: DatabaseProcess;

  private constructor(server: DatabaseProcess, port: number) {
    this.#process = server;
    this.address = { host: '127.0.0.1', port, database: 'postgres' };
  }

  static async start(): Promise<Postgres> {
    const found = findPostgres();
    if (found === undefined) throw new Error('PostgreSQL is not installed');
    const identity = identityOf('postgres');
    const directory = ownDirectory('postgres', identity);
    const passwordFile = join(directory, 'password');
    const cluster = join(directory, 'cluster');
    writeFileSync(passwordFile, ADMIN.password, { mode: 0o644 });
    const initdb = [
      '--auth=scram-sha-256',
      `--username=${ADMIN.user}`,
      `--pwfile=${passwordFile}`,
      '--no-sync',
    ];
    await run(found.initdb, ['-D', cluster, '--encoding=UTF8', '--locale=C', ...initdb], identity);
    const port = await freePort();
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      fsync: 'off',
      shared_buffers: '16MB',
      log_connections: 'on',
      log_line_prefix: '',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const ready = /ready to accept connections/;
    const server = await DatabaseProcess.start(found.postgres, ['-D', cluster, ...args], {
      identity,
      directory,
      ready,
    });
    return new Postgres(server, port);
  }

  /** Runs statements as the superuser. */
  async admin(sql: string): Promise<void> {
    const client = new Client({ ...this.address, ...ADMIN });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  /** Logins of a user that succeeded, so far as they have been logged. */
  logins(user: string): number {
    return this.#count(`connection authorized: user=${user} `);
  }

  /** Logins of a user that were refused. */
  refusals(user: string): number {
    return this.#count(`password authentication failed for user "${user}"`);
  }

  /** Waits for its clients to leave first: a pool has ended before the last of its connections has, which nobody listens to then. */
  async stop(): Promise<void> {
    await this.#process.stop('SIGTERM');
  }

  #count(words: string): number {
    return this.#process.log.split(words).length - 1;
  }
}
