/** What happened, for whoever listens on `node:diagnostics_channel`: which Region is read from. */

import { channel } from 'node:diagnostics_channel';

import type { SecretCacheErrorCode } from '../errors.ts';

/** The channel, under `secretsmanager-cache:`, and what its messages hold. */
export interface FailoverEvents {
  /** Reads go to another Region from now on: the code that the one before failed with, or that this one is back. */
  failover: {
    readonly from: string;
    readonly to: string;
    readonly reason: SecretCacheErrorCode | 'recovered';
  };
}

const switches = channel('secretsmanager-cache:failover');

/** Publishes to the subscribers, if there are any. One that throws changes nothing here: Node reports it by itself. */
export function publishSwitch(message: FailoverEvents['failover']): void {
  if (switches.hasSubscribers) switches.publish(message);
}
