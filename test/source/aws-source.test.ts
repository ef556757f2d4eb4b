import { SecretsManager, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import { SecretCacheError } from '../../src/errors.ts';
import { awsSource, type SecretsManagerClientLike } from '../../src/source/aws-source.ts';
import { isMarkedCommand } from '../../src/source/marked-command.ts';
import * as errors from '../support/service-errors.ts';
import { arnOf, caller, NEVER, ScriptedClient, settle, valueOf, watchOutcome } from './support.ts';

function sourceOf(client: SecretsManagerClientLike, maxConcurrency = 50): ReturnType<typeof awsSource> {
  return awsSource({ client, maxConcurrency });
}

/** Answers every command about the secret that it asks for. */
function obliging(changes: object = {}): ScriptedClient {
  return new ScriptedClient(({ input }) => valueOf(String(input['SecretId']), changes));
}

describe('what is asked', () => {
  test.each([
    [{}, { VersionStage: 'AWSCURRENT' }],
    [{ versionStage: 'AWSPENDING' }, { VersionStage: 'AWSPENDING' }],
    [{ versionId: 'version-of-a' }, { VersionId: 'version-of-a' }],
    [
      { versionId: 'version-of-a', versionStage: 'x' },
      { VersionId: 'version-of-a', VersionStage: 'x' },
    ],
  ])('a load of %j names exactly that to GetSecretValue', async (selector, input) => {
    const client = obliging();
    await sourceOf(client).load({ secretId: 'a', ...selector }, caller());
    expect(client.sent[0]?.name).toBe('GetSecretValue');
    expect(client.inputs).toStrictEqual([{ SecretId: 'a', ...input }]);
  });

  test('a request is announced right before it is sent, with the caller’s own signal, and marked as the cache’s', async () => {
    const call = caller();
    const client = new ScriptedClient(() => {
      expect(call.onDispatch).toHaveBeenCalledTimes(1);
      return valueOf('a');
    });
    await sourceOf(client).load({ secretId: 'a' }, call);
    expect(client.sent[0]?.signal).toBe(call.signal);
    expect(isMarkedCommand(client.sent[0]?.command ?? {})).toBe(true);
    expect(isMarkedCommand({ input: {} })).toBe(false);
  });

  test('the SDK’s own clients and any object that sends are taken', () => {
    const clients: SecretsManagerClientLike[] = [
      new SecretsManagerClient({ region: 'us-east-1' }),
      new SecretsManager({ region: 'us-east-1' }),
      { send: async () => ({}) },
      { send: vi.fn<() => Promise<unknown>>() },
    ];
    expect(clients.map((client) => sourceOf(client))).toHaveLength(4);
  });
});

describe('a value’s answer', () => {
  test('becomes a version', async () => {
    const version = await sourceOf(obliging()).load({ secretId: 'a' }, caller());
    expect(version).toStrictEqual({
      arn: arnOf('a'),
      name: 'a',
      versionId: 'version-of-a',
      versionStages: ['AWSCURRENT'],
      createdDate: new Date(0),
      value: 'value of a',
    });
  });

  test('may lack labels and a date, and hold an empty text', async () => {
    const client = obliging({ VersionStages: undefined, CreatedDate: undefined, SecretString: '' });
    const version = await sourceOf(client).load({ secretId: 'a' }, caller());
    expect(version).toMatchObject({ versionStages: [], createdDate: undefined, value: '' });
  });

  test('is copied where it is binary, out of whatever buffer it came in', async () => {
    const bytes = Buffer.from([1, 2, 3]);
    const client = obliging({ SecretString: undefined, SecretBinary: bytes });
    const { value } = await sourceOf(client).load({ secretId: 'a' }, caller());
    bytes.fill(0);
    expect(value).toStrictEqual(new Uint8Array([1, 2, 3]));
  });

  test.each([
    ['is undefined', undefined],
    ['is empty', {}],
    ['holds neither text nor bytes', valueOf('a', { SecretString: undefined })],
    ['holds both text and bytes', valueOf('a', { SecretBinary: new Uint8Array(1) })],
    ['has no ARN', valueOf('a', { ARN: undefined })],
    ['has no Name', valueOf('a', { Name: null })],
    ['has no VersionId', valueOf('a', { VersionId: '' })],
    ['has a value of another type', valueOf('a', { SecretString: 42 })],
    ['is about another secret', valueOf('b')],
  ])('that %s is malformed, and not repeated', async (_, answer) => {
    const loading = sourceOf(new ScriptedClient(() => answer)).load({ secretId: 'a' }, caller());
    const error = await loading.catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'ERR_SECRET_MALFORMED_RESPONSE', secretId: 'a' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('value of');
  });

  test('with another version than asked is malformed', async () => {
    const loading = sourceOf(obliging()).load({ secretId: 'a', versionId: 'other' }, caller());
    await expect(loading).rejects.toMatchObject({ code: 'ERR_SECRET_MALFORMED_RESPONSE' });
  });

  test('may name the secret by its ARN or its partial ARN, but never a sibling’s', async () => {
    const source = sourceOf(new ScriptedClient(() => valueOf('a')));
    const partial = arnOf('a').slice(0, -7);
    for (const secretId of ['a', arnOf('a'), partial]) {
      await expect(source.load({ secretId }, caller())).resolves.toMatchObject({ arn: arnOf('a') });
    }
    await expect(source.load({ secretId: partial.slice(0, -1) }, caller())).rejects.toMatchObject({
      code: 'ERR_SECRET_MALFORMED_RESPONSE',
    });
  });
});

const describeAs = (answer: object): Promise<unknown> =>
  sourceOf(new ScriptedClient(() => answer)).describe('a', caller());
const about = { ARN: arnOf('a'), Name: 'a' };

describe('a description', () => {
  test('is taken from DescribeSecret', async () => {
    const deletedDate = new Date(5);
    const answer = {
      ...about,
      DeletedDate: deletedDate,
      VersionIdsToStages: { v1: ['AWSCURRENT', 'x'], v0: [] },
    };
    expect(await describeAs(answer)).toStrictEqual({
      arn: arnOf('a'),
      name: 'a',
      deletedDate,
      versionIdsToStages: new Map([['v1', ['AWSCURRENT', 'x']]]),
    });
  });

  test('without versions has an empty map', async () => {
    for (const VersionIdsToStages of [undefined, null, {}]) {
      const answer = { ...about, DeletedDate: null, VersionIdsToStages };
      expect(await describeAs(answer)).toMatchObject({
        deletedDate: undefined,
        versionIdsToStages: new Map(),
      });
    }
  });

  test('takes version ids such as __proto__ for what they are', async () => {
    const VersionIdsToStages: unknown = JSON.parse('{"__proto__":["AWSCURRENT"],"constructor":["x"]}');
    expect(await describeAs({ ...about, VersionIdsToStages })).toMatchObject({
      versionIdsToStages: new Map([
        ['__proto__', ['AWSCURRENT']],
        ['constructor', ['x']],
      ]),
    });
  });

  test.each([
    ['no ARN', { Name: 'a' }],
    ['no Name', { ARN: arnOf('a') }],
    ['another secret', { ARN: arnOf('b'), Name: 'b' }],
    ['a date of deletion that is none', { ...about, DeletedDate: 'soon' }],
  ])('with %s is malformed', async (_, answer) => {
    await expect(describeAs(answer)).rejects.toMatchObject({
      code: 'ERR_SECRET_MALFORMED_RESPONSE',
      secretId: 'a',
    });
  });

  test('that is denied names DescribeSecret as the action to allow', async () => {
    const source = sourceOf(new ScriptedClient(() => Promise.reject(errors.accessDenied('DescribeSecret'))));
    await expect(source.describe('a', caller())).rejects.toMatchObject({
      code: 'ERR_SECRET_ACCESS_DENIED',
      message: expect.stringContaining('Allow secretsmanager:DescribeSecret') as unknown,
    });
  });
});

const inRegion = (region: unknown): ScriptedClient => Object.assign(obliging(), { config: { region } });

describe('another Region’s ARN', () => {
  const foreign = arnOf('a', '123456789012', 'eu-west-1');
  test('is refused without a call, by load and by describe', async () => {
    const client = inRegion(async () => 'us-east-1');
    const refusal = { code: 'ERR_SECRET_INVALID_REQUEST', secretId: foreign };
    await expect(sourceOf(client).load({ secretId: foreign }, caller())).rejects.toMatchObject(refusal);
    await expect(sourceOf(client).describe(foreign, caller())).rejects.toThrow(/"eu-west-1".*"us-east-1"/);
    expect(client.sent).toHaveLength(0);
  });

  test.each([
    undefined,
    'eu-west-1',
    async () => 'eu-west-1',
    () => Promise.reject(new Error('Region is missing')),
  ])('is asked for where the client is of that Region or doesn’t say (%s)', async (region) => {
    const client = inRegion(region);
    client.answer = () => valueOf('a', { ARN: foreign });
    await expect(sourceOf(client).load({ secretId: foreign }, caller())).resolves.toMatchObject({
      arn: foreign,
    });
  });
});

describe('leaving', () => {
  test('a call settles at once when its signal aborts, although send never does', async () => {
    const call = caller();
    const loading = watchOutcome(sourceOf(new ScriptedClient(() => NEVER)).load({ secretId: 'a' }, call));
    await settle();
    call.abort(new Error('enough'));
    await settle();
    expect(loading.state).toBe('rejected');
  });

  test('a call whose signal has aborted already is never sent', async () => {
    const client = obliging();
    const call = caller();
    call.abort();
    await expect(sourceOf(client).load({ secretId: 'a' }, call)).rejects.toBeInstanceOf(Error);
    await settle();
    expect([client.sent.length, call.onDispatch.mock.calls.length]).toEqual([0, 0]);
  });

  test('a late rejection of a call that was left goes unnoticed', async () => {
    const unhandled = vi.fn<() => void>();
    process.on('unhandledRejection', unhandled);
    let fail: ((error: Error) => void) | undefined;
    const client = new ScriptedClient(() => new Promise((_resolve, reject) => (fail = reject)));
    const call = caller();
    const loading = sourceOf(client).load({ secretId: 'a' }, call);
    await settle();
    call.abort(new Error('enough'));
    await expect(loading).rejects.toBeInstanceOf(SecretCacheError);
    fail?.(new Error('late'));
    await settle();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('an error thrown by send at once is a rejection', async () => {
    const client: SecretsManagerClientLike = {
      send: () => {
        throw errors.throttled();
      },
    };
    await expect(sourceOf(client).load({ secretId: 'a' }, caller())).rejects.toMatchObject({
      code: 'ERR_SECRET_THROTTLED',
    });
  });
});

describe('slots', () => {
  test('at most maxConcurrency calls are in flight', async () => {
    const client = new ScriptedClient(() => NEVER);
    const source = sourceOf(client, 3);
    for (let each = 0; each < 10; each += 1) void source.load({ secretId: 'a' }, caller());
    await settle();
    expect(client.sent).toHaveLength(3);
  });

  test('a call that is left gives its slot back, whether or not send settles', async () => {
    const client = new ScriptedClient(({ input }) => (input['SecretId'] === 'hangs' ? NEVER : valueOf('a')));
    const source = sourceOf(client, 1);
    const stuck = caller();
    const hanging = watchOutcome(source.load({ secretId: 'hangs' }, stuck));
    const waiting = watchOutcome(source.load({ secretId: 'a' }, caller()));
    await settle();
    expect(waiting.state).toBe('pending');
    stuck.abort();
    await settle();
    expect([hanging.state, waiting.state]).toEqual(['rejected', 'resolved']);
  });

  test('a queued call that is left settles at once and is never sent nor announced', async () => {
    const client = new ScriptedClient(() => NEVER);
    const source = sourceOf(client, 1);
    const first = caller();
    const queued = caller();
    void source.load({ secretId: 'first' }, first).catch(() => {});
    const waiting = watchOutcome(source.load({ secretId: 'queued' }, queued));
    await settle();
    queued.abort();
    await settle();
    expect(waiting.state).toBe('rejected');
    first.abort();
    await settle();
    expect(client.inputs).toHaveLength(1);
    expect(queued.onDispatch).not.toHaveBeenCalled();
  });

  test.each([
    [5, 3],
    [4, 2],
    [1, 1],
  ])(
    'of %i slots describes take %i, so that those which hang never delay a load',
    async (slots, forDescribes) => {
      const client = new ScriptedClient(({ name }) => (name === 'DescribeSecret' ? NEVER : valueOf('a')));
      const source = sourceOf(client, slots);
      for (let each = 0; each < 16; each += 1) void source.describe('a', caller());
      await settle();
      expect(client.sent).toHaveLength(forDescribes);
      const loading = watchOutcome(source.load({ secretId: 'a' }, caller()));
      await settle();
      expect(loading.state).toBe(slots === 1 ? 'pending' : 'resolved');
    },
  );

  test('a describe that is left while it waits for its slot settles at once', async () => {
    const source = sourceOf(new ScriptedClient(() => NEVER), 2);
    void source.describe('first', caller());
    const queued = caller();
    const waiting = watchOutcome(source.describe('queued', queued));
    await settle();
    queued.abort();
    await settle();
    expect(waiting.state).toBe('rejected');
  });

  test('a describe that is left lets the next one through', async () => {
    const client = new ScriptedClient(() => NEVER);
    const source = sourceOf(client, 2);
    const first = caller();
    void source.describe('first', first).catch(() => {});
    void source.describe('second', caller());
    await settle();
    first.abort();
    await settle();
    expect(client.inputs).toEqual([{ SecretId: 'first' }, { SecretId: 'second' }]);
  });
});

const expired = (attempts?: number): Error => {
  const error = errors.unmodelled('InvalidSignatureException', 'Signature expired: 1 is now earlier than 2');
  return Object.assign(error, { $metadata: { httpStatusCode: 400, attempts } });
};

describe('an expired signature', () => {
  test('is answered by one more request, signed anew and announced again', async () => {
    const client = new ScriptedClient((_sent, index) =>
      index === 0 ? Promise.reject(expired()) : valueOf('a'),
    );
    const call = caller();
    await expect(sourceOf(client).load({ secretId: 'a' }, call)).resolves.toMatchObject({ name: 'a' });
    expect(client.sent[0]?.command).not.toBe(client.sent[1]?.command);
    expect(call.onDispatch).toHaveBeenCalledTimes(2);
  });

  test('twice in a row is an error', async () => {
    const client = new ScriptedClient(() => Promise.reject(expired(1)));
    await expect(sourceOf(client).load({ secretId: 'a' }, caller())).rejects.toMatchObject({
      code: 'ERR_SECRET_CREDENTIALS',
    });
    expect(client.sent).toHaveLength(2);
  });

  test('that the SDK has retried already isn’t tried again', async () => {
    const client = new ScriptedClient(() => Promise.reject(expired(3)));
    await expect(sourceOf(client).load({ secretId: 'a' }, caller())).rejects.toBeInstanceOf(SecretCacheError);
    expect(client.sent).toHaveLength(1);
  });

  test.each([
    [
      'another signature error',
      (): Error => errors.unmodelled('InvalidSignatureException', 'does not match'),
    ],
    ['throttling', errors.throttled],
    ['a server fault', errors.internalError],
  ])('is the only thing retried here: not %s', async (_, failure) => {
    const client = new ScriptedClient(() => Promise.reject(failure()));
    await expect(sourceOf(client).load({ secretId: 'a' }, caller())).rejects.toBeInstanceOf(SecretCacheError);
    expect(client.sent).toHaveLength(1);
  });
});
