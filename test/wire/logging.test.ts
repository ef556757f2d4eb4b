// What loggers print of a cache at work: the SDK's own logger, pino and winston. No value is in it.

import { Writable } from 'node:stream';

import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger, format, transports } from 'winston';

import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

const CANARY = 'hunter2-canary-77c1';

let server: LocalSecretsManager;
beforeEach(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'text', secretString: CANARY });
  server.createSecret({ name: 'json', secretString: `{"password":"${CANARY}"}` });
  server.createSecret({ name: 'bytes', secretBinary: new TextEncoder().encode(CANARY) });
});
afterEach(() => server.close());

/** A stream that keeps what is written to it. */
function kept(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** What `work` throws. */
async function caught(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}

/** Everything a program may hand to its logger: secrets, the cache, its figures and every kind of error. */
async function things(cache: SecretCache): Promise<Record<string, unknown>> {
  const text = await cache.get('text');
  const denied = new SecretCache({ client: server.client({ maxAttempts: 1 }), batch: false });
  server.policy.denyAction('GetSecretValue', { secretId: 'json' });
  const found = {
    text,
    bytes: await cache.get('bytes'),
    stats: cache.stats(),
    cache,
    notJson: await caught(() => text.json()),
    notBinary: await caught(() => text.bytes()),
    denied: await caught(() => denied.get('json')),
    missing: await caught(() => denied.get('missing')),
    dropIn: await caught(() => denied.getSecretValue({ SecretId: 'missing' })),
  };
  await denied.close();
  return found;
}

const PRINTED = ['AccessDenied', 'ResourceNotFound', 'ERR_SECRET_NOT_JSON', '[Secret text: call .text()]'];

test('pino prints errors with their causes, and no value', async () => {
  const { stream, text } = kept();
  const log = pino(stream);
  await using cache = new SecretCache({ client: server.client() });
  for (const [name, thing] of Object.entries(await things(cache))) {
    log.error({ err: thing, [name]: thing, nested: { list: [thing] } }, 'failed');
    log.error(thing);
  }
  for (const phrase of PRINTED) expect(text()).toContain(phrase);
  expect(text()).not.toContain(CANARY);
  expect(text()).not.toContain(Buffer.from(CANARY).toString('base64'));
});

test('winston prints errors with their stacks, and no value', async () => {
  const { stream, text } = kept();
  const log = createLogger({
    format: format.combine(format.errors({ stack: true, cause: true }), format.json()),
    transports: [new transports.Stream({ stream })],
  });
  await using cache = new SecretCache({ client: server.client() });
  for (const [name, thing] of Object.entries(await things(cache))) {
    log.error({ message: name, [name]: thing });
    if (thing instanceof Error) log.error(thing);
  }
  for (const phrase of PRINTED) expect(text()).toContain(phrase);
  expect(text()).not.toContain(CANARY);
});

test("the SDK's own logger, at its most talkative, is given no value", async () => {
  const lines: string[] = [];
  const record = (...content: unknown[]): void => void lines.push(JSON.stringify(content));
  const logger = { trace: record, debug: record, info: record, warn: record, error: record };
  await using cache = new SecretCache({ client: server.client({ logger }) });
  await cache.getMany(['text', 'bytes']);
  await cache.refresh('json');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join('\n')).toContain('GetSecretValueCommand');
  expect(lines.join('\n')).not.toContain(CANARY);
});
