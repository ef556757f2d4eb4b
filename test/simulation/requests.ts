/** What the caches really asked the service, and what each answer showed: the only evidence the oracle goes by. */

import type { Instant } from './process.ts';

/** One version that an answer spoke of. */
export interface Show {
  readonly arn: string;
  readonly name: string;
  readonly versionId: string;
  /** The labels it was shown to have. */
  readonly stages: readonly string[];
}

export type Ending =
  /** It brought an answer that makes sense. */
  | 'answer'
  /** It brought an error, or an answer that makes none. */
  | 'failure'
  /** The cache gave it up at its deadline. */
  | 'timeout'
  /** The cache gave it up because nobody waited any more. */
  | 'left'
  /** It came to nothing, and another request answers in its stead: the agent said nothing, and somebody else is asked. */
  | 'passed on';

/** No sooner than the tick, and at this instant. */
export interface AskedFor {
  readonly tick: number;
  readonly at: Instant;
}

export interface End {
  readonly how: Ending;
  readonly tick: number;
  readonly at: Instant;
}

export interface Request {
  readonly number: number;
  readonly kind: 'read' | 'describe' | 'batch';
  /** Which Region was asked; ids and answers are told by the primary's ARNs. */
  readonly region: number;
  /** Whether the agent of the host was asked, and not the service. */
  readonly isAgents: boolean;
  /** Whether the service itself must answer it: all requests, but for those that the agent may answer from what it keeps. */
  readonly isThrough: boolean;
  readonly ids: readonly string[];
  readonly stage: string | undefined;
  readonly versionId: string | undefined;
  readonly isSearch: boolean;
  /** One of several pages of one answer. */
  isPage: boolean;
  readonly tick: number;
  readonly at: Instant;
  /** From when on its answer counts: since it left; what the agent may have kept, since it was asked for. */
  readonly asked: AskedFor;
  /** When the service was asked for what the answer shows: by this request itself, or by the agent, before or meanwhile. */
  shownTick: number;
  end: End | undefined;
  /** A read's and a batch's answers hold values; a description's don't. */
  shows: readonly Show[];
  /** A description of a secret marked for deletion. */
  isOfDeleted: boolean;
  /** The code that each id failed with; `*` for all of them. */
  failures: ReadonlyMap<string, string>;
}

/** What is known of a request when it leaves. */
export type Leaving = Pick<
  Request,
  'kind' | 'region' | 'ids' | 'stage' | 'versionId' | 'isSearch' | 'isPage' | 'tick' | 'at'
> &
  Partial<Pick<Request, 'isAgents' | 'isThrough' | 'asked'>>;

/** Whether an id, as a caller wrote it, names a secret: its ARN, its Name, or its ARN without the random end. */
export function isNamedBy(
  id: string,
  { arn, name }: { readonly arn: string; readonly name: string },
): boolean {
  return id === arn || id === name || (id.endsWith(`:secret:${name}`) && arn.startsWith(id));
}

/** Every request of one cache, findable by the ids it was about. */
export class Requests {
  readonly all: Request[] = [];
  readonly #live = new Set<Request>();
  readonly #byId = new Map<string, Request[]>();
  /** The primary's answers, by the names of the secrets they showed. */
  readonly #primaryByName = new Map<string, Request[]>();

  get live(): ReadonlySet<Request> {
    return this.#live;
  }

  about(id: string): readonly Request[] {
    return this.#byId.get(id) ?? [];
  }

  /** What the primary has answered about a secret so far, in the order of answers. */
  ofPrimary(name: string): readonly Request[] {
    return this.#primaryByName.get(name) ?? [];
  }

  /** A request that leaves now; `open` files it. */
  make(leaving: Leaving): Request {
    return {
      isAgents: false,
      isThrough: true,
      asked: { tick: leaving.tick, at: leaving.at },
      ...leaving,
      number: this.all.length + 1,
      shownTick: leaving.tick,
      end: undefined,
      shows: [],
      isOfDeleted: false,
      failures: new Map(),
    };
  }

  open(request: Request): void {
    this.all.push(request);
    this.#live.add(request);
    for (const id of request.ids) this.#file(id, request);
  }

  close(request: Request, end: End): void {
    if (request.end !== undefined) return;
    request.end = end;
    this.#live.delete(request);
    if (request.region === 0)
      for (const name of new Set(request.shows.map((show) => show.name)))
        this.#primaryByName.set(name, [...this.ofPrimary(name), request]);
    // What a search found is kept under its Name.
    if (request.isSearch) for (const { name } of request.shows) this.#file(name, request);
  }

  failureOf(request: Request, id: string): string | undefined {
    return request.failures.get(id) ?? request.failures.get('*');
  }

  #file(id: string, request: Request): void {
    const about = this.#byId.get(id);
    if (about === undefined) this.#byId.set(id, [request]);
    else about.push(request);
  }
}
