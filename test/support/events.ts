/** What the library publishes on `node:diagnostics_channel`, collected for the length of one test. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { onTestFinished } from 'vitest';

/** Collects the messages of `secretsmanager-cache:<name>`. */
export function eventsOf(name: string): readonly unknown[] {
  const messages: unknown[] = [];
  listenTo(name, (message) => messages.push(message));
  return messages;
}

/** Subscribes for the length of the test. */
export function listenTo(name: string, listener: (message: unknown) => void): void {
  const channel = `secretsmanager-cache:${name}`;
  subscribe(channel, listener);
  onTestFinished(() => void unsubscribe(channel, listener));
}
