/** The SQS recipe over a queue in memory: what a push changes for a server whose TTL is far away. */

import { EventEmitter, once } from 'node:events';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { consumeSecretEvents, type Message, type MessageSource } from '../../examples/sqs-consumer.ts';
import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

const SECRET = 'prod/db';

/** Gives what was sent, each message until it is deleted; waits while there is nothing, as long polling does. */
class MemoryQueue implements MessageSource {
  readonly #messages = new Map<string, Message>();
  readonly #changes = new EventEmitter();
  #sent = 0;
  failures = 0;

  send(body: string): void {
    this.#sent += 1;
    const ReceiptHandle = String(this.#sent);
    this.#messages.set(ReceiptHandle, { Body: body, ReceiptHandle });
    this.#changes.emit('sent');
  }

  /** Resolves when every message has been deleted. */
  async emptied(): Promise<void> {
    if (this.#messages.size > 0) await once(this.#changes, 'emptied');
  }

  async receive(signal: AbortSignal): Promise<readonly Message[]> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the queue is out of reach');
    }
    if (this.#messages.size === 0) await once(this.#changes, 'sent', { signal });
    return [...this.#messages.values()];
  }

  async delete({ ReceiptHandle = '' }: Message): Promise<void> {
    this.#messages.delete(ReceiptHandle);
    if (this.#messages.size === 0) this.#changes.emit('emptied');
  }
}

let server: LocalSecretsManager;
let cache: SecretCache;
let queue: MemoryQueue;
let stop: AbortController;
let consuming: Promise<void>;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: SECRET, secretString: 'one' });
  cache = new SecretCache({ client: server.client() });
  queue = new MemoryQueue();
  stop = new AbortController();
  consuming = consumeSecretEvents(queue, cache, stop.signal, 50);
});

afterEach(async () => {
  stop.abort();
  await consuming;
  await cache.close();
  await server.close();
});

function rotate(value: string): string {
  const { versionId, arn } = server.putSecretValue(SECRET, { secretString: value });
  return JSON.stringify({
    version: '0',
    'detail-type': 'Secret Label Updated',
    source: 'aws.secretsmanager',
    account: server.account,
    region: server.region,
    resources: [arn],
    detail: { name: SECRET, labelUpdated: 'AWSCURRENT', versionId },
  });
}

test('a rotation is seen at the next get, long before the TTL', async () => {
  expect(await cache.getText(SECRET)).toBe('one');
  const event = rotate('two');
  expect(await cache.getText(SECRET)).toBe('one');
  queue.send(event);
  await queue.emptied();
  expect(await cache.getText(SECRET)).toBe('two');
  expect([server.count('DescribeSecret'), server.count('GetSecretValue')]).toEqual([1, 2]);
});

test('messages that say nothing are deleted, and change nothing', async () => {
  await cache.getText(SECRET);
  for (const body of ['', 'not JSON', '[]', '{"source":"aws.s3"}', '{"source":"aws.secretsmanager"}'])
    queue.send(body);
  await queue.emptied();
  await cache.getText(SECRET);
  expect(server.count()).toBe(1);
});

test('the same event 1,000 times is one check', async () => {
  await cache.getText(SECRET);
  const event = rotate('two');
  for (let nth = 0; nth < 1_000; nth += 1) queue.send(event);
  await queue.emptied();
  const texts = await Promise.all(Array.from({ length: 100 }, () => cache.getText(SECRET)));
  expect(new Set(texts)).toEqual(new Set(['two']));
  expect(server.count('DescribeSecret')).toBe(1);
});

test('a queue out of reach is asked again later, and ends nothing', async () => {
  queue.failures = 2;
  await cache.getText(SECRET);
  queue.send(rotate('two'));
  await queue.emptied();
  expect(await cache.getText(SECRET)).toBe('two');
});

test('it stops at once when told, also while it waits after a failure', async () => {
  const controller = new AbortController();
  queue.failures = Infinity;
  const patient = consumeSecretEvents(queue, cache, controller.signal, 600_000);
  controller.abort();
  await expect(patient).resolves.toBeUndefined();
});
