/** The heap that one contender takes for its secrets, in a fresh process with `--expose-gc`. */

import assert from 'node:assert/strict';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

import { answerParent } from '../child.ts';
import { nameOf, valueOf, WARMING } from '../cold/fill.ts';
import { contenderNamed } from '../contenders.ts';
import { textOf, type Peer, type Service } from '../contenders/contender.ts';
import { instantService } from './instant-service.ts';

export interface Holding {
  /** `undefined`: the values alone. */
  readonly contender: string | undefined;
  /** `undefined`: the service answers without sockets. */
  readonly service: Service | undefined;
  readonly count: number;
}

/** So many gets at once: what the SDK keeps for that many sockets is there before it is weighed. */
const AT_ONCE = 200;

answerParent(({ contender, service, count }: Holding): Promise<number> => {
  const names = Array.from({ length: count }, (_, nth) => nameOf(nth));
  return contender === undefined
    ? bytesOfValues(names)
    : bytesHeld(contender, service ?? instantService(), names);
});

/** Bytes of heap for each secret held, the value with them and the id, which the caller has, not. */
async function bytesHeld(contender: string, service: Service, names: readonly string[]): Promise<number> {
  const peer = await contenderNamed(contender).open(service, 86_400_000, names.length + AT_ONCE + 1);
  await getAll(
    peer,
    Array.from({ length: AT_ONCE }, (_, nth) => `${WARMING}-${nth}`),
  );
  const before = await heapBytes();
  for (let from = 0; from < names.length; from += AT_ONCE)
    await getAll(peer, names.slice(from, from + AT_ONCE));
  const after = await heapBytes();
  // Held to the end, or the collector had taken them.
  const last = names.at(-1) ?? '';
  assert.equal(textOf(await peer.get(last)), valueOf(last));
  await peer.close?.();
  return (after - before) / names.length;
}

async function bytesOfValues(names: readonly string[]): Promise<number> {
  const before = await heapBytes();
  // As an answer has it: a string of its own, not one put together from parts.
  const values = names.map((name) => JSON.parse(JSON.stringify(valueOf(name))) as string);
  const after = await heapBytes();
  assert.equal(values.length, names.length);
  // The array's own slots belong to no value.
  return (after - before) / names.length - 8;
}

async function getAll(peer: Peer, names: readonly string[]): Promise<void> {
  const answers = await (peer.getAll?.(names) ?? Promise.all(names.map((name) => peer.get(name))));
  assert.equal(answers.length, names.length);
}

async function heapBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('needs --expose-gc');
  // What a finished call still has in timers and finalizers goes in between.
  for (let nth = 0; nth < 4; nth += 1) {
    gc();
    await delay(20);
    await turn();
  }
  gc();
  return process.memoryUsage().heapUsed;
}
