// The examples that are deployed: the Lambda function of template.yaml, and the containers of compose.yaml, as far as
// they can be run without an account and without Docker.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';

import { LocalSecretsManager } from '../../src/testing/index.ts';
import { EXAMPLES, ExampleBuild } from './example-build.ts';

interface Build {
  readonly EntryPoints: string[];
  readonly Format: 'esm';
  readonly OutExtension: string[];
  readonly Target: string;
  readonly External: string[];
}
interface Template {
  readonly Resources: {
    readonly Function: {
      readonly Properties: { readonly Handler: string };
      readonly Metadata: { readonly BuildProperties: Build };
    };
  };
}

interface ComposeFile {
  readonly services: {
    readonly moto: {
      readonly image: string;
      readonly ports: readonly string[];
      readonly healthcheck: { readonly test: readonly string[] };
    };
    readonly app: {
      readonly command: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      readonly depends_on: { readonly moto: { readonly condition: string } };
    };
  };
}

const built = new ExampleBuild();

function read(file: string): unknown {
  return parse(readFileSync(join(EXAMPLES, file), 'utf8'), { logLevel: 'silent' });
}

function answerTo(order: string): string {
  return `order ${order}: logging in as app with a password of 7 characters\n`;
}

describe('template.yaml', () => {
  const { Properties, Metadata } = (read('template.yaml') as Template).Resources.Function;
  const { EntryPoints, Format, OutExtension, Target, External } = Metadata.BuildProperties;
  const [file = '', handler = ''] = Properties.Handler.split('.');

  test('the handler, built as it says: the first invocation finds what the init loaded', async () => {
    await built.add(EntryPoints, {
      packages: 'bundle',
      format: Format,
      outExtension: Object.fromEntries(OutExtension.map((each) => each.split('=') as [string, string])),
      target: Target,
      external: External,
    });
    await using server = await LocalSecretsManager.start();
    server.createSecret({ name: 'prod/db', secretString: '{"username":"app","password":"hunter2"}' });
    const source = `
      const module = await import('./${file}.mjs');
      // From here on there is no service to call.
      for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
      for (const order of ['1', '2']) console.log(await module.${handler}({ order }));`;
    const printed = await built.run(
      ['--no-experimental-require-module', '--input-type=module', '-e', source],
      {
        AWS_ENDPOINT_URL_SECRETS_MANAGER: server.endpoint,
        AWS_REGION: server.region,
        AWS_ACCESS_KEY_ID: 'ASIALOCAL',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_SESSION_TOKEN: 'local',
      },
    );
    expect(printed).toBe(answerTo('1') + answerTo('2'));
    expect(server.count()).toBe(1);
  });
});

describe('compose.yaml', () => {
  const { moto, app } = (read('compose.yaml') as ComposeFile).services;

  test('moto is a release, can be reached from this machine alone, and is waited for', () => {
    expect(moto.image).toMatch(/^motoserver\/moto:\d+\.\d+\.\d+$/);
    expect(moto.ports).toEqual(['127.0.0.1:5000:5000']);
    expect(app.depends_on.moto.condition).toBe('service_healthy');
  });

  test('the app is the example, and knows of moto by the environment alone', () => {
    expect(app.command.at(-1)).toBe('examples/compose-app.ts');
    expect(app.environment).toEqual({
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://moto:5000',
      AWS_REGION: expect.stringMatching(/^[a-z]+-[a-z]+-\d$/),
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    expect(readFileSync(join(EXAMPLES, 'compose-app.ts'), 'utf8')).not.toContain('endpoint:');
  });

  test('the app runs with this environment', async ({ skip }) => {
    const motoUrl = inject('motoUrl');
    if (motoUrl === undefined) return skip('moto_server is not on the PATH');
    await built.add(['compose-app.ts']);
    const env = { ...app.environment, AWS_ENDPOINT_URL_SECRETS_MANAGER: motoUrl };
    expect(await built.run(['compose-app.mjs'], env)).toBe('a password of 7 characters, 1 read\n');
  });

  test('what the health check asks for is there', async ({ skip }) => {
    const motoUrl = inject('motoUrl');
    if (motoUrl === undefined) return skip('moto_server is not on the PATH');
    const url = /'http:\/\/127\.0\.0\.1:5000(\/[^']*)'/.exec(moto.healthcheck.test.join(' '));
    const answer = await fetch(motoUrl + (url?.[1] ?? '/no health check'));
    expect(answer.status).toBe(200);
  });
});
