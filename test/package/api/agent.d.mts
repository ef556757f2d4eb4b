// exports: AgentKind, AgentSourceOptions, agentSource

// see index: SecretSource

/**
* `'agent'`: the AWS Secrets Manager Agent, which is the AWS Workload Credentials Provider since its version 3.
* `'extension'`: the AWS Parameters and Secrets Lambda Extension.
*/
type AgentKind = "agent" | "extension";

interface AgentSourceOptions {
  /** Which of the two answers. Default `'agent'`. */
  readonly kind?: AgentKind | undefined;
  /**
  * Where it listens, as `http://127.0.0.1:2773`, which is the default; for the extension, the port is that of
  * PARAMETERS_SECRETS_EXTENSION_HTTP_PORT where it is set. A loopback address, unless `allowRemote`.
  */
  readonly endpoint?: string | undefined;
  /** Whether `endpoint` may be off this host: token and secrets then cross a network in clear text. Default false. */
  readonly allowRemote?: boolean | undefined;
  /**
  * The token it was started with, or `file://` and the path of the file that holds it; read anew for each request.
  * Default for the agent: what it takes itself, the first that is set of AWS_TOKEN, AWS_SESSION_TOKEN and
  * AWS_CONTAINER_AUTHORIZATION_TOKEN, else `file:///var/run/awssmatoken`. For the extension: AWS_SESSION_TOKEN.
  */
  readonly token?: string | undefined;
  /** Connections to it, and so requests at once, 1 to 1000; others queue. Default 10; for the extension 3, as many as it makes to AWS. */
  readonly maxConnections?: number | undefined;
  /**
  * Asked when the agent gives no answer: not reachable, not ready, too slow, or failing. Not when the secret is denied
  * or not found, and not when the token is refused. Closed with this source. Default: none.
  */
  readonly behind?: SecretSource | undefined;
  /** How long the agent may take, from the call on, before `behind` is asked, in milliseconds > 0. Default 1_000. */
  readonly behindAfterMs?: number | undefined;
}

/**
* The AWS Secrets Manager Agent (AWS Workload Credentials Provider) or the AWS Parameters and Secrets Lambda Extension as
* a cache's `source`. Loads no SDK. Throws `TypeError` or `RangeError` for options that are unknown or out of range.
*/
declare function agentSource(options?: AgentSourceOptions): SecretSource;
