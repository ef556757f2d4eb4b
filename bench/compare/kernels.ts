/** What is compared between two builds of the cache: one piece of work each, over a client in memory. */

import assert from 'node:assert/strict';

import type * as Library from 'secretsmanager-cache';

import type { Variant } from '../measure.ts';

type Build = Pick<typeof Library, 'SecretCache'>;

const ID = 'prod/db';
const HUNDRED: readonly string[] = Array.from({ length: 100 }, (_, nth) => `prod/service-${nth}`);

/** Sets up a piece of work on a build, and has it done once. */
type Kernel = (build: Build) => Promise<Variant>;

export const kernels: Readonly<Record<string, Kernel>> = {
  'a hit': async (build) => {
    const cache = await warmCache(build);
    return repeat(() => cache.get(ID));
  },
  'a hit with options': async (build) => {
    const cache = await warmCache(build);
    const options = { versionStage: 'AWSCURRENT' } as const;
    return repeat(() => cache.get(ID, options));
  },
  'a hit as text': async (build) => {
    const cache = await warmCache(build);
    return repeat(() => cache.getText(ID));
  },
  'a peek': async (build) => {
    const cache = await warmCache(build);
    return (times) => {
      for (let time = 0; time < times; time += 1) assert(cache.peek(ID) !== undefined);
    };
  },
  '100 hits by getMany': async (build) => {
    const cache = new build.SecretCache({ client: client() });
    await cache.getMany(HUNDRED);
    return repeat(() => cache.getMany(HUNDRED));
  },
  'a check, nothing changed': async (build) => {
    const cache = new build.SecretCache({ client: client(), ttlMs: 0 });
    await cache.get(ID);
    return repeat(() => cache.get(ID));
  },
  '100 gets of one cold secret': (build) => filling(build, {}, () => ID),
  '100 cold secrets, batched': (build) => filling(build, {}, (nth) => HUNDRED[nth] ?? ID),
  '100 cold secrets, singly': (build) => filling(build, { batch: false }, (nth) => HUNDRED[nth] ?? ID),
};

async function warmCache({ SecretCache }: Build): Promise<Library.SecretCache> {
  const cache = new SecretCache({ client: client() });
  await cache.get(ID);
  return cache;
}

function repeat(get: () => Promise<unknown>): Variant {
  return async (times) => {
    let sink: unknown;
    for (let time = 0; time < times; time += 1) sink = await get();
    assert(sink !== undefined);
  };
}

/** A new cache each time, with a hundred gets at once. */
async function filling(
  { SecretCache }: Build,
  options: Library.SecretCacheOptions,
  idOf: (nth: number) => string,
): Promise<Variant> {
  const shared = client();
  return repeat(async () => {
    const cache = new SecretCache({ client: shared, ...options });
    const secrets = await Promise.all(HUNDRED.map((_, nth) => cache.get(idOf(nth))));
    await cache.close();
    return secrets.at(-1);
  });
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: { readonly SecretId?: string; readonly SecretIdList?: readonly string[] };
}

/** The SDK's shapes without the SDK's work; answered in a later turn of the event loop, as by a socket. */
function client(): Library.SecretsManagerClientLike {
  return {
    send: (command) =>
      new Promise((resolve) => {
        setImmediate(() => resolve(answerTo(command as unknown as Command)));
      }),
  };
}

function answerTo({ constructor, input }: Command): object {
  const { SecretId = '', SecretIdList } = input;
  if (SecretIdList !== undefined) return { SecretValues: SecretIdList.map(versionOf), Errors: [] };
  const { ARN, Name, VersionId, VersionStages, ...value } = versionOf(SecretId);
  if (constructor.name !== 'DescribeSecretCommand') return { ARN, Name, VersionId, VersionStages, ...value };
  return { ARN, Name, VersionIdsToStages: { [VersionId]: VersionStages } };
}

function versionOf(name: string) {
  return {
    ARN: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`,
    Name: name,
    VersionId: '00000000-0000-4000-8000-000000000001',
    VersionStages: ['AWSCURRENT'],
    SecretString: `the value of ${name}`,
  };
}
