/**
 * The token that shows a request to come from this host, where request forgery from elsewhere can't read it. Read anew
 * for each request: Lambda renews it in the environment, and the agent's installer in its file at each start.
 */

import { readFile } from 'node:fs/promises';

import { quote, SecretCacheError, subjectOf } from '../errors.ts';
import type { AgentKind } from './options.ts';

/** A token, and where it was found, for a message. */
export interface Token {
  readonly value: string;
  readonly origin: string;
}

/** In the order in which each of the two takes its own (agent: README, `ssrf_env_variables`; extension: user guide). */
const VARIABLES: Readonly<Record<AgentKind, readonly string[]>> = {
  agent: ['AWS_TOKEN', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'],
  extension: ['AWS_SESSION_TOKEN'],
};

const FILE_SCHEME = 'file://';
/** Where the agent's installer puts it on Linux. */
const INSTALLED_FILE = 'file:///var/run/awssmatoken';
/** What a header takes; a longer or stranger text is some other file. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/** Throws `ERR_SECRET_CREDENTIALS`, which says where a token was looked for and what to do. */
export async function readToken(
  option: string | undefined,
  kind: AgentKind,
  secretId: string | undefined,
): Promise<Token> {
  const found = find(option, kind);
  if (found === undefined) {
    throw noToken(secretId, 'AWS_SESSION_TOKEN is not set', 'Run where Lambda sets it, or pass `token`.');
  }
  if (!found.value.startsWith(FILE_SCHEME)) return checked(found, secretId);
  const path = found.value.slice(FILE_SCHEME.length);
  const origin = `the file ${quote(path)}`;
  return checked({ value: (await contentOf(path, secretId)).trim(), origin }, secretId);
}

function find(option: string | undefined, kind: AgentKind): Token | undefined {
  if (option !== undefined) return { value: option, origin: 'the option `token`' };
  for (const name of VARIABLES[kind]) {
    const value = process.env[name];
    if (value !== undefined && value !== '') return { value, origin: name };
  }
  return kind === 'agent' ? { value: INSTALLED_FILE, origin: 'the default' } : undefined;
}

async function contentOf(path: string, secretId: string | undefined): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as { code?: string };
    throw noToken(
      secretId,
      `its file ${quote(path)} can't be read (${code})`,
      'See that the agent is installed and running here and that this user is in the group that may read the file, ' +
        'or pass `token`.',
    );
  }
}

function checked(token: Token, secretId: string | undefined): Token {
  if (TOKEN.test(token.value)) return token;
  const fault = token.value === '' ? 'is empty' : "holds something that isn't a token";
  throw noToken(
    secretId,
    `${token.origin} ${fault}`,
    'Pass `token`, or restart the agent, whose service writes the file.',
  );
}

function noToken(secretId: string | undefined, happened: string, remedy: string): SecretCacheError {
  return new SecretCacheError(
    'ERR_SECRET_CREDENTIALS',
    `Cannot read ${subjectOf(secretId)}: there is no token to show to the agent: ${happened}. ${remedy}`,
    { secretId },
  );
}
