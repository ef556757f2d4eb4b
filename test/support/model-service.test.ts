/** The model service itself, against what is recorded of the real one. */

import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';

import { ModelService } from './model-service.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import * as errors from './service-errors.ts';
import { VirtualRuntime } from './virtual-runtime.ts';

type Output = Record<string, unknown>;

function model(): {
  runtime: VirtualRuntime;
  service: ModelService;
  get(input: { SecretId: string; VersionStage?: string; VersionId?: string }): Promise<Outcome<Output>>;
  describe(secretId: string): Promise<Outcome<Output>>;
  batch(...ids: string[]): Promise<Outcome<Output>>;
} {
  const runtime = new VirtualRuntime();
  const service = new ModelService(runtime);
  const send = async (command: object): Promise<Outcome<Output>> => {
    const outcome = outcomeOf(service.send(command) as Promise<Output>);
    await runtime.settle();
    return outcome;
  };
  return {
    runtime,
    service,
    get: (input) => send(new GetSecretValueCommand(input)),
    describe: (SecretId) => send(new DescribeSecretCommand({ SecretId })),
    batch: (...SecretIdList) => send(new BatchGetSecretValueCommand({ SecretIdList })),
  };
}

describe('versions and labels', () => {
  test('a put moves AWSCURRENT and leaves AWSPREVIOUS behind; a third version loses its labels', async () => {
    const { service, get, describe: show } = model();
    service.create('a', 'v1');
    const v1 = service.versionOf('a');
    const v2 = service.put('a', 'v2');
    const v3 = service.put('a', 'v3');
    expect((await show('a')).value).toMatchObject({
      VersionIdsToStages: { [v3]: ['AWSCURRENT'], [v2]: ['AWSPREVIOUS'] },
    });
    expect((await get({ SecretId: 'a' })).value).toMatchObject({
      SecretString: 'v3',
      VersionStages: ['AWSCURRENT'],
    });
    expect((await get({ SecretId: 'a', VersionId: v1 })).value).toMatchObject({
      SecretString: 'v1',
      VersionStages: [],
    });
  });

  test('a rotation shows the pending version before its value, and keeps AWSPENDING after it', async () => {
    const { service, get, describe: show } = model();
    service.create('a', 'v1');
    const v1 = service.versionOf('a');
    const v2 = service.startRotation('a');
    expect((await show('a')).value).toMatchObject({ VersionIdsToStages: { [v2]: ['AWSPENDING'] } });
    expect((await get({ SecretId: 'a', VersionStage: 'AWSPENDING' })).error).toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    });
    service.putPendingValue('a', 'v2');
    service.finishRotation('a');
    expect((await show('a')).value?.['VersionIdsToStages']).toEqual({
      [v2]: expect.arrayContaining(['AWSCURRENT', 'AWSPENDING']),
      [v1]: ['AWSPREVIOUS'],
    });
  });

  test('a version and a label that disagree are refused', async () => {
    const { service, get } = model();
    service.create('a', 'v1');
    const VersionId = service.versionOf('a');
    service.put('a', 'v2');
    expect((await get({ SecretId: 'a', VersionId, VersionStage: 'AWSCURRENT' })).error).toMatchObject({
      name: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    });
  });

  test('a secret marked for deletion can be described, with its labels unchanged, and not read', async () => {
    const { service, get, describe: show } = model();
    service.create('a', 'v1');
    const labels = (await show('a')).value?.['VersionIdsToStages'];
    service.scheduleDeletion('a');
    expect((await show('a')).value).toMatchObject({
      DeletedDate: expect.any(Date),
      VersionIdsToStages: labels,
    });
    expect((await get({ SecretId: 'a' })).error).toMatchObject({ name: 'InvalidRequestException' });
    service.restore('a');
    expect((await get({ SecretId: 'a' })).state).toBe('fulfilled');
  });

  test('names, ARNs and partial ARNs find a secret; a name that ends like an ARN is misread in a partial one', async () => {
    const { service, get } = model();
    const arn = service.create('a', 'v1');
    const odd = service.create('a-abcdef', 'odd');
    for (const SecretId of ['a', arn, arn.slice(0, -7)]) {
      expect((await get({ SecretId })).value).toMatchObject({ ARN: arn });
    }
    expect((await get({ SecretId: odd })).value).toMatchObject({ SecretString: 'odd' });
    expect((await get({ SecretId: odd.slice(0, -7) })).error).toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect((await get({ SecretId: arn.slice(arn.indexOf('a-')) })).state).toBe('rejected');
    service.destroy('a');
    expect(service.create('a', 'v1 again')).not.toBe(arn);
    expect((await get({ SecretId: arn })).error).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('a replica that lags answers some operations from the past', async () => {
    const { service, get, describe: show } = model();
    service.create('a', 'v1');
    const lag = service.lag('a', 'G');
    const v2 = service.put('a', 'v2');
    expect((await show('a')).value).toMatchObject({ VersionIdsToStages: { [v2]: ['AWSCURRENT'] } });
    expect((await get({ SecretId: 'a' })).value).toMatchObject({ SecretString: 'v1' });
    lag.lift();
    expect((await get({ SecretId: 'a' })).value).toMatchObject({ SecretString: 'v2' });
  });
});

describe('batches', () => {
  test('values and errors come in two lists; repeats and more than twenty ids are refused', async () => {
    const { service, batch } = model();
    const arn = service.create('a', 'v1');
    expect((await batch('a', 'missing')).value).toMatchObject({
      SecretValues: [{ Name: 'a', ARN: arn, SecretString: 'v1' }],
      Errors: [{ SecretId: 'missing', ErrorCode: 'ResourceNotFoundException' }],
    });
    expect((await batch('a', arn)).error).toMatchObject({ name: 'InvalidParameterException' });
    expect((await batch(...Array.from({ length: 21 }, (_, nth) => `s${nth}`))).error).toMatchObject({
      name: 'ValidationException',
    });
    expect((await batch()).state).toBe('rejected');
  });

  test('rights are asked for the action, for each item, and before existence', async () => {
    const { service, batch, get } = model();
    service.create('a', 'v1');
    service.create('b', 'v1');
    const item = service.deny({ action: 'GetSecretValue', secret: 'b', unlessStage: 'AWSCURRENT' });
    expect((await batch('a', 'b')).value).toMatchObject({
      Errors: [{ SecretId: 'b', ErrorCode: 'AccessDeniedException' }],
    });
    expect((await get({ SecretId: 'b', VersionStage: 'AWSCURRENT' })).state).toBe('fulfilled');
    item.lift();
    service.deny({ action: 'GetSecretValue' });
    expect((await get({ SecretId: 'missing' })).error).toMatchObject({ name: 'AccessDeniedException' });
    service.deny({ action: 'BatchGetSecretValue' });
    const { error } = await batch('a', 'b');
    expect(error).toBeInstanceOf(SecretsManagerServiceException);
    expect(String(error)).toContain('not authorized to perform: secretsmanager:BatchGetSecretValue');
  });
});

describe('faults', () => {
  test('an answer kept back shows what was true when the call arrived, or when it is released', async () => {
    const { runtime, service, get } = model();
    service.create('a', 'v1');
    const early = service.hold({ times: 1 });
    const late = service.hold({ times: 1, read: 'release' });
    const [one, two] = [await get({ SecretId: 'a' }), await get({ SecretId: 'a' })];
    service.put('a', 'v2');
    early.lift();
    late.lift();
    await runtime.settle();
    expect([one.value?.['SecretString'], two.value?.['SecretString']]).toEqual(['v1', 'v2']);
  });

  test('an abort ends a call that listens, and none that is deaf', async () => {
    const { runtime, service } = model();
    service.create('a', 'v1');
    const controller = new AbortController();
    const send = (): Outcome<unknown> =>
      outcomeOf(
        service.send(new GetSecretValueCommand({ SecretId: 'a' }), { abortSignal: controller.signal }),
      );
    const deaf = service.hold({ times: 1, deaf: true });
    const calls = [send()];
    service.fail({ hangs: 'until-aborted' }, { times: 1 });
    calls.push(send());
    service.fail({ hangs: 'for-ever' }, { times: 1 });
    calls.push(send());
    await runtime.settle();
    controller.abort();
    await runtime.settle();
    expect(calls.map(({ state }) => state)).toEqual(['pending', 'rejected', 'pending']);
    deaf.lift();
    await runtime.settle();
    expect(calls.map(({ state }) => state)).toEqual(['fulfilled', 'rejected', 'pending']);
    expect(service.calls.map(({ outcome }) => outcome)).toEqual(['ok', 'aborted', 'pending']);
  });

  test('quotas refill over time, latency passes on the virtual clock, and the log tells', async () => {
    const { runtime, service, get } = model();
    service.create('a', 'v1');
    service.limit('G', 2);
    const states = [await get({ SecretId: 'a' }), await get({ SecretId: 'a' }), await get({ SecretId: 'a' })];
    expect(states.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await runtime.advance(500);
    service.latencyMs = 40;
    const slow = await get({ SecretId: 'a' });
    expect(slow.state).toBe('pending');
    await runtime.advance(40);
    expect(slow.state).toBe('fulfilled');
    expect(service.counts).toEqual({ G: 4, D: 0, B: 0 });
    expect(service.calls.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ThrottlingException', 'ok']);
    const { atMs, answeredAtMs = 0 } = service.calls[3] ?? { atMs: 0 };
    expect(answeredAtMs - atMs).toBe(40);
  });

  test('faults are used up in the order in which they were set', async () => {
    const { service, get } = model();
    service.create('a', 'v1');
    service.fail(errors.throttled, { times: 1 });
    service.fail({ output: () => undefined }, { times: 1 });
    expect((await get({ SecretId: 'a' })).error).toMatchObject({ name: 'ThrottlingException' });
    expect(await get({ SecretId: 'a' })).toMatchObject({ state: 'fulfilled', value: undefined });
    expect((await get({ SecretId: 'a' })).value).toMatchObject({ SecretString: 'v1' });
  });
});
