// examples/own-source.ts at work: files that change, that are not there, and that an id must not reach.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { fileSource } from '../../examples/own-source.ts';
import { SecretCache } from '../../src/index.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'own-source-'));
  await mkdir(join(home, 'secrets/prod'), { recursive: true });
  await writeFile(join(home, 'secrets/prod/db'), 'v1');
  await writeFile(join(home, 'outside'), 'not a secret of this directory');
});
afterEach(() => rm(home, { recursive: true }));

const makeCache = (): SecretCache => new SecretCache({ source: fileSource(join(home, 'secrets')), ttlMs: 0 });

test('a file is a secret, and other content is another version of it', async () => {
  await using cache = makeCache();
  const first = await cache.get('prod/db');
  expect(first.text()).toBe('v1');
  expect(await cache.get('prod/db')).toBe(first);
  await writeFile(join(home, 'secrets/prod/db'), 'v2');
  const second = await cache.get('prod/db');
  expect(second.text()).toBe('v2');
  expect(second.versionId).not.toBe(first.versionId);
  expect(cache.stats().rotations).toBe(1);
});

test.each(['prod/missing', '../outside', '/etc/hostname'])('%s is not found', async (secretId) => {
  await using cache = makeCache();
  await expect(cache.get(secretId)).rejects.toMatchObject({ code: 'ERR_SECRET_NOT_FOUND', secretId });
});

test('a label or a version that no file has is not found', async () => {
  await using cache = makeCache();
  for (const selector of [{ versionStage: 'AWSPREVIOUS' }, { versionId: '0'.repeat(32) }]) {
    await expect(cache.get('prod/db', selector)).rejects.toMatchObject({ code: 'ERR_SECRET_NOT_FOUND' });
  }
});

test('a file that cannot be read counts as an outage: what is held is served', async () => {
  await using cache = makeCache();
  expect(await cache.getText('prod/db')).toBe('v1');
  await rm(join(home, 'secrets/prod/db'));
  await mkdir(join(home, 'secrets/prod/db'));
  expect(await cache.getText('prod/db')).toBe('v1');
  expect(cache.stats().stale).toBe(1);
});
