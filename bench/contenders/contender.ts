/** What a contender is: a way to read secrets, set up as its documentation does, over a real SDK client. */

import { existsSync, readFileSync } from 'node:fs';

import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';

import type { Role } from '../question.ts';

/** Where the secrets are: a `LocalSecretsManager`, in this process or in another. */
export interface Service {
  readonly endpoint: string;
  readonly region: string;
  /** Answers in place of sockets; not for contenders that make a client of their own. */
  readonly requestHandler?: SecretsManagerClientConfig['requestHandler'];
}

/** A contender at work on one service. */
export interface Peer {
  /** In whatever shape it answers; `textOf` makes them alike. */
  get(secretId: string): Promise<unknown>;
  /** Absent where it has no way to ask for another label than AWSCURRENT. */
  getStage?(secretId: string, versionStage: string): Promise<unknown>;
  /** Only where many secrets are asked for in another way than one by one. */
  getAll?(secretIds: readonly string[]): Promise<readonly unknown[]>;
  close?(): Promise<void> | void;
}

export interface Contender {
  readonly name: string;
  readonly role: Role;
  /** Its npm package, where it isn't this one or the SDK. */
  readonly from?: string;
  /** Made for Secrets Manager, or a cache for anything. */
  readonly isForSecrets: boolean;
  /** It takes no client and no client's configuration of the SDK's version 3: it calls over sockets. */
  readonly makesItsOwnClient?: true;
  /** What becomes of a value held, by its documentation. */
  readonly ttl: 'any' | 'none' | 'fixed at 24 h';
  /** `capacity`: how many secrets it must be able to hold. */
  open(service: Service, ttlMs: number, capacity: number): Promise<Peer> | Peer;
}

const CREDENTIALS = { accessKeyId: 'AKIABENCH', secretAccessKey: 'not-a-real-key' } as const;

/** The SDK warns of calls that wait for a socket: here they are meant to. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing } as const;

function nothing(): void {}

/** For those that make their client themselves. One call is one request: no SDK here tries again. */
export function clientConfig({ endpoint, region, requestHandler }: Service): SecretsManagerClientConfig {
  const config = { endpoint, region, credentials: CREDENTIALS, maxAttempts: 1, logger: SILENT };
  return requestHandler === undefined ? config : { ...config, requestHandler };
}

export function clientOf(service: Service): SecretsManagerClient {
  return new SecretsManagerClient(clientConfig(service));
}

/** The call that a cache stands in front of. */
export async function read(
  client: SecretsManagerClient,
  secretId: string,
  stage?: string,
): Promise<string | undefined> {
  const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
  return (await client.send(command)).SecretString;
}

/** What an SDK of version 2 is made with. */
export function legacyConfig({ endpoint, region }: Service): object {
  return { endpoint, region, credentials: CREDENTIALS, maxRetries: 0 };
}

/** For those that read the environment alone. */
export function setEnvironment({ endpoint, region }: Service): void {
  process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = endpoint;
  process.env['AWS_REGION'] = region;
  process.env['AWS_ACCESS_KEY_ID'] = CREDENTIALS.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = CREDENTIALS.secretAccessKey;
  process.env['AWS_MAX_ATTEMPTS'] = '1';
}

/** By a variable, so that the root type-checks without what only bench/package.json installs. */
export function load<Module>(specifier: string): Promise<Module> {
  return import(specifier) as Promise<Module>;
}

/** The text of a secret in whatever shape a contender answers: some parse it, some wrap it. */
export function textOf(answer: unknown): string | undefined {
  if (typeof answer === 'string' || answer === undefined || answer === null) return answer ?? undefined;
  if (typeof answer !== 'object') return undefined;
  if ('text' in answer && typeof answer.text === 'function') return String(answer.text());
  if ('SecretString' in answer) return textOf(answer.SecretString);
  return JSON.stringify(answer);
}

/** Whether there is anything to run: some come by `npm --prefix bench ci` alone. */
export function isInstalled({ from }: Pick<Contender, 'from'>): boolean {
  return from === undefined || versionOf(from) !== undefined;
}

/** The installed version of a package, here or at the root; undefined when it isn't installed. */
export function versionOf(name: string): string | undefined {
  const manifest = ['../node_modules', '../../node_modules']
    .map((modules) => new URL(`${modules}/${name}/package.json`, import.meta.url))
    .find((url) => existsSync(url));
  if (manifest === undefined) return undefined;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
