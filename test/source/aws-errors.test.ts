import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { SecretCacheError } from '../../src/errors.ts';
import { toSecretCacheError } from '../../src/source/aws-errors.ts';
import * as errors from '../support/service-errors.ts';

const codeOf = (error: unknown): string => toSecretCacheError(error, 'prod/db').code;
const named = (name: string, message = 'some text'): Error => errors.unmodelled(name, message);
const system = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

/** What the SDK throws when it can't read a body: its parser's error, the text of the body in the message. */
function unreadable(httpStatusCode: number, body = '<html>canary</html>'): Error {
  const error = new SyntaxError(`Unexpected token in ${body}\n  Deserialization error`);
  return Object.assign(error, { $metadata: { httpStatusCode }, $responseBodyText: body });
}

/** What Node throws when it can't read a response's head: the bytes it read come with it. */
const unparsed = Object.assign(system('HPE_INVALID_CONSTANT'), { rawPacket: Buffer.from('canary') });

describe('the code of an error', () => {
  test.each([
    ['ERR_SECRET_NOT_FOUND', errors.secretNotFound()],
    ['ERR_SECRET_NOT_FOUND', errors.stageNotFound('AWSPENDING')],
    ['ERR_SECRET_NOT_FOUND', errors.unmodelled('ResourceNotFoundException', 'an emulator’s status', 404)],
    ['ERR_SECRET_DELETED', errors.markedForDeletion()],
    ['ERR_SECRET_DELETED', named('InvalidRequestException', 'a secret that is currently marked deleted.')],
    ['ERR_SECRET_INVALID_REQUEST', errors.stageMismatch()],
    ['ERR_SECRET_INVALID_REQUEST', errors.invalidParameter()],
    ['ERR_SECRET_INVALID_REQUEST', errors.validation()],
    ['ERR_SECRET_INVALID_REQUEST', new Error('Region is missing')],
    ['ERR_SECRET_ACCESS_DENIED', errors.accessDenied()],
    ['ERR_SECRET_DECRYPTION', errors.kmsDenied()],
    [
      'ERR_SECRET_DECRYPTION',
      named('AccessDeniedException', 'x is not authorized to perform: kms:Decrypt on y'),
    ],
    ['ERR_SECRET_DECRYPTION', errors.decryptionFailure()],
    ['ERR_SECRET_THROTTLED', errors.throttled()],
    ['ERR_SECRET_THROTTLED', named('TooManyRequestsException')],
    ['ERR_SECRET_THROTTLED', named('LimitExceededException')],
    ['ERR_SECRET_THROTTLED', errors.unmodelled('Unknown', 'UnknownError', 429)],
    ['ERR_SECRET_CREDENTIALS', errors.expiredToken()],
    ['ERR_SECRET_CREDENTIALS', errors.unrecognizedClient()],
    ['ERR_SECRET_CREDENTIALS', errors.unmodelled('InvalidClientTokenId', 'no such key', 403)],
    ['ERR_SECRET_CREDENTIALS', errors.signatureExpired()],
    ['ERR_SECRET_CREDENTIALS', errors.noCredentials()],
    ['ERR_SECRET_CREDENTIALS', new Error('Resolved credential object is not valid')],
    [
      'ERR_SECRET_CREDENTIALS',
      named('AccessDenied', 'User: x is not authorized to perform: sts:AssumeRole on y'),
    ],
    ['ERR_SECRET_TIMEOUT', Object.assign(new Error('socket hang'), { name: 'TimeoutError' })],
    ['ERR_SECRET_TIMEOUT', system('ETIMEDOUT')],
    ['ERR_SECRET_UNAVAILABLE', errors.internalError()],
    ['ERR_SECRET_UNAVAILABLE', errors.unavailable(502)],
    ['ERR_SECRET_UNAVAILABLE', errors.unavailable(503)],
    ['ERR_SECRET_UNAVAILABLE', errors.unavailable(504)],
    ['ERR_SECRET_UNAVAILABLE', unreadable(500)],
    ['ERR_SECRET_UNAVAILABLE', unreadable(403)],
    ['ERR_SECRET_MALFORMED_RESPONSE', unreadable(200)],
    [
      'ERR_SECRET_MALFORMED_RESPONSE',
      Object.assign(new TypeError('x'), { $metadata: { httpStatusCode: 200 } }),
    ],
    ['ERR_SECRET_THROTTLED', unreadable(429)],
    ['ERR_SECRET_UNAVAILABLE', named('SomethingNewException')],
    ['ERR_SECRET_UNAVAILABLE', 'a text'],
    ['ERR_SECRET_UNAVAILABLE', undefined],
  ])('is %s for %s', (code, error) => {
    expect(codeOf(error)).toBe(code);
  });

  test.each([
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'EPROTO',
  ])('is unavailable for %s, which stays visible with its cause', (code) => {
    const cause = system(code);
    const error = toSecretCacheError(cause, 'prod/db');
    expect(error).toMatchObject({
      code: 'ERR_SECRET_UNAVAILABLE',
      cause,
      message: expect.stringContaining(code) as unknown,
    });
  });

  test('is found along the causes, and a ring of them ends', () => {
    expect(codeOf(new TypeError('fetch failed', { cause: system('ETIMEDOUT') }))).toBe('ERR_SECRET_TIMEOUT');
    const ring: Error & { cause?: unknown } = new Error('ring');
    ring.cause = ring;
    expect(codeOf(ring)).toBe('ERR_SECRET_UNAVAILABLE');
  });

  test('isn’t a matter of KMS because a secret’s name speaks of it, nor of STS because the caller assumed a role', () => {
    const resource = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/KMS-kms-sts-AbCdEf';
    expect(codeOf(errors.accessDenied('GetSecretValue', resource))).toBe('ERR_SECRET_ACCESS_DENIED');
  });
});

describe('an error handed on', () => {
  test('says what happened, to which secret, and what to do', () => {
    const { message } = toSecretCacheError(errors.accessDenied(), 'prod/db');
    expect(message).toMatch(
      /^Cannot read secret "prod\/db": access is denied \(AccessDeniedException: "User: arn:aws:sts/,
    );
    expect(message).toContain('Allow secretsmanager:GetSecretValue');
  });

  test('names KMS where KMS refused', () => {
    for (const error of [errors.kmsDenied(), errors.decryptionFailure()]) {
      expect(toSecretCacheError(error, 'a').message).toContain('KMS');
    }
  });

  test('says how to configure a Region where there is none', () => {
    expect(toSecretCacheError(new Error('Region is missing'), 'a').message).toContain('Set AWS_REGION');
  });

  test('is loud where a TLS certificate isn’t trusted', () => {
    expect(toSecretCacheError(system('CERT_HAS_EXPIRED'), 'a').message).toContain('could not be trusted');
  });

  test('keeps the name of an error that nobody knows, and no text of it', () => {
    const { message, cause } = toSecretCacheError(named('SomethingNewException', 'canary'), 'a');
    expect(message).toContain('SomethingNewException');
    expect(message).not.toContain('canary');
    expect(cause).toBeInstanceOf(Error);
  });

  test('escapes and bounds what comes from outside', () => {
    const { message } = toSecretCacheError(
      named('ValidationException', `\n\u202e${'x'.repeat(5_000)}`),
      'a\nb',
    );
    expect(message).toContain('"a\\nb"');
    expect(message).not.toMatch(/[\n\u202e]/);
    expect(message.length).toBeLessThan(700);
  });

  test('passes unchanged if it is one of ours', () => {
    const error = new SecretCacheError('ERR_CACHE_CLOSED', 'closed');
    expect(toSecretCacheError(error, 'a')).toBe(error);
  });

  test('keeps a copy of a service exception as its cause, without the raw response that the SDK hides in it', () => {
    const thrown = errors.secretNotFound();
    Object.defineProperty(thrown, '$response', { value: { body: 'canary' } });
    const { cause } = toSecretCacheError(thrown, 'a');
    expect(cause).toMatchObject({
      name: thrown.name,
      message: thrown.message,
      $fault: 'client',
      stack: thrown.stack,
    });
    expect(Object.getPrototypeOf(cause)).toBe(Object.getPrototypeOf(thrown));
    expect(inspect(cause, { depth: 20, showHidden: true })).not.toMatch(/canary/);
  });

  test.each([
    ['a parser’s error', unreadable(200)],
    ['a parser’s error on a server fault', unreadable(500)],
    ['a service exception caused by one', Object.assign(errors.internalError(), { cause: unreadable(200) })],
    ['a network error caused by one', Object.assign(system('ECONNRESET'), { cause: unreadable(200) })],
    ['one of another realm', Object.assign(unreadable(200), { name: 'SyntaxError' })],
    ['a network error caused by an HTTP parser’s', Object.assign(system('ECONNRESET'), { cause: unparsed })],
    ['an HTTP parser’s error', unparsed],
    ['an error that nobody knows', new Error('canary')],
  ])('holds nothing of %s', (_, cause) => {
    const error = toSecretCacheError(cause, 'a');
    expect(error).not.toHaveProperty('cause');
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/canary/);
  });
});
