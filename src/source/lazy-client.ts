/** The SDK and its client, had at the first call and not before: importing the cache must cost nothing. */

import type * as AwsSdk from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import { quote, SecretCacheError } from '../errors.ts';
import type { SecretsManagerClientLike } from './aws-source.ts';

export type Sdk = typeof AwsSdk;

export interface ClientChoice {
  readonly client?: SecretsManagerClientLike | undefined;
  readonly clientConfig?: SecretsManagerClientConfig | undefined;
}

/** A client to send with, and the SDK to make commands from. */
export interface Connection {
  readonly sdk: Sdk;
  readonly send: (command: object, signal: AbortSignal) => Promise<unknown>;
  /** Where the client sends to; `undefined` if it doesn't say. */
  readonly region: () => Promise<string | undefined>;
}

/** What the requests of a client made here say of themselves, unless the user has set another. */
const USER_AGENT = 'secretsmanager-cache';

/** What is looked at in a client beside `send`. */
interface RegionalClient {
  readonly config?: { readonly region?: unknown };
}

export class LazyClient {
  readonly #importSdk: () => Promise<Sdk>;
  readonly #choice: ClientChoice;
  #importing: Promise<Sdk> | undefined;
  #ownClient: InstanceType<Sdk['SecretsManagerClient']> | undefined;
  #connection: Connection | undefined;
  #isClosed = false;

  constructor(choice: ClientChoice, importSdk: () => Promise<Sdk>) {
    this.#choice = choice;
    this.#importSdk = importSdk;
  }

  /** Once it is connected, and until it is closed. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  async connect(): Promise<Connection> {
    const sdk = await this.#sdk();
    // close() may have come while the SDK was being imported: nobody would destroy a client made now.
    if (this.#isClosed)
      throw new SecretCacheError('ERR_CACHE_CLOSED', 'The cache is closed: make a new one.');
    const client = this.#choice.client ?? this.#makeClient(sdk);
    this.#connection = {
      sdk,
      send: (command, abortSignal) => client.send(command as never, { abortSignal } as never),
      region: () => regionOf(client),
    };
    return this.#connection;
  }

  /** Destroys a client made here. One that was given belongs to the user. */
  close(): void {
    this.#isClosed = true;
    this.#connection = undefined;
    this.#ownClient?.destroy();
    this.#ownClient = undefined;
  }

  /** One import for all callers. A failed one is forgotten: what is missing may be installed by the next call. */
  async #sdk(): Promise<Sdk> {
    this.#importing ??= this.#importSdk();
    const importing = this.#importing;
    try {
      return await importing;
    } catch (error) {
      if (this.#importing === importing) this.#importing = undefined;
      throw new SecretCacheError(
        'ERR_SECRET_UNAVAILABLE',
        `Cannot import @aws-sdk/client-secrets-manager (${nameOf(error)}): it is a peer dependency, ` +
          'install it with `npm install @aws-sdk/client-secrets-manager`; in a bundle that is an ES module, ' +
          "have the bundler take the SDK's own ES modules (esbuild: --main-fields=module,main).",
      );
    }
  }

  #makeClient(sdk: Sdk): InstanceType<Sdk['SecretsManagerClient']> {
    const { clientConfig } = this.#choice;
    try {
      this.#ownClient ??= new sdk.SecretsManagerClient({
        ...clientConfig,
        customUserAgent: clientConfig?.customUserAgent ?? USER_AGENT,
      });
      return this.#ownClient;
    } catch (error) {
      throw new SecretCacheError(
        'ERR_SECRET_INVALID_REQUEST',
        `Cannot make a SecretsManagerClient from clientConfig: ${quote(String(error))}.`,
      );
    }
  }
}

async function regionOf(client: object): Promise<string | undefined> {
  const { config }: RegionalClient = client;
  const region = config?.region;
  try {
    const known: unknown = typeof region === 'function' ? await region.call(config) : region;
    return typeof known === 'string' ? known : undefined;
  } catch {
    // A missing Region is for `send` to report.
    return undefined;
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  const { code } = error as { code?: unknown };
  return quote(typeof code === 'string' ? code : error.name).slice(1, -1);
}
