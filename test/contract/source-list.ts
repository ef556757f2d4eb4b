// The sources that the contract holds for. A new one is one entry here.

import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { agentSource } from '../../src/agent/index.ts';
import { Clock } from '../../src/clock.ts';
import { failover } from '../../src/failover/index.ts';
import { completeRuntime } from '../../src/runtime.ts';
import { awsSource } from '../../src/source/aws-source.ts';
import { batching } from '../../src/source/batching-source.ts';
import type { SecretSource } from '../../src/source/secret-source.ts';
import { LocalAgent, LocalSecretsManager } from '../../src/testing/index.ts';
import type { Emulator, EmulatorName } from './emulator.ts';
import { SourceBed, TestCall } from './source-bed.ts';
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

/**
 * `agent`: LocalSecretsManager as LocalAgent passes it on. `replicas`: two of them, one replicated to the other; `outage`:
 * the same, the primary out of reach.
 */
export type StoreName = EmulatorName | 'agent' | 'memory' | 'replicas' | 'outage';
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
    name: 'agentSource',
    offers: ['close'],
    beds: { agent: openOverAgent },
  },
  {
    name: 'agentSource, its agent gone, before awsSource',
    offers: ['close', 'sdk'],
    beds: overEmulators((client) =>
      agentSource({
        // A port that nobody listens on.
        endpoint: 'http://127.0.0.1:1',
        token: 'any',
        maxConnections: 100,
        behind: awsSource({ client, maxConcurrency: MAX_CONCURRENCY }),
      }),
    ),
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
  {
    name: 'failover of one Region',
    offers: ['describe', 'loadBatch', 'search', 'close', 'sdk'],
    // On moto it is what awsSource is there.
    beds: withoutMoto((client) =>
      failover({ regions: [REGION], source: () => awsSource({ client, maxConcurrency: MAX_CONCURRENCY }) }),
    ),
  },
  {
    name: 'failover',
    offers: ['describe', 'loadBatch', 'search', 'close', 'sdk'],
    beds: { replicas: () => openOverReplicas(true), outage: () => openOverReplicas(false) },
  },
];

const REPLICA_REGION = 'eu-central-1';

/** Secrets are written to the one server and replicated to the other; a primary that is down can't be read there. */
async function openOverReplicas(isUp: boolean): Promise<SourceBed> {
  const primary = await LocalSecretsManager.start({ region: REGION });
  const replica = await LocalSecretsManager.start({ region: REPLICA_REGION });
  primary.replicateTo(replica);
  const source = failover({
    regions: [REGION, REPLICA_REGION],
    source: (region) => {
      const client = region === REGION ? primaryClient(primary, isUp) : replica.client({ maxAttempts: 1 });
      return awsSource({ client, maxConcurrency: MAX_CONCURRENCY });
    },
    backoff: { baseMs: 3_600_000 },
  });
  // Known to be down: each case is one request, to the replica.
  if (!isUp) await source.load({ secretId: 'nothing' }, new TestCall()).catch(() => {});
  const close = async (): Promise<void> => {
    await primary.close();
    await replica.close();
  };
  const emulator = emulatorAt('LocalSecretsManager', primary.endpoint, primary);
  return new SourceBed({ source, store: new WireStore(emulator), close });
}

/** Where it is down, nobody listens on its port. */
function primaryClient(primary: LocalSecretsManager, isUp: boolean): SecretsManagerClient {
  return primary.client({ maxAttempts: 1, ...(!isUp && { endpoint: 'http://127.0.0.1:1' }) });
}

function batched(source: SecretSource): SecretSource {
  const runtime = completeRuntime({});
  const clock = new Clock(runtime);
  const load = batching(source, { windowMs: 0, maxSize: 20, runtime, clock, onDisabled: () => {} });
  return {
    load: (ref, call) => load(ref, { ...call, end: call.signal }),
    ...(source.loadBatch && { loadBatch: source.loadBatch.bind(source) }),
    ...(source.describe && { describe: source.describe.bind(source) }),
    ...(source.search && { search: source.search.bind(source) }),
    ...(source.close && { close: source.close.bind(source) }),
  };
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

function withoutMoto(open: (client: SecretsManagerClient) => SecretSource): SourceEntry['beds'] {
  const { moto: _moto, ...beds } = overEmulators(open);
  return beds;
}

/** An agent that checks what it keeps at each request, so that cases see what they have just written. */
async function openOverAgent(): Promise<SourceBed> {
  const server = await LocalSecretsManager.start({ region: REGION });
  const agent = await LocalAgent.start({ upstream: server, ttlMs: 0 });
  const emulator = emulatorAt('LocalSecretsManager', server.endpoint, server);
  return new SourceBed({
    server,
    store: new WireStore(emulator),
    source: agentSource({ endpoint: agent.endpoint, token: agent.token }),
    close: async () => {
      await agent.close();
      await server.close();
    },
  });
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
