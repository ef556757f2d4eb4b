/** The table "Second by second" of docs/rotation.md, lived through on a virtual clock. */

import { describe, expect, test } from 'vitest';

import { parseSecretEvent, type Secret } from '../../src/index.ts';
import { eventsOf } from '../support/events.ts';
import { setup, TTL_MS, type TestBed } from '../support/setup.ts';
import { blocksOf, markdownFile } from './documents.ts';

const page = markdownFile('docs/rotation.md').text;

/** The database after setSecret. */
async function enter(secret: Secret): Promise<string> {
  if (secret.text() === 'a v2') return secret.text();
  throw Object.assign(new Error('password authentication failed'), { code: '28P01' });
}

/** A server that holds v1 when `setSecret` changes the password in the database. */
async function atSetSecret(): Promise<TestBed & { login(): Promise<string> }> {
  const bed = setup();
  const { service, cache } = bed;
  await bed.read('a');
  service.startRotation('a');
  service.putPendingValue('a', 'a v2');
  service.calls.length = 0;
  return { ...bed, login: () => cache.withSecret('a', enter) };
}

const sentAtMs = ({ service }: TestBed, sinceMs: number): number[] =>
  service.calls.map(({ atMs }) => Math.round(atMs - sinceMs));

describe('a single user, setSecret at 0 s', () => {
  test.each([1, 20])(
    'finishSecret at 3 s: %i waiting from 0.1 s on ask at most once a second, and go on by 4.1 s',
    async (waiting) => {
      const bed = await atSetSecret();
      const { runtime, service, login, cache } = bed;
      const sinceMs = runtime.monotonicNowMs();
      const rotated = eventsOf('rotated');
      await runtime.advance(100);
      const logins = Promise.all(Array.from({ length: waiting }, () => login()));
      await runtime.advance(2_900);
      expect(rotated).toEqual([]);
      service.finishRotation('a');
      expect(new Set(await runtime.runFor(logins, 1_100))).toEqual(new Set(['a v2']));

      const sent = sentAtMs(bed, sinceMs);
      expect(sent.slice(0, 3)).toEqual([100, 1_100, 2_100]);
      expect(sent).toHaveLength(4);
      expect(sent[3]).toBeGreaterThanOrEqual(3_100);
      expect(rotated).toHaveLength(1);
      service.newCounts();
      await runtime.run(cache.get('a'));
      expect(service.newCounts()).toEqual({ G: 0, D: 0, B: 0 });
    },
  );

  test('no finishSecret: the database’s own error at 3.1 to 5.1 s', async () => {
    const { runtime, login } = await atSetSecret();
    await runtime.advance(100);
    const sinceMs = runtime.monotonicNowMs();
    await expect(runtime.runFor(login(), 5_000)).rejects.toMatchObject({ code: '28P01' });
    expect(runtime.monotonicNowMs() - sinceMs).toBeGreaterThanOrEqual(3_000);
  });

  test('nobody logs in: the next check finds it, with a read of that very version under its label', async () => {
    const { runtime, service, read } = await atSetSecret();
    service.finishRotation('a');
    await runtime.advance(TTL_MS);
    expect(await read('a')).toBe('a v2');
    expect(service.calls.map(({ op }) => op)).toEqual(['D', 'G']);
    expect(service.calls[1]).toMatchObject({
      versionId: service.versionOf('a'),
      versionStage: 'AWSCURRENT',
    });
  });
});

test('a rollback is one DescribeSecret, and one more within 5 s', async () => {
  const { runtime, service, read } = await atSetSecret();
  const first = service.versionOf('a');
  service.finishRotation('a');
  await runtime.advance(TTL_MS);
  await read('a');
  service.moveLabel('a', 'AWSCURRENT', first);
  service.newCounts();
  await runtime.advance(TTL_MS);
  expect(await read('a')).toBe('a v1');
  expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
  await runtime.advance(5_000);
  expect(await read('a')).toBe('a v1');
  expect(service.newCounts()).toEqual({ G: 0, D: 1, B: 0 });
});

test('the pattern of the rule matches an event that makes a hint', () => {
  const [pattern = '{}'] = blocksOf(page, 'json');
  const { source, 'detail-type': types } = JSON.parse(pattern) as Record<string, string[]>;
  const event = {
    source: source?.[0],
    'detail-type': types?.[0],
    resources: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:a-a1b2c3'],
    detail: { name: 'a', labelUpdated: 'AWSCURRENT', versionId: 'v2' },
  };
  expect(parseSecretEvent(event)).toEqual({
    secretId: event.resources[0],
    versionStage: 'AWSCURRENT',
    versionId: 'v2',
  });
});
