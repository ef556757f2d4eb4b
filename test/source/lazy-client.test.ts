import * as sdk from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import { LazyClient } from '../../src/source/lazy-client.ts';

const config = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const importSdk = (): Promise<typeof sdk> => Promise.resolve(sdk);

/** The SDK, its client class replaced by one that records what becomes of it. */
function recordedSdk() {
  const made: { config: sdk.SecretsManagerClientConfig; destroyed: number }[] = [];
  class SecretsManagerClient extends sdk.SecretsManagerClient {
    readonly #record;

    constructor(given: sdk.SecretsManagerClientConfig) {
      super(given);
      this.#record = { config: given, destroyed: 0 };
      made.push(this.#record);
    }

    override destroy(): void {
      this.#record.destroyed += 1;
      super.destroy();
    }
  }
  return { made, importRecorded: async () => ({ ...sdk, SecretsManagerClient }) };
}

describe('the SDK', () => {
  test('is imported at the first call, once for all of them', async () => {
    const importing = vi.fn<typeof importSdk>(importSdk);
    const client = new LazyClient({ clientConfig: config }, importing);
    expect(importing).not.toHaveBeenCalled();
    await Promise.all([client.connect(), client.connect()]);
    await client.connect();
    expect(importing).toHaveBeenCalledTimes(1);
  });

  test('that is missing is an error that says to install it, and is looked for again by the next call', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    const importing = vi.fn<typeof importSdk>(importSdk).mockRejectedValueOnce(missing);
    const client = new LazyClient({ clientConfig: config }, importing);
    const connecting = client.connect();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE' });
    await expect(connecting).rejects.toThrow(
      /ERR_MODULE_NOT_FOUND.*npm install @aws-sdk\/client-secrets-manager/,
    );
    await expect(client.connect()).resolves.toBeDefined();
  });
});

describe('a client made here', () => {
  test('is made once, from clientConfig, and says who it is', async () => {
    const { made, importRecorded } = recordedSdk();
    const client = new LazyClient({ clientConfig: config }, importRecorded);
    await Promise.all([client.connect(), client.connect()]);
    expect(made).toMatchObject([{ config: { ...config, customUserAgent: 'secretsmanager-cache' } }]);
  });

  test('keeps the user agent that the user set', async () => {
    const { made, importRecorded } = recordedSdk();
    await new LazyClient({ clientConfig: { ...config, customUserAgent: 'mine' } }, importRecorded).connect();
    expect(made).toMatchObject([{ config: { customUserAgent: 'mine' } }]);
  });

  test('is destroyed by close, once', async () => {
    const { made, importRecorded } = recordedSdk();
    const client = new LazyClient({ clientConfig: config }, importRecorded);
    await client.connect();
    client.close();
    client.close();
    expect(made).toMatchObject([{ destroyed: 1 }]);
  });

  test('isn’t made after close, not even by a call that was waiting for the SDK', async () => {
    const { made, importRecorded } = recordedSdk();
    const client = new LazyClient({ clientConfig: config }, importRecorded);
    const connecting = client.connect();
    client.close();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
    expect(made).toEqual([]);
  });

  test('from a config that the SDK refuses is an error of the request, not an outage', async () => {
    const SecretsManagerClient = vi.fn<() => void>(function () {
      throw new TypeError('no such field');
    });
    const importing = async (): Promise<typeof sdk> => ({ ...sdk, SecretsManagerClient }) as never;
    const connecting = new LazyClient({ clientConfig: config }, importing).connect();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SECRET_INVALID_REQUEST' });
    await expect(connecting).rejects.toThrow(/TypeError.*no such field/);
  });
});

test('a client that was given is used and never destroyed', async () => {
  const { made, importRecorded } = recordedSdk();
  const given = { send: vi.fn<() => Promise<unknown>>(), destroy: vi.fn<() => void>() };
  const client = new LazyClient({ client: given }, importRecorded);
  const { send } = await client.connect();
  const command = new sdk.GetSecretValueCommand({ SecretId: 'a' });
  const { signal } = new AbortController();
  await send(command, signal);
  client.close();
  expect(given.send).toHaveBeenCalledExactlyOnceWith(command, { abortSignal: signal });
  expect(given.destroy).not.toHaveBeenCalled();
  expect(made).toEqual([]);
});
