// How a LocalSecretsManager is started.

import { onlyKnown } from './known.ts';
import type { Limits } from './limits.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';

export interface LocalSecretsManagerOptions {
  /** The Region in ARNs; an ARN of another one is not found here. Default `'us-east-1'`. */
  readonly region?: string;
  /** The account in ARNs, 12 digits; an ARN of another one is denied. Default `'123456789012'`. */
  readonly account?: string;
  /** TCP port on 127.0.0.1, 0 to 65535. Default 0: a free one. */
  readonly port?: number;
  /** Refuse unsigned requests, as AWS does. Signatures are looked for, not verified. Default true. */
  readonly requireSignature?: boolean;
  /** Send a `Date` header, from the process's clock. Default true. */
  readonly sendDate?: boolean;
  /** Calls kept in `calls`, the oldest dropped first; `count()` stays exact. Default 100_000. */
  readonly maxLoggedCalls?: number;
  /** The service's clock, in milliseconds since the epoch: dates, recovery windows, quotas. Default `Date.now`. */
  readonly now?: () => number;
  /** Quotas from the start. Default: none. */
  readonly limits?: Limits;
  /** Answers to what AWS leaves open. */
  readonly switches?: Partial<Switches>;
}

export type CheckedOptions = Required<Omit<LocalSecretsManagerOptions, 'limits' | 'switches'>>;

const REGION = /^(?:[a-z]+-)+\d+$/u;
const ACCOUNT = /^\d{12}$/u;
const NAMES = [
  'region',
  'account',
  'port',
  'requireSignature',
  'sendDate',
  'maxLoggedCalls',
  'now',
  'limits',
  'switches',
] satisfies (keyof LocalSecretsManagerOptions)[];

/** Looks `Date` up at each call: a test may fake it after the start. */
function currentMs(): number {
  return Date.now();
}

/** Fills in the defaults. Throws TypeError or RangeError for what can't be, and for names it doesn't know. */
export function checkOptions(options: LocalSecretsManagerOptions): CheckedOptions {
  onlyKnown('option', options, NAMES);
  onlyKnown('switch', options.switches ?? {}, Object.keys(DEFAULT_SWITCHES));
  const { region = 'us-east-1', account = '123456789012', port = 0, now = currentMs } = options;
  const { maxLoggedCalls = 100_000, requireSignature = true, sendDate = true } = options;
  if (!REGION.test(region))
    throw new TypeError(`\`region\` must be a Region's name, got ${JSON.stringify(region)}`);
  if (!ACCOUNT.test(account))
    throw new TypeError(`\`account\` must be 12 digits, got ${JSON.stringify(account)}`);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new RangeError(`\`port\` must be an integer from 0 to 65535, got ${port}`);
  }
  if (!(Number.isInteger(maxLoggedCalls) && maxLoggedCalls >= 0)) {
    throw new RangeError(`\`maxLoggedCalls\` must be an integer >= 0, got ${maxLoggedCalls}`);
  }
  return { region, account, port, now, maxLoggedCalls, requireSignature, sendDate };
}
