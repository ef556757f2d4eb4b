/** When two ids name one secret: the only rules, and none of them guesses by cutting a suffix off. */

/** What an answer says of the secret it came from. */
export interface SecretIdentity {
  readonly arn: string;
  readonly name: string;
}

/** Whether `secretId`, as a caller wrote it, names the secret: its ARN, its Name, or its ARN without the suffix. */
export function names(secretId: string, { arn, name }: SecretIdentity): boolean {
  return (
    secretId === arn ||
    secretId === name ||
    (arn.startsWith(secretId) && secretId.endsWith(`:secret:${name}`))
  );
}

/** The parts of an ARN a client can tell without asking: `undefined` for a name. Partitions are many, so none is assumed. */
export function parseArn(secretId: string): { region: string; account: string; tail: string } | undefined {
  const match = /^arn:[^:]*:secretsmanager:([^:]*):([^:]*):secret:(.*)/s.exec(secretId);
  if (match === null) return undefined;
  const [, region = '', account = '', tail = ''] = match;
  return { region, account, tail };
}
