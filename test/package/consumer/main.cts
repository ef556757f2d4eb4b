// A user's CommonJS module: type-checked against the installed package, never run.

import cached = require('secretsmanager-cache');
import testing = require('secretsmanager-cache/testing');

const cache: cached.SecretCache = new cached.SecretCache({ ttlMs: 60_000 });

async function read(): Promise<string> {
  const server = await testing.LocalSecretsManager.start();
  const secret: cached.Secret = await cache.get('prod/db');
  return secret.text() + server.endpoint;
}

// @ts-expect-error -- an id is a string
const wrong = cache.getText(1);

export = { read, wrong };
