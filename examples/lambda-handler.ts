/**
 * A Lambda handler: one import, one line, nothing to set up. Credentials and the Region are those that Lambda gives the function.
 *
 * Run by the tests: test/wire/examples-deployed.test.ts. The permissions it needs are in template.yaml, its settings in docs/lambda.md.
 */

import { getSecretJson, preloadSecrets } from 'secretsmanager-cache/lambda';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

// While the function initialises, so that the first invocation finds it. What fails here, the handler will say.
await preloadSecrets(['prod/db']);

export async function handler(event: { readonly order: string }): Promise<string> {
  const { username, password } = await getSecretJson<Credentials>('prod/db');
  return `order ${event.order}: logging in as ${username} with a password of ${password.length} characters`;
}
