// The entry points of the package, and for each a program that really uses it.

const NAME = 'secretsmanager-cache';

/** By the names of their files in dist/. */
export const ENTRIES = ['agent', 'failover', 'index', 'lambda', 'middy', 'sdk-plugin', 'testing'] as const;
export type Entry = (typeof ENTRIES)[number];

export function specifierOf(entry: Entry): string {
  return entry === 'index' ? NAME : `${NAME}/${entry}`;
}

/** A program: what it imports, by the name it has there, and the body of an async function. */
export interface Use {
  readonly imports: Readonly<Record<string, string>>;
  readonly body: string;
}

const SDK = '@aws-sdk/client-secrets-manager';
const core = specifierOf('index');

/** Each reads `prod/db`, from the service that the environment names or from one of its own, and gives its text. */
export const USES: Readonly<Record<Entry, Use>> = {
  index: {
    imports: { core },
    body: `
      const cache = new core.SecretCache();
      const text = await cache.getText('prod/db');
      await cache.close();
      return text;`,
  },
  lambda: {
    imports: { lambda: specifierOf('lambda') },
    body: `return lambda.getSecret('prod/db');`,
  },
  middy: {
    imports: { middy: specifierOf('middy') },
    body: `
      const { before } = middy.secretsMiddleware({ secrets: { key: middy.secret('prod/db').text() } });
      const request = { event: {}, context: { getRemainingTimeInMillis: () => 10_000 }, internal: {} };
      await before(request);
      return request.context.secrets.key;`,
  },
  'sdk-plugin': {
    imports: { core, plugin: specifierOf('sdk-plugin'), sdk: SDK },
    body: `
      const client = new sdk.SecretsManagerClient();
      const cache = new core.SecretCache({ client });
      client.middlewareStack.use(plugin.secretCachePlugin(cache));
      await client.send(new sdk.GetSecretValueCommand({ SecretId: 'prod/db' }));
      const { SecretString } = await client.send(new sdk.GetSecretValueCommand({ SecretId: 'prod/db' }));
      return cache.stats().hits === 1 ? SecretString : 'not from the cache';`,
  },
  failover: {
    imports: { core, failover: specifierOf('failover') },
    body: `
      const source = failover.failover({ regions: ['us-east-1', 'eu-west-1'] });
      const cache = new core.SecretCache({ source });
      const text = await cache.getText('prod/db');
      await cache.close();
      return text;`,
  },
  agent: {
    imports: { core, agents: specifierOf('agent'), testing: specifierOf('testing') },
    body: `
      const upstream = await testing.LocalSecretsManager.start();
      upstream.createSecret({ name: 'prod/db', secretString: 'hunter2' });
      const agent = await testing.LocalAgent.start({ upstream });
      const source = agents.agentSource({ endpoint: agent.endpoint, token: agent.token });
      const cache = new core.SecretCache({ source });
      const text = await cache.getText('prod/db');
      for (const each of [cache, agent, upstream]) await each.close();
      return text;`,
  },
  testing: {
    imports: { core, testing: specifierOf('testing') },
    body: `
      const server = await testing.LocalSecretsManager.start();
      server.createSecret({ name: 'prod/db', secretString: 'hunter2' });
      const cache = new core.SecretCache({ client: server.client() });
      const text = await cache.getText('prod/db');
      for (const each of [cache, server]) await each.close();
      return text;`,
  },
};

/** The program as a module of its own, which prints what it gives as JSON. */
export function programOf({ imports, body }: Use, kind: 'module' | 'commonjs'): string {
  const loads = Object.entries(imports).map(([name, specifier]) =>
    kind === 'module'
      ? `import * as ${name} from '${specifier}';`
      : `const ${name} = require('${specifier}');`,
  );
  return `${loads.join('\n')}\n(async () => {${body}\n})().then((text) => console.log(JSON.stringify(text)));\n`;
}

/** All programs as one, one after the other, which prints what each gives. */
export function allPrograms(load: (specifier: string) => string): string {
  const calls = Object.entries(USES).map(([entry, { imports, body }]) => {
    const loads = Object.entries(imports).map(([name, specifier]) => `const ${name} = ${load(specifier)};`);
    return `given['${entry}'] = await (async () => {${loads.join('\n')}${body}\n})();`;
  });
  return `(async () => {
    const given = {};
    ${calls.join('\n')}
    console.log(JSON.stringify(given));
  })();`;
}
