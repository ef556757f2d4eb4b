/** The numbers of a fleet of one's own, as they are given on the command line. */

import { parseArgs, type ParseArgsConfig } from 'node:util';

import { AWS_PRICES, type Prices } from './prices.ts';

export interface OwnFleet {
  readonly processes: number;
  readonly secrets: number;
  /** In the whole fleet. */
  readonly requestsPerSecond: number;
  /** How many secrets a request reads. */
  readonly reads: number;
  readonly ttlMs: number;
  readonly restartEveryMs: number;
  readonly prices: Prices;
}

export const USAGE: string = `npm run bench -- fleet --processes 5000 --secrets 12 --requests 2000/s --ttl 5m

  --processes N          processes that each have a cache (at most 10,000,000)
  --secrets N            secrets that each of them reads, all of them when it starts (at most 1,000)
  --requests N/s         requests in the whole fleet, as 2000/s, 500/min or 3e6/h
  --ttl D                the TTL to compare at, as 30s, 5m or 1h          default 5m
  --reads N              secrets that a request reads, at random          default 1
  --restart-every D      how long a process lives, as 2h or 1d            default 1d
  --call-price X         dollars for 10,000 calls                         default ${AWS_PRICES.perTenThousandCalls}
  --decrypt-price X      dollars for 10,000 KMS decrypts; 0 for AWS's key default ${AWS_PRICES.perTenThousandDecrypts}`;

const OPTIONS = {
  processes: { type: 'string' },
  secrets: { type: 'string' },
  requests: { type: 'string' },
  ttl: { type: 'string', default: '5m' },
  reads: { type: 'string', default: '1' },
  'restart-every': { type: 'string', default: '1d' },
  'call-price': { type: 'string', default: String(AWS_PRICES.perTenThousandCalls) },
  'decrypt-price': { type: 'string', default: String(AWS_PRICES.perTenThousandDecrypts) },
} as const satisfies ParseArgsConfig['options'];

/** Throws a `TypeError` or `RangeError` that names the flag, what it must be, and what was given. */
export function readFlags(args: readonly string[]): OwnFleet {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const secrets = integer('secrets', values.secrets, 1_000);
  return {
    processes: integer('processes', values.processes, 10_000_000),
    secrets,
    requestsPerSecond: rate('requests', values.requests),
    reads: integer('reads', values.reads, secrets),
    ttlMs: duration('ttl', values.ttl),
    restartEveryMs: duration('restart-every', values['restart-every']),
    prices: {
      perTenThousandCalls: price('call-price', values['call-price']),
      perTenThousandDecrypts: price('decrypt-price', values['decrypt-price']),
    },
  };
}

const MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const NUMBER = String.raw`(\d[\d_,]*(?:\.\d+)?(?:e\d+)?)`;
const DURATION = new RegExp(`^${NUMBER}(ms|s|m|min|h|d)$`);
const RATE = new RegExp(String.raw`^${NUMBER}(?:/(s|min|m|h))?$`);
const PLAIN = new RegExp(`^${NUMBER}$`);

function integer(flag: string, text: string | undefined, most: number): number {
  const value = numberIn(PLAIN.exec(given(flag, text))?.[1]);
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(
    `--${flag} must be a whole number from 1 to ${most.toLocaleString('en-US')}, got "${text}"`,
  );
}

function rate(flag: string, text: string | undefined): number {
  const [, number, unit = 's'] = RATE.exec(given(flag, text)) ?? [];
  const perSecond = (numberIn(number) * 1_000) / (MS[unit] ?? Number.NaN);
  if (perSecond > 0) return perSecond;
  throw new RangeError(`--${flag} must be a rate above 0 as 2000/s, 500/min or 3e6/h, got "${text}"`);
}

function duration(flag: string, text: string): number {
  const [, number, unit = ''] = DURATION.exec(text) ?? [];
  const ms = numberIn(number) * (MS[unit] ?? Number.NaN);
  if (ms >= 1) return ms;
  throw new RangeError(
    `--${flag} must be a duration of at least 1ms as 500ms, 30s, 5m, 1h or 1d, got "${text}"`,
  );
}

function price(flag: string, text: string): number {
  const value = numberIn(PLAIN.exec(text)?.[1]);
  if (value >= 0) return value;
  throw new RangeError(`--${flag} must be dollars for 10,000, at least 0, got "${text}"`);
}

function given(flag: string, text: string | undefined): string {
  if (text === undefined) throw new TypeError(`--${flag} is missing`);
  return text;
}

function numberIn(text: string | undefined): number {
  return text === undefined ? Number.NaN : Number(text.replaceAll(/[_,]/g, ''));
}
