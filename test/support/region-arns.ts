/** Secrets Manager's ARNs in one Region and in another: all that tells a replica's from its primary's. */

const ARN = /^(arn:aws:secretsmanager:)([^:]*)(:.*)$/s;

/** The same data with every ARN of Region `one` in Region `other`, and the other way round. */
export function swapRegions<T>(data: T, one: string, other: string): T {
  if (typeof data === 'string') {
    const [, head, region, tail] = ARN.exec(data) ?? [];
    const swapped = region === one ? other : region === other ? one : region;
    return (head === undefined ? data : `${head}${swapped}${tail}`) as T;
  }
  if (Array.isArray(data)) return data.map((item: unknown) => swapRegions(item, one, other)) as T;
  const isPlain =
    typeof data === 'object' && data !== null && Object.getPrototypeOf(data) === Object.prototype;
  if (!isPlain) return data;
  const swapped = Object.entries(data).map(([name, value]) => [name, swapRegions(value, one, other)]);
  return Object.fromEntries(swapped) as T;
}
