/** The SDK's own retries, timeouts and parser errors, which no hand-made client shows: a real client, a real socket. */

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { awsSource } from '../../src/source/aws-source.ts';
import type { SourceCall } from '../../src/source/secret-source.ts';

interface Request {
  readonly operation: string;
  readonly input: unknown;
  readonly userAgent: string;
  readonly authorization: string;
}

let server: Server;
let requests: Request[] = [];
let answer: (response: ServerResponse, index: number) => void;
let config: SecretsManagerClientConfig;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    // An error's Date makes the SDK correct its clock, and retry.
    response.sendDate = false;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({
        operation: String(request.headers['x-amz-target']).replace('secretsmanager.', ''),
        input: JSON.parse(body) as unknown,
        userAgent: String(request.headers['user-agent']),
        authorization: String(request.headers.authorization),
      });
      answer(response, requests.length - 1);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 3,
  };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};
const fail = (status: number, name: string, message: string) => (response: ServerResponse) =>
  send(response, status, { __type: name, Message: message });
const noRegion = (): Promise<string> => Promise.reject(new Error('Region is missing'));
const newCall = (): SourceCall => ({ signal: new AbortController().signal, onDispatch: vi.fn<() => void>() });
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf';
const VALUE = {
  ARN,
  Name: 'a',
  VersionId: 'v1',
  VersionStages: ['AWSCURRENT'],
  CreatedDate: 1.523477145713e9,
};

describe('a throttled call', () => {
  test('is retried by the SDK where it is a single one, and never where it is a batch', async () => {
    answer = fail(400, 'ThrottlingException', 'Rate exceeded');
    const source = awsSource({ clientConfig: config, maxConcurrency: 5 });
    const single = await failureOf(source.load({ secretId: 'a' }, newCall()));
    expect(requests).toHaveLength(3);
    requests = [];
    const batch = await failureOf(source.loadBatch(['a', 'b'], newCall()));
    expect(requests).toHaveLength(1);
    for (const error of [single, batch]) {
      expect(error).toMatchObject({
        code: 'ERR_SECRET_THROTTLED',
        cause: { name: 'ThrottlingException', message: 'Rate exceeded', $fault: 'client' },
      });
    }
    await source.close();
  });

  test('of a batch is final by its status alone too, through a client that was given', async () => {
    answer = (response) => send(response, 429, '<html>canary</html>');
    const client = new SecretsManagerClient(config);
    const source = awsSource({ client, maxConcurrency: 5 });
    const error = await failureOf(source.loadBatch(['a', 'b'], newCall()));
    expect(error).toMatchObject({ code: 'ERR_SECRET_THROTTLED' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
    expect(requests).toHaveLength(1);
    client.destroy();
  });

  test('of a search keeps the SDK’s retries', async () => {
    answer = (response, index) =>
      index === 0
        ? fail(400, 'ThrottlingException', 'Rate exceeded')(response)
        : send(response, 200, { SecretValues: [{ ...VALUE, SecretString: 'x' }] });
    const source = awsSource({ clientConfig: config, maxConcurrency: 5 });
    const found = [];
    for await (const item of source.search([{ key: 'name', values: ['a'] }], newCall())) found.push(item);
    expect(found).toMatchObject([{ name: 'a', value: 'x' }]);
    expect(requests).toHaveLength(2);
    await source.close();
  });
});

test('a server fault is retried by the SDK alone, in a batch as well', async () => {
  answer = fail(500, 'InternalServiceError', 'canary');
  const source = awsSource({ clientConfig: config, maxConcurrency: 5 });
  const error = await failureOf(source.loadBatch(['a', 'b'], newCall()));
  expect(error).toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE' });
  expect(String(error)).not.toContain('canary');
  expect(requests).toHaveLength(3);
  await source.close();
});

test('a signature that expired is signed again by the SDK or by us, not by both', async () => {
  answer = fail(400, 'InvalidSignatureException', 'Signature expired: 1 is now earlier than 2');
  for (const [maxAttempts, sent] of [
    [3, 3],
    [1, 2],
  ] as const) {
    requests = [];
    const source = awsSource({ clientConfig: { ...config, maxAttempts }, maxConcurrency: 5 });
    const error = await failureOf(source.load({ secretId: 'a' }, newCall()));
    expect(error).toMatchObject({ code: 'ERR_SECRET_CREDENTIALS' });
    expect(requests).toHaveLength(sent);
    await source.close();
  }
});

describe('an answer that isn’t one', () => {
  test.each([
    ['no body', ''],
    ['an empty object', {}],
    ['a page', '<html>canary</html>'],
    ['half an object', JSON.stringify({ ...VALUE, SecretString: 'canary' }).slice(0, -5)],
    ['a list', ['canary']],
    ['a value of another type', { ...VALUE, SecretString: { canary: 'canary' } }],
    ['bytes that aren’t base64', { ...VALUE, SecretBinary: 'canary!' }],
    ['a date that is none', { ...VALUE, SecretString: 'x', CreatedDate: 'canary' }],
  ])('with %s is malformed, asked once, and its text is nowhere in the error', async (_, body) => {
    answer = (response) => send(response, 200, body);
    const source = awsSource({ clientConfig: config, maxConcurrency: 5 });
    const error = await failureOf(source.load({ secretId: 'a' }, newCall()));
    expect(error).toMatchObject({ code: 'ERR_SECRET_MALFORMED_RESPONSE' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
    expect(requests).toHaveLength(1);
    await source.close();
  });

  test.each([500, 503])(
    'with a page and status %i is an outage, and its text is nowhere in the error',
    async (status) => {
      answer = (response) => send(response, status, '<html>canary</html>');
      const source = awsSource({ clientConfig: config, maxConcurrency: 5 });
      const error = await failureOf(source.load({ secretId: 'a' }, newCall()));
      expect(error).toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE' });
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
      await source.close();
    },
  );
});

test('a value, a binary value and a description come through the SDK whole', async () => {
  const source = awsSource({ clientConfig: config, maxConcurrency: 5 });
  answer = (response) => send(response, 200, { ...VALUE, SecretString: 'text' });
  expect(await source.load({ secretId: 'a' }, newCall())).toMatchObject({
    value: 'text',
    createdDate: new Date(1_523_477_145_713),
  });
  answer = (response) =>
    send(response, 200, { ...VALUE, SecretBinary: Buffer.from([0, 255]).toString('base64') });
  expect((await source.load({ secretId: 'a' }, newCall())).value).toStrictEqual(new Uint8Array([0, 255]));
  answer = (response) =>
    send(response, 200, { ARN, Name: 'a', DeletedDate: 1.5, VersionIdsToStages: { v1: ['AWSCURRENT'] } });
  expect(await source.describe('a', newCall())).toStrictEqual({
    arn: ARN,
    name: 'a',
    deletedDate: new Date(1_500),
    versionIdsToStages: new Map([['v1', ['AWSCURRENT']]]),
  });
  expect(requests.map(({ operation }) => operation)).toEqual([
    'GetSecretValue',
    'GetSecretValue',
    'DescribeSecret',
  ]);
  expect(requests[0]?.userAgent).toContain('secretsmanager-cache');
  await source.close();
});

test('a caller who leaves ends the request itself', async () => {
  const closed = new Promise<void>(
    (resolve) => (answer = (response) => response.on('close', () => resolve())),
  );
  const source = awsSource({ clientConfig: config, maxConcurrency: 1 });
  const controller = new AbortController();
  const sent = new Promise<void>((resolve) => server.once('request', () => resolve()));
  const loading = failureOf(
    source.load({ secretId: 'a' }, { signal: controller.signal, onDispatch: () => {} }),
  );
  await sent;
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new Error('enough'));
  expect(await loading).toBeInstanceOf(Error);
  await closed;
  await source.close();
});

test('nobody listening, and a client without a Region or credentials, each say what is wrong', async () => {
  const refused = awsSource({
    clientConfig: { ...config, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 },
    maxConcurrency: 1,
  });
  const error = await failureOf(refused.load({ secretId: 'a' }, newCall()));
  expect(error).toMatchObject({ code: 'ERR_SECRET_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } });

  const nowhere = awsSource({ clientConfig: { ...config, region: noRegion }, maxConcurrency: 1 });
  expect(await failureOf(nowhere.load({ secretId: 'a' }, newCall()))).toMatchObject({
    code: 'ERR_SECRET_INVALID_REQUEST',
    message: expect.stringContaining('no AWS Region is configured') as unknown,
  });

  const nobody = { name: 'CredentialsProviderError' };
  const credentials = (): Promise<never> => Promise.reject(Object.assign(new Error('no providers'), nobody));
  const anonymous = awsSource({ clientConfig: { ...config, credentials }, maxConcurrency: 1 });
  expect(await failureOf(anonymous.load({ secretId: 'a' }, newCall()))).toMatchObject({
    code: 'ERR_SECRET_CREDENTIALS',
    cause: nobody,
  });
});
