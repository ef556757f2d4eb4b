// An account that is a Secrets Manager of its own in this process: calls are those in its log, and it can be made to fail.

import { LocalSecretsManager } from 'secretsmanager-cache/testing';

import { isRead, type Account } from './account.ts';

const QUOTA_OF_ONE = { GetSecretValue: 1, BatchGetSecretValue: 1, DescribeSecret: 1 };

export async function openLocalAccount(): Promise<Account> {
  const server = await LocalSecretsManager.start();
  const admin = server.client();
  return {
    create: async (secrets, versionId) => {
      for (const [name, secretString] of secrets) server.createSecret({ name, secretString, versionId });
    },
    idOf: (name) => name,
    admin,
    client: () => server.client(),
    calls: () =>
      server.calls.flatMap(({ operation, outcome, arrivedAtMs }) =>
        isRead(operation) ? [{ operation, outcome, atMs: arrivedAtMs }] : [],
      ),
    faults: {
      throttle: () => server.limits.set({ perSecond: QUOTA_OF_ONE }),
      cutOff: () => void server.faults.inject({ kind: 'reset' }),
      end: () => {
        server.limits.clear();
        server.faults.clear();
      },
    },
    // The cache believes a denial only when it stands a second later.
    revocation: { how: 'IAM denies GetSecretValue and DescribeSecret of api-key', confirmedAfterMs: 1_000 },
    revoke: async (name) => {
      server.policy.denyAction('GetSecretValue', { secretId: name });
      server.policy.denyAction('DescribeSecret', { secretId: name });
    },
    close: () => server.close(),
  };
}
