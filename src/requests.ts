/** What callers ask with, checked before anything is called. */

import { duration, object, onlyKnown, shown, text } from './checks.ts';

/** Which version: AWSCURRENT only when neither is given. Both must agree, or the service refuses. */
export interface VersionSelector {
  /** A staging label, 1 to 256 characters. */
  readonly versionStage?: string | undefined;
  /** A version id, at most 64 characters. */
  readonly versionId?: string | undefined;
}

export interface GetOptions extends VersionSelector {
  /** Ends this caller's wait alone; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Oldest value that is a hit, in milliseconds >= 0; an older one is revalidated. Default: its TTL. */
  readonly maxAgeMs?: number | undefined;
}

export interface RefreshOptions extends VersionSelector {
  /** Ends this caller's wait alone; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The version a database or service has refused: no call is made when another one is held already. */
  readonly rejectedVersionId?: string | undefined;
}

/** What is asked of a secret, defaults filled in. */
export interface Ask {
  readonly versionStage: string | undefined;
  readonly versionId: string | undefined;
}

const SELECTOR = ['versionStage', 'versionId'];

export function readSecretId(secretId: unknown, name = 'secretId'): string {
  return text(name, secretId, 2048);
}

/** Distinct ids. A string is iterable too, letter by letter, which nobody means. */
export function readSecretIds(secretIds: unknown): string[] {
  if (typeof secretIds !== 'object' || secretIds === null || !(Symbol.iterator in secretIds)) {
    throw new TypeError(
      `\`secretIds\` must be an array, or another iterable, of ids, got ${shown(secretIds)}`,
    );
  }
  return [...new Set(secretIds as Iterable<unknown>)].map((secretId) => readSecretId(secretId));
}

/** `more`: what the method `of` takes beside. */
export function readGetOptions(options: GetOptions, of = 'get', more: readonly string[] = []): void {
  object(`the options of ${of}`, options);
  onlyKnown(`option of ${of}`, options, [...SELECTOR, 'signal', 'maxAgeMs', ...more]);
  if (options.maxAgeMs !== undefined) duration('maxAgeMs', options.maxAgeMs);
  readSignal('signal', options.signal);
}

export function readRefreshOptions(options: RefreshOptions): void {
  object('the options of refresh', options);
  onlyKnown('option of refresh', options, [...SELECTOR, 'signal', 'rejectedVersionId']);
  if (options.rejectedVersionId !== undefined) text('rejectedVersionId', options.rejectedVersionId, 64);
  readSignal('signal', options.signal);
}

export function readPeekOptions(options: VersionSelector): void {
  object('the options of peek', options);
  onlyKnown('option of peek', options, SELECTOR);
}

export function readSelector({ versionStage, versionId }: VersionSelector, defaultStage: string): Ask {
  if (versionStage !== undefined) text('versionStage', versionStage, 256);
  if (versionId !== undefined) text('versionId', versionId, 64);
  return { versionStage: versionStage ?? (versionId === undefined ? defaultStage : undefined), versionId };
}

export function readSignal(name: string, signal: unknown): void {
  const isSignal =
    typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal;
  if (signal !== undefined && !isSignal) {
    throw new TypeError(`\`${name}\` must be an AbortSignal, got ${shown(signal)}`);
  }
}
