// Plain HTTP to the server, for what an SDK would hide: status, body keys, headers, ill-formed requests.

import { request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The parsed body; {} when it isn't JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

const SIGNED = {
  Authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/secretsmanager/aws4_request',
};

/** Calls an operation as signed JSON; a string body is sent as it is. */
export function post(
  endpoint: string,
  operation: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return send(endpoint, typeof body === 'string' ? body : JSON.stringify(body), {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': `secretsmanager.${operation}`,
    ...SIGNED,
    ...headers,
  });
}

export function send(
  endpoint: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  method = 'POST',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(endpoint, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, body: text, json: parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** What a refused call came to: status, `__type` and text, under whichever key it has. */
export async function refusal(answer: Promise<RawAnswer>): Promise<readonly [number, unknown, unknown]> {
  const { status, json } = await answer;
  return [status, json['__type'], json['Message'] ?? json['message']];
}
