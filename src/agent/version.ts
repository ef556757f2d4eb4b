/** Reads a secret from the agent's JSON, which is GetSecretValue's but for the forms of bytes and dates. */

import { names } from '../identity.ts';
import { fieldsOf, malformed, readVersion } from '../source/aws-answers.ts';
import type { SecretRef, SecretVersion } from '../source/secret-source.ts';

interface WireVersion {
  readonly SecretBinary: unknown;
  readonly CreatedDate: unknown;
}

/** Throws `ERR_SECRET_MALFORMED_RESPONSE` for anything but a whole version of the secret asked for. */
export function readAgentVersion(body: Buffer, { secretId, versionId }: SecretRef): SecretVersion {
  const answer = parse(body);
  const { SecretBinary, CreatedDate } = fieldsOf<WireVersion>(answer);
  const version = readVersion({
    ...fieldsOf<object>(answer),
    SecretBinary: readBytes(SecretBinary),
    CreatedDate: readDate(CreatedDate),
  });
  if (version === undefined) throw malformed(secretId, 'is incomplete');
  if (!names(secretId, version)) throw malformed(secretId, 'is about another secret');
  const isAsked = versionId === undefined || versionId === version.versionId;
  if (!isAsked) throw malformed(secretId, 'is another version of it');
  return version;
}

/** Nothing of a parser's error is kept: it quotes what it choked on. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Base64 to the letter; what isn't stays as it is, and no bytes. */
function readBytes(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? bytes : value;
}

/** The agent writes seconds, in a string; the extension, ISO 8601. */
function readDate(value: unknown): Date | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const seconds = Number(value);
  // oxlint-disable-next-line no-restricted-globals -- the instant that it was told of, and not now
  return new Date(Number.isNaN(seconds) ? value : seconds * 1_000);
}
