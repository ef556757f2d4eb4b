/** A service in this process, without sockets: the real SDK serializes to it and reads what it answers. */

import { valueOf } from '../cold/fill.ts';
import type { Service } from '../contenders/contender.ts';

interface WireRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface WireInput {
  readonly SecretId?: string;
  readonly SecretIdList?: readonly string[];
}

/** Knows every name; each secret's value is `valueOf` its name. */
export function instantService(): Service {
  const requestHandler = {
    handle: async (request: WireRequest) => {
      const input = JSON.parse(new TextDecoder().decode(request.body)) as WireInput;
      const output =
        input.SecretIdList === undefined
          ? versionOf(input.SecretId ?? '')
          : { SecretValues: input.SecretIdList.map(versionOf), Errors: [] };
      const headers = { 'content-type': 'application/x-amz-json-1.1' };
      return {
        response: { statusCode: 200, headers, body: new TextEncoder().encode(JSON.stringify(output)) },
      };
    },
  };
  return { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', requestHandler };
}

let made = 0;

function versionOf(name: string): object {
  made += 1;
  return {
    ARN: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`,
    Name: name,
    VersionId: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    VersionStages: ['AWSCURRENT'],
    SecretString: valueOf(name),
    CreatedDate: 1_700_000_000,
  };
}
