/**
 * Worker threads have a cache each: N workers load a secret N times, and then answer from their own memory.
 *
 * Nothing is shared between threads, so this is all there is to it. One cache in the main thread that answers by messages would save
 * calls, at the price of a hop a hit and of values that travel as plain text; docs/servers.md weighs the two.
 *
 * Run by the tests: test/wire/examples.test.ts.
 */

import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

const WORKERS = 4;
const GETS = 1_000;

if (isMainThread) {
  // In place of AWS, so that this runs without an account. The workers get the process's environment.
  await using secretsManager = await LocalSecretsManager.start();
  secretsManager.createSecret({ name: 'prod/api-key', secretString: 'key-1' });
  process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = secretsManager.endpoint;
  process.env['AWS_REGION'] = secretsManager.region;
  process.env['AWS_ACCESS_KEY_ID'] = process.env['AWS_SECRET_ACCESS_KEY'] = 'local';

  const workers = Array.from({ length: WORKERS }, () => new Worker(new URL(import.meta.url)));
  const hits = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as number));
  const calls = secretsManager.count();
  console.log(`${WORKERS} workers, ${GETS} gets each: ${calls} calls, ${hits.join(' + ')} hits`);
} else {
  // The worker's module: one cache at its top, for as long as the thread lives.
  const cache = new SecretCache();
  for (let nth = 0; nth < GETS; nth += 1) await cache.getText('prod/api-key');
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, threads don't
  parentPort?.postMessage(cache.stats().hits);
}
