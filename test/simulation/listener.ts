/** Hears what the library publishes and what nobody handles: events hold no value, and no rejection is left alone. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { CANARY } from './secrets.ts';
import { demand } from './violation.ts';

const NAMES = [
  'load',
  'revalidate',
  'rotated',
  'stale-served',
  'suspect',
  'revoked',
  'batch-disabled',
  'describe-disabled',
  'failure',
  'evicted',
  'failover',
];

export type Hear = (name: string, message: Record<string, unknown>) => void;

function onUnhandled(reason: unknown): void {
  demand(false, 'I8', `unhandled: ${String(reason)}`);
}

/** Listens until the returned function is called. */
export function listen(hear: Hear): () => void {
  const stops = NAMES.map((name) => {
    const channel = `secretsmanager-cache:${name}`;
    const onMessage = (message: unknown): void => {
      demand(!JSON.stringify(message).includes(CANARY), 'I11', `a value in the event ${name}`);
      hear(name, message as Record<string, unknown>);
    };
    subscribe(channel, onMessage);
    return () => unsubscribe(channel, onMessage);
  });
  process.on('unhandledRejection', onUnhandled);
  return () => {
    for (const stop of stops) stop();
    process.off('unhandledRejection', onUnhandled);
  };
}
