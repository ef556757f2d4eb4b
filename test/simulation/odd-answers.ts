/** What may answer in an agent's place, or be made of its answer on the way: everything but a secret. */

import type { AgentKind } from '../../src/agent/index.ts';
import type { AgentAnswer } from './agent-host.ts';
import { CANARY } from './secrets.ts';

function odd(status: number, body: string, code: string): AgentAnswer {
  return { reply: { status, body }, code };
}

/** On a connection that is one too many. */
export const CROWDED: AgentAnswer = odd(429, 'Connection limit exceeded', 'ERR_SECRET_UNAVAILABLE');

const NONSENSE: readonly AgentAnswer[] = [
  '',
  '{}',
  `<html>${CANARY}</html>`,
  `{"SecretString":"${CANARY}`,
  `{"ARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:other-ABCDEF","Name":"other","VersionId":"v1","VersionStages":["AWSCURRENT"],"SecretString":"${CANARY}"}`,
].map((body) => odd(200, body, 'ERR_SECRET_MALFORMED_RESPONSE'));

const ELSEWHERE: readonly AgentAnswer[] = [
  ...NONSENSE,
  odd(404, `Not found ${CANARY}`, 'ERR_SECRET_UNAVAILABLE'),
  odd(500, CANARY, 'ERR_SECRET_UNAVAILABLE'),
];

/** Answers that are no secret, and what each is to its caller. */
export const ODD_ANSWERS: Readonly<Record<AgentKind, readonly AgentAnswer[]>> = {
  agent: [...ELSEWHERE, odd(400, 'Forwarded', 'ERR_SECRET_INVALID_REQUEST')],
  extension: [...ELSEWHERE, odd(400, 'an unexpected error occurred', 'ERR_SECRET_UNAVAILABLE')],
};

/** What Node's parser says of bytes that are no HTTP, and holds of them. */
export function noHttp(): Error {
  const rawPacket = Buffer.from(CANARY);
  return Object.assign(new Error('Parse Error: Expected HTTP/'), {
    code: 'HPE_INVALID_CONSTANT',
    reason: CANARY,
    rawPacket,
  });
}
