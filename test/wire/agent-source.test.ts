// agentSource on real sockets: what it sends, how it keeps its connections, and when the source behind is asked.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { agentSource, type AgentSourceOptions } from '../../src/agent/index.ts';
import { awsSource, SecretCacheError } from '../../src/index.ts';
import type { SecretSource, SecretVersion, SourceCall } from '../../src/source/secret-source.ts';
import { LocalAgent, LocalSecretsManager, type LocalAgentOptions } from '../../src/testing/index.ts';

/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:1';

let upstream: LocalSecretsManager;
const toClose: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  upstream = await LocalSecretsManager.start();
  upstream.createSecret({ name: 'prod/db', secretString: 'one' });
});

afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
  await upstream.close();
  vi.unstubAllEnvs();
});

async function startAgent(options: Partial<LocalAgentOptions> = {}): Promise<LocalAgent> {
  const agent = await LocalAgent.start({ upstream, ...options });
  toClose.push(() => agent.close());
  return agent;
}

function sourceOf(agent: LocalAgent | undefined, options: AgentSourceOptions = {}): SecretSource {
  const { kind, endpoint = NOBODY, token = 'any' } = agent ?? {};
  const source = agentSource({ kind, endpoint, token, ...options });
  toClose.push(async () => source.close?.());
  return source;
}

function aws(): SecretSource {
  return awsSource({ client: upstream.client({ maxAttempts: 1 }) });
}

class Caller implements SourceCall {
  readonly controller = new AbortController();
  readonly signal: AbortSignal = this.controller.signal;
  readonly fresh: boolean;
  dispatches = 0;
  /** How often it was told that it is in a queue, before its request left. */
  queues = 0;

  constructor({ fresh = false }: { fresh?: boolean } = {}) {
    this.fresh = fresh;
  }

  onDispatch(): void {
    this.dispatches += 1;
  }

  onQueued(): void {
    if (this.dispatches === 0) this.queues += 1;
  }
}

function load(
  source: SecretSource,
  secretId = 'prod/db',
  call: SourceCall = new Caller(),
): Promise<SecretVersion> {
  return source.load({ secretId }, call);
}

async function errorOf(answer: Promise<unknown>): Promise<SecretCacheError> {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SecretCacheError);
  return error as SecretCacheError;
}

describe('a request', () => {
  test('asks for the id to the letter, and for AWSCURRENT unless told otherwise', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent);
    const name = 'a/b+c=d.e@f-g_h!';
    const { arn, versionId } = upstream.createSecret({ name, secretString: 'odd' });
    for (const ref of [{ secretId: name }, { secretId: arn }, { secretId: name, versionId }]) {
      expect((await source.load(ref, new Caller())).value).toBe('odd');
    }
    await source.load({ secretId: name, versionStage: 'AWSCURRENT', versionId }, new Caller());
    await errorOf(source.load({ secretId: 'a&b=c d%20', versionStage: 'ö' }, new Caller()));
    expect(agent.requests.map((one) => [one.path, one.secretId, one.versionStage, one.versionId])).toEqual([
      ['/secretsmanager/get', name, 'AWSCURRENT', undefined],
      ['/secretsmanager/get', arn, 'AWSCURRENT', undefined],
      ['/secretsmanager/get', name, undefined, versionId],
      ['/secretsmanager/get', name, 'AWSCURRENT', versionId],
      ['/secretsmanager/get', 'a&b=c d%20', 'ö', undefined],
    ]);
  });

  test('has the token and no header that says it was forwarded', async () => {
    const seen: unknown[] = [];
    const endpoint = await listen(
      createServer(({ method, url, headers }, response) => {
        seen.push(method, url, headers['x-aws-parameters-secrets-token'], Object.keys(headers).toSorted());
        response.end('{}');
      }),
    );
    await errorOf(load(sourceOf(undefined, { endpoint, token: 'T0ken' })));
    expect(seen).toEqual([
      'GET',
      '/secretsmanager/get?secretId=prod%2Fdb&versionStage=AWSCURRENT',
      'T0ken',
      ['connection', 'host', 'x-aws-parameters-secrets-token'],
    ]);
  });

  test('that must be fresh says refreshNow to the agent, which then knows what is new', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent);
    await load(source);
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    const kept = await load(source);
    const fresh = await load(source, 'prod/db', new Caller({ fresh: true }));
    const after = await load(source);
    expect([kept, fresh, after].map(({ value, mayBeCached }) => [value, mayBeCached])).toEqual([
      ['one', true],
      ['two', false],
      ['two', true],
    ]);
    expect(agent.requests.map(({ refreshNow }) => refreshNow)).toEqual([false, false, true, false]);
    expect(upstream.count('GetSecretValue')).toBe(2);
  });

  test('never says refreshNow to the extension, which doesn’t know it', async () => {
    const agent = await startAgent({ kind: 'extension' });
    const source = sourceOf(agent);
    expect((await load(source, 'prod/db', new Caller({ fresh: true }))).value).toBe('one');
    expect(agent.requests.map(({ refreshNow, status }) => [refreshNow, status])).toEqual([[false, 200]]);
  });

  test('takes the token that is in the environment or the file now', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agent-source-'));
    toClose.push(() => rm(directory, { recursive: true }));
    const file = join(directory, 'token');
    const agent = await startAgent({ token: 'first' });
    const extension = await startAgent({ kind: 'extension', token: 'first' });
    const sources = [
      sourceOf(agent, { token: `file://${file}` }),
      agentSource({ kind: 'extension', endpoint: extension.endpoint }),
    ];
    for (const token of ['first', 'second']) {
      agent.token = extension.token = token;
      await writeFile(file, `${token}\n`);
      vi.stubEnv('AWS_SESSION_TOKEN', token);
      for (const source of sources) expect((await load(source)).value).toBe('one');
    }
  });
});

test('a caller that throws when it hears that its request leaves is rejected, and nobody else is harmed', async () => {
  const source = sourceOf(await startAgent());
  const call = new Caller();
  call.onDispatch = () => {
    throw new Error('a fault of the caller’s own');
  };
  for (let n = 0; n < 2; n += 1) {
    expect((await errorOf(load(source, 'prod/db', call))).code).toBe('ERR_SECRET_UNAVAILABLE');
    expect((await load(source)).value).toBe('one');
  }
});

describe('connections', () => {
  test('are kept alive: loads one after another are on one', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent);
    for (let n = 0; n < 5; n += 1) await load(source);
    expect(agent.requests.map(({ isFirstOnConnection }) => isFirstOnConnection)).toEqual([
      true,
      ...Array.from({ length: 4 }, () => false),
    ]);
  });

  test('are never more than maxConnections, and a load that waits for one is announced when it leaves', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent, { maxConnections: 3 });
    const gate = upstream.hold('GetSecretValue');
    const calls = Array.from({ length: 10 }, () => new Caller());
    const loads = calls.map((call) => load(source, 'prod/db', call));
    await gate.arrived(3);
    expect([agent.connections, calls.map(({ dispatches }) => dispatches)]).toEqual([
      3,
      [1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    ]);
    expect(calls.every(({ queues }) => queues === 1)).toBe(true);
    gate.release();
    await Promise.all(loads);
    expect([agent.connections, calls.every(({ dispatches }) => dispatches === 1)]).toEqual([3, true]);
    expect(agent.requests.filter(({ isFirstOnConnection }) => isFirstOnConnection)).toHaveLength(3);
  });

  test('of callers that left go to those who wait, who are not sent in vain', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent, { maxConnections: 1 });
    upstream.createSecret({ name: 'prod/api', secretString: 'key' });
    const gate = upstream.hold('GetSecretValue', { secretId: 'prod/db' });
    const [held, queued] = [new Caller(), new Caller()];
    const leaving = errorOf(load(source, 'prod/db', held));
    await gate.arrived();
    const leavingTheQueue = errorOf(load(source, 'prod/db', queued));
    const waiting = load(source, 'prod/api');
    queued.controller.abort();
    await leavingTheQueue;
    held.controller.abort();
    await leaving;
    expect((await waiting).value).toBe('key');
    expect([held.dispatches, queued.dispatches, agent.requests.length]).toEqual([1, 0, 2]);
  });

  test('that were cut meanwhile cost the load a second request on a new one, and it is announced anew', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent);
    await Promise.all([load(source), load(source)]);
    expect(agent.connections).toBe(2);
    agent.resetRequests();
    agent.cutConnections({ at: 'next-request' });
    const call = new Caller();
    expect((await load(source, 'prod/db', call)).value).toBe('one');
    expect(call.dispatches).toBe(2);
    expect(agent.requests.map((one) => [one.status, one.isFirstOnConnection])).toEqual([
      ['cut', false],
      [200, true],
    ]);
  });

  test('that are cut twice are an outage, and so is a new one that is cut', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent);
    agent.cutNextRequests();
    expect(await errorOf(load(source))).toMatchObject({
      code: 'ERR_SECRET_UNAVAILABLE',
      cause: { code: 'ECONNRESET' },
    });
    expect(agent.requests).toHaveLength(1);
    await load(source);
    agent.cutNextRequests(2);
    expect((await errorOf(load(source))).code).toBe('ERR_SECRET_UNAVAILABLE');
    expect(agent.requests).toHaveLength(4);
  });

  test('that end while nobody uses them are replaced', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent);
    await load(source);
    agent.cutConnections();
    await vi.waitFor(() => expect(agent.connections).toBe(0));
    expect((await load(source)).value).toBe('one');
  });

  test('that the agent refused for being one too many are not used again', async () => {
    const agent = await startAgent({ maxConnections: 1 });
    const other = sourceOf(agent);
    await load(other);
    const source = sourceOf(agent);
    const error = await errorOf(load(source));
    expect([error.code, error.message.includes('Lower `maxConnections`')]).toEqual([
      'ERR_SECRET_UNAVAILABLE',
      true,
    ]);
    await other.close?.();
    await vi.waitFor(() => expect(agent.connections).toBe(0));
    expect((await load(source)).value).toBe('one');
  });

  test('are cut by close, which ends the loads under way and those in the queue', async () => {
    const agent = await startAgent();
    const source = sourceOf(agent, { maxConnections: 1 });
    const gate = upstream.hold('GetSecretValue');
    const ended = [errorOf(load(source)), errorOf(load(source)), errorOf(load(source))];
    await gate.arrived();
    await source.close?.();
    const codes = (await Promise.all([...ended, errorOf(load(source))])).map(({ code }) => code);
    expect([new Set(codes), agent.requests.length]).toEqual([new Set(['ERR_CACHE_CLOSED']), 1]);
    await vi.waitFor(() => expect(agent.connections).toBe(0));
  });
});

describe('what answers and isn’t the agent', () => {
  test('a body without an end is cut off, and malformed', async () => {
    const endpoint = await listen(
      createServer((_request, response) => {
        const chunk = Buffer.alloc(2 ** 16, 'x');
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', more);
        more();
      }),
    );
    expect((await errorOf(load(sourceOf(undefined, { endpoint })))).code).toBe(
      'ERR_SECRET_MALFORMED_RESPONSE',
    );
  });

  test('something that doesn’t speak HTTP is told from something that doesn’t listen', async () => {
    const server = createTcpServer((socket) => socket.resume().end('220 hunter2 ESMTP\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    toClose.push(() => new Promise((resolve) => server.close(resolve)));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const talks = await errorOf(load(sourceOf(undefined, { endpoint })));
    expect([talks.code, talks.message.includes('is not HTTP'), talks.cause]).toEqual([
      'ERR_SECRET_UNAVAILABLE',
      true,
      undefined,
    ]);
    const silent = await errorOf(load(sourceOf(undefined)));
    expect(silent.message).toContain(
      `at ${NOBODY} can't be reached (ECONNREFUSED). See that it runs on this host`,
    );
  });
});

describe('the source behind', () => {
  test('answers when nobody listens, and the request that left is announced once', async () => {
    const call = new Caller();
    const version = await load(sourceOf(undefined, { behind: aws() }), 'prod/db', call);
    expect([version.value, version.mayBeCached, call.dispatches]).toEqual(['one', undefined, 1]);
  });

  test('answers while the extension isn’t ready, and not after', async () => {
    const extension = await startAgent({ kind: 'extension', isReady: false });
    const source = sourceOf(extension, { behind: aws() });
    expect((await load(source)).mayBeCached).toBe(undefined);
    extension.isReady = true;
    expect((await load(source)).mayBeCached).toBe(true);
    expect(extension.requests.map(({ status }) => status)).toEqual([400, 200]);
  });

  test('answers for the extension what must be fresh', async () => {
    const extension = await startAgent({ kind: 'extension' });
    const source = sourceOf(extension, { behind: aws() });
    await load(source);
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    expect((await load(source)).value).toBe('one');
    expect((await load(source, 'prod/db', new Caller({ fresh: true }))).value).toBe('two');
    expect(extension.requests).toHaveLength(2);
  });

  test('answers for an agent that is too slow, for those in its queue as well', async () => {
    const agent = await startAgent();
    const version = await load(aws());
    const behind = { load: vi.fn<SecretSource['load']>().mockResolvedValue(version) };
    const source = sourceOf(agent, { behind, behindAfterMs: 20, maxConnections: 1 });
    upstream.hold('GetSecretValue');
    const versions = await Promise.all(Array.from({ length: 5 }, () => load(source)));
    expect(versions.every((one) => one === version)).toBe(true);
    expect(behind.load).toHaveBeenCalledTimes(5);
    expect(agent.requests.length).toBeLessThanOrEqual(1);
  });

  test('answers for an agent that fails or can’t reach Secrets Manager', async () => {
    const source = sourceOf(await startAgent(), { behind: aws() });
    for (const fault of [{ kind: 'reset' }, { kind: 'html' }, { kind: 'html', status: 200 }] as const) {
      upstream.faults.inject(fault, { times: 1 });
      expect((await load(source)).mayBeCached, JSON.stringify(fault)).toBe(undefined);
    }
  });

  test('is not asked when the secret is denied, not found or deleted, nor when calls are throttled', async () => {
    const behind = { load: vi.fn<SecretSource['load']>() };
    const source = sourceOf(await startAgent({ ttlMs: 0 }), { behind });
    upstream.createSecret({ name: 'gone', secretString: 'x' });
    upstream.deleteSecret('gone');
    upstream.policy.denyAction('GetSecretValue', { secretId: 'prod/db' });
    const codes = [];
    for (const id of ['prod/db', 'unknown', 'gone']) codes.push((await errorOf(load(source, id))).code);
    upstream.faults.inject({ kind: 'error', code: 'ThrottlingException' });
    codes.push((await errorOf(load(source))).code);
    expect(codes).toEqual([
      'ERR_SECRET_ACCESS_DENIED',
      'ERR_SECRET_NOT_FOUND',
      'ERR_SECRET_DELETED',
      'ERR_SECRET_THROTTLED',
    ]);
    expect(behind.load).not.toHaveBeenCalled();
  });

  test('is not asked when the token is wrong or missing, unless the agent is missing too', async () => {
    const behind = { load: vi.fn<SecretSource['load']>().mockResolvedValue({} as SecretVersion) };
    const agent = await startAgent();
    for (const token of ['wrong', 'file:///nowhere/token']) {
      const error = await errorOf(load(sourceOf(agent, { token, behind })));
      expect([error.code, error.message.includes('pass') || error.message.includes('Pass')]).toEqual([
        'ERR_SECRET_CREDENTIALS',
        true,
      ]);
    }
    expect(behind.load).not.toHaveBeenCalled();
    const token = 'file:///nowhere/token';
    await load(sourceOf(undefined, { token, behind }));
    expect(behind.load).toHaveBeenCalledOnce();
    const endpoint = await listen(createServer(() => {}));
    await load(sourceOf(undefined, { endpoint, token, behind, behindAfterMs: 20 }));
    expect(behind.load).toHaveBeenCalledTimes(2);
  });

  test('is not asked for a caller that has left, nor after close, which closes it too', async () => {
    const behind = { load: vi.fn<SecretSource['load']>(), close: vi.fn<() => Promise<void>>() };
    const source = sourceOf(await startAgent(), { behind });
    const gate = upstream.hold('GetSecretValue');
    const call = new Caller();
    const ended = errorOf(load(source, 'prod/db', call));
    await gate.arrived();
    call.controller.abort();
    await ended;
    const cut = errorOf(load(source));
    await gate.arrived(2);
    const unsent = errorOf(load(source));
    await source.close?.();
    await source.close?.();
    expect([(await cut).code, (await unsent).code]).toEqual(['ERR_CACHE_CLOSED', 'ERR_CACHE_CLOSED']);
    expect([behind.load.mock.calls.length, behind.close.mock.calls.length]).toEqual([0, 1]);
  });

  test('fails with its own error', async () => {
    upstream.policy.denyAction('GetSecretValue', { secretId: 'prod/db' });
    const error = await errorOf(load(sourceOf(undefined, { behind: aws() })));
    expect([error.code, error.cause]).toEqual([
      'ERR_SECRET_ACCESS_DENIED',
      expect.objectContaining({ name: 'AccessDeniedException' }),
    ]);
  });
});

/** Where it listens. */
async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
