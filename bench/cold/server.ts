/** The service of the cold starts: in a process of its own, as far away as it is told to be. */

import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { answerParent } from '../child.ts';
import type { Service } from '../contenders/contender.ts';
import { valueOf } from './fill.ts';

export type ServerRequest =
  | { readonly kind: 'seed'; readonly names: readonly string[]; readonly deniesBatches: boolean }
  | { readonly kind: 'latency'; readonly ms: number };

const starting = LocalSecretsManager.start({ maxLoggedCalls: 0 });

answerParent(async (request: ServerRequest): Promise<Service> => {
  const server = await starting;
  if (request.kind === 'seed') {
    for (const name of request.names) server.createSecret({ name, secretString: valueOf(name) });
    if (request.deniesBatches) server.policy.denyAction('BatchGetSecretValue');
  } else {
    server.faults.clear();
    server.faults.inject({ kind: 'latency', ms: request.ms });
  }
  return { endpoint: server.endpoint, region: server.region };
});
