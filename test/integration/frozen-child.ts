/** The process that is frozen: caches over real sockets, told over IPC what to do. Ends by itself when that ends. */

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { SecretCache, SecretCacheError, type SecretCacheOptions } from '../../src/index.ts';

/** What the parent asks. */
export type Order =
  /** Makes a cache, over a client of the SDK that makes so many attempts. */
  | {
      readonly kind: 'open';
      readonly cache: string;
      readonly options: SecretCacheOptions;
      readonly maxAttempts: number;
    }
  /** Gets a secret, after a timer of the child's own if `afterMs` is given. */
  | { readonly kind: 'get'; readonly cache: string; readonly secretId: string; readonly afterMs?: number }
  /** What is held. */
  | { readonly kind: 'peek'; readonly cache: string; readonly secretId: string };

export interface Request {
  readonly nth: number;
  readonly order: Order;
}

/** The text of the secret, or the code of the error. */
export interface Reply {
  readonly nth: number;
  readonly answer: string | undefined;
}

const endpoint = process.argv[2] ?? '';
const caches = new Map<string, SecretCache>();

process.on('message', (message) => {
  const { nth, order } = message as Request;
  void carryOut(order).then((answer) => process.send?.({ nth, answer } satisfies Reply));
});
process.send?.('ready');

async function carryOut(order: Order): Promise<string | undefined> {
  if (order.kind === 'open') {
    const client = new SecretsManagerClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
      maxAttempts: order.maxAttempts,
    });
    caches.set(order.cache, new SecretCache({ client, ttlJitter: 0, ...order.options }));
    return undefined;
  }
  const cache = caches.get(order.cache);
  if (cache === undefined) throw new Error(`no cache ${order.cache}`);
  if (order.kind === 'peek') return cache.peek(order.secretId)?.text();
  const { afterMs } = order;
  if (afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, afterMs));
  try {
    return await cache.getText(order.secretId);
  } catch (error) {
    return error instanceof SecretCacheError ? error.code : String(error);
  }
}
