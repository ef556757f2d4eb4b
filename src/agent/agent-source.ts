/**
 * Secrets from the cache that the processes of a host share: one GET to a loopback port for each load.
 *
 *     SecretCache ── load ──> agent or extension ── its TTL ──> Secrets Manager
 *                                   │ no answer
 *                                   └──> the source behind
 *
 * It describes nothing, so held versions are revalidated by loads; what those bring may be as old as the agent's own
 * TTL, and says so (`mayBeCached`). A `fresh` call goes through to Secrets Manager.
 */

import { asOurs, SecretCacheError } from '../errors.ts';
import { completeRuntime, type Runtime } from '../runtime.ts';
import type { SecretRef, SecretSource, SecretVersion, SourceCall } from '../source/secret-source.ts';
import { untilAborted } from '../source/until-aborted.ts';
import { Connections, type Reply } from './connections.ts';
import { isNoAnswer, refused, unreachable } from './failure.ts';
import { type AgentSettings, type AgentSourceOptions, readAgentOptions } from './options.ts';
import { readToken, type Token } from './token.ts';
import { readAgentVersion } from './version.ts';

/**
 * The AWS Secrets Manager Agent (AWS Workload Credentials Provider) or the AWS Parameters and Secrets Lambda Extension as
 * a cache's `source`. Loads no SDK. Throws `TypeError` or `RangeError` for options that are unknown or out of range.
 */
export function agentSource(options: AgentSourceOptions = {}): SecretSource {
  return new AgentSource(readAgentOptions(options));
}

class AgentSource implements SecretSource {
  readonly #settings: AgentSettings;
  readonly #connections: Connections;
  readonly #runtime: Runtime = completeRuntime({});
  #closing: Promise<void> | undefined;

  constructor(settings: AgentSettings) {
    this.#settings = settings;
    this.#connections = new Connections(settings.agent, settings.maxConnections);
  }

  async load(ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    const { agent, behind } = this.#settings;
    try {
      if (this.#closing !== undefined) throw closed();
      if (behind === undefined) return await this.#ask(ref, call);
      // The extension can't be made to look; what stands behind it can.
      const goesBehind = agent.kind === 'extension' && call.fresh === true;
      return goesBehind ? await behind.load(ref, call) : await this.#askFirst(behind, ref, call);
    } catch (error) {
      throw asOurs(error, ref.secretId);
    }
  }

  /** Cuts its connections, and closes the source behind. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#connections.close();
    await this.#settings.behind?.close?.();
  }

  /** The agent, within its time; when it gives no answer, the source behind. */
  async #askFirst(behind: SecretSource, ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    const tooSlow = new AbortController();
    const timer = this.#runtime.setTimeout(() => tooSlow.abort(), this.#settings.behindAfterMs);
    // Who waits for the call has timers of their own that keep the process alive.
    timer.unref();
    const first = cutShort(call, tooSlow.signal);
    try {
      return await this.#ask(ref, first);
    } catch (error) {
      if (call.signal.aborted || !(await this.#isSilent(asOurs(error, ref.secretId), first))) throw error;
    } finally {
      this.#runtime.clearTimeout(timer);
    }
    return behind.load(ref, call);
  }

  /** Whether the agent said nothing of the secret. Where it isn't running, its token file may be missing too. */
  async #isSilent(error: SecretCacheError, call: SourceCall): Promise<boolean> {
    if (error.code === 'ERR_SECRET_CREDENTIALS') return !(await this.#connections.isThere(call));
    return isNoAnswer(error);
  }

  async #ask(ref: SecretRef, call: SourceCall): Promise<SecretVersion> {
    const { agent } = this.#settings;
    const { secretId } = ref;
    const isFresh = call.fresh === true && agent.kind === 'agent';
    call.onQueued?.();
    const token = await untilAborted(readToken(this.#settings.token, agent.kind, secretId), call.signal);
    const reply = await this.#get(pathOf(ref, isFresh), token, secretId, call);
    if (reply.status !== 200) throw refused(reply, secretId, agent, token);
    return { ...readAgentVersion(reply.body, ref), mayBeCached: !isFresh };
  }

  async #get(path: string, { value }: Token, secretId: string, call: SourceCall): Promise<Reply> {
    try {
      return await this.#connections.get(path, value, call);
    } catch (error) {
      if (call.signal.aborted) throw error;
      throw this.#closing === undefined ? unreachable(error, secretId, this.#settings.agent) : closed();
    }
  }
}

/** A call that ends at another signal too. Member by member: the caller may be an object of a class. */
function cutShort(call: SourceCall, signal: AbortSignal): SourceCall {
  return {
    signal: AbortSignal.any([call.signal, signal]),
    fresh: call.fresh,
    onDispatch: () => call.onDispatch(),
    onQueued: () => call.onQueued?.(),
  };
}

/** `refreshNow` is the agent's alone, and unknown parameters are refused. */
function pathOf({ secretId, versionStage, versionId }: SecretRef, refreshNow: boolean): string {
  // Policies may allow certain labels only, and then deny a request that names none.
  const stage = versionStage ?? (versionId === undefined ? 'AWSCURRENT' : undefined);
  const query = new URLSearchParams({
    secretId,
    ...(stage !== undefined && { versionStage: stage }),
    ...(versionId !== undefined && { versionId }),
    ...(refreshNow && { refreshNow: 'true' }),
  });
  return `/secretsmanager/get?${query.toString()}`;
}

function closed(): SecretCacheError {
  return new SecretCacheError('ERR_CACHE_CLOSED', 'The source is closed: make a new one.');
}
