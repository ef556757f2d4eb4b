/** The situations in which calls are counted, each under the words that a report says of it. */

import assert from 'node:assert/strict';

import { NO_WAY } from './cost.ts';
import { FIRST_VERSION, HUNDRED, ID, NEW, OLD, outcomes, type Situation, type Trial } from './trial.ts';

export const ONE_COLD = 'one cold secret, 100 gets';
export const MANY_COLD = '100 cold secrets';
export const EXPIRED = '100 gets past the TTL';
export const UNCHANGED = 'five TTLs, nothing changed';
export const ROTATED = 'first get after a rotation';
export const ROLLED_BACK = 'first get after a rollback';

const ANOTHER_HUNDRED = HUNDRED.map((name) => `${name}-b`);

/** `the old value` is what a cache answers with that has not looked. */
const STALE = 'the old value';

export const situations: Readonly<Record<string, Situation>> = {
  [ONE_COLD]: lasting(async (trial) => outcomes(hundredGets(trial), OLD)),
  [MANY_COLD]: lasting((trial) => getHundredSecrets(trial, HUNDRED)),
  [EXPIRED]: expiring(async (trial) => {
    await warm(trial);
    await trial.expire();
    return outcomes(hundredGets(trial), OLD);
  }),
  [UNCHANGED]: expiring(async (trial) => {
    await warm(trial);
    const gets: Promise<unknown>[] = [];
    for (let window = 0; window < 5; window += 1) {
      await trial.expire();
      gets.push(trial.peer.get(ID));
      await Promise.allSettled(gets);
    }
    return outcomes(gets, OLD);
  }),
  [ROTATED]: expiring(async (trial) => {
    await warm(trial);
    rotate(trial);
    await trial.expire();
    return outcomes([trial.peer.get(ID)], NEW, STALE);
  }),
  [ROLLED_BACK]: expiring(async (trial) => {
    await warm(trial);
    rotate(trial);
    await trial.expire();
    await trial.peer.get(ID);
    trial.server.resetCalls();
    trial.server.moveLabel(ID, 'AWSCURRENT', FIRST_VERSION);
    await trial.expire();
    return outcomes([trial.peer.get(ID)], OLD);
  }),
  'AWSPREVIOUS after that rotation': expiring(async (trial) => {
    await warm(trial);
    rotate(trial);
    await trial.expire();
    await trial.peer.get(ID);
    trial.server.resetCalls();
    const { getStage } = trial.peer;
    if (getStage === undefined) return NO_WAY;
    return outcomes([getStage(ID, 'AWSPREVIOUS')], OLD, "AWSCURRENT's value");
  }),
  'past the TTL, service down, 100 gets': expiring(async (trial) => {
    await warm(trial);
    trial.server.faults.inject({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
    await trial.expire();
    return outcomes(hundredGets(trial), OLD);
  }),
  'then 100 more, in series': expiring(async (trial) => {
    await warm(trial);
    trial.server.faults.inject({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
    await trial.expire();
    await outcomes(hundredGets(trial), OLD);
    trial.server.resetCalls();
    const gets: Promise<unknown>[] = [];
    for (let nth = 0; nth < 100; nth += 1) {
      gets.push(trial.peer.get(ID));
      await Promise.allSettled(gets.slice(-1));
    }
    return outcomes(gets, OLD);
  }),
  'one cold secret, service down, 100 gets': lasting(async (trial) => {
    trial.server.faults.inject({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
    return outcomes(hundredGets(trial), OLD);
  }),
  'past the TTL, throttled, 100 gets': expiring(async (trial) => {
    await warm(trial);
    trial.server.faults.inject({ kind: 'error', code: 'ThrottlingException', status: 400 });
    await trial.expire();
    return outcomes(hundredGets(trial), OLD);
  }),
  '100 cold secrets, batches denied': lasting(async (trial) => {
    trial.server.policy.denyAction('BatchGetSecretValue');
    return getHundredSecrets(trial, HUNDRED);
  }),
  'then 100 other secrets': lasting(async (trial) => {
    trial.server.policy.denyAction('BatchGetSecretValue');
    await getHundredSecrets(trial, HUNDRED);
    trial.server.resetCalls();
    return getHundredSecrets(trial, ANOTHER_HUNDRED);
  }),
  '100 gets past the TTL, describing denied': expiring(async (trial) => {
    await warm(trial);
    trial.server.policy.denyAction('DescribeSecret');
    await trial.expire();
    return outcomes(hundredGets(trial), OLD);
  }),
  'then at the next TTL': expiring(async (trial) => {
    await warm(trial);
    trial.server.policy.denyAction('DescribeSecret');
    await trial.expire();
    await outcomes(hundredGets(trial), OLD);
    trial.server.resetCalls();
    await trial.expire();
    return outcomes(hundredGets(trial), OLD);
  }),
};

function expiring(act: Situation['act']): Situation {
  return { expires: true, act };
}

function lasting(act: Situation['act']): Situation {
  return { expires: false, act };
}

async function warm({ server, peer }: Trial): Promise<void> {
  assert.equal(await outcomes([peer.get(ID)], OLD), 'values');
  assert.equal(await outcomes([peer.get(ID)], OLD), 'values');
  server.resetCalls();
}

function hundredGets({ peer }: Trial): Promise<unknown>[] {
  return HUNDRED.map(() => peer.get(ID));
}

async function getHundredSecrets({ server, peer }: Trial, names: readonly string[]): Promise<string> {
  for (const name of names) server.createSecret({ name, secretString: OLD });
  const gets = peer.getAll === undefined ? names.map((name) => peer.get(name)) : await peer.getAll(names);
  assert.equal(gets.length, names.length);
  return outcomes(gets, OLD);
}

function rotate({ server }: Trial): void {
  server.startRotation(ID).createSecret(NEW).setSecret().testSecret().finishSecret();
}
