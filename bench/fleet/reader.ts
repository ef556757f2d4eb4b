/** What a policy is: a way in which one process reads secrets. */

import type { Role } from '../question.ts';
import type { SdkModel } from './sdk.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Policy {
  readonly name: string;
  readonly role: Role;
  /** How long at most it goes on without a call; 0: it never does. */
  readonly ttlMs: number;
  open(process: ProcessParts): Reader;
}

/** What there is in one process. */
export interface ProcessParts {
  readonly client: SdkModel;
  readonly time: VirtualTime;
  /** All that it reads, ever. */
  readonly secretIds: readonly string[];
}

/** What a read is answered with. */
export interface Held {
  readonly versionId: string;
}

export interface Reader {
  get(secretId: string): Promise<Held>;
  /** Runs `use` with a version, and again as the policy has it when `use` throws. Absent: `use(await get(id))`, once. */
  withSecret?(secretId: string, use: (held: Held) => void): Promise<void>;
}
