/** What one description tells of the labels that nobody asked for in that check, and what a hint leaves alone. */

import { describe, expect, test } from 'vitest';

import { SecretCache, type SecretSource } from '../../src/index.ts';
import { eventsOf } from '../support/events.ts';
import { setup, TTL_MS } from '../support/setup.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

const BLUE = { versionStage: 'blue' };
const PREVIOUS = { versionStage: 'AWSPREVIOUS' };
const NO_CALL = { G: 0, D: 0, B: 0 };

describe('a label', () => {
  test('that the check of another label shows to be gone is gone at once, however young', async () => {
    const { cache, service, runtime, read, readCode } = setup();
    service.put('a', 'a blue', { stages: ['blue'] });
    await read('a');
    await runtime.advance(TTL_MS / 2);
    await read('a', BLUE);
    service.removeLabel('a', 'blue');
    await runtime.advance(TTL_MS / 2);
    await read('a');
    expect(cache.peek('a', BLUE)).toBeUndefined();
    expect(await readCode('a', BLUE)).toBe('ERR_SECRET_NOT_FOUND');
  });

  test('that two versions claim in the check of another label is settled by a read of its own', async () => {
    const { service, runtime, read } = setup();
    const v1 = service.versionOf('a');
    service.moveLabel('a', 'blue', v1);
    await read('a');
    await runtime.advance(TTL_MS / 2);
    expect(await read('a', BLUE)).toBe('a v1');
    const v2 = service.put('a', 'a v2', { stages: ['blue'] });
    await runtime.advance(TTL_MS / 2);
    const both = { [v1]: ['AWSCURRENT', 'blue'], [v2]: ['blue'] };
    const doubled = service.fail(
      { output: (right) => ({ ...(right() as object), VersionIdsToStages: both }) },
      { op: 'D' },
    );
    await read('a');
    service.newCounts();
    await runtime.advance(TTL_MS / 2);
    expect(await read('a', BLUE)).toBe('a v2');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    doubled.lift();
  });

  test('that is gone takes nothing from another label of its version', async () => {
    const { cache, service, runtime, read, readCode } = setup({ revalidate: 'fetch' });
    service.moveLabel('a', 'blue', service.versionOf('a'));
    await read('a');
    await read('a', BLUE);
    service.removeLabel('a', 'blue');
    await runtime.advance(TTL_MS);
    expect(await readCode('a', BLUE)).toBe('ERR_SECRET_NOT_FOUND');
    const versionId = service.versionOf('a');
    expect(cache.peek('a', { versionId })?.text()).toBe('a v1');
  });

  test('that is gone takes the version with it that nothing else points at', async () => {
    const { cache, service, runtime, read, readCode } = setup({ revalidate: 'fetch' });
    const versionId = service.put('a', 'a blue', { stages: ['blue'] });
    await read('a');
    await read('a', BLUE);
    service.removeLabel('a', 'blue');
    await runtime.advance(TTL_MS);
    expect(await readCode('a', BLUE)).toBe('ERR_SECRET_NOT_FOUND');
    expect(cache.peek('a', { versionId })).toBeUndefined();
    expect(cache.peek('a')?.text()).toBe('a v1');
  });

  test('that a secret never had is remembered as missing, although nothing of the secret is held', async () => {
    const { service, runtime, readCode } = setup();
    for (let nth = 0; nth < 3; nth += 1) expect(await readCode('a', BLUE)).toBe('ERR_SECRET_NOT_FOUND');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    await runtime.advance(30_000);
    await readCode('a', BLUE);
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
  });

  test('is answered although the source names no labels of the version that it read', async () => {
    const calls: unknown[] = [];
    const source: SecretSource = {
      load: (ref) => {
        calls.push(ref);
        const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf';
        const versionId = '00000000-0000-4000-8000-000000000001';
        return Promise.resolve({
          arn,
          name: 'a',
          versionId,
          versionStages: [],
          createdDate: undefined,
          value: 'v',
        });
      },
    };
    const runtime = new VirtualRuntime();
    const cache = new SecretCache({ source, runtime });
    for (let nth = 0; nth < 2; nth += 1) {
      const secret = await runtime.run(cache.get('a', BLUE));
      expect(secret.versionStages).toEqual(['blue']);
    }
    expect(calls).toHaveLength(1);
  });

  test('that takes the place of another one on a held version shows on the secret', async () => {
    const { cache, service, runtime, read } = setup();
    const versionId = service.versionOf('a');
    service.moveLabel('a', 'blue', versionId);
    for (const ask of [{}, BLUE]) await read('a', ask);
    service.removeLabel('a', 'blue');
    service.moveLabel('a', 'green', versionId);
    await runtime.advance(TTL_MS);
    const { versionStages } = await runtime.run(cache.get('a'));
    expect(versionStages.toSorted()).toEqual(['AWSCURRENT', 'green']);
  });

  test('other than AWSCURRENT that moves is told of by its own name', async () => {
    const { service, runtime, read } = setup();
    await read('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    await read('a');
    await read('a', PREVIOUS);
    const rotated = eventsOf('rotated');
    const [fromVersionId, middle] = [service.versionOf('a', 'AWSPREVIOUS'), service.versionOf('a')];
    const toVersionId = service.put('a', 'a v3');
    await runtime.advance(TTL_MS);
    expect(await read('a', PREVIOUS)).toBe('a v2');
    expect(await read('a')).toBe('a v3');
    expect(rotated).toEqual([
      { secretId: 'a', versionStage: 'AWSPREVIOUS', fromVersionId, toVersionId: middle },
      { secretId: 'a', versionStage: 'AWSCURRENT', fromVersionId: middle, toVersionId },
    ]);
  });
});

describe('a hint', () => {
  test('of one label leaves the others as they are, AWSPREVIOUS too unless it is of AWSCURRENT', async () => {
    const { cache, service, read } = setup();
    service.put('a', 'a v2', { stages: ['AWSCURRENT', 'blue'] });
    for (const ask of [{}, PREVIOUS, BLUE]) await read('a', ask);
    service.newCounts();
    cache.notify({ secretId: 'a', versionStage: 'blue' });
    for (const ask of [{}, PREVIOUS]) await read('a', ask);
    expect(service.newCounts()).toEqual(NO_CALL);
    cache.notify({ secretId: 'a', versionStage: 'AWSCURRENT' });
    await read('a', PREVIOUS);
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  });
});
