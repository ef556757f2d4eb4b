/**
 * One cache for a Nest application: a provider that is ready before the application starts, and closed after it has
 * ended.
 *
 * Run by the tests: test/wire/examples-nest.test.ts. Written without decorators, which need a compiler; in your services it
 * is `constructor(private readonly secrets: SecretCache) {}` as with any other provider.
 */

import 'reflect-metadata';

import { Inject, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SecretCache, type SecretCacheOptions } from 'secretsmanager-cache';
import { LocalSecretsManager } from 'secretsmanager-cache/testing';

export interface SecretsModuleOptions extends SecretCacheOptions {
  /** Secrets without which the application must not start. */
  readonly required?: readonly string[];
}

/** `imports: [SecretsModule.register()]` in the root module: `SecretCache` can then be injected everywhere. */
export class SecretsModule {
  readonly #cache: SecretCache;

  constructor(cache: SecretCache) {
    this.#cache = cache;
  }

  static register({ required = [], ...options }: SecretsModuleOptions = {}): DynamicModule {
    const useFactory = async (): Promise<SecretCache> => {
      const cache = new SecretCache(options);
      await cache.getMany(required);
      return cache;
    };
    return {
      module: SecretsModule,
      global: true,
      providers: [{ provide: SecretCache, useFactory }],
      exports: [SecretCache],
    };
  }

  /** Called by Nest when the servers have been closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.#cache.close();
  }
}
Inject(SecretCache)(SecretsModule, undefined, 0); // as a decorator: constructor(@Inject(SecretCache) cache: SecretCache)

/** A service as yours. */
export class Payments {
  readonly #secrets: SecretCache;

  constructor(secrets: SecretCache) {
    this.#secrets = secrets;
  }

  /** The secret is asked for at each use, and not kept: a rotation then needs no restart. */
  async sign(order: string): Promise<string> {
    const key = await this.#secrets.getText('prod/api-key');
    return `${order} signed with a key of ${key.length} characters`;
  }
}

// oxlint-disable-next-line typescript/no-extraneous-class -- to Nest, a class is a module's name
class AppModule {}

/** As a decorator: `@Module({ imports: [SecretsModule.register(options)], providers: [Payments] })`. */
export function appModule(options: SecretsModuleOptions): DynamicModule {
  const payments = {
    provide: Payments,
    inject: [SecretCache],
    useFactory: (secrets: SecretCache) => new Payments(secrets),
  };
  return { module: AppModule, imports: [SecretsModule.register(options)], providers: [payments] };
}

if (import.meta.filename === process.argv[1]) {
  // In place of AWS, so that this runs without an account.
  await using secretsManager = await LocalSecretsManager.start();
  secretsManager.createSecret({ name: 'prod/api-key', secretString: 'key-1' });

  const module = appModule({ client: secretsManager.client(), required: ['prod/api-key'] });
  const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
  app.enableShutdownHooks(); // SIGTERM closes it too
  console.log(await app.get(Payments).sign('order 1'));
  await app.close();
}
