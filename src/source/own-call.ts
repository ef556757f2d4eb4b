/** A call as the cache makes it, whose `AbortSignal` isn't there before a source looks at it. */

import type { OwnSignal, Signal } from '../abort.ts';
import type { SourceCall } from './secret-source.ts';

export interface OwnCall extends SourceCall {
  /** What `signal` says, for those who only pass the call on. */
  readonly end: Signal;
}

export function ownCall(
  end: OwnSignal,
  { onDispatch, onQueued, fresh }: Required<Omit<SourceCall, 'signal'>>,
): OwnCall {
  return {
    onDispatch,
    onQueued,
    fresh,
    end,
    get signal() {
      return end.abortSignal;
    },
  };
}
