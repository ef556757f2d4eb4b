/** The pg recipe against a real PostgreSQL whose passwords are rotated under a live pool. */

import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { secretPool } from '../../examples/pg-pool.ts';
import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

import { Load } from './load.ts';
import { findPostgres, Postgres } from './postgres.ts';

const SECRET = 'prod/db';
const CLIENTS = 4;
const WAIT = { timeout: 20_000, interval: 20 };

// CI installs it: there a missing PostgreSQL is a failure.
const isSkipped = findPostgres() === undefined && process.env['CI'] === undefined;
if (isSkipped) console.log('PostgreSQL is not installed (Debian: postgresql): the pg recipe was SKIPPED.');

describe.skipIf(isSkipped)('a pg pool through rotations', () => {
  let postgres: Postgres;
  let server: LocalSecretsManager;
  let cache: SecretCache;
  let pool: Pool;
  let load: Load<string> | undefined;
  /** PostgreSQL's log is of the whole file: each test has users of its own. */
  let user: string;
  let clone: string;
  let nth = 0;

  beforeAll(async () => {
    postgres = await Postgres.start();
  }, 90_000);

  afterAll(async () => {
    await postgres.stop();
  });

  beforeEach(async () => {
    nth += 1;
    user = `app${nth}`;
    clone = `app${nth}_clone`;
    await postgres.admin(`CREATE ROLE ${user} LOGIN PASSWORD 'one'; CREATE ROLE ${clone} LOGIN`);
    server = await LocalSecretsManager.start();
    server.createSecret({ name: SECRET, secretString: credentials(user, 'one') });
    cache = new SecretCache({ client: server.client() });
    // Few queries a session, so that logins go on all the time.
    pool = secretPool(cache, SECRET, { ...postgres.address, max: CLIENTS, maxUses: 5 });
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
    await pool.end();
    await cache.close();
    await server.close();
  });

  async function whoAmI(): Promise<string> {
    const { rows } = await pool.query<{ name: string }>('SELECT current_user AS name, pg_sleep(0.002)');
    return rows[0]?.name ?? '';
  }

  function startLoad(): Load<string> {
    load = new Load(CLIENTS, whoAmI);
    return load;
  }

  test('single user: the password changes before the label moves, and no query fails', async () => {
    const running = startLoad();
    await until(() => postgres.logins(user) >= 2 * CLIENTS);
    expect(server.count('GetSecretValue')).toBe(1);

    const sinceMs = performance.now();
    const rotation = server.startRotation(SECRET).createSecret(credentials(user, 'two'));
    await postgres.admin(`ALTER ROLE ${user} PASSWORD 'two'`);
    rotation.setSecret().testSecret();
    // A login is refused, and the check it forces shows the refused version still.
    await until(() => postgres.refusals(user) >= 1 && server.count('GetSecretValue') >= 2);
    rotation.finishSecret();
    const before = postgres.logins(user);
    await until(() => postgres.logins(user) >= before + 2 * CLIENTS);
    await running.stop();

    expect(running.failures).toEqual([]);
    expect(cache.peek(SECRET)?.versionId).toBe(rotation.versionId);
    // Each client was refused at most once, and all of them together looked at most once a second.
    expect(postgres.refusals(user)).toBeLessThanOrEqual(CLIENTS);
    expect(server.count('GetSecretValue')).toBeLessThanOrEqual(mostReads(performance.now() - sinceMs));
  });

  test('single user: a session that was open before the rotation goes on', async () => {
    const client = await pool.connect();
    await postgres.admin(`ALTER ROLE ${user} PASSWORD 'two'`);
    server.putSecretValue(SECRET, { secretString: credentials(user, 'two') });
    expect(await whoAmI()).toBe(user);
    expect((await client.query<{ name: string }>('SELECT current_user AS name')).rows).toEqual([
      { name: user },
    ]);
    client.release();
  });

  test('alternating users: told of the rotation, no login is refused, and user and password change together', async () => {
    const running = startLoad();
    await until(() => postgres.logins(user) >= CLIENTS);

    await rotateTo(clone, 'two');
    await until(() => postgres.logins(clone) >= 2 * CLIENTS);
    await rotateTo(user, 'three');
    const before = postgres.logins(user);
    await until(() => postgres.logins(user) >= before + 2 * CLIENTS);
    await running.stop();

    expect(running.failures).toEqual([]);
    expect([postgres.refusals(user), postgres.refusals(clone)]).toEqual([0, 0]);
    expect(new Set(running.answers)).toEqual(new Set([user, clone]));
    expect(server.count('GetSecretValue')).toBe(3);

    async function rotateTo(name: string, password: string): Promise<void> {
      const rotation = server.startRotation(SECRET).createSecret(credentials(name, password));
      await postgres.admin(`ALTER ROLE ${name} PASSWORD '${password}'`);
      rotation.setSecret().testSecret().finishSecret();
      cache.notify({ secretId: SECRET, versionStage: 'AWSCURRENT', versionId: rotation.versionId });
    }
  });

  test('alternating users: a cache that slept through two rotations is refused once, and gets over it', async () => {
    expect(await whoAmI()).toBe(user);
    await postgres.admin(`ALTER ROLE ${clone} PASSWORD 'two'; ALTER ROLE ${user} PASSWORD 'three'`);
    server.putSecretValue(SECRET, { secretString: credentials(clone, 'two') });
    server.putSecretValue(SECRET, { secretString: credentials(user, 'three') });
    const running = startLoad();
    await until(() => running.answers.length >= 10 * CLIENTS);
    await running.stop();

    expect(running.failures).toEqual([]);
    expect(postgres.refusals(user)).toBeLessThanOrEqual(CLIENTS);
    expect(server.count('GetSecretValue')).toBe(2);
  });

  test('a secret that is wrong ends in the refusal of PostgreSQL, after a bounded number of logins and calls', async () => {
    await postgres.admin(`ALTER ROLE ${user} PASSWORD 'nobody told the secret'`);
    const sinceMs = performance.now();
    const results = await Promise.allSettled(Array.from({ length: CLIENTS }, () => whoAmI()));
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: '28P01' } });
    await until(() => postgres.refusals(user) === CLIENTS);
    expect(server.count('GetSecretValue')).toBeLessThanOrEqual(mostReads(performance.now() - sinceMs));
  });

  test('what is not about the password is thrown as it is, and asks nothing', async () => {
    await whoAmI();
    await expect(pool.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    const elsewhere = secretPool(cache, SECRET, { host: '127.0.0.1', port: 1 });
    await expect(elsewhere.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await elsewhere.end();
    expect(server.count()).toBe(1);
  });
});

function credentials(username: string, password: string): string {
  return JSON.stringify({ engine: 'postgres', username, password });
}

/** The first read, and from the first refusal on one a second, however many are refused. */
function mostReads(refusedForMs: number): number {
  return 2 + Math.floor(refusedForMs / 1_000);
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), WAIT);
}
