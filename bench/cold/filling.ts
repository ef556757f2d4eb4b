/** One contender's cold starts: each with a cache that holds nothing, over a client that has made a call before. */

import assert from 'node:assert/strict';

import pLimit from 'p-limit';

import { answerParent } from '../child.ts';
import { contenderNamed } from '../contenders.ts';
import { clientOf, read, textOf, type Peer, type Service } from '../contenders/contender.ts';
import { FIFTY_AT_A_TIME, ROUND_TRIP, valueOf, WARMING, type Fill } from './fill.ts';
import { oneRoundTrip } from './round-trip.ts';

answerParent((fill: Fill): Promise<number> => {
  return fill.contender === ROUND_TRIP ? oneRoundTrip(fill.service) : fillMs(fill);
});

/** Milliseconds until all are held. */
async function fillMs({ contender, service, names, after }: Fill): Promise<number> {
  const peer =
    contender === FIFTY_AT_A_TIME
      ? fiftyAtATime(service)
      : await contenderNamed(contender).open(service, 300_000, 2_048);
  const getAll = (ids: readonly string[]): Promise<readonly unknown[]> =>
    peer.getAll?.(ids) ?? Promise.all(ids.map((id) => peer.get(id)));
  await peer.get(WARMING);
  if (after.length > 0) await getAll(after);
  const startMs = performance.now();
  const answers = await getAll(names);
  const tookMs = performance.now() - startMs;
  assert.deepEqual(answers.map(textOf), names.map(valueOf), `${contender} answers wrongly`);
  await peer.close?.();
  return tookMs;
}

function fiftyAtATime(service: Service): Peer {
  const client = clientOf(service);
  const limit = pLimit(50);
  return { get: (secretId) => limit(() => read(client, secretId)), close: () => client.destroy() };
}
