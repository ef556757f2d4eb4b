// One request to a LocalAgent, from its checks to its answer.

import type { IncomingMessage } from 'node:http';

import { failureAnswer, PLAIN, PlainRefusal, plainAnswer, valueAnswer, type AgentAnswer } from './answers.ts';
import type { CheckedAgentOptions } from './options.ts';
import type { Query, UpstreamCache } from './upstream-cache.ts';

/** What requests are checked against; token and readiness change while it runs. */
export interface AgentState {
  readonly options: CheckedAgentOptions;
  readonly cache: UpstreamCache;
  token: string;
  isReady: boolean;
}

const GET_PATH = '/secretsmanager/get';
const TOKEN_HEADER = 'x-aws-parameters-secrets-token';
const PARAMETERS: Readonly<Record<CheckedAgentOptions['kind'], readonly string[]>> = {
  agent: ['secretId', 'versionId', 'versionStage', 'refreshNow'],
  extension: ['secretId', 'versionId', 'versionStage'],
};

/** Never rejects. `isOverLimit`: its connection was one too many when it was accepted. */
export async function answerRequest(
  state: AgentState,
  request: IncomingMessage,
  isOverLimit: boolean,
): Promise<AgentAnswer> {
  try {
    const [path, query] = request.url?.split('?') ?? [];
    const isAgent = state.options.kind === 'agent';
    if (isOverLimit) throw new PlainRefusal(429, 'Connection limit exceeded');
    if (isAgent && path === '/ping') return plainAnswer('healthy');
    if (isAgent) checkAsAgent(state, request);
    else checkAsExtension(state, request);
    if (path !== GET_PATH) throw new PlainRefusal(404, 'Not found');
    return valueAnswer(
      await state.cache.get(readQuery(state, new URLSearchParams(query))),
      state.options.kind,
    );
  } catch (error) {
    return failureAnswer(error, state.options);
  }
}

/** In the order and the words of the agent's `server.rs`. */
function checkAsAgent({ token }: AgentState, { headers, method }: IncomingMessage): void {
  if (headers['x-forwarded-for'] !== undefined) throw new PlainRefusal(400, 'Forwarded');
  if (headers[TOKEN_HEADER] !== token) throw new PlainRefusal(403, 'Bad Token');
  if (method !== 'GET') throw new PlainRefusal(405, 'Not allowed');
}

/** Statuses and words as users have seen them; their order is a guess. */
function checkAsExtension({ token, isReady }: AgentState, { headers, method }: IncomingMessage): void {
  if (!isReady) throw new PlainRefusal(400, 'not ready to serve traffic, please wait', PLAIN);
  if (headers[TOKEN_HEADER] !== token) {
    const denied = { ...PLAIN, 'x-amzn-errortype': 'AccessDeniedException' };
    throw new PlainRefusal(401, 'bad session token or header key', denied);
  }
  if (method !== 'GET') throw new PlainRefusal(405, 'Not allowed', PLAIN);
}

/** As the agent's `parse.rs`; that the extension refuses unknown parameters too is the stricter guess. */
function readQuery({ options }: AgentState, parameters: URLSearchParams): Query {
  for (const name of parameters.keys()) {
    if (!PARAMETERS[options.kind].includes(name)) throw new PlainRefusal(400, `unknown parameter: ${name}`);
  }
  const refreshNow = (parameters.get('refreshNow') ?? 'false').toLowerCase();
  if (!['true', '1', 'false', '0'].includes(refreshNow)) {
    throw new PlainRefusal(400, 'invalid refreshNow value');
  }
  const secretId = parameters.get('secretId') ?? '';
  if (secretId === '') throw new PlainRefusal(400, 'missing parameter secretId');
  return {
    secretId,
    versionStage: parameters.get('versionStage') ?? undefined,
    versionId: parameters.get('versionId') ?? undefined,
    refreshNow: refreshNow === 'true' || refreshNow === '1',
  };
}
