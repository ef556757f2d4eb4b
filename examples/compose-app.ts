/**
 * What compose.yaml runs: the SDK finds moto by the environment, the code knows nothing of it.
 *
 * Run by the tests, where moto is installed: test/wire/examples-deployed.test.ts.
 */

import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretCache } from 'secretsmanager-cache';

const client = new SecretsManagerClient();
await client.send(new CreateSecretCommand({ Name: 'app/db', SecretString: '{"password":"hunter2"}' }));

const cache = new SecretCache({ client });
const { password } = await cache.getJson<{ password: string }>('app/db');
await cache.get('app/db');
console.log(`a password of ${password.length} characters, ${cache.stats().loads} read`);

await cache.close();
client.destroy();
