/** Where the token comes from, and what is said when there is none. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { readToken } from '../../src/agent/token.ts';
import { SecretCacheError } from '../../src/index.ts';

const VARIABLES = ['AWS_TOKEN', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'];

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agent-token-'));
});
afterAll(() => rm(directory, { recursive: true }));
beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
  return () => vi.unstubAllEnvs();
});

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(directory, String(Math.random()).slice(2));
  await writeFile(path, content);
  return `file://${path}`;
}

async function failure(token: string | undefined, kind: 'agent' | 'extension' = 'agent'): Promise<string> {
  const error: unknown = await readToken(token, kind, 'prod/db').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SecretCacheError);
  const { code, secretId, message } = error as SecretCacheError;
  expect([code, secretId]).toEqual(['ERR_SECRET_CREDENTIALS', 'prod/db']);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  return message;
}

describe('a token', () => {
  test('given as an option goes before the environment', async () => {
    vi.stubEnv('AWS_TOKEN', 'from the environment');
    expect(await readToken('given', 'agent', 'a')).toEqual({ value: 'given', origin: 'the option `token`' });
  });

  test('is the first that the agent itself would take from the environment', async () => {
    for (const name of VARIABLES.toReversed()) {
      vi.stubEnv(name, `token-of-${name}`);
      expect(await readToken(undefined, 'agent', 'a')).toEqual({ value: `token-of-${name}`, origin: name });
    }
    vi.stubEnv('AWS_TOKEN', '');
    expect((await readToken(undefined, 'agent', 'a')).origin).toBe('AWS_SESSION_TOKEN');
  });

  test('for the extension is Lambda’s session token, as it is now', async () => {
    vi.stubEnv('AWS_TOKEN', 'of an agent');
    for (const value of ['first', 'second']) {
      vi.stubEnv('AWS_SESSION_TOKEN', value);
      expect((await readToken(undefined, 'extension', 'a')).value).toBe(value);
    }
  });

  test('is read anew from its file, without the line’s end', async () => {
    const token = await fileOf('first\n');
    expect((await readToken(token, 'agent', 'a')).value).toBe('first');
    await writeFile(token.slice('file://'.length), ' second \r\n');
    expect((await readToken(token, 'agent', 'a')).value).toBe('second');
    vi.stubEnv('AWS_TOKEN', token);
    expect((await readToken(undefined, 'agent', 'a')).value).toBe('second');
  });
});

describe('without a token', () => {
  test('a missing file is named, with what to do', async () => {
    const message = await failure(`file://${directory}/none`);
    expect(message).toContain(`Cannot read secret "prod/db": there is no token to show to the agent`);
    expect(message).toContain(`its file "${directory}/none" can't be read (ENOENT)`);
    expect(message).toContain('or pass `token`');
  });

  test('a file that can’t be read as one is named too', async () => {
    expect(await failure(`file://${directory}`)).toContain("can't be read (EISDIR)");
  });

  test.each([
    ['is empty', ''],
    ['is empty', ' \n\t'],
    ["holds something that isn't a token", 'two words hunter2'],
    ["holds something that isn't a token", 'line\r\nX-Forwarded-For: hunter2'],
    ["holds something that isn't a token", Buffer.from([0x00, 0xff, 0x10])],
    ["holds something that isn't a token", 'hunter2'.repeat(2_000)],
  ])('a file that %s is named, and nothing of it shown', async (fault, content) => {
    const token = await fileOf(content);
    expect(await failure(token)).toContain(`the file "${token.slice('file://'.length)}" ${fault}`);
  });

  test('an option that no header takes is refused', async () => {
    expect(await failure('hunter2\r\nX: y')).toContain(
      "the option `token` holds something that isn't a token",
    );
  });

  test('the extension’s is said to be missing from the environment', async () => {
    expect(await failure(undefined, 'extension')).toContain('AWS_SESSION_TOKEN is not set');
  });

  test('the agent’s is looked for where its installer puts it', async () => {
    expect(await failure(undefined)).toContain('"/var/run/awssmatoken"');
  });
});
