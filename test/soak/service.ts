/** The service of the soak, in a process of its own so that its memory isn't counted: rotates and fails by itself. */

import { LocalSecretsManager, type Fault } from '../../src/testing/index.ts';

export const SECRETS = 2_000;
export const nameOf = (nth: number): string => `soak/${nth}`;

const ROTATE_EVERY_MS = 100;
const FAIL_EVERY_MS = 3_000;
const FAIL_FOR_MS = 1_000;
/** The ones that are read most are rotated most. */
const HOT = 50;

const FAULTS: readonly Fault[] = [
  { kind: 'error', code: 'InternalServiceError', status: 500 },
  { kind: 'error', code: 'ThrottlingException' },
  { kind: 'latency', ms: 200 },
  { kind: 'hang' },
  { kind: 'reset' },
  { kind: 'truncated' },
  { kind: 'html' },
  { kind: 'empty-object' },
  { kind: 'signature-expired' },
];

if (import.meta.filename === process.argv[1]) {
  const server = await LocalSecretsManager.start({ maxLoggedCalls: 1_000 });
  for (let nth = 0; nth < SECRETS; nth += 1)
    server.createSecret({ name: nameOf(nth), secretString: `value 0 of ${nth}` });

  let rotations = 0;
  const rotating = setInterval(() => {
    rotations += 1;
    const nth = Math.floor(Math.random() * HOT);
    const { versionId } = server.putSecretValue(nameOf(nth), {
      secretString: `value ${rotations} of ${nth}`,
    });
    // What EventBridge would tell.
    process.send?.({ secretId: nameOf(nth), versionStage: 'AWSCURRENT', versionId });
  }, ROTATE_EVERY_MS);

  let failures = 0;
  const failing = setInterval(() => {
    const fault = FAULTS[failures % FAULTS.length];
    failures += 1;
    if (fault === undefined) return;
    const injected = server.faults.inject(fault);
    setTimeout(() => injected.remove(), FAIL_FOR_MS);
  }, FAIL_EVERY_MS);

  process.send?.({ endpoint: server.endpoint });
  process.once('disconnect', () => {
    clearInterval(rotating);
    clearInterval(failing);
    void server.close();
  });
}
