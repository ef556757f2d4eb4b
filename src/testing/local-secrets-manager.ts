// LocalSecretsManager: AWS Secrets Manager on a loopback port, for tests, benches and demos.
//
//   any SDK or the aws CLI --HTTP, AWS JSON 1.1--> exchange --> operation --> secret store
//                                                    |
//                                call log, faults, quotas, gates, policies: yours to set while it runs

import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type * as Sdk from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient, SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

import { CallLog, type LoggedCall } from './call-log.ts';
import { serve } from './exchange.ts';
import { Faults } from './faults.ts';
import { Gate, type HoldOptions } from './gate.ts';
import { onlyKnown } from './known.ts';
import { ReplicaLag } from './lag.ts';
import { RateLimits } from './limits.ts';
import { checkOperations, checkScope, type Operation } from './operation.ts';
import { checkOptions, type CheckedOptions, type LocalSecretsManagerOptions } from './options.ts';
import { AccessPolicy } from './policy.ts';
import { checkLag, Replication, type ReplicationOptions, type Site } from './replicas.ts';
import type { Rotation } from './rotation.ts';
import { partitionOf, type Home } from './secret-id.ts';
import { SecretStore } from './secret-store.ts';
import {
  Seeds,
  type DeletionOptions,
  type NewSecret,
  type NewVersion,
  type SeededSecret,
  type SeededVersion,
} from './seeds.ts';
import type { Service } from './service.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';

/**
 * A wire-level AWS Secrets Manager in this process. It listens on 127.0.0.1 alone, prints nothing, and keeps secret
 * values out of its log, its errors and `util.inspect`.
 *
 * ```ts
 * await using server = await LocalSecretsManager.start();
 * server.createSecret({ name: 'app/db', secretString: 'hunter2' });
 * const client = server.client(); // for your code to use
 * ```
 *
 * Code that makes its own client finds it by `AWS_ENDPOINT_URL_SECRETS_MANAGER` (`server.endpoint`), with `AWS_REGION`
 * (`server.region`) and any credentials in the environment.
 *
 * Secrets are changed from JavaScript by the methods here, at once and unlogged, or over the wire by any SDK.
 */
export class LocalSecretsManager {
  /** Where it listens, e.g. `http://127.0.0.1:40123`: for `AWS_ENDPOINT_URL_SECRETS_MANAGER` or an SDK's `endpoint`. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** What AWS leaves open, as this server shall have it. */
  readonly switches: Switches;
  /** What goes wrong on the wire. */
  readonly faults: Faults;
  /** AWS's request quotas; off until set. */
  readonly limits: RateLimits;
  /** What IAM, KMS and the VPC endpoint deny; nothing until asked. */
  readonly policy: AccessPolicy;
  /** Lets reads of values fall behind DescribeSecret. */
  readonly lag: ReplicaLag;

  readonly #http: Server;
  readonly #sdk: typeof Sdk;
  readonly #log: CallLog;
  readonly #store: SecretStore;
  readonly #seeds: Seeds;
  readonly #gates = new Set<Gate>();
  readonly #clients = new Set<SecretsManagerClient>();
  readonly #site: Site;
  /** From here and to here. */
  readonly #replications = new Set<Replication>();
  #closed: Promise<void> | undefined;

  private constructor(
    http: Server,
    sdk: typeof Sdk,
    checked: CheckedOptions,
    options: LocalSecretsManagerOptions,
  ) {
    const { region, account, requireSignature, sendDate } = checked;
    const home: Home = { partition: partitionOf(region), region, account };
    const nowMs = checked.now;
    this.#http = http;
    this.#sdk = sdk;
    this.endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.region = region;
    this.account = account;
    this.switches = Object.seal({ ...DEFAULT_SWITCHES, ...options.switches });
    this.#log = new CallLog(checked.maxLoggedCalls);
    this.#store = new SecretStore(home, nowMs);
    this.#site = { home, store: this.#store, nowMs };
    const same = (one: string, other: string): boolean => sameSecret(this.#store, one, other);
    const userArn = `arn:${home.partition}:iam::${account}:user/local`;
    this.faults = new Faults(same);
    this.limits = new RateLimits(nowMs);
    if (options.limits !== undefined) this.limits.set(options.limits);
    this.policy = new AccessPolicy(userArn, same);
    this.lag = new ReplicaLag(this.#store);
    const { policy, lag, switches, faults, limits } = this;
    const service: Service = { home, store: this.#store, lag, policy, switches, nowMs };
    this.#seeds = new Seeds({ ...service, policy: new AccessPolicy(userArn, same) });
    const exchange = {
      service,
      log: this.#log,
      faults,
      limits,
      gates: this.#gates,
      same,
      requireSignature,
      sendDate,
    };
    http.on('request', (request, response) => {
      serve(exchange, request, response).catch(() => response.destroy());
    });
  }

  /** Starts a server. Rejects with TypeError or RangeError for bad options, and when the port is taken. */
  static async start(options: LocalSecretsManagerOptions = {}): Promise<LocalSecretsManager> {
    const checked = checkOptions(options);
    const sdk = await import('@aws-sdk/client-secrets-manager');
    const http = createServer();
    // Tests may leave a socket idle for long; the server is never the one to drop it.
    http.keepAliveTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(checked.port, '127.0.0.1', resolve);
    });
    return new LocalSecretsManager(http, sdk, checked, options);
  }

  /**
   * A new client of the real SDK with fake credentials, this server's endpoint and Region; `config` goes over these.
   * Destroyed when the server closes, if not before.
   */
  client(config: SecretsManagerClientConfig = {}): SecretsManagerClient {
    const { endpoint, region } = this;
    const credentials = { accessKeyId: 'AKIALOCALSECRETSMGR', secretAccessKey: 'not-a-real-key' };
    const client = new this.#sdk.SecretsManagerClient({ endpoint, region, credentials, ...config });
    this.#clients.add(client);
    return client;
  }

  /** Makes a secret; without a value it has no version yet. Throws when the name is taken or ill-formed. */
  createSecret(secret: NewSecret & ({ secretString: string } | { secretBinary: Uint8Array })): SeededVersion;
  createSecret(secret: NewSecret): SeededSecret & { readonly versionId: string | undefined };
  createSecret(secret: NewSecret): SeededSecret & { readonly versionId: string | undefined } {
    return this.#seeds.createSecret(secret);
  }

  /** Adds a version, by default as AWSCURRENT. Throws when the version id exists with another value. */
  putSecretValue(secretId: string, version: NewVersion): SeededVersion {
    return this.#seeds.putSecretValue(secretId, version);
  }

  /** Moves a staging label to a version, from wherever it is; with `undefined` takes it off. AWSPREVIOUS follows AWSCURRENT. */
  moveLabel(secretId: string, label: string, toVersionId: string | undefined): void {
    this.#seeds.moveLabel(secretId, label, toVersionId);
  }

  /** Schedules deletion: values can't be read, DescribeSecret goes on. With `force` the secret is gone at once. */
  deleteSecret(secretId: string, options: DeletionOptions = {}): void {
    this.#seeds.deleteSecret(secretId, options);
  }

  /** Takes a scheduled deletion back. */
  restoreSecret(secretId: string): void {
    this.#seeds.restoreSecret(secretId);
  }

  /** Begins a rotation: AWSPENDING names a version without a value. Throws while another one is unfinished. */
  startRotation(secretId: string, options: { readonly versionId?: string } = {}): Rotation {
    return this.#seeds.startRotation(secretId, options.versionId ?? randomUUID());
  }

  /** The rotation under way, e.g. one begun over the wire by RotateSecret. Throws when there is none. */
  rotationOf(secretId: string): Rotation {
    return this.#seeds.rotationOf(secretId);
  }

  /**
   * Makes every secret of this server, now and later, a replica in `other`, a server of another Region: what is here by
   * now is there at once, later changes come `lagMs` behind. Replicas can be read, and not written. Throws for a server
   * of the same Region, of another partition or of another account.
   */
  replicateTo(other: LocalSecretsManager, options: ReplicationOptions = {}): Replication {
    onlyKnown('option', options, ['lagMs']);
    const { lagMs = 0 } = options;
    checkReplica(this.#site.home, other.#site.home);
    const replication = new Replication(this.#site, other.#site, checkLag(lagMs));
    this.#replications.add(replication);
    other.#replications.add(replication);
    return replication;
  }

  /** Holds matching calls unanswered until the gate is released. An operation's gates are asked in order of making. */
  hold(operation: Operation | readonly Operation[], options: HoldOptions = {}): Gate {
    const { stateAt = 'arrival', ...scope } = options;
    checkScope({ operation, ...scope }, ['operation', 'secretId']);
    for (const old of this.#gates) if (old.isOpen) this.#gates.delete(old);
    const gate = new Gate({ operation, ...scope }, stateAt);
    this.#gates.add(gate);
    return gate;
  }

  /** Every call so far, in order of arrival: ids, versions and outcomes, never values. */
  get calls(): readonly LoggedCall[] {
    return this.#log.all();
  }

  /** How many calls of an operation, or of all, have arrived. */
  count(operation?: Operation): number {
    if (operation !== undefined) checkOperations(operation);
    return this.#log.count(operation);
  }

  /** Empties `calls` and sets every count to 0. */
  resetCalls(): void {
    this.#log.reset();
  }

  /**
   * As after `start()`: no secrets, calls, faults, denials, lag, quotas or replication. Held calls are answered; switches
   * stay.
   */
  reset(): void {
    this.#releaseGates();
    for (const replication of this.#replications) replication.stop();
    this.#replications.clear();
    this.#store.clear();
    this.lag.catchUp();
    this.faults.clear();
    this.policy.clear();
    this.limits.clear();
    this.#log.reset();
  }

  /** Stops listening and cuts every connection, those of held and hanging calls too. Again: the same promise. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
      this.#releaseGates();
      for (const client of this.#clients) client.destroy();
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #releaseGates(): void {
    for (const gate of this.#gates) gate.release();
    this.#gates.clear();
  }
}

/** Secrets are replicated to other Regions of the same account and partition alone. */
function checkReplica(primary: Home, replica: Home): void {
  if (replica.region === primary.region)
    throw new RangeError(
      `a replica must be in another Region than ${primary.region}: start it with \`region\``,
    );
  for (const part of ['partition', 'account'] as const) {
    if (replica[part] === primary[part]) continue;
    throw new RangeError(
      `a replica must be of the same ${part}: ${primary[part]} here, ${replica[part]} there`,
    );
  }
}

function sameSecret(store: SecretStore, one: string, other: string): boolean {
  if (one === other) return true;
  try {
    const arn = store.find(one)?.arn;
    return arn !== undefined && arn === store.find(other)?.arn;
  } catch {
    // An ill-formed id names no secret.
    return false;
  }
}
