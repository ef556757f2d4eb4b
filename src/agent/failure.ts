/** Why the agent gave no secret, as an error of ours, and without a word of what it answered. */

import { copyError, SecretCacheError, type SecretCacheErrorCode, subjectOf } from '../errors.ts';
import { toSecretCacheError } from '../source/aws-errors.ts';
import { NETWORK_CODE, TIMEOUT_CODE } from '../source/aws-error-words.ts';
import type { Reply } from './connections.ts';
import type { Agent } from './options.ts';
import type { Token } from './token.ts';

/** What the agent itself calls; both are its own role's to be allowed. */
const ACTIONS = 'secretsmanager:GetSecretValue and secretsmanager:DescribeSecret';

/** With which the agent said nothing of the secret: another source may know. */
const NO_ANSWER: readonly SecretCacheErrorCode[] = [
  'ERR_SECRET_UNAVAILABLE',
  'ERR_SECRET_TIMEOUT',
  'ERR_SECRET_MALFORMED_RESPONSE',
];

/** Whether the agent gave no answer, rather than one that refuses. */
export function isNoAnswer(error: SecretCacheError): boolean {
  return NO_ANSWER.includes(error.code);
}

/** A connection that failed, or was never made. */
export function unreachable(error: unknown, secretId: string, { kind, title }: Agent): SecretCacheError {
  const { code } = error as { code?: unknown };
  const isNetwork = typeof code === 'string' && (NETWORK_CODE.test(code) || TIMEOUT_CODE.test(code));
  const remedy =
    kind === 'agent'
      ? 'See that it runs on this host, or set `endpoint` to where it listens.'
      : "See that its layer is one of the function's, or set `endpoint` to where it listens.";
  return failure('ERR_SECRET_UNAVAILABLE', secretId, {
    happened: isNetwork ? `${title} can't be reached (${code})` : `what answers as ${title} is not HTTP`,
    remedy,
    // Of an HTTP parser's error nothing is kept: it has the bytes.
    cause: isNetwork && error instanceof Error ? copyError(error) : undefined,
  });
}

/** An answer with any status but 200. */
export function refused(reply: Reply, secretId: string, agent: Agent, token: Token): SecretCacheError {
  const { status } = reply;
  const named = readNamed(reply);
  if (named === undefined) return ownRefusal(reply, secretId, agent, token);
  const { code, message } = toSecretCacheError(
    { ...named, $metadata: { httpStatusCode: status } },
    secretId,
    ACTIONS,
  );
  return new SecretCacheError(code, `${message} The answer came through ${agent.title}.`, { secretId });
}

/** A refusal in plain text: the agent's own, not Secrets Manager's. */
function ownRefusal(
  { status, body }: Reply,
  secretId: string,
  { kind, title }: Agent,
  { origin }: Token,
): SecretCacheError {
  const isExtension = kind === 'extension';
  switch (status) {
    case 401:
    case 403:
      return failure('ERR_SECRET_CREDENTIALS', secretId, {
        happened: `${title} refused the token of ${origin} (${status})`,
        remedy: 'Pass the one that it was started with as `token`.',
      });
    case 429:
      return failure('ERR_SECRET_UNAVAILABLE', secretId, {
        happened: `${title} has no connection free (429)`,
        remedy: 'Lower `maxConnections` in the processes of this host, or raise its `max_conn`.',
      });
    case 400:
      if (!isExtension) {
        return failure('ERR_SECRET_INVALID_REQUEST', secretId, {
          happened: `${title} refuses the request (400)`,
          remedy:
            'Reach it directly and not through a proxy, and update it if it is older than `refreshNow`.',
        });
      }
      return isNotReady(body)
        ? failure('ERR_SECRET_UNAVAILABLE', secretId, {
            happened: `${title} isn't ready: it answers in the invoke phase alone`,
            remedy: 'Read secrets in the handler, not while the module loads, or pass a source `behind`.',
          })
        : failure('ERR_SECRET_UNAVAILABLE', secretId, {
            happened: `${title} failed and didn't say why (400)`,
            remedy: "See its log, and that the function's role may read the secret.",
          });
    default:
      return failure('ERR_SECRET_UNAVAILABLE', secretId, {
        happened: `what answers as ${title} is something else (${status})`,
        remedy: 'Set `endpoint` to where it listens.',
      });
  }
}

function isNotReady(body: Buffer): boolean {
  return body.toString('latin1').startsWith('not ready');
}

/**
 * The name and the text of Secrets Manager's own refusal, for classification. Older agents don't escape the text, so
 * that their JSON may not parse.
 */
function readNamed({ status, errorType, body }: Reply): { name: string; message: string } | undefined {
  const text = body.toString('utf8');
  const type = /^\s*\{[^]*?"__type"\s*:\s*"([\w.#]+)"/.exec(text)?.[1];
  // With these, the extension's header says AccessDeniedException of the token.
  const isOfToken = status === 401 || status === 403;
  const name = type ?? (isOfToken ? undefined : errorType);
  return name === undefined ? undefined : { name: name.replace(/^.*#|:.*$/g, ''), message: text };
}

interface Words {
  readonly happened: string;
  readonly remedy: string;
  readonly cause?: unknown;
}

function failure(
  code: SecretCacheErrorCode,
  secretId: string,
  { happened, remedy, cause }: Words,
): SecretCacheError {
  const message = `Cannot read ${subjectOf(secretId)}: ${happened}. ${remedy}`;
  return new SecretCacheError(code, message, { secretId, cause });
}
