/**
 * A Fastify server with a pg Pool that follows rotations: it has its secret before it listens, is ready while AWS is out,
 * and ends its requests before what they use.
 *
 * Run by the tests: test/integration/fastify.test.ts, with a real PostgreSQL.
 */

import { fastify, type FastifyInstance } from 'fastify';
import type { PoolConfig } from 'pg';
import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { secretPool } from './pg-pool.ts';

/** The application over a cache that it closes at its end. Rejects when the secret can't be had. */
export async function buildServer(
  cache: SecretCache,
  secretId: string,
  database: PoolConfig,
): Promise<FastifyInstance> {
  await cache.get(secretId); // better not to start than to start without it
  const pool = secretPool(cache, secretId, database);
  // A session that the database ends while it is idle: the pool opens another one.
  pool.on('error', () => {});
  const app = fastify();

  app.get('/whoami', async () => {
    const { rows } = await pool.query<{ name: string }>('SELECT current_user AS name');
    return rows[0];
  });

  // Asks what is held, not AWS: an outage there must not take healthy servers away.
  app.get('/ready', async (_request, reply) => {
    const isReady = cache.peek(secretId) !== undefined;
    return reply.code(isReady ? 200 : 503).send({ isReady });
  });

  // Else a client that keeps its connection alive would keep the server up for 72 s after its last answer.
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) void reply.header('connection', 'close');
  });

  // Runs when the last request has been answered.
  app.addHook('onClose', async () => {
    await pool.end();
    await cache.close();
  });

  return app;
}

if (import.meta.filename === process.argv[1]) {
  // In place of AWS, so that this runs without an account; PostgreSQL is the one that PGHOST, PGPORT, … name.
  await using secretsManager = await LocalSecretsManager.start();
  const { PGUSER: username = 'postgres', PGPASSWORD: password = 'postgres' } = process.env;
  secretsManager.createSecret({ name: 'prod/db', secretString: JSON.stringify({ username, password }) });

  const cache = new SecretCache({ client: secretsManager.client() });
  const app = await buildServer(cache, 'prod/db', { max: 10, maxLifetimeSeconds: 3_600 });
  process.once('SIGTERM', () => void app.close());
  const url = await app.listen({ port: 0, host: '127.0.0.1' });

  // A real server would go on from here until it is told to end.
  for (const path of ['/ready', '/whoami']) {
    const response = await fetch(url + path);
    console.log(path, response.status, await response.text());
    if (!response.ok) process.exitCode = 1;
  }
  await app.close();
}
