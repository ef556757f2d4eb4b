/** The Fastify example over a real PostgreSQL: requests through a rotation, an outage of AWS, and the server's own end. */

import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { buildServer } from '../../examples/fastify-pg.ts';
import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import { ExampleBuild } from '../wire/example-build.ts';

import { Load } from './load.ts';
import { findPostgres, Postgres } from './postgres.ts';

const SECRET = 'prod/db';
const CLIENTS = 4;
const WAIT = { timeout: 20_000, interval: 20 };

// CI installs it: there a missing PostgreSQL is a failure.
const isSkipped = findPostgres() === undefined && process.env['CI'] === undefined;
if (isSkipped)
  console.log('PostgreSQL is not installed (Debian: postgresql): the Fastify example was SKIPPED.');

const built = new ExampleBuild();

describe.skipIf(isSkipped)('a Fastify server with a pg pool', () => {
  let postgres: Postgres;
  let server: LocalSecretsManager;
  let cache: SecretCache;
  let app: FastifyInstance;
  let url: string;
  let user: string;
  let nth = 0;

  beforeAll(async () => {
    postgres = await Postgres.start();
  }, 90_000);

  afterAll(async () => {
    await postgres.stop();
  });

  beforeEach(async () => {
    nth += 1;
    user = `web${nth}`;
    await postgres.admin(`CREATE ROLE ${user} LOGIN PASSWORD 'one'`);
    server = await LocalSecretsManager.start();
    server.createSecret({ name: SECRET, secretString: credentials('one') });
    cache = new SecretCache({ client: server.client({ maxAttempts: 1 }), staleWaitMs: 100 });
    // Few queries a session, so that logins go on all the time.
    app = await buildServer(cache, SECRET, { ...postgres.address, max: CLIENTS, maxUses: 5 });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });

  afterEach(async () => {
    await app.close();
    await server.close();
  });

  function credentials(password: string): string {
    return JSON.stringify({ username: user, password });
  }

  async function whoami(): Promise<string> {
    const response = await fetch(`${url}/whoami`);
    return `${response.status} ${await response.text()}`;
  }

  test('no request fails while the password is rotated', async () => {
    const load = new Load(CLIENTS, whoami);
    await until(() => postgres.logins(user) >= 2 * CLIENTS);
    const rotation = server.startRotation(SECRET).createSecret(credentials('two'));
    await postgres.admin(`ALTER ROLE ${user} PASSWORD 'two'`);
    rotation.setSecret().testSecret();
    await until(() => postgres.refusals(user) >= 1);
    rotation.finishSecret();
    const before = postgres.logins(user);
    await until(() => postgres.logins(user) >= before + 2 * CLIENTS);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(new Set(load.answers)).toEqual(new Set([`200 {"name":"${user}"}`]));
    expect(cache.peek(SECRET)?.versionId).toBe(rotation.versionId);
  });

  test('it is ready, and answers, while AWS is out', async () => {
    server.faults.inject({ kind: 'hang' });
    cache.notify({ secretId: SECRET });
    expect(await whoami()).toBe(`200 {"name":"${user}"}`);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    cache.invalidate(SECRET);
    expect((await fetch(`${url}/ready`)).status).toBe(503);
  });

  test('it does not start without its secret', async () => {
    const lost = new SecretCache({ client: server.client() });
    await expect(buildServer(lost, 'prod/missing', postgres.address)).rejects.toMatchObject({
      code: 'ERR_SECRET_NOT_FOUND',
    });
    await lost.close();
  });

  test('told to end, it answers the request under way, then closes the pool and the cache', async () => {
    // A login that waits for the secret keeps the request under way.
    cache.invalidate(SECRET);
    const gate = server.hold('GetSecretValue');
    const answer = whoami();
    await gate.arrived();
    const closed = app.close();
    await until(() => !app.server.listening);
    expect(await cache.preload([]), 'the cache is still open').toMatchObject({ loaded: [] });
    gate.release();
    expect(await answer).toBe(`200 {"name":"${user}"}`);
    await closed;
    await expect(cache.get(SECRET)).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
  });

  test.each([
    { file: 'pg-pool', printed: /current_user: 'web\d+'/ },
    { file: 'fastify-pg', printed: /^\/ready 200 .*\n\/whoami 200 \{"name":"web\d+"\}\n$/ },
  ])('$file runs to its end, with the database of the environment', async ({ file, printed }) => {
    await built.add(['fastify-pg.ts', 'pg-pool.ts']);
    const { host, port, database } = postgres.address;
    const env = { PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: user, PGPASSWORD: 'one' };
    expect(await built.run([`${file}.mjs`], env)).toMatch(printed);
  });
});

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), WAIT);
}
