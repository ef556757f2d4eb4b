// DeleteSecret and RestoreSecret.

import { invalidParameter, secretNotFound } from './errors.ts';
import { SECRET_ID } from './input.ts';
import { newArn, parseSecretId } from './secret-id.ts';
import {
  authorize,
  findSecret,
  findWritable,
  seconds,
  type Answer,
  type Handler,
  type Service,
} from './service.ts';

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;

export const deleteSecret: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  const days = input.integer('RecoveryWindowInDays');
  const force = input.flag('ForceDeleteWithoutRecovery');
  if (force && days !== undefined) {
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  if (days !== undefined && (days < 7 || days > 30)) {
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  }
  authorize(service, 'DeleteSecret', secretId);
  if (force) return destroy(service, secretId);
  const secret = findWritable(service, secretId);
  const deletionAtMs = service.nowMs() + (days ?? DEFAULT_WINDOW_DAYS) * DAY_MS;
  service.store.save({ ...secret, deletionAtMs, changedAtMs: service.nowMs() });
  return { body: { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(deletionAtMs) } };
};

/** At once, also for a secret scheduled for deletion; a name that doesn't exist is no error (API reference). */
function destroy(service: Service, secretId: string): Answer {
  const secret = service.store.find(secretId);
  const id = parseSecretId(secretId);
  if (secret === undefined && id.kind === 'arn') throw secretNotFound();
  if (secret !== undefined) service.store.remove(secret);
  const name = secret?.name ?? secretId;
  const arn = secret?.arn ?? newArn(service.home, name);
  return { body: { ARN: arn, Name: name, DeletionDate: seconds(service.nowMs()) } };
}

/** A secret that isn't scheduled for deletion is left as it is. */
export const restoreSecret: Handler = (service, input) => {
  const secretId = input.requiredText('SecretId', SECRET_ID);
  authorize(service, 'RestoreSecret', secretId);
  const secret = findSecret(service, secretId);
  service.store.save({ ...secret, deletionAtMs: undefined, changedAtMs: service.nowMs() });
  return { body: { ARN: secret.arn, Name: secret.name } };
};
