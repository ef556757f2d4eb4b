// Pages and the opaque tokens between them.

import { invalidNextToken } from './errors.ts';
import { NEXT_TOKEN, type Input } from './input.ts';
import type { Operation } from './operation.ts';

interface Cursor {
  readonly offset: number;
  /** The empty page that may stand before this page has been sent. */
  readonly emptySent: boolean;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

export interface PageRequest {
  readonly operation: Operation;
  readonly size: number;
  /** Send an empty page before each page with items. */
  readonly emptyPages?: boolean;
}

/** The page that the request's NextToken names. Throws InvalidNextTokenException for a token that isn't ours. */
export function pageOf<Item>(all: readonly Item[], input: Input, request: PageRequest): Page<Item> {
  const { offset, emptySent } = readCursor(input.text('NextToken', NEXT_TOKEN), request.operation);
  if (request.emptyPages === true && !emptySent) {
    return { items: [], nextToken: writeCursor({ offset, emptySent: true }, request.operation) };
  }
  const items = all.slice(offset, offset + request.size);
  const next = offset + items.length;
  const more = next < all.length;
  return {
    items,
    nextToken: more ? writeCursor({ offset: next, emptySent: false }, request.operation) : undefined,
  };
}

function writeCursor(cursor: Cursor, operation: Operation): string {
  return Buffer.from(JSON.stringify([operation, cursor.offset, cursor.emptySent])).toString('base64url');
}

function readCursor(token: string | undefined, operation: Operation): Cursor {
  if (token === undefined) return { offset: 0, emptySent: false };
  const [madeBy, offset, emptySent] = decode(token);
  if (madeBy !== operation || typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) {
    throw invalidNextToken();
  }
  return { offset, emptySent: emptySent === true };
}

function decode(token: string): readonly unknown[] {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(decoded)) return decoded;
  } catch {
    // Not JSON: not a token of ours.
  }
  throw invalidNextToken();
}
