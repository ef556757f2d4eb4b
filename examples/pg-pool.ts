/**
 * A pg Pool that logs in with user and password of one version, and gets over a rotation.
 *
 * Sessions outlive a rotation; only a login needs the secret. One that is refused is told to `withSecret`, which waits
 * for another version, and is tried once more with that. It fits both strategies: with a single user the database is
 * changed before the label moves, with alternating users the user changes along with the password.
 *
 * Run by the tests: test/integration/postgres.test.ts, with a real PostgreSQL.
 */

import { callbackify } from 'node:util';

import { Client, Pool, type PoolClient, type PoolConfig } from 'pg';
import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

/** A `Pool` as any other; the secret is JSON with `username` and `password`, as RDS writes it. */
export function secretPool(cache: SecretCache, secretId: string, config: PoolConfig = {}): Pool {
  /** The version that a login failed with, by its error. */
  const triedVersions = new WeakMap<Error, string>();

  class SecretClient extends Client {
    declare readonly connectionParameters: { user: string; password: string };

    override connect(): Promise<Client>;
    override connect(callback: (error: Error | null, client: Client) => void): void;
    override connect(callback?: (error: Error | null, client: Client) => void): Promise<Client> | void {
      const login = () => this.#login();
      return callback === undefined ? login() : callbackify(login)(callback);
    }

    async #login(): Promise<Client> {
      const secret = await cache.get(secretId);
      const { username: user, password } = secret.json<{ username: string; password: string }>();
      Object.assign(this, { user, password });
      Object.assign(this.connectionParameters, { user, password });
      return super.connect().catch((error: Error) => {
        triedVersions.set(error, secret.versionId);
        throw error;
      });
    }
  }

  class SecretPool extends Pool {
    override connect(): Promise<PoolClient>;
    override connect(callback: Parameters<Pool['connect']>[0]): void;
    override connect(callback?: Parameters<Pool['connect']>[0]): Promise<PoolClient> | void {
      const connect = () => this.#connect();
      if (callback === undefined) return connect();
      callbackify(connect)((error, client) =>
        callback(error ?? undefined, client, client?.release ?? (() => {})),
      );
    }

    async #connect(): Promise<PoolClient> {
      return super.connect().catch((error: Error) => {
        const tried = triedVersions.get(error);
        if (tried === undefined) throw error;
        return cache.withSecret(secretId, (secret) => {
          if (secret.versionId === tried) throw error; // refused already: withSecret waits for another version
          return super.connect();
        });
      });
    }
  }

  return new SecretPool({ ...config, Client: SecretClient });
}

if (import.meta.filename === process.argv[1]) {
  // In place of AWS, so that this runs without an account; PostgreSQL is the one that PGHOST, PGPORT, … name.
  await using secretsManager = await LocalSecretsManager.start();
  const { PGUSER: username = 'postgres', PGPASSWORD: password = 'postgres' } = process.env;
  secretsManager.createSecret({ name: 'prod/db', secretString: JSON.stringify({ username, password }) });

  await using cache = new SecretCache({ client: secretsManager.client() });
  const pool = secretPool(cache, 'prod/db', { max: 10, maxLifetimeSeconds: 3_600 });
  try {
    const { rows } = await pool.query('SELECT current_user, version()');
    console.log(rows[0]);
  } catch (error) {
    console.error(`No PostgreSQL to log in to, set PGHOST, PGPORT, PGUSER and PGPASSWORD: ${String(error)}`);
    process.exitCode = 1;
  }
  await pool.end();
}
