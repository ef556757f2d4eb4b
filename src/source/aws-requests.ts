/** One request to AWS: its connection, its slot, its mark, its signature, and the end that the caller's signal puts to it. */

import { isExpiredSignature } from './aws-errors.ts';
import type { Connection, LazyClient } from './lazy-client.ts';
import { markCommand } from './marked-command.ts';
import type { SourceCall } from './secret-source.ts';
import { untilAborted } from './until-aborted.ts';

/** Runs what it is given when a slot is free, and keeps the slot until that settles. */
export type Slots = <T>(run: () => Promise<T>) => Promise<T>;

export class AwsRequests {
  readonly #client: LazyClient;
  readonly #slots: Slots;

  constructor(client: LazyClient, slots: Slots) {
    this.#client = client;
    this.#slots = slots;
  }

  /** The SDK is imported here: outside of any slot, and before a request counts as sent. */
  connect(call: SourceCall): Promise<Connection> | Connection {
    return this.#client.connection ?? untilAborted(this.#client.connect(), call.signal);
  }

  /**
   * The answer to one command. The slot is given back when the signal aborts, whether or not `send` ever settles, and a
   * request whose turn comes too late is never sent. `command` makes a new one for each signature.
   */
  ask(connection: Connection, command: () => object, call: SourceCall): Promise<unknown> {
    const send = async (): Promise<unknown> => {
      call.signal.throwIfAborted();
      call.onDispatch();
      return untilAborted(connection.send(markCommand(command()), call.signal), call.signal);
    };
    const sendAndSignAgainOnce = async (): Promise<unknown> => {
      try {
        return await send();
      } catch (error) {
        if (isExpiredSignature(error)) return send();
        throw error;
      }
    };
    // Until its slot is free, the time is not the service's.
    call.onQueued?.();
    return untilAborted(this.#slots(sendAndSignAgainOnce), call.signal);
  }
}
