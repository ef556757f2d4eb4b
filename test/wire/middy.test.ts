/** The middleware as a function deploys it: no cache given, the SDK as it finds its surroundings. */

import { setImmediate as turn } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { getSecret, secretCache } from '../../src/lambda.ts';
import { secret, secretsMiddleware } from '../../src/middy.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import { majors } from '../middy/majors.ts';

let server: LocalSecretsManager;

beforeAll(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'prod/db', secretString: '{"user":"app","password":"hunter2"}' });
  server.createSecret({ name: 'prod/key', secretString: 'key' });
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', server.endpoint);
  vi.stubEnv('AWS_REGION', server.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIALOCALSECRETSMGR');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-real-key');
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await secretCache().close();
  await server.close();
});

test.each(majors)(
  '$name: secrets come from the one cache of the function, which /lambda uses too',
  async ({ middy }) => {
    secretCache().clear();
    server.resetCalls();
    const handler = middy()
      .use(
        secretsMiddleware({
          secrets: { db: secret<{ user: string }>('prod/db'), key: secret('prod/key').text() },
        }),
      )
      .handler((_event, { secrets }) => Promise.resolve(`${secrets.db.user}:${secrets.key}`));
    const invoke = handler as (event: unknown, context: object) => Promise<unknown>;
    expect(await invoke({}, {})).toBe('app:key');
    expect(await invoke({}, {})).toBe('app:key');
    expect(await getSecret('prod/key')).toBe('key');
    expect(server.calls.map(({ operation }) => operation)).toEqual(['BatchGetSecretValue']);
  },
);

test.each(majors)(
  '$name: a failed preload is no unhandled rejection, and its error is told to onError',
  async ({ middy }) => {
    const rejections: unknown[] = [];
    const listener = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', listener);
    secretCache().clear();
    server.policy.denyAction('GetSecretValue');
    const told: unknown[] = [];
    const handler = middy()
      .use(secretsMiddleware({ secrets: { key: secret('prod/key').text() } }))
      .onError(({ error }) => void told.push(error))
      .handler(() => Promise.resolve('handled'));
    // By now the preload has failed, and nobody has looked at it.
    await expect(getSecret('prod/key')).rejects.toThrow('access is denied');
    await turn();
    expect(rejections).toEqual([]);
    const invocation = (handler as (event: unknown, context: object) => Promise<unknown>)({}, {});
    await expect(invocation).rejects.toMatchObject({
      code: 'ERR_SECRET_ACCESS_DENIED',
      secretId: 'prod/key',
    });
    expect(told).toHaveLength(1);
    server.policy.clear();
    expect(rejections).toEqual([]);
    process.off('unhandledRejection', listener);
  },
);
