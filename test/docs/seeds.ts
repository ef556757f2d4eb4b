// The secrets that the documents' code blocks find: add here what a new block needs.

import type { LocalSecretsManager } from '../../src/testing/index.ts';

type Value = string | Uint8Array | object;

/** By name; the versions in the order in which they were AWSCURRENT, so that the last one is. */
const SECRETS: Readonly<Record<string, readonly Value[]>> = {
  'prod/db': [credentials('old'), credentials('hunter2')],
  'prod/api-key': ['key-1', 'key-2'],
  'prod/tls-cert': [Uint8Array.of(0x30, 0x82, 0x01, 0x0a)],
};

export function seed(server: LocalSecretsManager): void {
  for (const [name, [first, ...later]] of Object.entries(SECRETS)) {
    server.createSecret({ name, ...content(first ?? '') });
    for (const value of later) server.putSecretValue(name, content(value));
  }
}

function credentials(password: string): object {
  return { username: 'app', password, host: '127.0.0.1', port: 5432, dbname: 'shop' };
}

function content(value: Value): { secretString: string } | { secretBinary: Uint8Array } {
  if (value instanceof Uint8Array) return { secretBinary: value };
  return { secretString: typeof value === 'string' ? value : JSON.stringify(value) };
}
