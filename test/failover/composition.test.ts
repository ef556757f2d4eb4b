/** A failover over sources of any kind: its own, the user's, a failover again. */

import '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';

import { failover } from '../../src/failover/index.ts';
import { SecretCache, SecretCacheError, type SecretSource, type SourceCall } from '../../src/index.ts';
import { outcomeOf } from '../support/outcome.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const REGIONS = ['us-east-1', 'us-west-2'];
const call: SourceCall = { signal: new AbortController().signal, onDispatch: () => {} };

/** One secret in one Region; `reign` says what becomes of each call. */
function regional(region: string, reign: () => Promise<void> | void): SecretSource {
  return {
    async load({ secretId }) {
      await reign();
      const arn = `arn:aws:secretsmanager:${region}:123456789012:secret:a-AbCdEf`;
      if (secretId !== 'a' && secretId !== arn)
        throw new SecretCacheError('ERR_SECRET_NOT_FOUND', 'No such secret.');
      return {
        arn,
        name: 'a',
        versionId: 'v1',
        versionStages: ['AWSCURRENT'],
        createdDate: undefined,
        value: `of ${region}`,
      };
    },
  };
}

const hang = (): Promise<void> => new Promise(() => {});
const broken = (): never => {
  throw new RangeError('hunter2');
};

describe('a failover', () => {
  test('makes a client for each Region by itself, with the configuration given', async () => {
    const hosts: string[] = [];
    const requestHandler = {
      handle: async ({ hostname }: { hostname: string }) => {
        hosts.push(hostname);
        throw Object.assign(new Error('unreachable'), { code: 'ECONNREFUSED' });
      },
      destroy: () => hosts.push('destroyed'),
    };
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
    const source = failover({
      regions: ['us-gov-west-1', 'us-gov-east-1'],
      clientConfig: { requestHandler, credentials, maxAttempts: 1 },
    });
    await expect(source.load({ secretId: 'a' }, call)).rejects.toMatchObject({
      code: 'ERR_SECRET_UNAVAILABLE',
    });
    expect(hosts).toEqual([
      'secretsmanager.us-gov-west-1.amazonaws.com',
      'secretsmanager.us-gov-east-1.amazonaws.com',
    ]);
    await source.close();
    expect(hosts.slice(2)).toEqual(['destroyed', 'destroyed']);
    await expect(source.load({ secretId: 'a' }, call)).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
  });

  test('over sources that never tell when a request leaves bounds each Region from the call on', async () => {
    const runtime = new VirtualRuntime();
    const source = failover({
      regions: REGIONS,
      source: (region) => regional(region, region === 'us-east-1' ? hang : () => {}),
      regionTimeoutMs: 500,
      runtime,
    });
    const cache = new SecretCache({ source, runtime });
    const get = outcomeOf(cache.get('a'));
    await runtime.advance(499);
    expect(get.state).toBe('pending');
    await runtime.advance(1);
    expect(get.value?.text()).toBe('of us-west-2');
    expect(get.value?.arn).toBe('arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf');
    await cache.close();
  });

  test('takes whatever a source throws for a failure that may pass, and shows none of its words', async () => {
    const source = failover({ regions: REGIONS, source: (region) => regional(region, broken) });
    const load = source.load({ secretId: 'a' }, call);
    await expect(load).rejects.toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE', secretId: 'a' });
    await expect(load).rejects.not.toThrow('hunter2');
  });

  test('takes an answer that makes no sense for a failure, and asks on', async () => {
    const source = failover({
      regions: REGIONS,
      source: (region) =>
        region === 'us-east-1'
          ? { load: () => Promise.resolve(undefined as never) }
          : regional(region, () => {}),
    });
    await expect(source.load({ secretId: 'a' }, call)).resolves.toMatchObject({ value: 'of us-west-2' });
  });

  test('may stand in for a Region of another', async () => {
    const asked: string[] = [];
    const fail = (region: string) => (): never => {
      asked.push(region);
      throw new SecretCacheError('ERR_SECRET_UNAVAILABLE', 'Down.');
    };
    const inner = failover({ regions: REGIONS, source: (region) => regional(region, fail(region)) });
    const outer = failover({
      regions: ['us-east-1', 'eu-west-1'],
      source: (region) => (region === 'us-east-1' ? inner : regional(region, () => {})),
    });
    const secret = await outer.load({ secretId: 'a' }, call);
    expect([asked, secret.value, secret.arn]).toEqual([
      REGIONS,
      'of eu-west-1',
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf',
    ]);
  });
});

describe('what a caller tells and hears', () => {
  test('reaches each Region: that no cache below may answer, and when a request waits and leaves', async () => {
    const heard: string[] = [];
    const source = failover({
      regions: REGIONS,
      source: (region) => ({
        async load(ref, { fresh, onQueued, onDispatch }) {
          heard.push(`${region} fresh ${fresh}`);
          onQueued?.();
          onDispatch();
          if (region === 'us-east-1') throw new SecretCacheError('ERR_SECRET_THROTTLED', 'Too many.');
          return regional(region, () => {}).load(ref, call);
        },
      }),
    });
    await source.load(
      { secretId: 'a' },
      {
        signal: new AbortController().signal,
        fresh: true,
        onQueued: () => heard.push('queued'),
        onDispatch: () => heard.push('leaves'),
      },
    );
    expect(heard).toEqual([
      'us-east-1 fresh true',
      'queued',
      'leaves',
      'us-west-2 fresh true',
      'queued',
      'leaves',
    ]);
  });

  test('a Region’s own queue doesn’t count in `regionTimeoutMs`, once it is known to tell of it', async () => {
    const runtime = new VirtualRuntime();
    const queue: (() => void)[] = [];
    const source = failover({
      regions: REGIONS,
      regionTimeoutMs: 100,
      runtime,
      source: (region) => ({
        async load(ref, { onQueued, onDispatch }) {
          onQueued?.();
          await new Promise<void>((resolve) => queue.push(resolve));
          onDispatch();
          return regional(region, () => {}).load(ref, call);
        },
      }),
    });
    const load = outcomeOf(source.load({ secretId: 'a' }, call));
    await runtime.advance(1_000);
    queue.pop()?.();
    await runtime.settle();
    expect(load.value?.value).toBe('of us-east-1');
  });

  test('what an agent of the primary has kept is no measure of replicas', async () => {
    const runtime = new VirtualRuntime();
    let isDown = false;
    const source = failover({
      regions: REGIONS,
      runtime,
      source: (region) => {
        const own = regional(region, () => {});
        if (region === 'us-west-2') return own;
        return {
          load: async (ref, theCall) => {
            if (isDown) throw new SecretCacheError('ERR_SECRET_UNAVAILABLE', 'Down.');
            return { ...(await own.load(ref, theCall)), versionId: 'v0', mayBeCached: true };
          },
        };
      },
    });
    expect((await source.load({ secretId: 'a' }, call)).versionId).toBe('v0');
    isDown = true;
    expect((await source.load({ secretId: 'a' }, call)).versionId).toBe('v1');
  });
});
