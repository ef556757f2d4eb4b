// An account on another's endpoint: secrets under a prefix of its own, calls counted by a middleware of the SDK.

import { randomUUID } from 'node:crypto';

import {
  CreateSecretCommand,
  DeleteSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

import { isRead, type Account, type Call } from './account.ts';

/** The region, credentials and endpoint are the environment's. */
export function openRemoteAccount(): Account {
  const admin = new SecretsManagerClient();
  const prefix = `secretsmanager-cache-demo/${randomUUID()}/`;
  const calls: Call[] = [];
  const clients: SecretsManagerClient[] = [];
  const created: string[] = [];
  return {
    create: async (secrets, versionId) => {
      for (const [name, SecretString] of secrets) {
        const Name = prefix + name;
        await admin.send(new CreateSecretCommand({ Name, SecretString, ClientRequestToken: versionId }));
        created.push(Name);
      }
    },
    idOf: (name) => prefix + name,
    admin,
    client: () => {
      const client = countedClient(calls);
      clients.push(client);
      return client;
    },
    calls: () => calls,
    faults: undefined,
    // DescribeSecret shows a deletion, so the first refused read is its confirmation.
    revocation: {
      how: 'api-key is scheduled for deletion (IAM is not ours to change here)',
      confirmedAfterMs: 0,
    },
    revoke: async (name) => {
      await admin.send(new DeleteSecretCommand({ SecretId: prefix + name, RecoveryWindowInDays: 7 }));
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await deleteAll(admin, created);
      admin.destroy();
    },
  };
}

/** Tries every one before it says which could not be deleted: they cost money. */
async function deleteAll(admin: SecretsManagerClient, ids: readonly string[]): Promise<void> {
  const deletions = ids.map((SecretId) =>
    admin.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
  );
  const results = await Promise.allSettled(deletions);
  const left = ids.filter((_, index) => results[index]?.status === 'rejected');
  if (left.length > 0) throw new Error(`delete these secrets by hand: ${left.join(', ')}`);
}

/** Inside the SDK's retry, so that each attempt counts. */
function countedClient(calls: Call[]): SecretsManagerClient {
  const client = new SecretsManagerClient();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = (context.commandName ?? '').replace(/Command$/, '');
      if (!isRead(operation)) return next(args);
      const call = { operation, outcome: 'pending', atMs: Date.now() };
      calls.push(call);
      try {
        const result = await next(args);
        call.outcome = 'ok';
        return result;
      } catch (error) {
        call.outcome = error instanceof Error ? error.name : 'error';
        throw error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'demoCallCount' },
  );
  return client;
}
