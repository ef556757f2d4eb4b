/**
 * fetch with an API key that rotates: a 401 is answered by looking for another version, and by one more request.
 *
 * The cache's default for "was the credential refused?" knows an error with `status: 401`, so throwing one is enough.
 *
 * Run by the tests: test/integration/fetch.test.ts, and to its end in test/wire/examples.test.ts.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { SecretCache } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

/** The service refused every version of the key that there was within the deadline. */
export class Unauthorized extends Error {
  readonly status = 401;
}

/** `fetch`, with the secret as a bearer token. A request may be sent twice, so its body must not be a stream. */
export function fetchWithSecret(
  cache: SecretCache,
  secretId: string,
  url: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  return cache.withSecret(
    secretId,
    async (secret) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${secret.text()}`);
      const response = await fetch(url, { ...init, headers });
      if (response.status !== 401) return response;
      await response.body?.cancel(); // gives the socket back
      throw new Unauthorized(`${new URL(url).host} refused version ${secret.versionId} of ${secretId}`);
    },
    init.signal ? { signal: init.signal } : {},
  );
}

if (import.meta.filename === process.argv[1]) {
  // In place of AWS and of the service to call, so that this runs alone: the key is rotated behind the cache's back.
  await using secretsManager = await LocalSecretsManager.start();
  secretsManager.createSecret({ name: 'prod/api-key', secretString: 'key-1' });
  let key = 'key-1';
  const api = createServer((request, response) => {
    response.statusCode = request.headers.authorization === `Bearer ${key}` ? 200 : 401;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/`;

  await using cache = new SecretCache({ client: secretsManager.client() });
  console.log('before the rotation', (await fetchWithSecret(cache, 'prod/api-key', url)).status);
  key = 'key-2';
  secretsManager.putSecretValue('prod/api-key', { secretString: key });
  console.log('after the rotation ', (await fetchWithSecret(cache, 'prod/api-key', url)).status);
  api.closeAllConnections();
  api.close();
}
