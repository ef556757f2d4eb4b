/** What the agent answers, understood: a version, or why there is none; and never a word of it in an error. */

import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import type { Reply } from '../../src/agent/connections.ts';
import { isNoAnswer, refused, unreachable } from '../../src/agent/failure.ts';
import { readAgentOptions } from '../../src/agent/options.ts';
import { readAgentVersion } from '../../src/agent/version.ts';
import type { SecretCacheError } from '../../src/index.ts';
import { arnOf } from '../source/support.ts';

const agent = readAgentOptions({}).agent;
const extension = readAgentOptions({ kind: 'extension' }).agent;
const token = { value: 'hunter2', origin: 'AWS_TOKEN' };

function reply(status: number, body: string, errorType?: string): Reply {
  return { status, errorType, body: Buffer.from(body) };
}

function json(type: string, message: string): string {
  return JSON.stringify({ __type: type, message });
}

function isSilence(status: number, body: string): boolean {
  return isNoAnswer(refused(reply(status, body), 'prod/db', agent, token));
}

function checked(error: SecretCacheError): SecretCacheError {
  expect(error.secretId).toBe('prod/db');
  expect(error.message).toContain('Cannot read secret "prod/db": ');
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  return error;
}

describe('a refusal of Secrets Manager’s that the agent passes on', () => {
  const user = 'User: arn:aws:sts::1:assumed-role/r hunter2 is not authorized to perform';
  test.each([
    ['NOT_FOUND', 400, 'ResourceNotFoundException', "can't find the specified secret hunter2"],
    ['ACCESS_DENIED', 400, 'AccessDeniedException', `${user}: secretsmanager:GetSecretValue`],
    ['CREDENTIALS', 403, 'AccessDeniedException', `${user}: sts:AssumeRole on resource`],
    ['DECRYPTION', 400, 'AccessDeniedException', 'Access to KMS is not allowed hunter2'],
    ['DECRYPTION', 400, 'DecryptionFailure', 'hunter2'],
    ['DELETED', 400, 'InvalidRequestException', 'it was marked for deletion. hunter2'],
    ['INVALID_REQUEST', 400, 'InvalidRequestException', 'a VersionStage that is not associated hunter2'],
    ['INVALID_REQUEST', 400, 'ValidationException', 'hunter2'],
    ['THROTTLED', 400, 'ThrottlingException', 'Rate exceeded hunter2'],
    ['CREDENTIALS', 400, 'ExpiredTokenException', 'hunter2'],
    ['UNAVAILABLE', 500, 'InternalServiceError', 'hunter2'],
    ['UNAVAILABLE', 500, 'InternalFailure', 'hunter2'],
    ['UNAVAILABLE', 502, 'ConnectionError', 'Read Error hunter2'],
    ['TIMEOUT', 504, 'TimeoutError', 'Timeout hunter2'],
    ['UNAVAILABLE', 503, 'SomethingNew', 'hunter2'],
  ])('ERR_SECRET_%s: %i %s', (code, status, type, message) => {
    const escaped = checked(refused(reply(status, json(type, message)), 'prod/db', agent, token));
    const unescaped = checked(
      refused(
        reply(status, `{"__type":"${type}", "message":"a "quoted" ${message}"}`),
        'prod/db',
        agent,
        token,
      ),
    );
    expect([escaped.code, unescaped.code]).toEqual([`ERR_SECRET_${code}`, `ERR_SECRET_${code}`]);
    expect(escaped.message).toContain(`(${type})`);
    expect(escaped.message).toContain(
      'The answer came through the Secrets Manager Agent at http://127.0.0.1:2773.',
    );
    expect(escaped.cause).toBeUndefined();
  });

  test('a namespace before the type is left out, and what is no name at all is not repeated', () => {
    const named = refused(reply(400, json('a.b#ResourceNotFoundException', '')), 'prod/db', agent, token);
    expect(named.code).toBe('ERR_SECRET_NOT_FOUND');
    const other = refused(reply(500, '{"__type":"<script>hunter2"}'), 'prod/db', agent, token);
    expect(checked(other).code).toBe('ERR_SECRET_UNAVAILABLE');
  });

  test('the extension’s header names one whose text doesn’t', () => {
    const answer = reply(400, 'hunter2', 'ResourceNotFoundException');
    expect(checked(refused(answer, 'prod/db', extension, token)).code).toBe('ERR_SECRET_NOT_FOUND');
  });

  test('a denial says which actions the agent needs', () => {
    const { message } = refused(reply(400, json('AccessDeniedException', 'no')), 'prod/db', agent, token);
    expect(message).toContain('Allow secretsmanager:GetSecretValue and secretsmanager:DescribeSecret in');
  });
});

describe('a refusal of its own', () => {
  test.each([
    [agent, 403, 'Bad Token', 'CREDENTIALS', 'refused the token of AWS_TOKEN (403)'],
    [
      extension,
      401,
      'bad session token or header key',
      'CREDENTIALS',
      'refused the token of AWS_TOKEN (401)',
    ],
    [agent, 429, 'Connection limit exceeded', 'UNAVAILABLE', 'has no connection free (429)'],
    [agent, 400, 'Forwarded', 'INVALID_REQUEST', 'Reach it directly and not through a proxy'],
    [
      agent,
      400,
      'unknown parameter: refreshNow',
      'INVALID_REQUEST',
      'update it if it is older than `refreshNow`',
    ],
    [extension, 400, 'not ready to serve traffic, please wait', 'UNAVAILABLE', 'in the invoke phase alone'],
    [extension, 400, 'an unexpected error occurred', 'UNAVAILABLE', "failed and didn't say why (400)"],
    [agent, 404, 'Not found', 'UNAVAILABLE', 'is something else (404)'],
    [agent, 405, 'Not allowed', 'UNAVAILABLE', 'is something else (405)'],
    [agent, 302, '', 'UNAVAILABLE', 'is something else (302)'],
    [agent, 500, '<html>hunter2</html>', 'UNAVAILABLE', 'is something else (500)'],
  ])('%o %i %s', (by, status, body, code, words) => {
    const error = checked(refused(reply(status, body), 'prod/db', by, token));
    expect(error.code).toBe(`ERR_SECRET_${code}`);
    expect(error.message).toContain(words);
  });

  test('a refused token is one, although the extension’s header says AccessDeniedException', () => {
    const answer = reply(401, 'bad session token or header key', 'AccessDeniedException');
    expect(refused(answer, 'prod/db', extension, token).code).toBe('ERR_SECRET_CREDENTIALS');
  });
});

describe('no answer', () => {
  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])(
    '%s: unavailable, and the cause is kept',
    (code) => {
      const thrown = Object.assign(new Error(`connect ${code}`), { code });
      const error = checked(unreachable(thrown, 'prod/db', agent));
      expect(error.code).toBe('ERR_SECRET_UNAVAILABLE');
      expect(error.message).toContain(
        `the Secrets Manager Agent at http://127.0.0.1:2773 can't be reached (${code})`,
      );
      expect(error.cause).toMatchObject({ code });
      expect(error.cause).not.toBe(thrown);
    },
  );

  test('of what isn’t HTTP nothing is kept', () => {
    const parsing = Object.assign(new Error('hunter2'), {
      code: 'HPE_INVALID',
      rawPacket: Buffer.from('hunter2'),
    });
    const error = checked(unreachable(parsing, 'prod/db', agent));
    expect([error.code, error.cause]).toEqual(['ERR_SECRET_UNAVAILABLE', undefined]);
    expect(error.message).toContain('is not HTTP');
  });

  test('is what a source behind is asked after; a refusal and a throttled call are answers', () => {
    expect(isSilence(500, json('InternalFailure', ''))).toBe(true);
    expect(isSilence(504, json('TimeoutError', 'Timeout'))).toBe(true);
    expect(isSilence(429, 'Connection limit exceeded')).toBe(true);
    for (const type of [
      'AccessDeniedException',
      'ResourceNotFoundException',
      'ThrottlingException',
      'DecryptionFailure',
    ])
      expect(isSilence(400, json(type, 'no')), type).toBe(false);
    expect(isSilence(403, 'Bad Token')).toBe(false);
    expect(isSilence(400, 'Forwarded')).toBe(false);
  });
});

describe('a secret', () => {
  const whole = {
    ARN: arnOf('prod/db'),
    Name: 'prod/db',
    VersionId: 'v1',
    SecretString: 'hunter2',
    VersionStages: ['AWSCURRENT'],
    CreatedDate: '1523477145.713',
  };
  const read = (changes: object, ref: object = {}): unknown =>
    readAgentVersion(Buffer.from(JSON.stringify({ ...whole, ...changes })), { secretId: 'prod/db', ...ref });

  test('as the agent writes it', () => {
    expect(read({})).toEqual({
      arn: arnOf('prod/db'),
      name: 'prod/db',
      versionId: 'v1',
      versionStages: ['AWSCURRENT'],
      createdDate: new Date(1_523_477_145_713),
      value: 'hunter2',
    });
  });

  test('as the extension writes it', () => {
    const changes = { SecretBinary: null, CreatedDate: '2023-12-28T14:57:31.359Z', ResultMetadata: {} };
    expect(read(changes)).toMatchObject({
      createdDate: new Date('2023-12-28T14:57:31.359Z'),
      value: 'hunter2',
    });
  });

  test('of bytes', () => {
    expect(read({ SecretString: undefined, SecretBinary: 'AH+A/w==' })).toMatchObject({
      value: Uint8Array.of(0, 127, 128, 255),
    });
  });

  test.each(['yesterday', '', null, 12, {}])('created at a time that isn’t one: %j', (CreatedDate) => {
    expect(read({ CreatedDate })).toMatchObject({ createdDate: undefined });
  });

  test.each<[string, object, object?]>([
    ['no ARN', { ARN: null }],
    ['no version', { VersionId: undefined }],
    ['no value', { SecretString: null }],
    ['two values', { SecretBinary: 'AA==' }],
    ['bytes that aren’t base64', { SecretString: null, SecretBinary: 'hunter2!' }],
    ['bytes whose base64 is cut', { SecretString: null, SecretBinary: 'AH+A/w' }],
    ['another secret', { Name: 'prod/other', ARN: arnOf('prod/other') }],
    ['another version', {}, { versionId: 'v2' }],
  ])('malformed: %s', (_what, changes, ref) => {
    expect(() => read(changes, ref)).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_MALFORMED_RESPONSE', secretId: 'prod/db' }),
    );
  });

  test.each(['', '{}', 'null', '[]', '"hunter2"', '<html>hunter2</html>', '{"ARN":"hunter2'])(
    'malformed: %j',
    (body) => {
      const parse = (): unknown => readAgentVersion(Buffer.from(body), { secretId: 'prod/db' });
      expect(parse).toThrow(expect.objectContaining({ code: 'ERR_SECRET_MALFORMED_RESPONSE' }));
      expect(parse).not.toThrow(/hunter2/);
    },
  );

  test('malformed: text that isn’t UTF-8, rather than one with other characters in it', () => {
    const body = Buffer.from(JSON.stringify(whole).replace('hunter2', '\u00ff'), 'latin1');
    expect(() => readAgentVersion(body, { secretId: 'prod/db' })).toThrow(/is incomplete/);
  });
});
