/**
 * mysql2 through a rotation: one pool a version, the newest in use, the one before it ended when its last query is done.
 *
 * A pool's user and password are fixed, so they are always from one version. The pattern fits every driver that takes
 * its credentials at construction: mssql, mongodb, ioredis.
 *
 * Run by the tests: test/integration/mysql2.test.ts, with a real MariaDB.
 */

import { createPool, type Pool, type PoolConnection, type PoolOptions } from 'mysql2/promise';
import { SecretCache, type Secret } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

/** Lends connections; the secret is JSON with `username` and `password`, as RDS writes it. */
export class SecretPools {
  readonly #cache: SecretCache;
  readonly #secretId: string;
  readonly #options: PoolOptions;
  #newest: VersionPool | undefined;

  constructor(cache: SecretCache, secretId: string, options: PoolOptions) {
    this.#cache = cache;
    this.#secretId = secretId;
    this.#options = options;
  }

  /** Runs `work` once. A refused login waits for another version and is tried once more; `work` never is. */
  async withConnection<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const { pool, connection } = await this.#cache.withSecret(this.#secretId, async (secret) => {
      const pool = this.#poolOf(secret);
      return { pool, connection: await pool.acquire() };
    });
    try {
      return await work(connection);
    } finally {
      pool.release(connection);
    }
  }

  end(): void {
    this.#newest?.retire();
    this.#newest = undefined;
  }

  #poolOf(secret: Secret): VersionPool {
    if (this.#newest?.versionId !== secret.versionId) {
      this.#newest?.retire();
      const { username: user, password } = secret.json<{ username: string; password: string }>();
      const pool = createPool({ ...this.#options, user, password });
      this.#newest = new VersionPool(secret.versionId, pool);
    }
    return this.#newest;
  }
}

/** The pool of one version: ends when it is retired and nobody uses it. */
class VersionPool {
  readonly versionId: string;
  readonly #pool: Pool;
  #users = 0;
  #retired = false;

  constructor(versionId: string, pool: Pool) {
    this.versionId = versionId;
    this.#pool = pool;
  }

  async acquire(): Promise<PoolConnection> {
    this.#users += 1;
    try {
      return await this.#pool.getConnection();
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  release(connection: PoolConnection): void {
    connection.release();
    this.#leave();
  }

  retire(): void {
    this.#retired = true;
    this.#endWhenUnused();
  }

  #leave(): void {
    this.#users -= 1;
    this.#endWhenUnused();
  }

  #endWhenUnused(): void {
    if (!this.#retired || this.#users > 0) return;
    // A session that was lost before its goodbye is gone all the same.
    this.#pool.end().catch(() => {});
  }
}

if (import.meta.filename === process.argv[1]) {
  // In place of AWS, so that this runs without an account; MySQL is the one that these variables name.
  const { MYSQL_HOST: host = '127.0.0.1', MYSQL_PORT: port = '3306' } = process.env;
  const { MYSQL_USER: username = 'root', MYSQL_PASSWORD: password = '' } = process.env;
  await using secretsManager = await LocalSecretsManager.start();
  secretsManager.createSecret({ name: 'prod/db', secretString: JSON.stringify({ username, password }) });

  await using cache = new SecretCache({ client: secretsManager.client() });
  const pools = new SecretPools(cache, 'prod/db', { host, port: Number(port), connectionLimit: 10 });
  try {
    const [rows] = await pools.withConnection((connection) => connection.query('SELECT current_user()'));
    console.log(rows);
  } catch (error) {
    console.error(`No MySQL to log in to, set MYSQL_HOST, _PORT, _USER and _PASSWORD: ${String(error)}`);
    process.exitCode = 1;
  }
  pools.end();
}
