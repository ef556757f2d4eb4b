/** `context.secrets`: several middlewares add to it, and what logs a context doesn't see it. */

import { quote } from '../errors.ts';

/** Who has put what there. */
interface Placed {
  readonly request: object;
  readonly keys: Set<string>;
}

// Symbol.for: a middleware of another copy of this package adds to the same object.
const PLACED = Symbol.for('secretsmanager-cache.middy');

interface Request {
  readonly context: { secrets?: unknown };
}

/** Adds to the secrets of this invocation. Throws `TypeError` for a key that another middleware has set. */
export function place(request: Request, values: ReadonlyMap<string, unknown>): void {
  const { context } = request;
  const before = context.secrets;
  const placed = placedOf(before);
  if (before !== undefined && placed === undefined) {
    // Not what it is: it may well be a secret.
    throw new TypeError('`context.secrets` is set by something else than secretsMiddleware: rename that.');
  }
  // The context of an earlier invocation, or an outer handler's: what is there may be replaced.
  const keys = placed?.request === request ? placed.keys : new Set<string>();
  for (const key of values.keys()) {
    if (keys.has(key)) {
      throw new TypeError(
        `\`context.secrets\` gets the key ${quote(key)} from two secretsMiddleware of one handler: rename one.`,
      );
    }
    keys.add(key);
  }
  const secrets = Object.fromEntries([...Object.entries(before ?? {}), ...values]);
  Object.defineProperty(secrets, PLACED, { value: { request, keys } satisfies Placed });
  // Not enumerable: console.log(context) and JSON.stringify(context) leave it out.
  Object.defineProperty(context, 'secrets', { value: secrets, configurable: true, writable: true });
}

function placedOf(secrets: unknown): Placed | undefined {
  if (typeof secrets !== 'object' || secrets === null || !(PLACED in secrets)) return undefined;
  return secrets[PLACED] as Placed;
}
