/** Which errors of which clients say that a credential was refused: the default of `isAuthError`, driver by driver. */

import { inspect } from 'node:util';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { isAuthError } from '../../src/auth-error.ts';

/** An error with the members that its driver gives it. */
function errorOf(name: string, message: string, members: object): Error {
  return Object.assign(Object.defineProperty(new Error(message), 'name', { value: name }), members);
}

/** As the mongodb driver has it: `errorLabels` is a getter of the prototype. */
class MongoServerError extends Error {
  override readonly name = 'MongoServerError';
  readonly ok = 0;
  readonly code: number;
  readonly codeName: string;

  constructor(message: string, code: number, codeName: string) {
    super(message);
    this.code = code;
    this.codeName = codeName;
  }

  get errorLabels(): string[] {
    return [];
  }
}

const pg = (code: string, message: string): Error =>
  errorOf('error', message, {
    length: 104,
    severity: 'FATAL',
    code,
    detail: undefined,
    hint: undefined,
    position: undefined,
    file: 'auth.c',
    line: '326',
    routine: 'auth_failed',
  });

const mysql = (code: string, errno: number, sqlState: string, message: string): Error =>
  errorOf('Error', message, { code, errno, sqlState, sqlMessage: message });

const tedious = (code: string, message: string, number?: number): Error =>
  errorOf('ConnectionError', message, { code, ...(number !== undefined && { number }) });

const redis = (name: string, message: string): Error =>
  errorOf(name, message, name === 'ReplyError' ? { command: { name: 'auth', args: ['[redacted]'] } } : {});

const axios = (status: number): Error =>
  errorOf('AxiosError', `Request failed with status code ${status}`, {
    code: status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE',
    status,
    response: { status, statusText: '', headers: {}, data: {} },
  });

const network = (code: string): Error =>
  errorOf('Error', `connect ${code} 127.0.0.1:5432`, { code, errno: -111, syscall: 'connect', port: 5432 });

describe('a refused credential', () => {
  test.each<[string, unknown]>([
    ['pg: a wrong password', pg('28P01', 'password authentication failed for user "app"')],
    ['pg: a role that is gone', pg('28000', 'role "app" does not exist')],
    [
      'postgres.js: a wrong password',
      errorOf('PostgresError', 'password authentication failed', { code: '28P01' }),
    ],
    [
      'mysql2: a wrong password',
      mysql('ER_ACCESS_DENIED_ERROR', 1045, '28000', "Access denied for user 'app'@'10.0.0.1'"),
    ],
    [
      'mysql2: no password',
      mysql('ER_ACCESS_DENIED_NO_PASSWORD_ERROR', 1698, '28000', "Access denied for user 'app'@'localhost'"),
    ],
    ['mariadb: the number alone', errorOf('SqlError', '(conn=5, no: 1045)', { errno: 1045 })],
    ['tedious: a failed login', tedious('ELOGIN', "Login failed for user 'app'.")],
    [
      'mssql: a failed login, wrapped',
      errorOf('ConnectionError', "Login failed for user 'app'.", {
        code: 'ELOGIN',
        originalError: tedious('ELOGIN', "Login failed for user 'app'."),
      }),
    ],
    ['mssql: the number of the server', errorOf('RequestError', 'Login failed', { number: 18456 })],
    [
      'mssql: behind `originalError` alone',
      errorOf('Error', 'no connection', { originalError: tedious('ELOGIN', 'Login failed') }),
    ],
    ['mongodb: a wrong password', new MongoServerError('Authentication failed.', 18, 'AuthenticationFailed')],
    ['mongodb: on Atlas', new MongoServerError('bad auth : authentication failed', 8000, 'AtlasError')],
    [
      'node-redis: a wrong password',
      redis('SimpleError', 'WRONGPASS invalid username-password pair or user is disabled.'),
    ],
    [
      'ioredis: a wrong password',
      redis('ReplyError', 'WRONGPASS invalid username-password pair or user is disabled.'),
    ],
    ['ioredis: no password', redis('ReplyError', 'NOAUTH Authentication required.')],
    ['redis: the code alone', errorOf('Error', 'AUTH failed', { code: 'WRONGPASS' })],
    ['axios: 401', axios(401)],
    ['undici: 401', errorOf('ResponseError', 'Response status code 401', { statusCode: 401 })],
    ['got: 401', errorOf('HTTPError', 'Response code 401 (Unauthorized)', { response: { statusCode: 401 } })],
    ['fetch: a thrown Response', new Response(null, { status: 401 })],
    ['fetch: an error that was given a status', errorOf('Error', 'unauthorized', { status: 401 })],
    ['a plain object', { code: '28P01' }],
    ['an error behind a cause', new Error('query failed', { cause: pg('28P01', 'password') })],
    [
      'an error behind two causes',
      new Error('job', { cause: new Error('query failed', { cause: pg('28P01', 'password') }) }),
    ],
  ])('%s', (_name, error) => {
    expect(isAuthError(error), inspect(error)).toBe(true);
  });
});

describe('anything else', () => {
  test.each<[string, unknown]>([
    ['pg: a syntax error', pg('42601', 'syntax error at or near "FORM"')],
    ['pg: no right to a table', pg('42501', 'permission denied for table users')],
    ['pg: too many connections', pg('53300', 'sorry, too many clients already')],
    ['pg: the server shuts down', pg('57P01', 'terminating connection due to administrator command')],
    ['pg: no such database', pg('3D000', 'database "app" does not exist')],
    ['mysql2: a duplicate', mysql('ER_DUP_ENTRY', 1062, '23000', 'Duplicate entry')],
    [
      'mysql2: no right to a database',
      mysql('ER_DBACCESS_DENIED_ERROR', 1044, '42000', "Access denied for user 'app'@'%' to database 'x'"),
    ],
    [
      'mysql2: no right to a table',
      mysql('ER_TABLEACCESS_DENIED_ERROR', 1142, '42000', 'SELECT command denied'),
    ],
    ['mysql2: too many connections', mysql('ER_CON_COUNT_ERROR', 1040, '08004', 'Too many connections')],
    ['tedious: a timeout', tedious('ETIMEOUT', 'Failed to connect in 15000ms')],
    ['tedious: a socket error', tedious('ESOCKET', 'Failed to connect')],
    [
      'mssql: a duplicate',
      errorOf('RequestError', 'Violation of UNIQUE KEY', { code: 'EREQUEST', number: 2627 }),
    ],
    ['mongodb: a duplicate', new MongoServerError('E11000 duplicate key error', 11000, 'DuplicateKey')],
    ['mongodb: no right to an action', new MongoServerError('not authorized on app', 13, 'Unauthorized')],
    [
      'mongodb: no right to an action, on Atlas',
      new MongoServerError('user is not allowed to do action [find] on [app.users]', 8000, 'AtlasError'),
    ],
    [
      'mongodb: a full cluster, on Atlas',
      new MongoServerError('you are over your space quota, using 512 MB of 512 MB', 8000, 'AtlasError'),
    ],
    [
      'mongodb: too many collections, on Atlas',
      new MongoServerError(
        'cannot create a new collection -- already using 500 collections of 500',
        8000,
        'AtlasError',
      ),
    ],
    ['redis: the wrong type', redis('ReplyError', 'WRONGTYPE Operation against a key')],
    ['redis: no right to a command', redis('ReplyError', 'NOPERM this user has no permissions')],
    ['redis: a value that mentions it', redis('ReplyError', 'ERR unknown command `WRONGPASS`')],
    ['redis: loading', redis('ReplyError', 'LOADING Redis is loading the dataset in memory')],
    ['axios: 403', axios(403)],
    ['axios: 500', axios(500)],
    [
      'axios: no response',
      errorOf('AxiosError', 'Network Error', { code: 'ERR_NETWORK', response: undefined }),
    ],
    ['undici: 404', errorOf('ResponseError', 'Response status code 404', { statusCode: 404 })],
    ['fetch: a failed one', new TypeError('fetch failed', { cause: network('ECONNREFUSED') })],
    ['a response that is null', errorOf('Error', 'no response', { response: null })],
    ['a refused connection', network('ECONNREFUSED')],
    ['a reset connection', network('ECONNRESET')],
    ['some code 18 that is not MongoDB’s', errorOf('DOMException', 'aborted', { code: 18 })],
    ['an exit code', errorOf('Error', 'Command failed', { code: 401, status: 1 })],
    ['an abort', new DOMException('This operation was aborted', 'AbortError')],
    ['undefined', undefined],
    ['null', null],
    ['a string', '28P01'],
    ['a number', 401],
    ['a function', () => '28P01'],
  ])('is none: %s', (_name, error) => {
    expect(isAuthError(error), inspect(error)).toBe(false);
  });

  test('causes are followed a few links deep, and not round a ring', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    expect(isAuthError(ring)).toBe(false);
    let deep: unknown = pg('28P01', 'password');
    for (let link = 0; link < 1_000; link += 1) deep = new Error('wrapped', { cause: deep });
    expect(isAuthError(deep)).toBe(false);
  });

  test('whatever is thrown, the answer is true or false', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (thrown) => {
        expect(typeof isAuthError(thrown)).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});
