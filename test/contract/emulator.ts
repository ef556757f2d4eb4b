// An emulator of AWS Secrets Manager as contract suites see it: an endpoint, clients for it, and a way to empty it.

import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

import { LocalSecretsManager } from '../../src/testing/index.ts';

export type EmulatorName = 'LocalSecretsManager' | 'moto';

export interface Emulator {
  readonly name: EmulatorName;
  readonly endpoint: string;
  /** A client of the real SDK that makes one attempt a call; the caller destroys it. */
  client(config?: SecretsManagerClientConfig): SecretsManagerClient;
  /** Forgets every secret: those of other suites too, where the emulator is shared. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** The emulators to run on; moto is there when `motoUrl` is given. */
export async function startEmulators(motoUrl: string | undefined): Promise<Emulator[]> {
  const local = await startLocal();
  return motoUrl === undefined ? [local] : [local, moto(motoUrl)];
}

async function startLocal(): Promise<Emulator> {
  const server = await LocalSecretsManager.start();
  return {
    name: 'LocalSecretsManager',
    endpoint: server.endpoint,
    client: (config) => clientOf(server.endpoint, config),
    reset: async () => server.reset(),
    close: () => server.close(),
  };
}

function moto(endpoint: string): Emulator {
  return {
    name: 'moto',
    endpoint,
    client: (config) => clientOf(endpoint, config),
    reset: async () => void (await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' })),
    // The globalSetup that started it stops it.
    close: async () => undefined,
  };
}

function clientOf(endpoint: string, config: SecretsManagerClientConfig = {}): SecretsManagerClient {
  const credentials = { accessKeyId: 'AKIAEMULATOR', secretAccessKey: 'not-a-real-key' };
  return new SecretsManagerClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1, ...config });
}
