// LocalAgent answers as the agent's source has it, and as the extension's user guide and its users do.

import { request } from 'node:http';
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { LocalAgent, LocalSecretsManager, type LocalAgentOptions } from '../../src/testing/index.ts';

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly errorType: unknown;
  readonly body: string;
}

let upstream: LocalSecretsManager;
let nowMs: number;
const agents: LocalAgent[] = [];

beforeEach(async () => {
  upstream = await LocalSecretsManager.start();
  nowMs = 1_000_000;
});

afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  await upstream.close();
});

async function start(options: Partial<LocalAgentOptions> = {}): Promise<LocalAgent> {
  const agent = await LocalAgent.start({ upstream, now: () => nowMs, ...options });
  agents.push(agent);
  return agent;
}

function ask(
  agent: LocalAgent,
  query: string,
  { path = '/secretsmanager/get', method = 'GET', headers = {} } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const own = { 'X-Aws-Parameters-Secrets-Token': agent.token, ...headers };
    const sent = request(`${agent.endpoint}${path}?${query}`, { method, headers: own, agent: false });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const { statusCode: status, headers: answered } = response;
      const [type, errorType] = [answered['content-type'], answered['x-amzn-errortype']];
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status, type, errorType, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    sent.end();
  });
}

async function value(agent: LocalAgent, query = 'secretId=a'): Promise<unknown> {
  return (JSON.parse((await ask(agent, query)).body) as { SecretString?: unknown }).SecretString;
}

describe('the agent', () => {
  test('writes GetSecretValue’s members, bytes as base64 and the date as seconds in a string, with no type', async () => {
    const agent = await start();
    const { arn, versionId } = upstream.createSecret({ name: 'a', secretString: 'one' });
    const bytes = upstream.createSecret({ name: 'b', secretBinary: Uint8Array.of(0, 127, 255) });
    const { status, type, body } = await ask(agent, 'secretId=a');
    const { CreatedDate, ...rest } = JSON.parse(body) as Record<string, unknown>;
    expect([status, type]).toEqual([200, undefined]);
    const stages = { VersionStages: ['AWSCURRENT'] };
    expect(rest).toEqual({ ARN: arn, Name: 'a', VersionId: versionId, SecretString: 'one', ...stages });
    expect(CreatedDate).toMatch(/^\d{10}(\.\d{1,3})?$/);
    expect(JSON.parse((await ask(agent, 'secretId=b')).body)).toMatchObject({
      VersionId: bytes.versionId,
      SecretBinary: 'AH//',
    });
  });

  test.each([
    [400, 'Forwarded', { query: 'secretId=a', headers: { 'X-Forwarded-For': '10.0.0.1' } }],
    [403, 'Bad Token', { query: 'secretId=a', headers: { 'X-Aws-Parameters-Secrets-Token': 'x' } }],
    [405, 'Not allowed', { query: 'secretId=a', method: 'POST' }],
    [404, 'Not found', { query: 'secretId=a', path: '/secretsmanager' }],
    [400, 'unknown parameter: x', { query: 'secretId=a&x=1' }],
    [400, 'missing parameter secretId', { query: 'versionId=1' }],
    [400, 'invalid refreshNow value', { query: 'secretId=a&refreshNow=yes' }],
    [200, 'healthy', { query: '', path: '/ping', headers: { 'X-Aws-Parameters-Secrets-Token': 'x' } }],
  ])('%i %s', async (status, body, { query, ...options }) => {
    const agent = await start();
    expect(await ask(agent, query, options)).toMatchObject({ status, body });
  });

  test('refuses all that comes on a connection that was one too many when it was accepted', async () => {
    const agent = await start({ maxConnections: 1 });
    upstream.createSecret({ name: 'a', secretString: 'one' });
    const gate = upstream.hold('GetSecretValue');
    const holding = ask(agent, 'secretId=a');
    await gate.arrived();
    expect(await ask(agent, 'secretId=a')).toMatchObject({ status: 429, body: 'Connection limit exceeded' });
    gate.release();
    expect((await holding).status).toBe(200);
  });

  test('passes on Secrets Manager’s refusals, and calls no answer a 502', async () => {
    const agent = await start();
    const message = "Secrets Manager can't find the specified secret.";
    const missing = await ask(agent, 'secretId=a');
    expect([missing.status, JSON.parse(missing.body)]).toEqual([
      400,
      { __type: 'ResourceNotFoundException', message },
    ]);
    for (const [fault, status, body] of [
      [{ kind: 'reset' }, 502, '{"__type":"ConnectionError","message":"Read Error"}'],
      [{ kind: 'html', status: 200 }, 502, '{"__type":"ConnectionError","message":"Response Error"}'],
      [{ kind: 'html' }, 500, '{"__type":"InternalFailure"}'],
    ] as const) {
      upstream.faults.inject(fault, { times: 1 });
      expect(await ask(agent, 'secretId=a')).toMatchObject({ status, body });
    }
  });

  test('before version 3 didn’t escape the text of a refusal', async () => {
    const agent = await start({ escapesMessages: false });
    upstream.faults.inject({ kind: 'error', code: 'ValidationException', message: 'a "b" c' });
    expect((await ask(agent, 'secretId=a')).body).toBe(
      '{"__type":"ValidationException", "message":"a "b" c"}',
    );
  });

  test('keeps an answer for its TTL by what was asked for, then for as long as a description confirms it', async () => {
    const agent = await start({ ttlMs: 10_000 });
    upstream.createSecret({ name: 'a', secretString: 'one' });
    expect([await value(agent), await value(agent)]).toEqual(['one', 'one']);
    upstream.putSecretValue('a', { secretString: 'two' });
    expect(await value(agent, 'secretId=a&versionStage=AWSCURRENT')).toBe('two');
    nowMs += 10_000;
    expect(await value(agent)).toBe('one');
    nowMs += 1;
    expect(await value(agent)).toBe('two');
    nowMs += 10_001;
    expect(await value(agent)).toBe('two');
    const counts = [upstream.count('GetSecretValue'), upstream.count('DescribeSecret')];
    expect(counts).toEqual([3, 2]);
  });

  test('keeps a version’s labels as it first read them', async () => {
    const agent = await start({ ttlMs: 10_000 });
    const { versionId } = upstream.createSecret({ name: 'a', secretString: 'one' });
    const stages = async (): Promise<unknown> =>
      (JSON.parse((await ask(agent, `secretId=a&versionId=${versionId}`)).body) as { VersionStages: unknown })
        .VersionStages;
    expect(await stages()).toEqual(['AWSCURRENT']);
    upstream.putSecretValue('a', { secretString: 'two' });
    nowMs += 10_001;
    expect(await stages()).toEqual(['AWSCURRENT']);
    expect(upstream.count('GetSecretValue')).toBe(1);
  });

  test('reads past it with refreshNow, and keeps what it has when that fails', async () => {
    const agent = await start();
    upstream.createSecret({ name: 'a', secretString: 'one' });
    await value(agent);
    upstream.putSecretValue('a', { secretString: 'two' });
    upstream.faults.inject({ kind: 'reset' }, { times: 1 });
    expect((await ask(agent, 'secretId=a&refreshNow=true')).status).toBe(502);
    expect(await value(agent)).toBe('one');
    expect(await value(agent, 'secretId=a&refreshNow=1')).toBe('two');
    expect(await value(agent)).toBe('two');
  });

  test('keeps what it has through an outage, and not through a denial', async () => {
    const agent = await start({ ttlMs: 0 });
    upstream.createSecret({ name: 'a', secretString: 'one' });
    await value(agent);
    const outage = upstream.faults.inject({ kind: 'reset' });
    expect(await value(agent)).toBe('one');
    outage.remove();
    upstream.policy.denyAction('DescribeSecret');
    expect((await ask(agent, 'secretId=a')).status).toBe(400);
  });

  test('keeps so many answers, the least recently used going first', async () => {
    const agent = await start({ cacheSize: 2 });
    for (const name of ['a', 'b', 'c']) upstream.createSecret({ name, secretString: name });
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await value(agent, `secretId=${name}`);
    expect(upstream.calls.map(({ secretIds }) => secretIds[0])).toEqual(['a', 'b', 'c', 'b']);
    agent.clearCache();
    await value(agent);
    expect(upstream.count()).toBe(5);
  });

  test('cuts a connection when its lifetime is over', async () => {
    const agent = await start({ connectionLifetimeMs: 1 });
    upstream.hold('GetSecretValue');
    await expect(ask(agent, 'secretId=a')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await vi.waitFor(() => expect(agent.connections).toBe(0));
  });
});

describe('the extension', () => {
  test('writes what the SDK for Go prints', async () => {
    const extension = await start({ kind: 'extension' });
    const { arn, versionId } = upstream.createSecret({ name: 'a', secretString: 'one' });
    const answer = JSON.parse((await ask(extension, 'secretId=a')).body) as { CreatedDate: string };
    expect(answer).toEqual({
      ARN: arn,
      CreatedDate: new Date(answer.CreatedDate).toISOString(),
      Name: 'a',
      SecretBinary: null,
      SecretString: 'one',
      VersionId: versionId,
      VersionStages: ['AWSCURRENT'],
      ResultMetadata: {},
    });
  });

  test('isn’t ready before the invoke phase, and refuses a wrong token, refreshNow and every failure in plain text', async () => {
    const extension = await start({ kind: 'extension', isReady: false });
    const asked = (query: string, headers = {}): Promise<Answer> => ask(extension, query, { headers });
    expect(await asked('secretId=a')).toMatchObject({
      status: 400,
      body: 'not ready to serve traffic, please wait',
    });
    extension.isReady = true;
    expect(await asked('secretId=a', { 'X-Aws-Parameters-Secrets-Token': 'x' })).toEqual({
      status: 401,
      type: 'text/plain',
      errorType: 'AccessDeniedException',
      body: 'bad session token or header key',
    });
    expect((await asked('secretId=a&refreshNow=true')).status).toBe(400);
    expect(await asked('secretId=a')).toMatchObject({
      status: 400,
      body: 'an unexpected error occurred while executing request',
    });
  });

  test('reads again past its TTL, and makes three requests at once', async () => {
    const extension = await start({ kind: 'extension', ttlMs: 10_000 });
    for (const name of ['a', 'b', 'c', 'd']) upstream.createSecret({ name, secretString: name });
    const gate = upstream.hold('GetSecretValue');
    const answers = ['a', 'b', 'c', 'd'].map((name) => value(extension, `secretId=${name}`));
    await gate.arrived(3);
    gate.releaseOne();
    await gate.arrived(3);
    gate.release();
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd']);
    nowMs += 10_001;
    await value(extension);
    expect([upstream.count('GetSecretValue'), upstream.count('DescribeSecret')]).toEqual([5, 0]);
  });
});

test.each<[object, string]>([
  [{ ttlSeconds: 1 }, 'unknown option `ttlSeconds`'],
  [{ kind: 'sidecar' }, "`kind` must be 'agent' or 'extension'"],
  [{ upstream: undefined }, '`upstream` must be a LocalSecretsManager'],
  [{ isReady: false }, 'an agent that is not ready listens to nobody'],
  [{ ttlMs: -1 }, '`ttlMs` must be an integer from 0 to 3600000, got -1'],
  [{ kind: 'extension', ttlMs: 300_001 }, '`ttlMs` must be an integer from 0 to 300000'],
  [{ maxConnections: 0 }, '`maxConnections` must be an integer from 1 to 1000, got 0'],
])('it is not started with %o', async (options, message) => {
  await expect(start(options)).rejects.toThrow(message);
});

test('its log and its looks hold neither tokens nor values', async () => {
  upstream.createSecret({ name: 'a', secretString: 'hunter2' });
  const agent = await start({ token: 'hunter2-token' });
  await value(agent);
  expect(inspect([agent, agent.requests], { depth: 9, showHidden: true })).not.toContain('hunter2');
});
