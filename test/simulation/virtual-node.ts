/**
 * What the library takes from Node past its `runtime`: HTTP to the agent, and the timers of a source that is given none.
 *
 * The bundle gets these in place of `node:http` and of the globals, so that `src/agent` runs whole and unchanged.
 */

import { HttpRequest, Pool, type Door, type HttpOptions } from './agent-http.ts';
import type { Process } from './process.ts';
import type { TimerHandle } from '../../src/index.ts';
import type { World } from './world.ts';

interface OwnedTimer extends TimerHandle {
  readonly owner: Process;
  readonly timer: TimerHandle;
}

export class VirtualNode {
  /** Each cache's way to the agent, by the port that it asks. */
  readonly doors: Map<number, Door> = new Map();
  /** Whose processes run now. */
  world: World | undefined;

  readonly http: { readonly Agent: typeof Pool; readonly request: (options: HttpOptions) => HttpRequest } = {
    Agent: Pool,
    request: (options) => new HttpRequest(this.#doorAt(options.port), options),
  };

  readonly setTimeout = (run: () => void, delayMs: number): OwnedTimer => {
    const owner = this.world?.running;
    if (owner === undefined) throw new Error('a timer of no process');
    const timer = owner.setTimeout(run, delayMs);
    return { owner, timer, unref: () => timer.unref() };
  };

  readonly clearTimeout = ({ owner, timer }: OwnedTimer): void => owner.clearTimeout(timer);

  #doorAt(port: number): Door {
    const door = this.doors.get(port);
    if (door === undefined) throw new Error(`no way leads to port ${port}`);
    return door;
  }
}
