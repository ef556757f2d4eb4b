// AWS JSON 1.1 over HTTP: requests in, answers out.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { errorBody, missingSignature, serialization, unknownOperation } from './errors.ts';
import { isOperation, type Operation } from './operation.ts';

/** Largest request body. The service's own largest request is a value of 64 KiB and its envelope. */
const MAX_BODY_BYTES = 2 ** 20;
const TARGET_PREFIX = 'secretsmanager.';
const JSON_TYPE = 'application/x-amz-json-1.1';

export type Members = Readonly<Record<string, unknown>>;

/** An answer as it will stand on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The whole body; `'too-large'` over 1 MiB, `'aborted'` when the client left before its end. */
export function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | 'aborted'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else {
        // What still comes is read and dropped, so that the client gets to see its answer.
        chunks.length = 0;
        resolve('too-large');
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
  });
}

/** The operation named by X-Amz-Target; undefined for none of this service's. */
export function operationOf(request: IncomingMessage): Operation | undefined {
  const target = request.headers['x-amz-target'];
  if (request.method !== 'POST' || typeof target !== 'string' || !target.startsWith(TARGET_PREFIX))
    return undefined;
  const name = target.slice(TARGET_PREFIX.length);
  return isOperation(name) ? name : undefined;
}

/** The SDK's attempt number, from `amz-sdk-request: attempt=1; max=3`. */
export function attemptOf(request: IncomingMessage): number | undefined {
  const header = request.headers['amz-sdk-request'];
  const attempt = typeof header === 'string' ? /attempt=(\d{1,4})/u.exec(header)?.[1] : undefined;
  return attempt === undefined ? undefined : Number(attempt);
}

/** Presence only: signatures are not verified. Throws MissingAuthenticationTokenException. */
export function checkSigned(request: IncomingMessage): void {
  if (request.headers.authorization?.startsWith('AWS4-') !== true) throw missingSignature();
}

/** The body's members. Throws SerializationException for anything but a JSON object; the text is never quoted. */
export function parseMembers(body: Buffer): Members {
  let parsed: unknown;
  try {
    parsed = body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw serialization('The request body is not valid JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw serialization('The request body must be a JSON object.');
  }
  return parsed as Members;
}

export function requireOperation(operation: Operation | undefined): Operation {
  if (operation === undefined) throw unknownOperation();
  return operation;
}

export function jsonAnswer(members: Members): WireAnswer {
  return { status: 200, contentType: JSON_TYPE, body: JSON.stringify(members) };
}

export function errorAnswer(error: {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}): WireAnswer {
  return { status: error.status, contentType: JSON_TYPE, body: JSON.stringify(errorBody(error)) };
}

/**
 * Node's own Date header is cached and outlives a step of a faked clock; an SDK in the same process then sees skew,
 * and retries errors it should not (240 s and more). So the header is written here, from the clock as it is now.
 */
export interface DateHeader {
  readonly send: boolean;
  readonly skewMs: number;
}

export function writeHead(response: ServerResponse, answer: WireAnswer, date: DateHeader): void {
  response.sendDate = false;
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': Buffer.byteLength(answer.body),
    'x-amzn-RequestId': randomUUID(),
    ...(date.send ? { Date: new Date(Date.now() + date.skewMs).toUTCString() } : {}),
  });
}
