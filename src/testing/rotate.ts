// RotateSecret: names the next version AWSPENDING, before it has a value. The steps that follow are Rotation's.

import { noRotationFunction, rotationUnfinished } from './errors.ts';
import { SECRET_ID } from './input.ts';
import {
  AWSCURRENT,
  AWSPENDING,
  beginRotation,
  type RotationRules,
  type SecretState,
} from './secret-state.ts';
import { authorize, findWritable, type Handler } from './service.ts';
import { readToken } from './write-value.ts';

const LAMBDA_ARN = { min: 0, max: 2048 };

export const rotateSecret: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const token = readToken(input, 'RotateSecret');
  const lambdaArn = input.text('RotationLambdaARN', LAMBDA_ARN);
  const rules = input.structure('RotationRules');
  const days = rules?.integer('AutomaticallyAfterDays', { min: 1, max: 1000 });
  const duration = rules?.text('Duration', { min: 2, max: 3 });
  const schedule = rules?.text('ScheduleExpression', { min: 1, max: 256 });
  const immediately = input.optionalFlag('RotateImmediately') ?? true;
  authorize(service, 'RotateSecret', secretId);
  const secret = findWritable(service, secretId);
  const rotation = lambdaArn ?? secret.rotation?.lambdaArn;
  if (rotation === undefined) throw noRotationFunction();
  checkNoPending(secret);
  const newRules: RotationRules = {
    ...(days === undefined ? {} : { AutomaticallyAfterDays: days }),
    ...(duration === undefined ? {} : { Duration: duration }),
    ...(schedule === undefined ? {} : { ScheduleExpression: schedule }),
  };
  const configured: SecretState = {
    ...secret,
    rotation: { lambdaArn: rotation, rules: rules === undefined ? secret.rotation?.rules : newRules },
    changedAtMs: service.nowMs(),
  };
  service.store.save(immediately ? beginRotation(configured, token, service.nowMs()) : configured);
  return { body: { ARN: secret.arn, Name: secret.name, VersionId: token } };
};

/** AWSPENDING on a version other than the current one means that a rotation is under way or has failed. */
export function checkNoPending(secret: SecretState): void {
  const pending = secret.labels.get(AWSPENDING);
  if (pending !== undefined && pending !== secret.labels.get(AWSCURRENT)) throw rotationUnfinished();
}
