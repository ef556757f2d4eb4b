/** One call made for several callers: given up when all of them have left, and each told when it is sent. */

import type { SourceCall } from './secret-source.ts';

export interface SharedCall {
  readonly call: SourceCall;
  /** To be called when the call has settled: until then it listens to the callers' signals. */
  readonly release: () => void;
}

export function shareCall(callers: readonly SourceCall[]): SharedCall {
  const everyoneLeft = new AbortController();
  const leave = (): void => {
    if (callers.every(({ signal }) => signal.aborted)) everyoneLeft.abort(callers[0]?.signal.reason);
  };
  for (const { signal } of callers) signal.addEventListener('abort', leave);
  leave();
  return {
    call: {
      signal: everyoneLeft.signal,
      onDispatch: () => {
        for (const caller of callers) caller.onDispatch();
      },
      fresh: callers.some(({ fresh }) => fresh === true),
    },
    release: () => {
      for (const { signal } of callers) signal.removeEventListener('abort', leave);
    },
  };
}
