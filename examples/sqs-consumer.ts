/**
 * Rotations pushed to a server: an EventBridge rule for `aws.secretsmanager` -> an SQS queue -> `cache.notify`.
 *
 * A push is a hint to look, never a value: lost, doubled or forged messages cost a check at most, and the TTL goes on.
 * A queue gives each message to one receiver, so every server needs a queue of its own.
 *
 * Run by the tests: test/integration/sqs-consumer.test.ts, with a queue in memory, and to its end in test/wire/examples.test.ts.
 */

import { setTimeout as delay } from 'node:timers/promises';

import { parseSecretEvent, type SecretCache } from 'secretsmanager-cache';

/** What is needed of SQS; the names are those of its messages. */
export interface Message {
  readonly Body?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
}

/** With @aws-sdk/client-sqs: ReceiveMessageCommand with `WaitTimeSeconds: 20`, and DeleteMessageCommand. */
export interface MessageSource {
  receive(signal: AbortSignal): Promise<readonly Message[]>;
  delete(message: Message): Promise<void>;
}

/** Hands every event to the cache, until the signal aborts; a queue that fails is asked again after the pause. */
export async function consumeSecretEvents(
  queue: MessageSource,
  cache: Pick<SecretCache, 'notify'>,
  signal: AbortSignal,
  pauseMs = 5_000,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const message of await queue.receive(signal)) {
        const hint = parseSecretEvent(parse(message.Body));
        if (hint !== undefined) cache.notify(hint);
        await queue.delete(message);
      }
    } catch {
      // Without pushes the TTL decides: not a reason to stop, only to try again later.
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** `undefined` for what isn't JSON; `parseSecretEvent` takes anything. */
function parse(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}

if (import.meta.filename === process.argv[1]) {
  // One event as EventBridge sends it, and a cache that says what it is told.
  const event = {
    source: 'aws.secretsmanager',
    'detail-type': 'Secret Label Updated',
    resources: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-a1b2c3'],
    detail: {
      name: 'prod/db',
      labelUpdated: 'AWSCURRENT',
      versionId: '11111111-2222-3333-4444-555555555555',
    },
  };
  const stop = new AbortController();
  const messages: Message[] = [{ Body: JSON.stringify(event) }, { Body: 'not an event' }];
  const queue: MessageSource = {
    receive: async () => messages.splice(0),
    delete: async (message) => {
      console.log('deleted', message.Body?.slice(0, 30));
      if (message.Body === 'not an event') stop.abort();
    },
  };
  await consumeSecretEvents(queue, { notify: (hint) => console.log('notified', hint) }, stop.signal);
}
