/** Labels that move: rotations, rollbacks, replicas that lag behind them, deletion and return. */

import { describe, expect, test } from 'vitest';

import { outcomeOf } from '../support/outcome.ts';
import * as errors from '../support/service-errors.ts';
import { LOOK_AGAIN_MS, setup, type TestBed, TTL_MS } from '../support/setup.ts';

const NO_CALL = { G: 0, D: 0, B: 0 };
const PREVIOUS = { versionStage: 'AWSPREVIOUS' };
const PENDING = { versionStage: 'AWSPENDING' };

const pairOf = (nth: number): string =>
  JSON.stringify({ username: `user-${nth}`, password: `password-${nth}` });

async function holding(options: Parameters<typeof setup>[0] = {}): Promise<TestBed> {
  const bed = setup(options);
  await bed.read('a');
  bed.service.newCounts();
  return bed;
}

describe('a rotation', () => {
  test('costs one describe and one read, and AWSPREVIOUS is then free, under the labels of now', async () => {
    const { cache, service, runtime, read } = await holding();
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);

    const current = await runtime.run(cache.get('a'));
    const previous = await runtime.run(cache.get('a', PREVIOUS));

    expect([current.text(), previous.text()]).toEqual(['a v2', 'a v1']);
    expect([current.versionStages, previous.versionStages]).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    expect(await read('a')).toBe('a v2');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('an object handed out before keeps its labels; a version whose labels change comes as a new object', async () => {
    const { cache, service, runtime } = await holding();
    const before = await runtime.run(cache.get('a'));
    const v2 = service.put('a', 'a pending', { stages: ['AWSPENDING'] });
    await runtime.run(cache.get('a', PENDING));
    service.moveLabel('a', 'AWSCURRENT', v2);
    await runtime.advance(TTL_MS);

    const after = await runtime.run(cache.get('a'));
    const old = await runtime.run(cache.get('a', PREVIOUS));

    expect(after.versionStages.toSorted()).toEqual(['AWSCURRENT', 'AWSPENDING']);
    expect(before.versionStages).toEqual(['AWSCURRENT']);
    expect([old.versionId, old.versionStages]).toEqual([before.versionId, ['AWSPREVIOUS']]);
  });

  test('step by step: the old version until the last step, the new one within a TTL after, never pending data', async () => {
    const { cache, service, runtime, read } = await holding({ ttlMs: 1_000 });
    const steps = [
      () => void service.startRotation('a'),
      () => service.putPendingValue('a', 'a v2'),
      () => {},
      () => {},
    ];
    for (const step of steps) {
      step();
      for (let atMs = 0; atMs < 3_000; atMs += 100) {
        expect(await read('a')).toBe('a v1');
        await runtime.advance(100);
      }
    }
    service.finishRotation('a');
    await runtime.advance(1_000);
    expect(await read('a')).toBe('a v2');
    expect((await runtime.run(cache.get('a', PREVIOUS))).text()).toBe('a v1');
  });

  test('AWSPENDING before it exists is not found for at most 5 s, and found afterwards', async () => {
    const { service, runtime, readCode, read } = await holding();
    expect(await readCode('a', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    service.put('a', 'a pending', { stages: ['AWSPENDING'] });
    expect(await readCode('a', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    await runtime.advance(5_000);
    expect(await read('a', PENDING)).toBe('a pending');
    expect(service.newCounts()).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('AWSPENDING that names a version without a value yet is not found for at most 5 s, and harms nothing', async () => {
    const { service, runtime, readCode, read } = await holding();
    service.startRotation('a');
    expect(await readCode('a', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    expect(await read('a')).toBe('a v1');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
    expect(await readCode('a', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    service.putPendingValue('a', 'a pending');
    await runtime.advance(5_000);
    expect(await read('a', PENDING)).toBe('a pending');
  });

  test('a missing AWSPENDING is never remembered for longer than 5 s, however often it was missing', async () => {
    const { service, runtime, readCode, read } = await holding();
    for (let nth = 0; nth < 20; nth += 1) {
      await readCode('a', PENDING);
      await runtime.advance(5_000);
    }
    expect(service.newCounts()).toEqual({ G: 20, D: 0, B: 0 });
    await readCode('a', PENDING);
    service.put('a', 'a pending', { stages: ['AWSPENDING'] });
    await runtime.advance(5_000);
    expect(await read('a', PENDING)).toBe('a pending');
  });

  test('a missing AWSPENDING blocks AWSCURRENT neither held nor cold', async () => {
    const { read, readCode } = setup({ secrets: ['a', 'b'] });
    expect(await readCode('b', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    expect(await read('b')).toBe('b v1');
    expect(await read('a')).toBe('a v1');
    expect(await readCode('a', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    expect(await read('a')).toBe('a v1');
  });

  test('a held AWSPENDING that was promoted and lost its label is not served past the TTL', async () => {
    const { service, runtime, read, readCode } = await holding({ ttlMs: 1_000 });
    service.startRotation('a');
    service.putPendingValue('a', 'a v2');
    expect(await read('a', PENDING)).toBe('a v2');
    service.finishRotation('a');
    service.removeLabel('a', 'AWSPENDING');
    await runtime.advance(1_000);
    expect(await readCode('a', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    expect(await read('a')).toBe('a v2');
  });

  test('a held AWSPENDING follows to the version of the next rotation', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 1_000 });
    service.startRotation('a');
    service.putPendingValue('a', 'a v2');
    expect(await read('a', PENDING)).toBe('a v2');
    service.finishRotation('a');
    service.startRotation('a');
    service.putPendingValue('a', 'a v3');
    await runtime.advance(1_000);
    expect(await read('a', PENDING)).toBe('a v3');
    expect(await read('a')).toBe('a v2');
  });

  test('a definitive "not found" drops a held AWSPENDING at once and suspects nothing else', async () => {
    const { cache, service, runtime, read, readCode } = await holding({ ttlMs: 1_000, revalidate: 'fetch' });
    service.put('a', 'a pending', { stages: ['AWSPENDING'] });
    expect(await read('a', PENDING)).toBe('a pending');
    service.removeLabel('a', 'AWSPENDING');
    await runtime.advance(1_000);
    expect(await readCode('a', PENDING)).toBe('ERR_SECRET_NOT_FOUND');
    expect(cache.peek('a', PENDING)).toBeUndefined();
    service.fail(errors.internalError);
    expect(await read('a')).toBe('a v1');
  });

  test('a read by the stage that began before a promotion is stored with its own start time', async () => {
    const { cache, service, runtime, read } = setup({ ttlMs: 1_000 });
    const hold = service.hold({ op: 'G' });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.put('a', 'a v2');
    await runtime.advance(400);
    hold.lift();
    await runtime.settle();
    expect(get.value?.text()).toBe('a v1');
    await runtime.advance(599);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1);
    expect(await read('a')).toBe('a v2');
  });

  test('AWSPREVIOUS follows every rotation', async () => {
    const { service, runtime, read, readCode } = await holding({ ttlMs: 1_000 });
    expect(await readCode('a', PREVIOUS)).toBe('ERR_SECRET_NOT_FOUND');
    for (let nth = 2; nth < 8; nth += 1) {
      service.put('a', `a v${nth}`);
      await runtime.advance(60_000);
      expect([await read('a', PREVIOUS), await read('a')]).toEqual([`a v${nth - 1}`, `a v${nth}`]);
    }
  });

  test('AWSPREVIOUS alone, without AWSCURRENT ever asked for, follows too', async () => {
    const { service, runtime, read } = setup({ ttlMs: 1_000 });
    for (let nth = 2; nth < 6; nth += 1) {
      service.put('a', `a v${nth}`);
      await runtime.advance(1_000);
      expect(await read('a', PREVIOUS)).toBe(`a v${nth - 1}`);
    }
  });

  test('every ten minutes for a day leaves at most four versions held', async () => {
    const { service, runtime, read } = await holding();
    const versionIds = [service.versionOf('a')];
    for (let nth = 1; nth <= 144; nth += 1) {
      versionIds.push(service.put('a', `a v${nth + 1}`));
      await runtime.advance(600_000);
      expect(await read('a')).toBe(`a v${nth + 1}`);
    }
    expect(service.newCounts()).toEqual({ G: 144, D: 144, B: 0 });

    // A label that moves back to a version that is held costs no read. The newest first, so that none is pushed out.
    const needsRead = async (versionId: string): Promise<boolean> => {
      service.moveLabel('a', 'AWSCURRENT', versionId);
      await runtime.advance(600_000);
      await read('a');
      return service.newCounts().G > 0;
    };
    let held = 1;
    for (const versionId of versionIds.toReversed().slice(1)) {
      if (await needsRead(versionId)) break;
      held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(2);
    expect(held).toBeLessThanOrEqual(4);
    for (const versionId of versionIds.slice(0, 10)) expect(await needsRead(versionId)).toBe(true);
  });

  test('a held version is not read again when it is asked for by its id', async () => {
    const { service, read } = await holding();
    expect(await read('a', { versionId: service.versionOf('a') })).toBe('a v1');
    expect(service.newCounts().G).toBe(0);
  });
});

describe('a rollback', () => {
  test('a label that moves back is followed within a TTL, without a read, and checked again within 5 s', async () => {
    const { service, runtime, read } = await holding();
    const v1 = service.versionOf('a');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v2');
    service.newCounts();
    service.moveLabel('a', 'AWSCURRENT', v1);
    await runtime.advance(TTL_MS);

    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
    await runtime.advance(LOOK_AGAIN_MS);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
    await runtime.advance(TTL_MS - 1);
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual(NO_CALL);
  });

  test('a describe from a replica that lags looks like a rollback, and is put right within 5 s', async () => {
    const { service, runtime, read } = await holding({ ttlMs: 60_000 });
    const lag = service.lag('a', 'D');
    service.put('a', 'a v2');
    await runtime.advance(60_000);
    expect(await read('a')).toBe('a v1');
    lag.lift();
    await runtime.advance(60_000);
    expect(await read('a')).toBe('a v2');
    const behind = service.fail(
      {
        output: (right) => {
          const [v1, v2] = [service.versionOf('a', 'AWSPREVIOUS'), service.versionOf('a')];
          return {
            ...(right() as object),
            VersionIdsToStages: { [v1]: ['AWSCURRENT'], [v2]: ['AWSPENDING'] },
          };
        },
      },
      { op: 'D', times: 1 },
    );
    await runtime.advance(60_000);
    expect(await read('a')).toBe('a v1');
    expect(behind.calls).toHaveLength(1);
    await runtime.advance(LOOK_AGAIN_MS);
    expect(await read('a')).toBe('a v2');
  });
});

describe('replicas that lag', () => {
  test.each([
    ['not found', false],
    ['another version', true],
  ])(
    'a new version that reads answer with "%s" leaves the old one served until it can be read',
    async (_name, known) => {
      const { service, runtime, read } = await holding();
      const v2 = service.put('a', 'a v2', { stages: [] });
      const lag = known ? service.lag('a', 'G', 'B') : undefined;
      if (known) service.moveLabel('a', 'AWSCURRENT', v2);
      const lost = known ? undefined : service.fail(() => errors.versionNotFound(v2), { op: ['G', 'B'] });
      if (!known) service.moveLabel('a', 'AWSCURRENT', v2);
      await runtime.advance(TTL_MS);

      for (let atMs = 0; atMs < 120_000; atMs += 250) {
        expect(await read('a')).toBe('a v1');
        await runtime.advance(250);
      }
      const { G } = service.newCounts();
      expect(G).toBeGreaterThanOrEqual(120 / 5 - 1);
      expect(G).toBeLessThanOrEqual(121);
      lag?.lift();
      lost?.lift();
      await runtime.advance(LOOK_AGAIN_MS);
      expect(await read('a')).toBe('a v2');
    },
  );

  test('an old value that outlives its TTL behind a lagging replica is still answered at once', async () => {
    const { cache, service, runtime } = await holding();
    service.lag('a', 'G');
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    expect((await runtime.run(cache.get('a'))).text()).toBe('a v1');
    service.latencyMs = 900;
    await runtime.advance(500);
    expect((await runtime.run(cache.get('a'))).text()).toBe('a v1');
    service.newCounts();
  });
});

describe('deletion and return', () => {
  test('a secret marked for deletion is dropped at the next check, and no outage brings it back', async () => {
    const { cache, service, runtime, readCode } = await holding();
    service.scheduleDeletion('a');
    await runtime.advance(TTL_MS);
    expect(await readCode('a')).toBe('ERR_SECRET_DELETED');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    expect(cache.peek('a')).toBeUndefined();
    service.fail(errors.internalError);
    await runtime.advance(60_000);
    expect(await readCode('a')).toBe('ERR_SECRET_UNAVAILABLE');
  });

  test("with revalidate: 'fetch' the first refusal is a suspicion, the next a second later confirms it", async () => {
    const { cache, service, runtime, read, readCode } = await holding({ revalidate: 'fetch' });
    service.scheduleDeletion('a');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
    expect(await read('a')).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_DELETED');
    expect(service.newCounts()).toEqual({ G: 1, D: 0, B: 0 });
    expect(cache.peek('a')).toBeUndefined();
  });

  test('a restored secret is usable again after 30 s at the latest', async () => {
    const { service, runtime, read, readCode } = await holding();
    service.scheduleDeletion('a');
    await runtime.advance(TTL_MS);
    for (let atMs = 0; atMs < 600_000; atMs += 1_000) {
      expect(await readCode('a')).toBe('ERR_SECRET_DELETED');
      await runtime.advance(1_000);
    }
    service.restore('a');
    await runtime.advance(30_000);
    expect(await read('a')).toBe('a v1');
  });

  test('a mark for deletion that is lifted between the describe and the read costs nothing', async () => {
    const { cache, service, runtime } = await holding();
    service.scheduleDeletion('a');
    await runtime.advance(TTL_MS);
    const hold = service.hold({ op: 'D' });
    const get = outcomeOf(cache.get('a'));
    await runtime.settle();
    service.restore('a');
    hold.lift();
    await runtime.settle();
    expect(get.value?.text()).toBe('a v1');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
  });

  test('a secret deleted and made again under its name takes over at the next check', async () => {
    const { cache, service, runtime, read, readCode } = await holding();
    service.put('a', 'a v2');
    await runtime.advance(TTL_MS);
    await read('a');
    service.newCounts();
    const before = await runtime.run(cache.get('a'));
    const versionId = service.versionOf('a');
    service.destroy('a');
    service.create('a', 'a of another life', { versionId });
    await runtime.advance(TTL_MS);
    const after = await runtime.run(cache.get('a'));
    expect(after.text()).toBe('a of another life');
    expect(after.arn).toBe(service.arnOf('a'));
    expect(after.arn).not.toBe(before.arn);
    expect(await read('a')).toBe('a of another life');
    expect(service.newCounts()).toEqual({ G: 1, D: 1, B: 0 });
    expect(await readCode('a', PREVIOUS)).toBe('ERR_SECRET_NOT_FOUND');
  });

  test('a secret deleted for good is dropped after confirmation', async () => {
    const { cache, service, runtime, read, readCode } = await holding();
    service.destroy('a');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v1');
    await runtime.advance(1_000);
    expect(await readCode('a')).toBe('ERR_SECRET_NOT_FOUND');
    expect(cache.peek('a')).toBeUndefined();
  });
});

describe('what a version holds', () => {
  test('text that turns binary gives a typed error from text(), and its bytes', async () => {
    const { cache, service, runtime, code } = await holding();
    service.put('a', Uint8Array.of(0, 255, 128));
    await runtime.advance(TTL_MS);
    const secret = await runtime.run(cache.get('a'));
    expect(() => secret.text()).toThrow(expect.objectContaining({ code: 'ERR_SECRET_NOT_TEXT' }));
    expect([...secret.bytes()]).toEqual([0, 255, 128]);
    expect(await code(cache.getText('a'))).toBe('ERR_SECRET_NOT_TEXT');
    expect(await code(cache.getJson('a'))).toBe('ERR_SECRET_NOT_TEXT');
  });

  test('all that is read from one secret is of one version, although it is rotated in between', async () => {
    const { cache, service, runtime } = setup({ secrets: [], ttlMs: 0 });
    service.create('a', pairOf(1));
    const secret = await runtime.run(cache.get('a'));
    const { username } = secret.json<{ username: string }>();
    service.put('a', pairOf(2));
    const next = await runtime.run(cache.get('a'));
    const { password } = secret.json<{ password: string }>();
    expect([username, password]).toEqual(['user-1', 'password-1']);
    expect(next.json()).toEqual({ username: 'user-2', password: 'password-2' });
  });
});
