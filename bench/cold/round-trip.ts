/** One GetSecretValue without an SDK, over a socket that is open: the least that any answer takes. */

import { Agent, request } from 'node:http';

import type { Service } from '../contenders/contender.ts';
import { WARMING } from './fill.ts';

const agent = new Agent({ keepAlive: true });

/** Milliseconds, of the second of two calls: the first one opens the socket. */
export async function oneRoundTrip(service: Service): Promise<number> {
  await call(service);
  const startMs = performance.now();
  await call(service);
  return performance.now() - startMs;
}

function call({ endpoint }: Service): Promise<void> {
  const headers = {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': 'secretsmanager.GetSecretValue',
    // The server looks for a signature, and doesn't verify it.
    Authorization:
      'AWS4-HMAC-SHA256 Credential=AKIABENCH/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0',
    'X-Amz-Date': '20260101T000000Z',
  };
  return new Promise((resolve, reject) => {
    const sent = request(endpoint, { method: 'POST', headers, agent }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`HTTP ${response.statusCode} to a plain request`));
      });
    });
    sent.on('error', reject).end(JSON.stringify({ SecretId: WARMING }));
  });
}
