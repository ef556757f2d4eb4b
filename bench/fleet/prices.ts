/** What calls cost: AWS's prices as parameters, and both readings of what isn't published. */

/** In dollars. The defaults are us-east-1's in November 2026 (AWS Secrets Manager and AWS KMS pricing). */
export interface Prices {
  readonly perTenThousandCalls: number;
  /** For secrets under a key of one's own: each read that decrypts is a KMS request. */
  readonly perTenThousandDecrypts: number;
}

export const AWS_PRICES: Prices = { perTenThousandCalls: 0.05, perTenThousandDecrypts: 0.03 };

/** AWS doesn't say whether a batch is billed as one call or as one for each secret. */
export type BatchBilling = 'once' | 'by secret';

/** Answered calls. What is billed of throttled and failed ones AWS doesn't say: here, nothing. */
export interface Usage {
  readonly loads: number;
  readonly describes: number;
  readonly batches: number;
  readonly secretsInBatches: number;
}

const MONTH_MS = 30 * 24 * 3_600_000;

export function dollarsOf(usage: Usage, billing: BatchBilling, prices: Prices = AWS_PRICES): number {
  const { loads, describes, batches, secretsInBatches } = usage;
  const calls = loads + describes + (billing === 'once' ? batches : secretsInBatches);
  // DescribeSecret decrypts nothing. A batch may need fewer decrypts than it has secrets: this is the most.
  const decrypts = loads + secretsInBatches;
  return (calls * prices.perTenThousandCalls + decrypts * prices.perTenThousandDecrypts) / 10_000;
}

/** What a month of 30 days costs at the rate of so long. */
export function perMonth(dollars: number, overMs: number): number {
  return (dollars * MONTH_MS) / overMs;
}
