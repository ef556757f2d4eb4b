/** What an EventBridge event says of a secret: a hint to look, never a value. */

import { object, onlyKnown, text } from './checks.ts';

/** A secret changed, or may have. */
export interface SecretChangeHint {
  /** Its name or ARN. */
  readonly secretId: string;
  /** The label that moved; all labels in doubt when left out. */
  readonly versionStage?: string | undefined;
  /** The version it moved to: looked for until it shows. */
  readonly versionId?: string | undefined;
}

export function readHint(hint: SecretChangeHint): void {
  object('the hint', hint, '{ secretId, versionStage, versionId }');
  onlyKnown('member of the hint', hint, ['secretId', 'versionStage', 'versionId']);
  text('secretId', hint.secretId, 2048);
  if (hint.versionStage !== undefined) text('versionStage', hint.versionStage, 256);
  if (hint.versionId !== undefined) text('versionId', hint.versionId, 64);
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The hint in an EventBridge event of Secrets Manager; `undefined` for any other event, and for one that is malformed.
 * Knows `Secret Label Updated` (user guide, "Match events with EventBridge"), `AWS API Call via CloudTrail` and
 * `AWS Service Event via CloudTrail`. Never throws.
 */
export function parseSecretEvent(event: unknown): SecretChangeHint | undefined {
  try {
    return parse(event);
  } catch {
    // An object that throws when it is looked at.
    return undefined;
  }
}

function parse(event: unknown): SecretChangeHint | undefined {
  const { source, resources, detail, 'detail-type': type } = fields(event);
  if (source !== 'aws.secretsmanager') return undefined;
  switch (type) {
    case 'Secret Label Updated': {
      const { name, labelUpdated, versionId } = fields(detail);
      const arn: unknown = Array.isArray(resources) ? resources[0] : undefined;
      return hintOf([arn, name], labelUpdated, versionId);
    }
    case 'AWS API Call via CloudTrail':
      return fromApiCall(fields(detail));
    case 'AWS Service Event via CloudTrail':
      return fromServiceEvent(fields(detail));
    default:
      return undefined;
  }
}

function fromApiCall(detail: Fields): SecretChangeHint | undefined {
  if (detail['eventSource'] !== 'secretsmanager.amazonaws.com' || detail['errorCode'] !== undefined)
    return undefined;
  const request = fields(detail['requestParameters']);
  const response = fields(detail['responseElements']);
  const ids = [response['arn'], response['aRN'], response['ARN'], request['secretId']];
  switch (detail['eventName']) {
    case 'UpdateSecretVersionStage':
      return hintOf(ids, request['versionStage'], request['moveToVersionId']);
    case 'PutSecretValue': {
      const stages: unknown = response['versionStages'] ?? request['versionStages'] ?? ['AWSCURRENT'];
      const stage: unknown = Array.isArray(stages) && stages.length === 1 ? stages[0] : undefined;
      return hintOf(ids, stage, stage === undefined ? undefined : response['versionId']);
    }
    case 'UpdateSecret':
    case 'DeleteSecret':
    case 'RestoreSecret':
      return hintOf(ids);
    default:
      return undefined;
  }
}

const SERVICE_EVENTS: ReadonlySet<unknown> = new Set([
  'RotationStarted',
  'RotationSucceeded',
  'RotationFailed',
  'RotationAbandoned',
  'StartSecretVersionDelete',
  'CancelSecretVersionDelete',
  'EndSecretVersionDelete',
  'SecretVersionDeletion',
  'ReplicationStarted',
  'ReplicationSucceeded',
  'ReplicationFailed',
  'TestRotationStarted',
  'TestRotationSucceeded',
  'TestRotationFailed',
]);

/** The id is under `additionalEventData` in AWS's samples up to 2022, under `serviceEventDetails` in newer ones. */
function fromServiceEvent(detail: Fields): SecretChangeHint | undefined {
  if (!SERVICE_EVENTS.has(detail['eventName'])) return undefined;
  const older = fields(detail['additionalEventData']);
  const newer = fields(detail['serviceEventDetails']);
  return hintOf([older['SecretId'], older['secretId'], newer['secretId'], newer['SecretId']]);
}

/** The first id that can be one; a label or version that can't be one is left out, which doubts more labels, not fewer. */
function hintOf(ids: readonly unknown[], stage?: unknown, versionId?: unknown): SecretChangeHint | undefined {
  const secretId = ids.find((id) => isText(id, 2048));
  if (secretId === undefined) return undefined;
  const versionStage = isText(stage, 256) ? stage : undefined;
  return {
    secretId,
    ...(versionStage !== undefined && { versionStage }),
    ...(versionStage !== undefined && isText(versionId, 64) && { versionId }),
  };
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxLength;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
