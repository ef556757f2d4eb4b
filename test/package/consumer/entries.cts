// A user's CommonJS module with the other entry points: type-checked against the installed package, never run.

import cached = require('secretsmanager-cache');
import agents = require('secretsmanager-cache/agent');
import regions = require('secretsmanager-cache/failover');
import lambda = require('secretsmanager-cache/lambda');
import middy = require('secretsmanager-cache/middy');
import plugin = require('secretsmanager-cache/sdk-plugin');
import testing = require('secretsmanager-cache/testing');
import sdk = require('@aws-sdk/client-secrets-manager');

const source: cached.SecretSource = agents.agentSource({ token: 'a token' });
const cache = new cached.SecretCache({ source });
const client = new sdk.SecretsManagerClient({});
client.middlewareStack.use(plugin.secretCachePlugin(cache));

export const handler = async (): Promise<string> => lambda.getSecret('prod/db');
export const middleware: { before: unknown } = middy.secretsMiddleware({
  secrets: { key: middy.secret('prod/api-key').text() },
});
export const replicated: regions.FailoverSource = regions.failover({ regions: ['us-east-1'] });
export const local: Promise<testing.LocalSecretsManager> = testing.LocalSecretsManager.start();

// @ts-expect-error -- no such option
lambda.getSecret('prod/db', { ttlMs: 1 });
