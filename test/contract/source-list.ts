// The sources that the contract holds for. A new one is one entry here.

import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { Clock } from '../../src/clock.ts';
import { completeRuntime } from '../../src/runtime.ts';
import { awsSource } from '../../src/source/aws-source.ts';
import { batching } from '../../src/source/batching-source.ts';
import type { SecretSource } from '../../src/source/secret-source.ts';
import { LocalSecretsManager } from '../../src/testing/index.ts';
import type { Emulator, EmulatorName } from './emulator.ts';
import { SourceBed } from './source-bed.ts';
import { inMemorySource } from './source-in-memory.ts';
import { MemoryStore, WireStore } from './source-stores.ts';

/** What not every source has: a method, or a promise beyond the interface. A case runs where all that it needs is. */
export type Need =
  | 'describe'
  | 'loadBatch'
  | 'search'
  | 'close'
  /** It calls AWS itself, through the SDK: errors have the SDK's as their cause, calls in flight are bounded. */
  | 'sdk'
  /** Loads that begin together are one call. */
  | 'coalescing'
  /** It reads from LocalSecretsManager, which counts calls, holds them and lets them fail. */
  | 'control';

export type StoreName = EmulatorName | 'memory';
type OpenBed = (motoUrl: string | undefined) => Promise<SourceBed>;

export interface SourceEntry {
  readonly name: string;
  /** Without `control`, which is the store's. */
  readonly offers: readonly Need[];
  /** A source over each store that it can read from. */
  readonly beds: Readonly<Partial<Record<StoreName, OpenBed>>>;
}

/** How many calls of a source with `sdk` may be in flight at once. */
export const MAX_CONCURRENCY = 8;

/** A Region of its own: suites that run at the same time share moto, and searches see all of a Region. */
const REGION = 'eu-west-1';

export const SOURCES: readonly SourceEntry[] = [
  {
    name: 'awsSource',
    offers: ['describe', 'loadBatch', 'search', 'close', 'sdk'],
    beds: overEmulators((client) => awsSource({ client, maxConcurrency: MAX_CONCURRENCY })),
  },
  {
    name: 'batching(awsSource)',
    offers: ['describe', 'loadBatch', 'search', 'close', 'sdk', 'coalescing'],
    beds: overEmulators((client) => batched(awsSource({ client, maxConcurrency: MAX_CONCURRENCY }))),
  },
  {
    name: 'inMemorySource',
    offers: ['describe'],
    beds: {
      memory: async () => {
        const store = new MemoryStore();
        return new SourceBed({ store, source: inMemorySource(store.secrets) });
      },
    },
  },
];

function batched(source: SecretSource): SecretSource {
  const runtime = completeRuntime({});
  const clock = new Clock(runtime);
  return batching(source, { windowMs: 0, maxSize: 20, runtime, clock, onDisabled: () => {} });
}

/** Beds over LocalSecretsManager, a new one each, and over the moto that is running. */
function overEmulators(open: (client: SecretsManagerClient) => SecretSource): SourceEntry['beds'] {
  const openOver = async (name: EmulatorName, motoUrl?: string): Promise<SourceBed> => {
    const server = await LocalSecretsManager.start({ region: REGION });
    const emulator = emulatorAt(name, motoUrl ?? server.endpoint, server);
    const parts = { source: open(emulator.client()), store: new WireStore(emulator) };
    return new SourceBed({
      ...parts,
      ...(name === 'LocalSecretsManager' && { server }),
      close: emulator.close,
    });
  };
  return {
    LocalSecretsManager: () => openOver('LocalSecretsManager'),
    moto: (motoUrl) => openOver('moto', motoUrl),
  };
}

/** The server's clients go to any endpoint, and are destroyed with it. */
function emulatorAt(name: EmulatorName, endpoint: string, server: LocalSecretsManager): Emulator {
  return {
    name,
    endpoint,
    client: (config) => server.client({ endpoint, maxAttempts: 1, ...config }),
    reset: async () => server.reset(),
    close: () => server.close(),
  };
}
