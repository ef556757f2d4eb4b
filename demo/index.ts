/**
 * What a cache for AWS Secrets Manager does on a bad day, in under 15 seconds and without an account.
 *
 * `npm run demo` plays it on LocalSecretsManager. With AWS_ENDPOINT_URL_SECRETS_MANAGER set, and the SDK's usual
 * region and credentials, it plays on that endpoint, with secrets of its own that it deletes again. Three contenders
 * read the same secrets at the same times through the real SDK. It exits 1 when a promise didn't hold.
 */

import { brokenPromises } from './evidence.ts';
import { coldStart, outage, revocation, rotation, steadyState, throttling } from './scenes.ts';
import { Stage } from './stage.ts';
import { printTable, printTitle, printVerdict } from './timeline.ts';

const endpoint = process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'];
printTitle(endpoint);

const stage = await Stage.open(endpoint);
try {
  await stage.createSecrets();
  await coldStart(stage);
  const seenSteady = await steadyState(stage);
  const seenRotating = await rotation(stage);
  await throttling(stage);
  await outage(stage);
  const seenRevoked = await revocation(stage);

  const { scenes } = stage;
  const broken = brokenPromises({ scenes, ...seenSteady, ...seenRotating, ...seenRevoked });
  printTable(scenes);
  printVerdict(broken);
  if (broken.length > 0) process.exitCode = 1;
} finally {
  await stage.close();
}
