// What went wrong between the agent and Secrets Manager, told by the SDK's error.

interface Traits {
  readonly name?: string;
  readonly message?: string;
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** An error as the agent answers it: HTTP status, `__type` and `message`. */
interface AgentFailure {
  readonly status: number;
  readonly type: string;
  readonly message?: string;
}

/** As the agent's `svc_err` has it: Secrets Manager's refusals as they are, 502 where no answer came or none that could be read. */
export function failureOf(error: unknown): AgentFailure {
  const { name = '', message = '', $fault, $metadata } = error as Traits;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return { status: 502, type: 'ConnectionError', message: 'Read Error' };
  if (status < 300) return { status: 502, type: 'ConnectionError', message: 'Response Error' };
  if ($fault === undefined) return { status: 500, type: 'InternalFailure' };
  return { status, type: name, message };
}

/** No answer, one that can't be read, or a failure on the server's side (agent: `is_transient_error`). */
export function isTransient(error: unknown): boolean {
  return failureOf(error).status >= 500;
}
