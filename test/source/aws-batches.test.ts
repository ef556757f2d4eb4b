import * as sdk from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import { SecretCacheError } from '../../src/errors.ts';
import { awsSource } from '../../src/source/aws-source.ts';
import type { SecretVersion } from '../../src/source/secret-source.ts';
import * as errors from '../support/service-errors.ts';
import { arnOf, caller, ScriptedClient, valueOf } from './support.ts';

type Answers = ReadonlyMap<string, SecretVersion | SecretCacheError>;

function batchOf(ids: string[], ...pages: unknown[]): Promise<Answers> {
  const client = new ScriptedClient((_sent, index) => pages[index]);
  return awsSource({ client, maxConcurrency: 5 }).loadBatch(ids, caller());
}

/** What each id got: its text, or its error's code. */
function outcomes(answers: Answers): Record<string, unknown> {
  const entries = [...answers].map(([id, answer]): [string, unknown] => [
    id,
    answer instanceof SecretCacheError ? answer.code : answer.value,
  ]);
  return Object.fromEntries(entries);
}

const partialOf = (name: string): string => arnOf(name).slice(0, -7);

describe('an item of a batch', () => {
  test('is matched by what it says of itself, in whatever order it comes', async () => {
    const answer = { SecretValues: [valueOf('c'), valueOf('a'), valueOf('b')] };
    expect(outcomes(await batchOf(['a', 'b', 'c'], answer))).toEqual({
      a: 'value of a',
      b: 'value of b',
      c: 'value of c',
    });
  });

  test('is matched by full ARN, and by an ARN without its suffix', async () => {
    const answer = { SecretValues: [valueOf('b'), valueOf('a')] };
    expect(outcomes(await batchOf([arnOf('a'), partialOf('b')], answer))).toEqual({
      [arnOf('a')]: 'value of a',
      [partialOf('b')]: 'value of b',
    });
  });

  test('asked for under two ARNs reaches both', async () => {
    const answers = await batchOf([arnOf('a'), partialOf('a')], { SecretValues: [valueOf('a')] });
    expect([...answers.keys()]).toEqual([arnOf('a'), partialOf('a')]);
  });

  test('never reaches a sibling: a name that looks like another’s with its suffix is another secret', async () => {
    const sibling = valueOf('a-AbCdEf', { ARN: `${arnOf('a')}-123456` });
    expect(outcomes(await batchOf(['a', arnOf('a'), 'a-AbCde'], { SecretValues: [sibling] }))).toEqual({});
    const both = { SecretValues: [sibling, valueOf('a')] };
    expect(outcomes(await batchOf([arnOf('a')], both))).toEqual({ [arnOf('a')]: 'value of a' });
  });

  test('that an ARN asked for isn’t taken for a name: it may be another account’s', async () => {
    const foreign = valueOf('a', { ARN: arnOf('a', '999999999999') });
    const ids = ['a', arnOf('a', '999999999999')];
    expect([...(await batchOf(ids, { SecretValues: [foreign] })).keys()]).toEqual([
      arnOf('a', '999999999999'),
    ]);
  });

  test.each([
    ['nobody asked for', [valueOf('z')]],
    ['doesn’t hold AWSCURRENT', [valueOf('a', { VersionStages: ['AWSPREVIOUS'] })]],
    ['has no labels', [valueOf('a', { VersionStages: undefined })]],
    [
      'is malformed',
      [valueOf('a', { VersionId: undefined }), valueOf('a', { SecretString: undefined }), null, 7],
    ],
    ['two secrets claim', [valueOf('a'), valueOf('a', { ARN: arnOf('a').replace('AbCdEf', 'ghijkl') })]],
    ['comes in two versions', [valueOf('a'), valueOf('a', { VersionId: 'other' })]],
  ])('that %s is left out', async (_, SecretValues) => {
    expect(await batchOf(['a', 'b'], { SecretValues })).toEqual(new Map());
  });

  test('that is repeated counts once', async () => {
    const answer = { SecretValues: [valueOf('a'), valueOf('a')], NextToken: null };
    expect(outcomes(await batchOf(['a'], answer))).toEqual({ a: 'value of a' });
  });

  test.each([[undefined], [{}], [{ SecretValues: null, Errors: 'none' }]])(
    'is asked for singly where the answer is %j',
    async (answer) => {
      expect(await batchOf(['a', 'b'], answer)).toEqual(new Map());
    },
  );
});

const errorOf = (SecretId: string, ErrorCode = 'ResourceNotFoundException'): object => ({
  SecretId,
  ErrorCode,
  Message: `about ${SecretId}`,
});

describe('a per-item error', () => {
  test('is that id’s alone', async () => {
    const answer = { SecretValues: [valueOf('a')], Errors: [errorOf('b')] };
    expect(outcomes(await batchOf(['a', 'b'], answer))).toEqual({
      a: 'value of a',
      b: 'ERR_SECRET_NOT_FOUND',
    });
  });

  test.each([
    ['a name', 'a', arnOf('a')],
    ['a partial ARN', partialOf('a'), arnOf('a')],
    ['an ARN', arnOf('a'), 'a'],
  ])('about %s may be reported under the other form', async (_, asked, reported) => {
    const answer = { Errors: [errorOf(reported, 'AccessDeniedException')] };
    const error = (await batchOf([asked, 'b'], answer)).get(asked);
    expect(error).toMatchObject({ code: 'ERR_SECRET_ACCESS_DENIED', secretId: asked });
  });

  test.each([
    ['two asked ids', ['a', 'a-AbCdEf'], arnOf('a')],
    ['none of them', ['a', 'b'], 'c'],
    ['another account’s', [arnOf('a'), 'b'], arnOf('a', '999999999999')],
    ['a longer name', ['a', 'b'], arnOf('a-longer')],
  ])('that may be about %s is left out', async (_, asked, reported) => {
    const answer = { Errors: [errorOf(reported), { ErrorCode: 'x' }, null] };
    expect((await batchOf(asked, answer)).size).toBe(0);
  });

  test('beside a value for the same id proves neither', async () => {
    const answer = { SecretValues: [valueOf('a')], Errors: [errorOf('a')] };
    expect((await batchOf(['a'], answer)).size).toBe(0);
  });

  test.each([
    ['ResourceNotFoundException', sdk.ResourceNotFoundException],
    ['InvalidRequestException', sdk.InvalidRequestException],
    ['DecryptionFailure', sdk.DecryptionFailure],
    ['InternalServiceError', sdk.InternalServiceError],
    ['AccessDeniedException', sdk.SecretsManagerServiceException],
    ['constructor', sdk.SecretsManagerServiceException],
    ['GetSecretValueCommand', sdk.SecretsManagerServiceException],
  ])('%s has the SDK’s exception as its cause', async (ErrorCode, exceptionClass) => {
    const $metadata = { httpStatusCode: 200, requestId: 'request-1' };
    const answer = { $metadata, Errors: [errorOf('a', ErrorCode)] };
    const error = (await batchOf(['a'], answer)).get('a') as SecretCacheError;
    expect(Object.getPrototypeOf(error.cause)).toBe(exceptionClass.prototype);
    expect(error.cause).toMatchObject({ name: ErrorCode, message: 'about a', $metadata });
  });

  test.each([
    ['AccessDeniedException', 'Access to KMS is not allowed', 'ERR_SECRET_DECRYPTION'],
    ['InvalidRequestException', 'it was marked for deletion.', 'ERR_SECRET_DELETED'],
    ['ThrottlingException', 'Rate exceeded', 'ERR_SECRET_THROTTLED'],
    ['SomethingNew', 'x', 'ERR_SECRET_UNAVAILABLE'],
  ])('%s "%s" means what it means for a single call', async (ErrorCode, Message, code) => {
    const answer = { Errors: [{ SecretId: 'a', ErrorCode, Message }] };
    expect(outcomes(await batchOf(['a'], answer))).toEqual({ a: code });
  });
});

const paged = (answer: (token: unknown, index: number) => unknown): ScriptedClient =>
  new ScriptedClient(({ input }, index) => answer(input['NextToken'], index));

describe('the pages of a batch', () => {
  test('are followed, empty ones too, and only the first is announced', async () => {
    const client = paged((token) =>
      new Map<unknown, object>([
        [undefined, { SecretValues: [], NextToken: 't1' }],
        ['t1', { SecretValues: [valueOf('a')], NextToken: 't2' }],
        ['t2', { Errors: [{ SecretId: 'b', ErrorCode: 'ResourceNotFoundException' }] }],
      ]).get(token),
    );
    const call = caller();
    const answers = await awsSource({ client, maxConcurrency: 1 }).loadBatch(['a', 'b'], call);
    expect(outcomes(answers)).toEqual({ a: 'value of a', b: 'ERR_SECRET_NOT_FOUND' });
    expect(client.inputs).toStrictEqual([
      { SecretIdList: ['a', 'b'] },
      { SecretIdList: ['a', 'b'], NextToken: 't1' },
      { SecretIdList: ['a', 'b'], NextToken: 't2' },
    ]);
    expect(call.onDispatch).toHaveBeenCalledTimes(1);
  });

  test('end after 25', async () => {
    const client = paged(() => ({ NextToken: 'again' }));
    expect(await awsSource({ client, maxConcurrency: 1 }).loadBatch(['a'], caller())).toEqual(new Map());
    expect(client.sent).toHaveLength(25);
  });

  test('start over once when a token expires, and nothing of before is used', async () => {
    const before = valueOf('a', { SecretString: 'from before', VersionId: 'v0' });
    const client = paged((token, index) => {
      if (token === 't1') return Promise.reject(errors.invalidNextToken());
      return index === 0 ? { SecretValues: [before], NextToken: 't1' } : { SecretValues: [valueOf('a')] };
    });
    const answers = await awsSource({ client, maxConcurrency: 1 }).loadBatch(['a'], caller());
    expect(outcomes(answers)).toEqual({ a: 'value of a' });
    expect(client.sent).toHaveLength(3);
  });

  test('don’t start over twice', async () => {
    const client = paged((token) =>
      token === undefined ? { NextToken: 't' } : Promise.reject(errors.invalidNextToken()),
    );
    await expect(awsSource({ client, maxConcurrency: 1 }).loadBatch(['a'], caller())).rejects.toMatchObject({
      code: 'ERR_SECRET_INVALID_REQUEST',
    });
    expect(client.sent).toHaveLength(4);
  });
});

describe('a batch', () => {
  test('refuses another Region’s ARN by itself, and asks for the rest', async () => {
    const foreign = arnOf('b', '123456789012', 'eu-west-1');
    const client = Object.assign(new ScriptedClient(() => ({ SecretValues: [valueOf('a')] })), {
      config: { region: async () => 'us-east-1' },
    });
    const source = awsSource({ client, maxConcurrency: 1 });
    expect(outcomes(await source.loadBatch(['a', foreign], caller()))).toEqual({
      [foreign]: 'ERR_SECRET_INVALID_REQUEST',
      a: 'value of a',
    });
    expect(client.inputs).toStrictEqual([{ SecretIdList: ['a'] }]);
    await source.loadBatch([foreign], caller());
    expect(client.sent).toHaveLength(1);
  });

  test('that is denied names the permission it needs', async () => {
    const client = new ScriptedClient(() => Promise.reject(errors.accessDenied('BatchGetSecretValue')));
    await expect(
      awsSource({ client, maxConcurrency: 1 }).loadBatch(['a', 'b'], caller()),
    ).rejects.toMatchObject({
      code: 'ERR_SECRET_ACCESS_DENIED',
      message: expect.stringContaining('Allow secretsmanager:BatchGetSecretValue') as unknown,
    });
  });
});

const collect = async (
  client: ScriptedClient,
  call = caller(),
): Promise<(SecretVersion | SecretCacheError)[]> => {
  const found: (SecretVersion | SecretCacheError)[] = [];
  const source = awsSource({ client, maxConcurrency: 1 });
  for await (const item of source.search([{ key: 'name', values: ['prod/'] }], call)) found.push(item);
  return found;
};

describe('a search', () => {
  test('yields what all pages hold, values and per-item errors, each page announced', async () => {
    const client = new ScriptedClient(
      (_sent, index) =>
        [
          { SecretValues: [valueOf('a')], NextToken: 't1' },
          { NextToken: 't2' },
          {
            SecretValues: [valueOf('b')],
            Errors: [{ SecretId: arnOf('c'), ErrorCode: 'AccessDeniedException' }],
          },
        ][index],
    );
    const call = caller();
    expect(await collect(client, call)).toMatchObject([
      { name: 'a' },
      { name: 'b' },
      { code: 'ERR_SECRET_ACCESS_DENIED', secretId: arnOf('c') },
    ]);
    expect(client.inputs[1]).toStrictEqual({
      Filters: [{ Key: 'name', Values: ['prod/'] }],
      MaxResults: 20,
      NextToken: 't1',
    });
    expect(call.onDispatch).toHaveBeenCalledTimes(3);
  });

  test('reports an item that can’t be used under its own name', async () => {
    const items = [valueOf('a', { VersionId: null }), valueOf('b', { VersionStages: ['AWSPREVIOUS'] }), null];
    const client = new ScriptedClient(() => ({ SecretValues: items }));
    expect((await collect(client)).map((item) => (item as SecretCacheError).secretId)).toEqual([
      'a',
      'b',
      undefined,
    ]);
  });

  test('that is denied names both permissions', async () => {
    const client = new ScriptedClient(() => Promise.reject(errors.accessDenied('ListSecrets')));
    const searching = collect(client);
    await expect(searching).rejects.toMatchObject({ code: 'ERR_SECRET_ACCESS_DENIED', secretId: undefined });
    await expect(searching).rejects.toThrow(
      'secretsmanager:BatchGetSecretValue and secretsmanager:ListSecrets',
    );
  });

  test('starts over once when a token expires', async () => {
    let expirations = 0;
    const client = new ScriptedClient(({ input }) => {
      if (input['NextToken'] === undefined) return { SecretValues: [valueOf('a')], NextToken: 't' };
      expirations += 1;
      return expirations === 1 ? Promise.reject(errors.invalidNextToken()) : { SecretValues: [valueOf('b')] };
    });
    const found = (await collect(client)) as SecretVersion[];
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['a', 'b']));
  });

  test('without an end is given up after 1,000 pages, with an error', async () => {
    const client = new ScriptedClient(() => ({ NextToken: 'again' }));
    await expect(collect(client)).rejects.toMatchObject({ code: 'ERR_SECRET_MALFORMED_RESPONSE' });
    expect(client.sent).toHaveLength(1_000);
  });

  test('ends when its caller leaves', async () => {
    const call = caller();
    const client = new ScriptedClient(() => {
      call.abort(new Error('enough'));
      return { NextToken: 'again' };
    });
    await expect(collect(client, call)).rejects.toBeInstanceOf(SecretCacheError);
    expect(client.sent).toHaveLength(1);
  });
});
