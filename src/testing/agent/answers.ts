// How the two write what they answer.

import type { GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';

import type { CheckedAgentOptions } from './options.ts';
import { failureOf } from './upstream-failure.ts';

/** An answer as it will stand on the wire. */
export interface AgentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A refusal of its own, thrown from wherever it is noticed. */
export class PlainRefusal extends Error {
  readonly answer: AgentAnswer;

  constructor(status: number, text: string, headers: AgentAnswer['headers'] = {}) {
    super(text);
    this.answer = { status, headers, body: text };
  }
}

/** The agent gives its answers no type. */
export function plainAnswer(body: string): AgentAnswer {
  return { status: 200, headers: {}, body };
}

/** GetSecretValue's members: the agent's with seconds in a string, the extension's as the SDK for Go prints them. */
export function valueAnswer(
  value: GetSecretValueCommandOutput,
  kind: CheckedAgentOptions['kind'],
): AgentAnswer {
  const { ARN = null, Name = null, VersionId = null, SecretString, VersionStages, CreatedDate } = value;
  const SecretBinary = value.SecretBinary && Buffer.from(value.SecretBinary).toString('base64');
  const members =
    kind === 'agent'
      ? {
          ARN,
          Name,
          VersionId,
          SecretString,
          SecretBinary,
          VersionStages,
          CreatedDate: CreatedDate === undefined ? null : String(CreatedDate.getTime() / 1_000),
        }
      : {
          ARN,
          CreatedDate: CreatedDate?.toISOString() ?? null,
          Name,
          SecretBinary: SecretBinary ?? null,
          SecretString: SecretString ?? null,
          VersionId,
          VersionStages: VersionStages ?? null,
          ResultMetadata: {},
        };
  return plainAnswer(JSON.stringify(members));
}

/** What the caller hears of a failed call. The extension, users report, keeps it to its log. */
export function failureAnswer(
  error: unknown,
  { kind, escapesMessages }: Pick<CheckedAgentOptions, 'kind' | 'escapesMessages'>,
): AgentAnswer {
  if (error instanceof PlainRefusal) return error.answer;
  if (kind === 'extension') {
    return { status: 400, headers: PLAIN, body: 'an unexpected error occurred while executing request' };
  }
  const { status, type, message } = failureOf(error);
  if (message === undefined || message === '') return json(status, `{"__type":"InternalFailure"}`);
  if (!escapesMessages) return json(status, `{"__type":"${type}", "message":"${message}"}`);
  return json(status, JSON.stringify({ __type: type, message }));
}

export const PLAIN: AgentAnswer['headers'] = { 'Content-Type': 'text/plain' };

function json(status: number, body: string): AgentAnswer {
  return { status, headers: {}, body };
}
