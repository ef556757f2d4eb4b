// exports: SecretCachePlugin, secretCachePlugin

// see index: SecretCache

type Cache = Pick<SecretCache, "getSecretValue" | "invalidate" | "notify">;

/** What `client.middlewareStack.use()` takes. */
type SecretCachePlugin = Parameters<SecretsManagerClient["middlewareStack"]["use"]>[0];

/**
* Answers every GetSecretValueCommand of a client from the cache, in the SDK's own shapes and with the SDK's own
* exceptions, and drops a secret that is changed through that client: `client.middlewareStack.use(secretCachePlugin(cache))`.
*
* For one client, whose credentials and Region the cache must share: it can't tell, and would answer one principal with
* what another may read. Input that the cache refuses goes to the service. Once the cache is closed, gets reject with
* `ERR_CACHE_CLOSED`; `client.middlewareStack.remove('secretsmanager-cache')` gives the client back as it was.
*/
declare function secretCachePlugin(cache: Cache): SecretCachePlugin;
