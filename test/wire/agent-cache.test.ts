// The whole cache over an agent: what a get costs, how the TTLs add up, what goes through to Secrets Manager.

import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { agentSource, type AgentSourceOptions } from '../../src/agent/index.ts';
import { awsSource, SecretCache, type SecretCacheOptions } from '../../src/index.ts';
import { LocalAgent, LocalSecretsManager, type LocalAgentOptions } from '../../src/testing/index.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { SteppedTime } from '../support/stepped-time.ts';

const TTL_MS = 300_000;

let upstream: LocalSecretsManager;
let skippedMs: number;
const toClose: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  skippedMs = 0;
  upstream = await LocalSecretsManager.start();
  upstream.createSecret({ name: 'prod/db', secretString: 'one' });
});

afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
  await upstream.close();
});

async function startAgent(options: Partial<LocalAgentOptions> = {}): Promise<LocalAgent> {
  const agent = await LocalAgent.start({ upstream, now: () => Date.now() + skippedMs, ...options });
  toClose.push(() => agent.close());
  return agent;
}

function makeCache(
  agent: LocalAgent,
  options: SecretCacheOptions & { from?: AgentSourceOptions } = {},
): SecretCache {
  const { from, ...own } = options;
  const { kind, endpoint, token } = agent;
  const runtime = {
    monotonicNowMs: () => performance.now() + skippedMs,
    wallNowMs: () => Date.now() + skippedMs,
  };
  const source = agentSource({ kind, endpoint, token, ...from });
  const cache = new SecretCache({ source, ttlMs: TTL_MS, ttlJitter: 0, runtime, ...own });
  toClose.push(() => cache.close());
  return cache;
}

/** What answers as an agent at once, and with nothing behind it: a thousand calls of the SDK take their time. */
async function startAnswering(): Promise<{ server: Server; endpoint: string }> {
  const server = createServer(({ url = '' }, response) => {
    const name = new URLSearchParams(url.split('?')[1]).get('secretId') ?? '';
    const ARN = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
    const version = { VersionId: randomUUID(), VersionStages: ['AWSCURRENT'], CreatedDate: '1' };
    response.end(JSON.stringify({ ARN, Name: name, SecretString: `value of ${name}`, ...version }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(() => new Promise((resolve) => server.close(resolve)));
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Calls to Secrets Manager. */
function calls(): { G: number; D: number; B: number } {
  const { count } = upstream;
  const [G, D, B] = (['GetSecretValue', 'DescribeSecret', 'BatchGetSecretValue'] as const).map((operation) =>
    count.call(upstream, operation),
  );
  return { G: G ?? 0, D: D ?? 0, B: B ?? 0 };
}

describe('what a get costs', () => {
  test('a warm one costs what it costs over AWS: no request at all; the hop is on a miss and at the TTL', async () => {
    const agent = await startAgent();
    const overAgent = makeCache(agent);
    const overAws = new SecretCache({ client: upstream.client() });
    toClose.push(() => overAws.close());
    await overAgent.get('prod/db');
    await overAws.get('prod/db');
    const before = [agent.requests.length, calls()];
    expect(before).toEqual([1, { G: 2, D: 0, B: 0 }]);
    for (let n = 0; n < 1_000; n += 1) {
      await overAgent.get('prod/db');
      await overAws.get('prod/db');
    }
    expect([agent.requests.length, calls()]).toEqual(before);
    expect([overAgent.stats().hits, overAws.stats().hits]).toEqual([1_000, 1_000]);
    skippedMs += TTL_MS;
    await overAgent.get('prod/db');
    await overAgent.get('prod/db');
    expect(agent.requests).toHaveLength(2);
  });

  test('1,000 gets at once of one cold secret are one request', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    await Promise.all(Array.from({ length: 1_000 }, () => cache.get('prod/db')));
    expect([agent.requests.length, calls().G]).toEqual([1, 1]);
  });

  test('ten processes of a host share one read, and one description a TTL', async () => {
    const agent = await startAgent();
    const caches = Array.from({ length: 10 }, () => makeCache(agent));
    for (const cache of caches) await cache.get('prod/db');
    expect([agent.requests.length, calls()]).toEqual([10, { G: 1, D: 0, B: 0 }]);
    skippedMs += TTL_MS + 1_000;
    for (const cache of caches) await cache.get('prod/db');
    expect([agent.requests.length, calls()]).toEqual([20, { G: 1, D: 1, B: 0 }]);
  });
});

describe('1,000 distinct misses at once', () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => `app/${n}`);

  test('all get their own value through three connections', async () => {
    const { server, endpoint } = await startAnswering();
    const connections = vi.fn<() => void>();
    server.on('connection', connections);
    // Time stands still for the cache: however slow this machine is, nobody's budget runs out.
    const source = agentSource({ endpoint, token: 'any', maxConnections: 3 });
    const cache = new SecretCache({ source, runtime: new SteppedTime() });
    const secrets = await cache.getMany(ids);
    await cache.close();
    expect([...secrets].every(([id, secret]) => secret.text() === `value of ${id}`)).toBe(true);
    expect([secrets.size, connections.mock.calls.length]).toEqual([1_000, 3]);
  });

  test('behind three that hang, all are told so when the wait budget is over, and nothing is sent for them after', async () => {
    const agent = await startAgent();
    const time = new SteppedTime();
    const cache = makeCache(agent, { from: { maxConnections: 3 }, runtime: time });
    const gate = upstream.hold('GetSecretValue');
    const gets = ids.map((id) => outcomeOf(cache.get(id)));
    await gate.arrived(3);
    await time.stepUntil(() => gets.every(({ state }) => state !== 'pending'));
    expect(new Set(gets.map(codeOf))).toEqual(new Set(['ERR_SECRET_TIMEOUT']));
    // Three at a time, 3 s each: those that left within the budget end at their own limit.
    await time.stepUntil(() => time.timers === 0);
    expect(agent.requests.length).toBeLessThanOrEqual(6);
  });
});

describe('a rotation', () => {
  test('shows when both TTLs are over, the agent’s and the cache’s', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    await makeCache(agent).get('prod/db');
    // Read from the agent when its own answer is all but over.
    skippedMs += TTL_MS - 1_000;
    await cache.get('prod/db');
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    skippedMs += TTL_MS - 1_000;
    expect(await cache.getText('prod/db')).toBe('one');
    skippedMs += 1_000;
    expect(await cache.getText('prod/db')).toBe('two');
  });

  test('shows at once to refresh, and then to the other processes of the host', async () => {
    const agent = await startAgent();
    const [one, other] = [makeCache(agent), makeCache(agent)];
    await one.get('prod/db');
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    expect((await one.refresh('prod/db')).text()).toBe('two');
    expect(await other.getText('prod/db')).toBe('two');
    expect(calls()).toEqual({ G: 2, D: 0, B: 0 });
  });

  test('gives withSecret its new password in one forced call, past what the agent keeps', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    await cache.get('prod/db');
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    const used: string[] = [];
    const answer = await cache.withSecret('prod/db', (secret) => {
      used.push(secret.text());
      if (secret.text() === 'one') throw Object.assign(new Error('refused'), { code: '28P01' });
      return 'logged in';
    });
    expect([answer, used]).toEqual(['logged in', ['one', 'two']]);
    expect(agent.requests.map(({ refreshNow }) => refreshNow)).toEqual([false, true]);
  });

  test.each<[string, (cache: SecretCache) => void]>([
    ['invalidate', (cache) => cache.invalidate('prod/db')],
    ['clear', (cache) => cache.clear()],
    ['notify', (cache) => cache.notify({ secretId: 'prod/db' })],
  ])('shows to the get after %s', async (_how, act) => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    await cache.get('prod/db');
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    act(cache);
    expect(await cache.getText('prod/db')).toBe('two');
    expect(agent.requests.map(({ refreshNow }) => refreshNow)).toEqual([false, true]);
  });

  test('isn’t undone by a version read by its id, whose labels the agent still knows from before', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    const { versionId } = await makeCache(agent).get('prod/db');
    await makeCache(agent).get('prod/db', { versionId });
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    await cache.refresh('prod/db');
    expect(await cache.getText('prod/db', { versionId })).toBe('one');
    expect(await cache.getText('prod/db')).toBe('two');
  });

  test('over the extension alone moves no label but its own: what answers may be from before', async () => {
    const extension = await startAgent({ kind: 'extension' });
    const cache = makeCache(extension);
    const { versionId } = upstream.createSecret({ name: 'app/db', secretString: 'one' });
    upstream.moveLabel('app/db', 'blue', versionId);
    await cache.get('app/db', { versionStage: 'blue' });
    upstream.putSecretValue('app/db', { secretString: 'two' });
    expect(await cache.getText('app/db')).toBe('two');
    const blue = await cache.refresh('app/db', { versionStage: 'blue' });
    expect([blue.text(), await cache.getText('app/db')]).toEqual(['one', 'two']);
  });

  test('over the extension needs a source behind to show before its TTL', async () => {
    const extension = await startAgent({ kind: 'extension' });
    const behind = awsSource({ client: upstream.client() });
    const [alone, backed] = [makeCache(extension), makeCache(extension, { from: { behind } })];
    for (const cache of [alone, backed]) await cache.get('prod/db');
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    expect((await alone.refresh('prod/db')).text()).toBe('one');
    expect((await backed.refresh('prod/db')).text()).toBe('two');
  });
});

describe('a failure', () => {
  test('of the agent is bridged by what is held, and over when it is back', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent, { backoff: { baseMs: 1, capMs: 1 } });
    await cache.get('prod/db');
    await agent.close();
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('one');
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    await startAgent({ port: Number(new URL(agent.endpoint).port) });
    skippedMs += 1_000;
    expect(await cache.getText('prod/db')).toBe('two');
  });

  test('of Secrets Manager is bridged by the agent', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    await cache.get('prod/db');
    upstream.faults.inject({ kind: 'error', code: 'InternalServiceError', status: 500 });
    skippedMs += TTL_MS + 1_000;
    expect(await cache.getText('prod/db')).toBe('one');
    expect(cache.stats()).toMatchObject({ misses: 2, stale: 0 });
  });

  test('of the token is bridged by what is held', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    await cache.get('prod/db');
    agent.token = 'another';
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('one');
    expect(await cache.get('prod/other').catch((error: unknown) => error)).toMatchObject({
      code: 'ERR_SECRET_CREDENTIALS',
    });
  });

  test('revoked rights are confirmed past the agent, which would have gone on answering', async () => {
    const agent = await startAgent();
    const cache = makeCache(agent);
    await cache.get('prod/db');
    upstream.policy.denyAction('GetSecretValue', { secretId: 'prod/db' });
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('one');
    await cache.refresh('prod/db').catch(() => {});
    skippedMs += 1_000;
    const refused = { code: 'ERR_SECRET_ACCESS_DENIED' };
    expect(await cache.get('prod/db').catch((error: unknown) => error)).toMatchObject(refused);
    skippedMs += 30_000;
    expect(await cache.get('prod/db').catch((error: unknown) => error)).toMatchObject(refused);
    expect(await makeCache(agent).getText('prod/db')).toBe('one');
  });
});

describe('an agent with AWS behind it', () => {
  test('is left and returned to without a caller noticing', async () => {
    const agent = await startAgent();
    const behind = awsSource({ client: upstream.client() });
    const cache = makeCache(agent, { from: { behind } });
    expect(await cache.getText('prod/db')).toBe('one');
    const { port } = new URL(agent.endpoint);
    await agent.close();
    upstream.putSecretValue('prod/db', { secretString: 'two' });
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('two');
    const again = await startAgent({ port: Number(port) });
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('two');
    expect(again.requests).toHaveLength(1);
    expect(cache.stats()).toMatchObject({ misses: 3, stale: 0, failures: 0 });
  });

  test('reads secrets while a Lambda function’s module loads, before its extension is ready', async () => {
    const extension = await startAgent({ kind: 'extension', isReady: false });
    const behind = awsSource({ client: upstream.client() });
    const cache = makeCache(extension, { from: { behind } });
    const report = await cache.preload(['prod/db']);
    expect([report.loaded, report.failed.size]).toEqual([['prod/db'], 0]);
    extension.isReady = true;
    skippedMs += TTL_MS;
    expect(await cache.getText('prod/db')).toBe('one');
    expect(extension.requests.map(({ status }) => status)).toEqual([400, 200]);
  });

  test('is not asked twice about a secret that is denied', async () => {
    const agent = await startAgent();
    const client = upstream.client();
    const send = vi.spyOn(client, 'send');
    const cache = makeCache(agent, { from: { behind: awsSource({ client }) } });
    upstream.policy.denyAction('GetSecretValue', { secretId: 'prod/db' });
    await expect(cache.get('prod/db')).rejects.toMatchObject({ code: 'ERR_SECRET_ACCESS_DENIED' });
    expect([send.mock.calls.length, calls().G]).toEqual([0, 1]);
  });
});
