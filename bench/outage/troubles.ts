/** What can go wrong, each as a thing that begins and ends. */

import { BEGINS_AT_MS, SECRET, type Trouble } from './trial.ts';

const MINUTE_MS = 60_000;

export const outage: Trouble = {
  name: "an hour's outage",
  title: "An hour's outage: every call fails with a 5xx",
  lastsMs: 60 * MINUTE_MS,
  watchedMs: 70 * MINUTE_MS,
  strike: ({ service }) => {
    service.isDown = true;
    return () => {
      service.isDown = false;
    };
  },
};

export const silence: Trouble = {
  name: 'ten minutes of silence',
  title: 'Ten minutes in which no call is answered',
  lastsMs: 10 * MINUTE_MS,
  watchedMs: 20 * MINUTE_MS,
  strike: ({ service }) => {
    service.isSilent = true;
    return () => {
      service.isSilent = false;
    };
  },
};

export const storm: Trouble = {
  name: 'half an hour of throttling',
  title: 'Half an hour of throttling: 19 of 20 calls are refused, since others eat the quota',
  lastsMs: 30 * MINUTE_MS,
  watchedMs: 40 * MINUTE_MS,
  strike: ({ service }) => {
    service.crowding = 0.95;
    return () => {
      service.crowding = 0;
    };
  },
};

/** The database changes before the label does, as in a rotation of a single user. */
export const GAP_MS = 2_000;

export const rotation: Trouble = {
  name: 'a rotation',
  title: `A rotation of the password: the label moves ${GAP_MS / 1_000} s after the database`,
  lastsMs: GAP_MS,
  watchedMs: 10 * MINUTE_MS,
  strike: ({ service }) => {
    return () => service.rotate(SECRET);
  },
  use: ({ time }) => {
    return ({ versionId }) => {
      const accepted = time.nowMs < BEGINS_AT_MS ? 'v0' : 'v1';
      if (versionId !== accepted) throw new LoginRefused();
    };
  },
};

/** The error of pg for a wrong password. */
class LoginRefused extends Error {
  readonly code = '28P01';
}

export const revocation: Trouble = {
  name: 'a revocation',
  title: 'The right to read is revoked: GetSecretValue and DescribeSecret are denied',
  lastsMs: 70 * MINUTE_MS,
  watchedMs: 60 * MINUTE_MS,
  strike: ({ service }) => {
    service.denied.add('GetSecretValue').add('DescribeSecret').add('BatchGetSecretValue');
    return () => service.denied.clear();
  },
};

export const halfRevocation: Trouble = {
  name: 'a revocation of GetSecretValue alone',
  title: 'Only GetSecretValue is denied, as by the key of KMS',
  lastsMs: 70 * MINUTE_MS,
  watchedMs: 60 * MINUTE_MS,
  strike: ({ service }) => {
    service.denied.add('GetSecretValue').add('BatchGetSecretValue');
    return () => service.denied.clear();
  },
};
