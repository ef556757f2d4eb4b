/** What `agentSource` may be given, and what it says of the rest. */

import { afterEach, describe, expect, test, vi } from 'vitest';

import { agentSource, type AgentSourceOptions } from '../../src/agent/index.ts';
import { readAgentOptions } from '../../src/agent/options.ts';

const behind = { load: (): Promise<never> => Promise.reject(new Error('unused')) };
const long = `http://127.0.0.1:2773/${'x'.repeat(80)}`;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('without options', () => {
  test('the agent on its own port', () => {
    const { agent, maxConnections, behindAfterMs } = readAgentOptions({});
    expect(agent).toMatchObject({ kind: 'agent', hostname: '127.0.0.1', port: 2773 });
    expect([maxConnections, behindAfterMs]).toEqual([10, 1_000]);
  });

  test('the extension on the port that Lambda was told, with as many connections as it makes itself', () => {
    vi.stubEnv('PARAMETERS_SECRETS_EXTENSION_HTTP_PORT', '2999');
    const { agent, maxConnections } = readAgentOptions({ kind: 'extension' });
    expect([agent.port, maxConnections]).toEqual([2999, 3]);
    expect(readAgentOptions({}).agent.port).toBe(2773);
  });

  test.each(['', '0x1', '99999', '-1'])('no port at all in the environment: %j', (port) => {
    vi.stubEnv('PARAMETERS_SECRETS_EXTENSION_HTTP_PORT', port);
    expect(() => agentSource({ kind: 'extension' })).toThrow(
      new RangeError(`PARAMETERS_SECRETS_EXTENSION_HTTP_PORT must be a port, got "${port}"`),
    );
  });
});

describe('an endpoint', () => {
  test.each([
    ['http://localhost:2773', 'localhost', 2773],
    ['http://127.0.0.1:2773', '127.0.0.1', 2773],
    ['http://127.8.9.10:1', '127.8.9.10', 1],
    ['http://127.1:2773', '127.0.0.1', 2773],
    ['http://[::1]:2773/', '::1', 2773],
    ['http://localhost', 'localhost', 80],
  ])('%s is on this host', (endpoint, hostname, port) => {
    expect(readAgentOptions({ endpoint }).agent).toMatchObject({ hostname, port });
  });

  test.each([
    'http://10.0.0.1:2773',
    'http://agent:2773',
    'http://localhost.example.com:2773',
    'http://127.0.0.1.example.com:2773',
    'http://0.0.0.0:2773',
    'http://[::ffff:127.0.0.1]:2773',
    'http://169.254.169.254',
  ])('%s is refused unless it is allowed by name', (endpoint) => {
    expect(() => agentSource({ endpoint })).toThrow(RangeError);
    expect(() => agentSource({ endpoint })).toThrow(/must be on this host .* Pass `allowRemote: true` if/);
    expect(() => agentSource({ endpoint, allowRemote: true })).not.toThrow();
  });

  test.each([
    'https://127.0.0.1:2773',
    'http://127.0.0.1:2773/v1',
    'http://127.0.0.1:2773?token=x',
    'http://user:password@127.0.0.1:2773',
    'http://127.0.0.1:99999',
    '127.0.0.1:2773',
    'localhost',
    '',
    long,
  ])('%s is none', (endpoint) => {
    expect(() => agentSource({ endpoint })).toThrow(RangeError);
    expect(() => agentSource({ endpoint })).toThrow(
      "`endpoint` must be like 'http://127.0.0.1:2773', with nothing after the port, got ",
    );
  });

  test('a password in one isn’t printed', () => {
    expect(() => agentSource({ endpoint: 'http://user:hunter2@127.0.0.1:2773' })).toThrow(
      /got one with a user in it$/,
    );
  });
});

test.each<[unknown, typeof TypeError | typeof RangeError, string]>([
  [null, TypeError, 'the options of agentSource must be an object, got null'],
  [{ endpiont: 'x' }, TypeError, 'unknown option of agentSource: "endpiont"; known are kind, endpoint'],
  [{ kind: 'lambda' }, TypeError, "`kind` must be 'agent' or 'extension', got \"lambda\""],
  [{ endpoint: 2773 }, TypeError, "`endpoint` must be like 'http://127.0.0.1:2773'"],
  [{ allowRemote: 'yes' }, TypeError, '`allowRemote` must be true or false, got "yes"'],
  [{ token: '' }, RangeError, '`token` must be a string of 1 to 8192 characters'],
  [{ token: 7 }, TypeError, '`token` must be a string of 1 to 8192 characters'],
  [{ maxConnections: 0 }, RangeError, '`maxConnections` must be an integer from 1 to 1000, got 0'],
  [{ behind: {} }, TypeError, '`behind` must be a SecretSource, such as awsSource()'],
  [{ behind: 'aws' }, TypeError, '`behind` must be an object, got "aws"'],
  [{ behindAfterMs: 100 }, TypeError, '`behindAfterMs` needs `behind`'],
  [{ behind, behindAfterMs: 0 }, RangeError, '`behindAfterMs` must be a number of milliseconds > 0, got 0'],
])('%o is refused', (options, kind, message) => {
  const make = (): unknown => agentSource(options as AgentSourceOptions);
  expect(make).toThrow(kind);
  expect(make).toThrow(message);
});
