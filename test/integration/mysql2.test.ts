/** The mysql2 recipe against a real MariaDB whose passwords are rotated under live pools. */

import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { SecretPools } from '../../examples/mysql2-pool.ts';
import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

import { Load } from './load.ts';
import { findMariaDb, MariaDb } from './mariadb.ts';

const SECRET = 'prod/db';
const CLIENTS = 4;
const WAIT = { timeout: 20_000, interval: 20 };

const isInstalled = findMariaDb() !== undefined;
if (!isInstalled)
  console.log('MariaDB is not installed (Debian: mariadb-server): the mysql2 recipe was SKIPPED.');

describe.skipIf(!isInstalled)('mysql2 pools through rotations', () => {
  let database: MariaDb;
  let server: LocalSecretsManager;
  let cache: SecretCache;
  let pools: SecretPools;
  let load: Load<string> | undefined;
  let user: string;
  let clone: string;
  let nth = 0;

  beforeAll(async () => {
    database = await MariaDb.start();
  }, 90_000);

  afterAll(async () => {
    await database.stop();
  });

  beforeEach(async () => {
    nth += 1;
    user = `app${nth}`;
    clone = `app${nth}_clone`;
    await database.admin(
      `CREATE USER ${user}@'%' IDENTIFIED BY 'one'; CREATE USER ${clone}@'%' IDENTIFIED BY 'not yet'`,
    );
    server = await LocalSecretsManager.start();
    server.createSecret({ name: SECRET, secretString: credentials(user, 'one') });
    cache = new SecretCache({ client: server.client() });
    pools = new SecretPools(cache, SECRET, { ...database.address, connectionLimit: CLIENTS });
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
    pools.end();
    await cache.close();
    await server.close();
  });

  async function whoAmI(): Promise<string> {
    return pools.withConnection(async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>('SELECT user() AS name, sleep(0.002)');
      return String(rows[0]?.['name']).split('@')[0] ?? '';
    });
  }

  function startLoad(): Load<string> {
    load = new Load(CLIENTS, whoAmI);
    return load;
  }

  test('single user: open sessions outlive the change, the next login waits for the label, and no query fails', async () => {
    const running = startLoad();
    await until(() => running.answers.length >= 10 * CLIENTS);
    const sinceMs = performance.now();
    const rotation = server.startRotation(SECRET).createSecret(credentials(user, 'two'));
    await database.admin(`ALTER USER ${user}@'%' IDENTIFIED BY 'two'`);
    rotation.setSecret().testSecret();
    // Another part of the program, whose first login comes between the change and the label.
    const others = new SecretPools(cache, SECRET, database.address);
    const other = others.withConnection(async (connection) => connection.threadId);
    await until(() => database.refusals(user) >= 1 && server.count('GetSecretValue') >= 2);
    rotation.finishSecret();
    expect(await other).toBeGreaterThan(0);
    others.end();
    const before = running.answers.length;
    await until(() => running.answers.length >= before + 10 * CLIENTS);
    await running.stop();

    expect(running.failures).toEqual([]);
    expect(cache.peek(SECRET)?.versionId).toBe(rotation.versionId);
    expect(database.refusals(user)).toBe(1);
    // The first read, and from the refusal on one a second.
    const mostReads = 2 + Math.floor((performance.now() - sinceMs) / 1_000);
    expect(server.count('GetSecretValue')).toBeLessThanOrEqual(mostReads);
  });

  test('alternating users: told of the rotation, no login is refused, and the old sessions are ended', async () => {
    const running = startLoad();
    await until(() => running.answers.length >= CLIENTS);
    await database.admin(`ALTER USER ${clone}@'%' IDENTIFIED BY 'two'`);
    const { versionId } = server.putSecretValue(SECRET, { secretString: credentials(clone, 'two') });
    cache.notify({ secretId: SECRET, versionStage: 'AWSCURRENT', versionId });
    await until(() => running.answers.filter((name) => name === clone).length >= 10 * CLIENTS);
    await running.stop();

    expect(running.failures).toEqual([]);
    expect([database.refusals(user), database.refusals(clone)]).toEqual([0, 0]);
    expect(database.attempts(user)).toBeLessThanOrEqual(CLIENTS);
    expect(new Set(running.answers)).toEqual(new Set([user, clone]));
    await vi.waitFor(async () => expect(await database.sessions(user)).toBe(0), WAIT);
  });

  test('a secret that is wrong ends in the refusal of MariaDB', async () => {
    await database.admin(`ALTER USER ${user}@'%' IDENTIFIED BY 'nobody told the secret'`);
    await expect(whoAmI()).rejects.toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR' });
    expect(database.refusals(user)).toBe(1);
    expect(server.count('GetSecretValue')).toBeLessThanOrEqual(7);
  });
});

function credentials(username: string, password: string): string {
  return JSON.stringify({ engine: 'mysql', username, password });
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), WAIT);
}
