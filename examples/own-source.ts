/**
 * A source of one's own: secrets from the files of a directory, as Kubernetes and Docker mount them.
 *
 * Run by the tests (test/wire/examples-own-source.test.ts).
 */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

import { SecretCacheError, type SecretSource } from 'secretsmanager-cache';

/** Each file of `directory` is a secret by its name; its content is AWSCURRENT, and the only version there is. */
export function fileSource(directory: string): SecretSource {
  const root = resolve(directory);
  return {
    load: async ({ secretId, versionStage = 'AWSCURRENT', versionId: wanted }, { signal }) => {
      const path = resolve(root, secretId);
      // An id is no way out of the directory.
      if (!path.startsWith(root + sep) || versionStage !== 'AWSCURRENT') throw missing(secretId);
      try {
        const [value, { mtime }] = await Promise.all([
          readFile(path, { encoding: 'utf8', signal }),
          stat(path),
        ]);
        // A version is immutable content: other content is another version.
        const versionId = createHash('sha256').update(value).digest('hex').slice(0, 32);
        if (wanted !== undefined && wanted !== versionId) throw missing(secretId);
        return {
          arn: `file:${path}`,
          name: secretId,
          versionId,
          versionStages: ['AWSCURRENT'],
          createdDate: mtime,
          value,
        };
      } catch (error) {
        if (error instanceof SecretCacheError) throw error;
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing(secretId);
        throw new SecretCacheError('ERR_SECRET_UNAVAILABLE', 'The file of the secret cannot be read.', {
          secretId,
        });
      }
    },
  };
}

function missing(secretId: string): SecretCacheError {
  return new SecretCacheError('ERR_SECRET_NOT_FOUND', 'There is no such file.', { secretId });
}
