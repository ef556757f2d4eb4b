/** ARNs of another Region: no endpoint but that Region's own answers them, so they are refused before a call is made. */

import { quote, SecretCacheError } from '../errors.ts';
import { parseArn } from '../identity.ts';
import type { Connection } from './lazy-client.ts';
import type { SourceCall } from './secret-source.ts';
import { untilAborted } from './until-aborted.ts';

/** The error for an id that the client's Region doesn't have; `undefined` where it may, or the client doesn't tell its Region. */
export async function wrongRegion(
  secretId: string,
  connection: Connection,
  call: SourceCall,
): Promise<SecretCacheError | undefined> {
  const wanted = parseArn(secretId)?.region ?? '';
  if (wanted === '') return undefined;
  const actual = await untilAborted(connection.region(), call.signal);
  if (actual === undefined || actual === wanted) return undefined;
  return new SecretCacheError(
    'ERR_SECRET_INVALID_REQUEST',
    `Cannot read secret ${quote(secretId)}: it is in Region ${quote(wanted)} and the client is for ${quote(actual)}. ` +
      'Use a client for that Region, or the ARN of a replica in this one.',
    { secretId },
  );
}
