/** Ids that look like an ARN and are none: the service says what it makes of them. */

import { expect, test } from 'vitest';

import { setup } from '../support/setup.ts';

test('an id with an ARN of another Region behind its first letter is asked for like any other', async () => {
  const { service, readCode } = setup();
  const secretId = `x${service.arnOf('a').replace('us-east-1', 'eu-west-1')}`;
  expect(await readCode(secretId)).toBe('ERR_SECRET_NOT_FOUND');
  expect(service.calls.map((call) => call.secretId)).toEqual([secretId]);
});
