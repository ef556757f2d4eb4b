/** Two caches on npm that keep their values and their client in the module: each service gets a copy of it. */

import { createRequire } from 'node:module';

import { setEnvironment, type Peer, type Service } from './contender.ts';

export function janis(service: Service): Promise<Peer> {
  interface Handler {
    setVersionStage(stage: string): Handler;
    getValue(): Promise<unknown>;
  }
  interface Janis {
    readonly AwsSecretsManager: { secret(name: string): Handler };
  }
  return pinned(service, '@janiscommerce/aws-secrets-manager', ({ AwsSecretsManager }: Janis) => ({
    get: (secretId) => AwsSecretsManager.secret(secretId).getValue(),
    getStage: (secretId, stage) => {
      // The stage stays set on the one handler that all callers of this secret share.
      const handler = AwsSecretsManager.secret(secretId);
      const value = handler.setVersionStage(stage).getValue();
      handler.setVersionStage('');
      return value;
    },
  }));
}

export function dvsa(service: Service): Promise<Peer> {
  interface Dvsa {
    readonly SecretsManager: new () => { getSecret(secretId: string): Promise<unknown> };
  }
  return pinned(service, '@dvsa/secrets-manager', ({ SecretsManager }: Dvsa) => {
    const manager = new SecretsManager();
    return { get: (secretId) => manager.getSecret(secretId) };
  });
}

const require = createRequire(import.meta.url);
/** Opened one after another. */
let lastPinned: Promise<unknown> = Promise.resolve();

/**
 * Both keep their cache and their client in the module, and read the endpoint from the environment at their first
 * call: so each service gets a copy of the module, and no two are opened at once.
 */
function pinned<Module>(service: Service, name: string, make: (module: Module) => Peer): Promise<Peer> {
  const opened = lastPinned.then(async () => {
    const home = require.resolve(name);
    for (const file of Object.keys(require.cache)) {
      if (file.startsWith(home.slice(0, home.indexOf(name) + name.length))) delete require.cache[file];
    }
    setEnvironment(service);
    const peer = make(require(name) as Module);
    await peer.get('no such secret').catch(() => undefined);
    return peer;
  });
  lastPinned = opened.catch(() => undefined);
  return opened;
}
