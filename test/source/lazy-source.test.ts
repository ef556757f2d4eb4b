// A source loaded at its first call: what loading it may not change.

import { describe, expect, test, vi } from 'vitest';

import { SecretCacheError } from '../../src/errors.ts';
import { awsSource, type AwsSourceOptions } from '../../src/source/aws-source.ts';
import { LazySource, type WholeSource } from '../../src/source/lazy-source.ts';
import { caller, ScriptedClient, settle, valueOf, watchOutcome } from './support.ts';

/** A source that counts how often it is loaded and closed, and is there when the test says so. */
function keptBack() {
  const counts = { loaded: 0, closed: 0 };
  let arrive: (() => void) | undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const whole = {
    load: () => Promise.reject(new SecretCacheError('ERR_SECRET_NOT_FOUND', 'loaded')),
    close: async () => void (counts.closed += 1),
  } as unknown as WholeSource;
  const source = new LazySource(async () => {
    counts.loaded += 1;
    await arrived;
    return whole;
  });
  return { source, counts, arrive: () => arrive?.() };
}

describe('a lazy source', () => {
  test('is loaded once, by the first call, for all that wait for it', async () => {
    const { source, counts, arrive } = keptBack();
    expect(counts.loaded).toBe(0);
    const calls = ['a', 'b'].map((secretId) => watchOutcome(source.load({ secretId }, caller())));
    await settle();
    arrive();
    await settle();
    expect(counts.loaded).toBe(1);
    expect(calls.map(({ error }) => error?.message)).toEqual(['loaded', 'loaded']);
  });

  test('the time it takes to load counts as time in a queue, not as a call', async () => {
    const { source } = keptBack();
    const onQueued = vi.fn<() => void>();
    const waiting = caller();
    void source.load({ secretId: 'a' }, { ...waiting, onQueued }).catch(() => {});
    await settle();
    expect(onQueued).toHaveBeenCalledOnce();
    expect(waiting.onDispatch).not.toHaveBeenCalled();
  });

  test('a caller that leaves while it is being loaded is told at once, and the others still get their answer', async () => {
    const { source, arrive } = keptBack();
    const leaver = caller();
    const left = watchOutcome(source.load({ secretId: 'a' }, leaver));
    const stays = watchOutcome(source.load({ secretId: 'a' }, caller()));
    leaver.abort();
    await settle();
    expect(left.error).toBeInstanceOf(SecretCacheError);
    expect(left.error?.secretId).toBe('a');
    expect(stays.state).toBe('pending');
    arrive();
    await settle();
    expect(stays.error?.message).toBe('loaded');
  });

  test('closing one that was never called loads nothing', async () => {
    const { source, counts } = keptBack();
    await source.close();
    expect(counts).toEqual({ loaded: 0, closed: 0 });
  });

  test('closing one that is being loaded closes it when it is there', async () => {
    const { source, counts, arrive } = keptBack();
    const call = watchOutcome(source.load({ secretId: 'a' }, caller()));
    const closing = source.close();
    arrive();
    await closing;
    await settle();
    expect(counts).toEqual({ loaded: 1, closed: 1 });
    expect(call.state).toBe('rejected');
  });

  test('code that cannot be loaded is a typed error for the secret asked for', async () => {
    const source = new LazySource(() => Promise.reject(new TypeError('no such file: s3cr3t')));
    const { load, describe: described } = {
      load: watchOutcome(source.load({ secretId: 'a' }, caller())),
      describe: watchOutcome(source.describe('a', caller())),
    };
    await settle();
    for (const { error } of [load, described]) {
      expect(error).toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE', secretId: 'a' });
      expect(error?.message).toContain('TypeError');
      expect(error?.message).not.toContain('s3cr3t');
    }
  });
});

describe('awsSource', () => {
  test('needs no options, and sends nothing by itself', async () => {
    const client = new ScriptedClient(() => valueOf('a'));
    const source = awsSource({ client });
    await settle();
    expect(client.sent).toHaveLength(0);
    expect((await source.load({ secretId: 'a' }, caller())).value).toBe('value of a');
    expect(() => awsSource()).not.toThrow();
  });

  test.each<[unknown, string]>([
    [null, 'the options of awsSource must be an object, got null'],
    [
      { region: 'us-east-1' },
      'unknown option of awsSource: "region"; known are client, clientConfig, maxConcurrency',
    ],
    [{ client: {} }, '`client` must be a SecretsManagerClient or have its `send(command, options)`'],
    [{ client: { send: () => {} }, clientConfig: {} }, 'give at most one of `client`, `clientConfig`'],
    [{ clientConfig: 'us-east-1' }, '`clientConfig` must be an object, got "us-east-1"'],
    [{ maxConcurrency: 0 }, '`maxConcurrency` must be an integer from 1 to 10000, got 0'],
  ])('refuses %j', (options, message) => {
    expect(() => awsSource(options as AwsSourceOptions)).toThrow(message);
  });
});
