// One request from its arrival to its answer: logged, befallen by faults, held at gates, answered.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import type { CallEntry, CallLog } from './call-log.ts';
import { ServiceError } from './errors.ts';
import { faultAnswer } from './fault-answer.ts';
import type { CallFaults, Faults } from './faults.ts';
import type { Gate } from './gate.ts';
import { Input } from './input.ts';
import type { RateLimits } from './limits.ts';
import type { Operation, SameSecret, ScopedCall } from './operation.ts';
import { HANDLERS } from './operations.ts';
import {
  attemptOf,
  checkSigned,
  errorAnswer,
  jsonAnswer,
  operationOf,
  parseMembers,
  readBody,
  requireOperation,
  writeHead,
  type Members,
  type WireAnswer,
} from './protocol.ts';
import type { Answer, Service } from './service.ts';

/** Everything an exchange is run against. */
export interface Exchange {
  readonly service: Service;
  readonly log: CallLog;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly gates: ReadonlySet<Gate>;
  readonly same: SameSecret;
  readonly requireSignature: boolean;
  readonly sendDate: boolean;
}

/** An answer and what the log says of it. */
interface Outcome {
  readonly wire: WireAnswer;
  readonly outcome: string;
  readonly items?: CallEntry['items'];
}

/** A request as it arrived. */
interface Arrival extends ScopedCall {
  readonly request: IncomingMessage;
  readonly members: Members | ServiceError;
}

const MAX_LOGGED_IDS = 100;
const MAX_LOGGED_CHARS = 2048;

/** Answers one request. Never rejects and never throws into the server, whatever the client does. */
export async function serve(
  exchange: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.on('error', () => gone.abort());
  const body = await readBody(request);
  if (body === 'aborted') return;
  if (body === 'too-large') {
    response.setHeader('Connection', 'close');
    send(exchange, response, { status: 413, contentType: 'text/plain', body: 'Request body too large' }, 0);
    return;
  }
  const arrival = read(request, body);
  const entry = logArrival(exchange, arrival);
  const faults = exchange.faults.befall(arrival);
  await answer(exchange, arrival, { response, entry, faults, gone: gone.signal });
}

interface Reply {
  readonly response: ServerResponse;
  readonly entry: CallEntry;
  readonly faults: CallFaults;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
}

async function answer(exchange: Exchange, arrival: Arrival, reply: Reply): Promise<void> {
  const { response, entry, faults, gone } = reply;
  const gate = [...exchange.gates].find((candidate) => candidate.holds(arrival, exchange.same));
  const atArrival = gate?.stateAt === 'release' ? undefined : carryOut(exchange, arrival, faults);
  await gate?.pass(gone);
  const { wire, outcome, items } = atArrival ?? carryOut(exchange, arrival, faults);
  if (faults.latencyMs > 0) await delay(faults.latencyMs, undefined, { signal: gone }).catch(() => undefined);
  entry.outcome = gone.aborted ? 'aborted' : outcome;
  entry.items = items;
  if (gone.aborted) return;
  if (faults.deciding?.kind === 'hang') return;
  if (faults.deciding?.kind === 'reset') response.socket?.resetAndDestroy();
  else if (faults.deciding?.kind === 'truncated') truncate(exchange, response, wire, faults.clockSkewMs);
  else send(exchange, response, wire, faults.clockSkewMs);
}

function read(request: IncomingMessage, body: Buffer): Arrival {
  const operation = operationOf(request);
  try {
    const members = parseMembers(body);
    return { request, operation, members, secretIds: idsIn(members) };
  } catch (error) {
    if (error instanceof ServiceError) return { request, operation, members: error, secretIds: [] };
    throw error;
  }
}

function idsIn(members: Members): string[] {
  const list: unknown = members['SecretIdList'];
  const ids: unknown[] = Array.isArray(list) ? list : [members['SecretId'] ?? members['Name']];
  return ids.flatMap((id) => textOf(id) ?? []).slice(0, MAX_LOGGED_IDS);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, MAX_LOGGED_CHARS) : undefined;
}

function logArrival(exchange: Exchange, arrival: Arrival): CallEntry {
  const members: Members = arrival.members instanceof ServiceError ? {} : arrival.members;
  return exchange.log.begin({
    operation: arrival.operation,
    secretIds: arrival.secretIds,
    versionId: textOf(members['VersionId']),
    versionStage: textOf(members['VersionStage']),
    attempt: attemptOf(arrival.request),
    arrivedAtMs: exchange.service.nowMs(),
  });
}

function carryOut(exchange: Exchange, arrival: Arrival, faults: CallFaults): Outcome {
  const { deciding } = faults;
  try {
    if (deciding !== undefined && deciding.kind !== 'truncated') {
      return faultAnswer(deciding, arrival.request);
    }
    const operation = requireOperation(arrival.operation);
    if (exchange.requireSignature) checkSigned(arrival.request);
    if (arrival.members instanceof ServiceError) throw arrival.members;
    const { body, items } = perform(exchange, operation, arrival.members, faults);
    return { wire: jsonAnswer(body), outcome: deciding?.kind ?? 'ok', items };
  } catch (error) {
    // An error of our own is a server fault; its text could hold anything, so it isn't sent.
    const refusal =
      error instanceof ServiceError
        ? error
        : new ServiceError('InternalServiceError', 'An error occurred on the server side.', 500);
    return { wire: errorAnswer(refusal), outcome: deciding?.kind ?? refusal.code };
  }
}

function perform(exchange: Exchange, operation: Operation, members: Members, faults: CallFaults): Answer {
  exchange.limits.check(operation);
  return HANDLERS[operation](exchange.service, new Input(members), faults);
}

function send(exchange: Exchange, response: ServerResponse, wire: WireAnswer, skewMs: number): void {
  writeHead(response, wire, { send: exchange.sendDate, skewMs });
  response.end(wire.body);
}

function truncate(exchange: Exchange, response: ServerResponse, wire: WireAnswer, skewMs: number): void {
  writeHead(response, wire, { send: exchange.sendDate, skewMs });
  const bytes = Buffer.from(wire.body);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
