// What goes wrong between a client and the service: injected by call, settable while the server runs.

import { onlyKnown } from './known.ts';
import { checkScope, inScope, type CallScope, type SameSecret, type ScopedCall } from './operation.ts';

/**
 * One thing that goes wrong. `latency` and `clock-skew` change how a call is answered; every other kind decides what
 * the answer is, and of several that match a call the one injected first wins.
 *
 * The operation itself is carried out under `latency`, `clock-skew`, `truncated`, and `batch-item-*`: a write whose
 * answer is truncated has happened. Under the others it is not.
 */
export type Fault =
  /** The answer, made when the call arrived, is sent `ms` milliseconds late. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** The `Date` header is off by `ms` milliseconds (negative: behind). SDKs retry errors whose Date is 240 s off. */
  | { readonly kind: 'clock-skew'; readonly ms: number }
  /** No answer, ever; the socket stays open until the client gives up or the server closes. */
  | { readonly kind: 'hang' }
  /** The connection is reset (RST) in place of an answer. */
  | { readonly kind: 'reset' }
  /** The headers promise the whole answer; half of the body comes, then the connection closes. */
  | { readonly kind: 'truncated' }
  /** An HTML page: by default HTTP 500 from some proxy; `status: 200` is a captive portal. */
  | { readonly kind: 'html'; readonly status?: number }
  /** HTTP 200 with no body. */
  | { readonly kind: 'empty' }
  /** HTTP 200 with the body `{}`. */
  | { readonly kind: 'empty-object' }
  /** Any error of the service or around it. Default `status` 400. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** InvalidSignatureException "Signature expired": what a request signed before a freeze gets after it. */
  | { readonly kind: 'signature-expired' }
  /** ExpiredTokenException: the credentials have run out. */
  | { readonly kind: 'expired-token' }
  /** UnrecognizedClientException: the credentials are not valid at all. */
  | { readonly kind: 'unrecognized-client' }
  /** The scope's secret is in neither SecretValues nor Errors of a batch. Needs `secretId` in the scope. */
  | { readonly kind: 'batch-item-omitted' }
  /** The scope's secret comes back in a batch's Errors with this code. Needs `secretId` in the scope. */
  | { readonly kind: 'batch-item-error'; readonly code: string; readonly message?: string };

export type FaultKind = Fault['kind'];

/** Which calls a fault befalls. */
export interface FaultScope extends CallScope {
  /** Only the next so many matching calls; until removed when left out. An integer >= 1. */
  readonly times?: number;
}

/** An injected fault, to be taken away again. */
export interface InjectedFault {
  /** Calls befallen so far. */
  readonly hits: number;
  remove(): void;
}

type Of<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;
export type ItemFault = Of<'batch-item-omitted' | 'batch-item-error'>;
export type DecidingFault = Exclude<Fault, Of<'latency' | 'clock-skew'> | ItemFault>;

/** What befalls one call. */
export interface CallFaults {
  readonly latencyMs: number;
  readonly clockSkewMs: number;
  readonly deciding: DecidingFault | undefined;
  itemFault(secretId: string): ItemFault | undefined;
}

class Injection implements InjectedFault {
  readonly fault: Fault;
  readonly scope: FaultScope;
  readonly #remove: (injection: Injection) => void;
  #hits = 0;

  constructor(fault: Fault, scope: FaultScope, remove: (injection: Injection) => void) {
    this.fault = fault;
    this.scope = scope;
    this.#remove = remove;
  }

  get hits(): number {
    return this.#hits;
  }

  hit(): void {
    this.#hits += 1;
    if (this.#hits >= (this.scope.times ?? Infinity)) this.remove();
  }

  remove(): void {
    this.#remove(this);
  }
}

/** The faults now in force. */
export class Faults {
  readonly #injections = new Set<Injection>();
  readonly #same: SameSecret;

  constructor(same: SameSecret) {
    this.#same = same;
  }

  /**
   * Lets matching calls go wrong, from now on. Throws RangeError for a `times`, `ms` or `status` that can't be, and
   * TypeError for a batch-item fault without the secret it is about.
   */
  inject(fault: Fault, scope: FaultScope = {}): InjectedFault {
    checkFault(fault, scope);
    const injection = new Injection(fault, scope, (gone) => this.#injections.delete(gone));
    this.#injections.add(injection);
    return injection;
  }

  /** Takes every fault away. Calls that hang already go on hanging. */
  clear(): void {
    this.#injections.clear();
  }

  /** @internal Counts the call against the faults that befall it. */
  befall(call: ScopedCall): CallFaults {
    let latencyMs = 0;
    let clockSkewMs = 0;
    let deciding: DecidingFault | undefined;
    const itemInjections: Injection[] = [];
    for (const injection of this.#matching(call)) {
      const { fault } = injection;
      if (fault.kind === 'latency') latencyMs += fault.ms;
      else if (fault.kind === 'clock-skew') clockSkewMs += fault.ms;
      else if (isItemFault(fault)) {
        // Which ids a batch by filters has is known only while it is answered: counted there.
        itemInjections.push(injection);
        continue;
      } else if (deciding === undefined) deciding = fault;
      else continue;
      injection.hit();
    }
    return {
      latencyMs,
      clockSkewMs,
      deciding,
      itemFault: (secretId) => this.#itemFault(itemInjections, secretId),
    };
  }

  #matching(call: ScopedCall): Injection[] {
    return [...this.#injections].filter(({ fault, scope }) => {
      if (isItemFault(fault)) return call.operation === 'BatchGetSecretValue';
      return inScope(scope, call, this.#same);
    });
  }

  #itemFault(injections: readonly Injection[], secretId: string): ItemFault | undefined {
    for (const injection of injections) {
      const { fault, scope } = injection;
      if (!isItemFault(fault) || scope.secretId === undefined || !this.#same(scope.secretId, secretId))
        continue;
      injection.hit();
      return fault;
    }
    return undefined;
  }
}

function isItemFault(fault: Fault): fault is ItemFault {
  return fault.kind === 'batch-item-omitted' || fault.kind === 'batch-item-error';
}

/** What each kind has beside `kind`. */
const MEMBERS: Readonly<Record<FaultKind, readonly string[]>> = {
  latency: ['ms'],
  'clock-skew': ['ms'],
  hang: [],
  reset: [],
  truncated: [],
  html: ['status'],
  empty: [],
  'empty-object': [],
  error: ['code', 'message', 'status'],
  'signature-expired': [],
  'expired-token': [],
  'unrecognized-client': [],
  'batch-item-omitted': [],
  'batch-item-error': ['code', 'message'],
};

function checkFault(fault: Fault, scope: FaultScope): void {
  checkScope(scope, ['operation', 'secretId', 'times']);
  if (typeof fault !== 'object' || !Object.hasOwn(MEMBERS, fault.kind)) {
    throw new TypeError(`a fault is \`{ kind }\` with one of the kinds ${Object.keys(MEMBERS).join(', ')}`);
  }
  onlyKnown(`member of a '${fault.kind}' fault`, fault, ['kind', ...MEMBERS[fault.kind]]);
  const needsCode = fault.kind === 'error' || fault.kind === 'batch-item-error';
  if (needsCode && typeof fault.code !== 'string')
    throw new TypeError(`a '${fault.kind}' fault needs its \`code\``);
  const { times } = scope;
  if (times !== undefined && !(Number.isInteger(times) && times >= 1)) {
    throw new RangeError(`\`times\` must be an integer >= 1, got ${times}`);
  }
  if (isItemFault(fault) && scope.secretId === undefined) {
    throw new TypeError(`a '${fault.kind}' fault needs the \`secretId\` it is about in its scope`);
  }
  if (fault.kind === 'latency' && !(fault.ms >= 0 && fault.ms < 2 ** 31)) {
    throw new RangeError(`\`ms\` must be a number of milliseconds from 0 to 2^31 - 1, got ${fault.ms}`);
  }
  if (fault.kind === 'clock-skew' && !Number.isFinite(fault.ms)) {
    throw new RangeError(`\`ms\` must be a finite number of milliseconds, got ${fault.ms}`);
  }
  if ((fault.kind === 'error' || fault.kind === 'html') && fault.status !== undefined) {
    if (!(Number.isInteger(fault.status) && fault.status >= 200 && fault.status <= 599)) {
      throw new RangeError(`\`status\` must be an HTTP status from 200 to 599, got ${fault.status}`);
    }
  }
}
