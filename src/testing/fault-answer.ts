// What the faults that decide an answer put on the wire.

import type { IncomingMessage } from 'node:http';

import { ServiceError } from './errors.ts';
import type { DecidingFault } from './faults.ts';
import { errorAnswer, jsonAnswer, type WireAnswer } from './protocol.ts';

const PAGE = '<!DOCTYPE html><html><body><h1>Not the service you asked for</h1></body></html>';

/** `truncated` is not among them: it cuts the answer that the operation gives. */
type AnsweringFault = Exclude<DecidingFault, { readonly kind: 'truncated' }>;

/** The answer, and its name in the call log. */
export function faultAnswer(
  fault: AnsweringFault,
  request: IncomingMessage,
): { readonly wire: WireAnswer; readonly outcome: string } {
  switch (fault.kind) {
    case 'error':
      return refusal(new ServiceError(fault.code, fault.message ?? 'Injected by the test.', fault.status));
    case 'expired-token':
      return refusal(expiredToken());
    case 'unrecognized-client':
      return refusal(unrecognizedClient());
    case 'signature-expired':
      return refusal(signatureExpired(request));
    case 'html':
      return { wire: { status: fault.status ?? 500, contentType: 'text/html', body: PAGE }, outcome: 'html' };
    case 'empty-object':
      return { wire: jsonAnswer({}), outcome: fault.kind };
    case 'empty':
    case 'hang':
    case 'reset':
      return { wire: { ...jsonAnswer({}), body: '' }, outcome: fault.kind };
  }
}

function refusal(error: ServiceError): { readonly wire: WireAnswer; readonly outcome: string } {
  return { wire: errorAnswer(error), outcome: error.code };
}

/** Recorded. */
function expiredToken(): ServiceError {
  return new ServiceError('ExpiredTokenException', 'The security token included in the request is expired');
}

/** Recorded. */
function unrecognizedClient(): ServiceError {
  return new ServiceError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  );
}

/** Recorded form: when it was signed, and the earliest time that would have done. */
function signatureExpired(request: IncomingMessage): ServiceError {
  const nowMs = Date.now();
  const header = request.headers['x-amz-date'];
  const signedAt = typeof header === 'string' ? header.slice(0, 16) : compactTime(nowMs - 600_000);
  return new ServiceError(
    'InvalidSignatureException',
    `Signature expired: ${signedAt} is now earlier than ${compactTime(nowMs - 300_000)} (${compactTime(nowMs)} - 5 min.)`,
  );
}

function compactTime(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
}
