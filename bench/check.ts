/** Is every contender right? Nothing is counted or timed that answers wrongly. In a process of its own. */

import assert from 'node:assert/strict';

import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { answerParent } from './child.ts';
import { contenders } from './contenders.ts';
import { isInstalled, textOf, type Contender } from './contenders/contender.ts';

const NAMES = Array.from({ length: 40 }, (_, nth) => `prod/service-${nth}`);

answerParent(async (_, progress) => {
  const installed = contenders.filter(isInstalled);
  for (const [nth, contender] of installed.entries()) {
    progress(contender.name, nth / installed.length);
    await check(contender);
  }
  const missing = contenders.filter((contender) => !isInstalled(contender));
  return { right: installed.map(({ name }) => name), missing: missing.map(({ name }) => name) };
});

/** Each of many secrets, asked for at once and then again, is answered with its own value. */
async function check({ name, open }: Contender): Promise<void> {
  await using server = await LocalSecretsManager.start();
  for (const secret of NAMES) server.createSecret({ name: secret, secretString: valueOf(secret) });
  const peer = await open(server, 60_000, NAMES.length);
  for (const held of ['cold', 'warm']) {
    const answers = await (peer.getAll?.(NAMES) ?? Promise.all(NAMES.map((secret) => peer.get(secret))));
    assert.deepEqual(answers.map(textOf), NAMES.map(valueOf), `${name} answers wrongly when ${held}`);
  }
  await peer.close?.();
}

/** JSON, since some contenders parse what they read. */
function valueOf(secret: string): string {
  return JSON.stringify({ username: 'app', password: `hunter2 of ${secret}` });
}
