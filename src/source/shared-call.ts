/** One call made for several callers: given up when all of them have left, and each told when it is sent. */

import { onAbort, OwnSignal } from '../abort.ts';
import { ownCall, type OwnCall } from './own-call.ts';

export interface SharedCall {
  readonly call: OwnCall;
  /** To be called when the call has settled: until then it listens to the callers' signals. */
  readonly release: () => void;
}

export function shareCall(callers: readonly OwnCall[]): SharedCall {
  const everyoneLeft = new OwnSignal();
  const leave = (): void => {
    if (callers.every(({ end }) => end.aborted)) everyoneLeft.abort(callers[0]?.end.reason);
  };
  const stops = callers.map(({ end }) => onAbort(end, leave));
  leave();
  return {
    call: ownCall(everyoneLeft, {
      onDispatch: () => {
        for (const caller of callers) caller.onDispatch();
      },
      onQueued: () => {
        for (const caller of callers) caller.onQueued?.();
      },
      fresh: callers.some(({ fresh }) => fresh === true),
    }),
    release: () => {
      for (const stop of stops) stop();
    },
  };
}
