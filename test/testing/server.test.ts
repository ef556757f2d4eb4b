// The server itself: where it listens, what it logs, how it closes, and what no client can make it do.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { inspect } from 'node:util';

import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { LocalSecretsManager, type LocalSecretsManagerOptions } from '../../src/testing/index.ts';
import { post, refusal, send } from './raw.ts';

let server: LocalSecretsManager;

beforeEach(async () => {
  server = await LocalSecretsManager.start();
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await server.close();
});

const get = new GetSecretValueCommand({ SecretId: 'app/db' });

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function open(text: string): Promise<Socket> {
  const socket = connect(Number(new URL(server.endpoint).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined).write(text);
  return socket;
}

describe('start', () => {
  test('listens on loopback and on no other address', async () => {
    expect(server.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(server.endpoint).port);
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address } of addresses.filter(({ internal, family }) => !internal && family === 'IPv4')) {
      const [error] = (await once(connect(port, address), 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
    }
  });

  test('is found by an SDK through AWS_ENDPOINT_URL_SECRETS_MANAGER', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', server.endpoint);
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new SecretsManagerClient({ region: 'us-east-1', credentials });
    expect((await client.send(get)).SecretString).toBe('one');
    client.destroy();
  });

  test('puts the Region and account into ARNs, and the Region’s partition', async () => {
    await using china = await LocalSecretsManager.start({ region: 'cn-north-1', account: '000000000001' });
    const { arn } = china.createSecret({ name: 'app/db', secretString: 'one' });
    expect(arn).toMatch(/^arn:aws-cn:secretsmanager:cn-north-1:000000000001:secret:app\/db-/);
    expect((await china.client().send(new GetSecretValueCommand({ SecretId: arn }))).SecretString).toBe(
      'one',
    );
    await using gov = await LocalSecretsManager.start({ region: 'us-gov-west-1' });
    expect(gov.createSecret({ name: 'x' }).arn).toMatch(/^arn:aws-us-gov:/);
  });

  test.each<[LocalSecretsManagerOptions, string]>([
    [{ region: 'moon' }, '`region` must be a Region\'s name, got "moon"'],
    [{ account: '12' }, '`account` must be 12 digits, got "12"'],
    [{ port: -1 }, '`port` must be an integer from 0 to 65535, got -1'],
    [{ maxLoggedCalls: 0.5 }, '`maxLoggedCalls` must be an integer >= 0, got 0.5'],
    [{ ports: 1 } as LocalSecretsManagerOptions, 'unknown option `ports`'],
    [{ switches: { nope: 1 } as object }, 'unknown switch `nope`'],
    [{ limits: { scale: -1 } }, '`scale` must be a number > 0, got -1'],
  ])('refuses %o', async (options, message) => {
    await expect(LocalSecretsManager.start(options)).rejects.toThrow(message);
  });

  test.each<[string, () => unknown, string]>([
    [
      'a secret',
      () => server.createSecret({ name: 'b', SecretString: 'x' } as { name: string }),
      'unknown member of a secret `SecretString`; known are name, secretString,',
    ],
    [
      'a version',
      () => server.putSecretValue('app/db', { secretString: 'x', stages: [] } as { secretString: string }),
      'unknown member of a version `stages`',
    ],
    [
      'a deletion',
      () => server.deleteSecret('app/db', { forced: true } as object),
      'unknown option `forced`',
    ],
    [
      'a fault',
      () => server.faults.inject({ kind: 'latency', ms: 1, delay: 4 } as { kind: 'latency'; ms: number }),
      "unknown member of a 'latency' fault `delay`; known are kind, ms",
    ],
    [
      'the scope of a fault',
      () => server.faults.inject({ kind: 'reset' }, { secret: 'app/db' } as object),
      'unknown member of a scope `secret`',
    ],
  ])('refuses names that %s doesn’t have, and does nothing', (_what, act, message) => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    expect(act).toThrow(message);
    expect(() => server.createSecret({ name: 'b' })).not.toThrow();
    server.putSecretValue('app/db', { secretString: 'two' });
  });

  test('follows a Date that is faked after the start, so that an SDK in the process sees no skew', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2031, 0, 2) });
    server.createSecret({ name: 'app/db', secretString: 'one' });
    const { headers, json } = await post(server.endpoint, 'GetSecretValue', { SecretId: 'app/db' });
    vi.useRealTimers();
    expect(headers['date']).toBe('Thu, 02 Jan 2031 00:00:00 GMT');
    expect(json['CreatedDate']).toBe(Date.UTC(2031, 0, 2) / 1000);
  });

  test('rejects when its port is taken', async () => {
    const port = Number(new URL(server.endpoint).port);
    await expect(LocalSecretsManager.start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('close', () => {
  test('cuts held, hanging and half-sent requests at once, and may be called again', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    const client = server.client({ maxAttempts: 1 });
    const gate = server.hold('GetSecretValue');
    const held = failure(client.send(get));
    await gate.arrived();
    server.faults.inject({ kind: 'hang' }, { operation: 'DescribeSecret' });
    const describing = client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    const hanging = failure(describing);
    await expect.poll(() => server.count('DescribeSecret'), { timeout: 5000 }).toBe(1);
    const half = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{');
    const cut = new Promise((resolve) => half.once('close', resolve));
    const [, ...failures] = await Promise.all([server.close(), held, hanging, cut]);
    expect(failures.slice(0, 2)).toMatchObject([{ code: 'ECONNRESET' }, { code: 'ECONNRESET' }]);
    await server.close();
    const after = new SecretsManagerClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    await expect(after.send(get)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('reset leaves a server as new, its switches apart', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    server.policy.denyAction('GetSecretValue');
    server.faults.inject({ kind: 'hang' });
    server.limits.set({ scale: 0.000_1 });
    server.lag.freezeReads();
    server.switches.duplicateIds = 'merge';
    server.reset();
    server.createSecret({ name: 'app/db', secretString: 'two' });
    const client = server.client();
    expect([(await client.send(get)).SecretString, (await client.send(get)).SecretString]).toEqual([
      'two',
      'two',
    ]);
    expect([server.count(), server.switches.duplicateIds]).toEqual([2, 'merge']);
  });
});

describe('the call log', () => {
  test('has every attempt with ids, version, stage and outcome', async () => {
    const { versionId } = server.createSecret({ name: 'app/db', secretString: 'one' });
    server.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 }, { times: 1 });
    const input = { SecretId: 'app/db', VersionId: versionId, VersionStage: 'AWSCURRENT' };
    await server.client().send(new GetSecretValueCommand(input));
    const call = {
      operation: 'GetSecretValue',
      secretIds: ['app/db'],
      versionId,
      versionStage: 'AWSCURRENT',
    };
    expect(server.calls).toMatchObject([
      { ...call, attempt: 1, outcome: 'InternalServiceError' },
      { ...call, attempt: 2, outcome: 'ok' },
    ]);
    expect([server.count('GetSecretValue'), server.count('DescribeSecret'), server.count()]).toEqual([
      2, 0, 2,
    ]);
    server.resetCalls();
    expect([server.calls, server.count()]).toEqual([[], 0]);
  });

  test('drops its oldest calls over its bound while counts stay exact', async () => {
    await using small = await LocalSecretsManager.start({ maxLoggedCalls: 2 });
    for (const SecretId of ['a', 'b', 'c']) await post(small.endpoint, 'GetSecretValue', { SecretId });
    expect(small.calls.map((call) => call.secretIds)).toEqual([['b'], ['c']]);
    expect(small.count()).toBe(3);
  });

  test('gives out copies: changing them changes nothing', async () => {
    await post(server.endpoint, 'GetSecretValue', { SecretId: 'a' });
    Object.assign(server.calls[0] ?? {}, { outcome: 'changed' });
    expect(server.calls[0]?.outcome).toBe('ResourceNotFoundException');
  });
});

describe('secrets stay secret', () => {
  const CANARY = 'canary-7f3a9c51';

  test('no value shows in inspect, JSON, the log, thrown errors or refusals, and nothing is printed', async () => {
    const printed = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    for (const spy of printed) spy.mockReturnValue(true);
    const token = '22222222-2222-4222-8222-222222222222';
    server.createSecret({ name: 'app/db', secretString: CANARY, versionId: token });
    server.createSecret({ name: 'bin', secretBinary: Buffer.from(CANARY) });
    const rotation = server.startRotation('app/db').createSecret(`${CANARY}-2`);
    server.lag.freezeReads();
    const shown: unknown[] = [];
    const misuse = (act: () => unknown): void => {
      try {
        act();
      } catch (error) {
        shown.push(error);
      }
    };
    misuse(() => server.createSecret({ name: 'app/db', secretString: CANARY }));
    misuse(() => server.createSecret({ name: 'no good', secretString: CANARY }));
    misuse(() => server.putSecretValue('app/db', { secretString: `${CANARY}-3`, versionId: token }));
    misuse(() => server.putSecretValue('app/db', { secretString: CANARY.repeat(10_000) }));
    misuse(() => rotation.createSecret(CANARY));
    expect(shown).toHaveLength(5);
    for (const body of [
      { SecretId: 'app/db', SecretString: `${CANARY}-3`, ClientRequestToken: token },
      { SecretId: 'app/db', SecretString: CANARY.repeat(10_000), ClientRequestToken: token },
      { SecretId: 'app/db', SecretBinary: CANARY, ClientRequestToken: token },
      { SecretId: 'app/db', SecretString: [CANARY], ClientRequestToken: token },
      `{"SecretId":"app/db","SecretString":"${CANARY}"`,
    ]) {
      shown.push((await post(server.endpoint, 'PutSecretValue', body)).body);
    }
    await post(server.endpoint, 'GetSecretValue', { SecretId: 'app/db' });
    const gate = server.hold('GetSecretValue');
    const held = post(server.endpoint, 'GetSecretValue', { SecretId: 'app/db' });
    await gate.arrived();
    shown.push(server, server.calls, rotation, gate, server.switches);
    const options = { depth: Infinity, showHidden: true, getters: true };
    const text = shown.flatMap((it) => [inspect(it, options), JSON.stringify(it), String(it)]).join('\n');
    gate.release();
    await held;
    expect(text).toContain('app/db');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 12));
    expect(printed.map((spy) => spy.mock.calls)).toEqual([[], []]);
  });
});

describe('hostile input', () => {
  const json = { 'Content-Type': 'application/x-amz-json-1.1' };
  const signed = { ...json, Authorization: 'AWS4-HMAC-SHA256 x' };

  test('an unknown operation, no target, or another method: UnknownOperationException', async () => {
    const target = { ...signed, 'X-Amz-Target': 'secretsmanager.GetSecretValue' };
    for (const answer of [
      post(server.endpoint, 'GetRandomPassword', {}),
      post(server.endpoint, '__proto__', {}),
      post(server.endpoint, 'toString', {}),
      send(server.endpoint, '{}', signed),
      send(server.endpoint, '{}', { ...target, 'X-Amz-Target': 'dynamodb.GetItem' }),
      send(server.endpoint, '', target, 'GET'),
    ]) {
      expect((await refusal(answer)).slice(0, 2)).toEqual([400, 'UnknownOperationException']);
    }
    expect(server.calls[0]).toMatchObject({ operation: undefined, outcome: 'UnknownOperationException' });
  });

  test('unsigned requests: MissingAuthenticationTokenException, unless signatures are not required', async () => {
    const unsigned = { ...json, 'X-Amz-Target': 'secretsmanager.ListSecrets' };
    expect(await refusal(send(server.endpoint, '{}', unsigned))).toEqual([
      400,
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ]);
    await using lax = await LocalSecretsManager.start({ requireSignature: false, sendDate: false });
    const answer = await send(lax.endpoint, '{}', unsigned);
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('date');
  });

  test.each(['{', '[]', 'null', '"x"', '5', '\u0000', '<xml/>', '{"SecretId":{}}', '{"SecretId":["a"]}'])(
    'the body %j: SerializationException',
    async (body) => {
      const answer = await refusal(post(server.endpoint, 'GetSecretValue', body));
      expect(answer.slice(0, 2)).toEqual([400, 'SerializationException']);
    },
  );

  test('a body over 1 MiB: 413, and the server goes on', async () => {
    const answer = await post(server.endpoint, 'PutSecretValue', 'x'.repeat(2 ** 20 + 1));
    expect(answer.status).toBe(413);
    expect((await post(server.endpoint, 'ListSecrets', {})).status).toBe(200);
  });

  test('polluting and deeply nested members change nothing', async () => {
    const polluting = '{"__proto__":{"SecretId":"app/db"},"constructor":{"prototype":{"x":1}}}';
    const refused = await refusal(post(server.endpoint, 'GetSecretValue', polluting));
    expect(refused.slice(0, 2)).toEqual([400, 'ValidationException']);
    const deep = `{"SecretIdList":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const answer = await refusal(post(server.endpoint, 'BatchGetSecretValue', deep));
    expect(answer.slice(0, 2)).toEqual([400, 'SerializationException']);
    expect(Object.keys({})).toEqual([]);
  });

  test('garbage bytes, half requests and clients that leave: the others are served', async () => {
    server.createSecret({ name: 'app/db', secretString: 'one' });
    const garbage = await open('\u0016\u0003\u0001garbage\r\n\r\n');
    const slow = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Le');
    const leaving = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"Se');
    leaving.destroy();
    expect((await server.client().send(get)).SecretString).toBe('one');
    slow.destroy();
    garbage.destroy();
    expect((await server.client().send(get)).SecretString).toBe('one');
  });
});
