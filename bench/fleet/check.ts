/** Is every policy right? Nothing is measured of one that answers with another version than the secret has. */

import assert from 'node:assert/strict';

import { Fleet } from './processes.ts';
import type { Policy } from './reader.ts';
import type { Read } from './witness.ts';

const PROCESSES = 3;
const SECRETS = 5;

/** Cold, warm, and when its TTL has passed since a rotation, each read is answered with the version of now. */
export async function checkPolicy(policy: Policy): Promise<void> {
  const fleet = new Fleet({ policy, processes: PROCESSES, secrets: SECRETS });
  const [rotated = ''] = fleet.secretIds;
  const rotatedAtMs = 20_000;
  const heardAtMs = rotatedAtMs + policy.ttlMs + 1_000;
  const untilMs = heardAtMs + 20_000;
  const wrong: Read[] = [];
  let reads = 0;
  fleet.start();
  fleet.time.at(rotatedAtMs, () => fleet.service.rotate(rotated));
  const onRead = (read: Read): void => {
    reads += 1;
    if (read.versionId !== fleet.service.currentVersionId(read.secretId)) wrong.push(read);
  };
  const perSecond = 2 * PROCESSES * SECRETS;
  fleet.serve({ perSecond, untilMs: rotatedAtMs - 1_000, onRead });
  // Some revalidate behind the first answer past the TTL: that one may still be the old version.
  fleet.time.at(heardAtMs, () => fleet.serve({ perSecond, untilMs: heardAtMs + 10_000 }));
  fleet.time.at(heardAtMs + 10_000, () => fleet.serve({ perSecond, untilMs, onRead }));
  await fleet.run(untilMs + 1_000);
  assert.deepEqual(wrong, [], `${policy.name} answers wrongly`);
  assert(reads > PROCESSES * SECRETS, `${policy.name} was hardly read`);
}
