// The Nest example: what its module gives an application, and when it closes it.

import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { appModule, Payments } from '../../examples/nestjs-provider.ts';
import { SecretCache } from '../../src/index.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';

describe('the Nest module', () => {
  let server: LocalSecretsManager;

  beforeEach(async () => {
    server = await LocalSecretsManager.start();
    server.createSecret({ name: 'prod/api-key', secretString: 'key-1' });
  });

  afterEach(async () => {
    await server.close();
  });

  test('gives one cache to all who ask for it, and closes it with the application', async () => {
    const root = appModule({ client: server.client(), required: ['prod/api-key'] });
    const app = await NestFactory.createApplicationContext(root, { logger: false });
    const cache = app.get(SecretCache);
    expect(await app.get(Payments).sign('order')).toBe('order signed with a key of 5 characters');
    expect(cache.stats()).toMatchObject({ gets: 2, hits: 1 });
    await app.close();
    await expect(cache.get('prod/api-key')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
  });

  test('does not let an application start without a secret that it requires', async () => {
    const root = appModule({ client: server.client(), required: ['prod/missing'] });
    await expect(
      NestFactory.createApplicationContext(root, { logger: false, abortOnError: false }),
    ).rejects.toMatchObject({ code: 'ERR_SECRET_NOT_FOUND' });
  });
});
