// Injected faults: what each puts on the wire, what the real SDK makes of it, and whom it befalls.

import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LocalSecretsManager, type Fault } from '../../src/testing/index.ts';
import { post, refusal } from './raw.ts';

let server: LocalSecretsManager;
let client: SecretsManagerClient;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
  server.createSecret({ name: 'app/db', secretString: 'one' });
  client = server.client({ maxAttempts: 1 });
});
afterEach(() => server.close());

const get = new GetSecretValueCommand({ SecretId: 'app/db' });
const raw = (): ReturnType<typeof post> => post(server.endpoint, 'GetSecretValue', { SecretId: 'app/db' });

const fails = async (operation: string, SecretId: string): Promise<boolean> =>
  (await post(server.endpoint, operation, { SecretId })).status !== 200;
const readFails = (SecretId: string): Promise<boolean> => fails('GetSecretValue', SecretId);
const injecting =
  (fault: Fault, scope = {}): (() => unknown) =>
  () =>
    server.faults.inject(fault, scope);

describe('on the wire', () => {
  test('error: any code, text and status', async () => {
    server.faults.inject(
      { kind: 'error', code: 'ServiceUnavailable', message: 'Later', status: 503 },
      { times: 1 },
    );
    expect((await raw()).json).toEqual({ __type: 'ServiceUnavailable', message: 'Later' });
    server.faults.inject(
      { kind: 'error', code: 'InternalServiceError', message: 'Oh', status: 500 },
      { times: 1 },
    );
    expect(await raw()).toMatchObject({
      status: 500,
      json: { __type: 'InternalServiceError', Message: 'Oh' },
    });
    expect(server.calls.map((call) => call.outcome)).toEqual(['ServiceUnavailable', 'InternalServiceError']);
  });

  test('expired-token, unrecognized-client and signature-expired, as recorded', async () => {
    server.faults.inject({ kind: 'unrecognized-client' }, { times: 1 });
    expect(await refusal(raw())).toEqual([
      400,
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ]);
    server.faults.inject({ kind: 'expired-token' }, { times: 1 });
    expect(await refusal(raw())).toEqual([
      400,
      'ExpiredTokenException',
      'The security token included in the request is expired',
    ]);
    server.faults.inject({ kind: 'signature-expired' });
    const [status, type, message] = await refusal(raw());
    expect([status, type]).toEqual([400, 'InvalidSignatureException']);
    expect(message).toMatch(
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    );
  });

  test('html: a failing proxy, or a captive portal', async () => {
    server.faults.inject({ kind: 'html' }, { times: 1 });
    const proxy = await raw();
    expect([proxy.status, proxy.headers['content-type']]).toEqual([500, 'text/html']);
    server.faults.inject({ kind: 'html', status: 200 }, { times: 1 });
    expect(await raw()).toMatchObject({ status: 200, body: expect.stringContaining('<html>') });
    server.faults.inject({ kind: 'html' });
    await expect(client.send(get)).rejects.toMatchObject({
      name: 'SyntaxError',
      $metadata: { httpStatusCode: 500 },
    });
  });

  test('empty and empty-object: 200 without a secret, which the SDK lets through', async () => {
    server.faults.inject({ kind: 'empty' }, { times: 2 });
    expect(await raw()).toMatchObject({ status: 200, body: '' });
    expect((await client.send(get)).VersionId).toBeUndefined();
    server.faults.inject({ kind: 'empty-object' });
    expect(await raw()).toMatchObject({ status: 200, body: '{}' });
    expect((await client.send(get)).VersionId).toBeUndefined();
  });

  test('reset: the connection breaks before an answer', async () => {
    server.faults.inject({ kind: 'reset' });
    await expect(client.send(get)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(server.calls[0]?.outcome).toBe('reset');
  });

  test('truncated: the headers promise more than comes; a write has happened', async () => {
    server.faults.inject({ kind: 'truncated' });
    const put = new PutSecretValueCommand({ SecretId: 'app/db', SecretString: 'two' });
    await expect(client.send(put)).rejects.toThrow(/aborted/);
    server.faults.clear();
    expect((await client.send(get)).SecretString).toBe('two');
    expect(server.calls[0]?.outcome).toBe('truncated');
  });

  test('hang: no answer until the client gives up', async () => {
    server.faults.inject({ kind: 'hang' });
    const gate = server.hold('GetSecretValue');
    const caller = new AbortController();
    const hanging = client.send(get, { abortSignal: caller.signal });
    await gate.arrived();
    gate.release();
    caller.abort();
    await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('latency: the state of the arrival, sent late', async () => {
    server.faults.inject({ kind: 'latency', ms: 30 });
    const startedAtMs = performance.now();
    expect((await client.send(get)).SecretString).toBe('one');
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(29);
  });

  test('clock-skew: an error whose Date is far off is retried by the SDK, whatever it is', async () => {
    const retrying = server.client({ maxAttempts: 3 });
    const nope = new GetSecretValueCommand({ SecretId: 'nope' });
    await expect(retrying.send(nope)).rejects.toMatchObject({ $metadata: { attempts: 1 } });
    server.faults.inject({ kind: 'clock-skew', ms: -3_600_000 });
    const answer = await raw();
    const date = Date.parse(String(answer.headers['date']));
    expect(Math.abs(date - (Date.now() - 3_600_000))).toBeLessThan(10_000);
    server.resetCalls();
    await expect(retrying.send(nope)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(server.calls.map((call) => call.attempt)).toEqual([1, 2, 3]);
  });

  test('batch-item-omitted and batch-item-error: one id of a batch alone', async () => {
    server.createSecret({ name: 'app/api', secretString: 'x' });
    const ids = new BatchGetSecretValueCommand({ SecretIdList: ['app/db', 'app/api'] });
    const omitted = server.faults.inject({ kind: 'batch-item-omitted' }, { secretId: 'app/db' });
    const lacking = await client.send(ids);
    expect([lacking.SecretValues?.map((value) => value.Name), lacking.Errors]).toEqual([['app/api'], []]);
    omitted.remove();
    const code = 'InternalServiceError';
    const item = server.faults.inject(
      { kind: 'batch-item-error', code, message: 'Oh' },
      { secretId: 'app/api' },
    );
    const byName = new BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['app/'] }] });
    for (const command of [ids, byName]) {
      const failing = await client.send(command);
      expect(failing.Errors).toEqual([{ SecretId: 'app/api', ErrorCode: code, Message: 'Oh' }]);
    }
    expect(item.hits).toBe(2);
    expect((await client.send(get)).SecretString).toBe('one');
  });
});

describe('scope', () => {
  const broken: Fault = { kind: 'error', code: 'InternalServiceError', status: 500 };
  test('by operation, by secret under any of its ids, by count, until removed', async () => {
    const { arn } = server.createSecret({ name: 'app/api', secretString: 'x' });
    const fault = server.faults.inject(broken, { operation: 'GetSecretValue', secretId: arn, times: 2 });
    expect(await fails('DescribeSecret', 'app/api')).toBe(false);
    expect(await readFails('app/db')).toBe(false);
    expect([await readFails('app/api'), await readFails(arn), await readFails(arn)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(fault.hits).toBe(2);
    const lasting = server.faults.inject(broken, { operation: ['GetSecretValue', 'DescribeSecret'] });
    expect(await readFails('app/db')).toBe(true);
    lasting.remove();
    expect(await readFails('app/db')).toBe(false);
  });

  test('the fault injected first decides, and the next one takes over when it is spent', async () => {
    server.faults.inject({ ...broken, code: 'First' }, { times: 1 });
    server.faults.inject({ ...broken, code: 'Second' }, { times: 1 });
    expect([(await refusal(raw()))[1], (await refusal(raw()))[1], (await raw()).status]).toEqual([
      'First',
      'Second',
      200,
    ]);
  });

  test('misuse is refused at once', () => {
    expect(injecting(broken, { times: 0 })).toThrow('`times` must be an integer >= 1, got 0');
    expect(injecting({ kind: 'latency', ms: -1 })).toThrow(RangeError);
    expect(injecting({ kind: 'latency', ms: 2 ** 31 })).toThrow(RangeError);
    expect(injecting({ kind: 'clock-skew', ms: Number.NaN })).toThrow(RangeError);
    expect(injecting({ kind: 'html', status: 99 })).toThrow(RangeError);
    expect(injecting({ kind: 'batch-item-omitted' })).toThrow(/needs the `secretId`/);
  });
});
