/**
 * What a sample of a fleet says of the whole, and by how much it may be wrong.
 *
 * The sampled processes share as much less of the quotas, and every count is multiplied. Processes draw their TTLs and
 * are asked independently, so the error of a rate is that of a mean over processes: it is estimated from the spread
 * between groups of them, which needs no assumption about how the calls of one process hang together. The error of a
 * quantile comes from the order statistics. Both at 99 %. What a sample cannot show is the last process of a million.
 */

/** A value, and the half-width of its 99 % interval. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** The 99.5 % point of the normal distribution. */
const Z = 2.576;

/** The 99.5 % point of Student's t for so many degrees of freedom, by the expansion of Cornish and Fisher. */
export function studentT(degrees: number): number {
  const z3 = Z ** 3 + Z;
  const z5 = 5 * Z ** 5 + 16 * Z ** 3 + 3 * Z;
  const z7 = 3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z;
  return Z + z3 / (4 * degrees) + z5 / (96 * degrees ** 2) + z7 / (384 * degrees ** 3);
}

/** The sum over all groups of processes, each simulated call standing for `weight` calls. `divisor`: for a rate, the seconds. */
export function totalOf(groups: readonly number[], weight: number, divisor = 1): Estimate {
  const count = groups.length;
  const sum = groups.reduce((total, calls) => total + calls, 0);
  const mean = sum / count;
  const squares = groups.reduce((total, calls) => total + (calls - mean) ** 2, 0);
  const standardError = Math.sqrt(count * (squares / (count - 1)));
  return { value: (sum * weight) / divisor, error: (studentT(count - 1) * standardError * weight) / divisor };
}

/** The value below which a share of the processes lies, and how far from it the true one may be. Throws for none. */
export function quantileOf(values: readonly number[], share: number): Estimate {
  const sorted = values.toSorted((one, other) => one - other);
  const count = sorted.length;
  const spread = Z * Math.sqrt(share * (1 - share) * count);
  const at = (rank: number): number =>
    sorted[Math.min(count - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN;
  const value = at(share * count - 0.5);
  if (Number.isNaN(value)) throw new RangeError('no values to take a quantile of');
  const low = at(share * count - 0.5 - spread);
  const high = at(share * count - 0.5 + spread);
  return { value, error: Math.max(value - low, high - value) };
}

/** How far apart two estimates of the same lie, over the error that both allow for: at most 1 if they agree. */
export function disagreement(one: Estimate, other: Estimate): number {
  const allowed = Math.hypot(one.error, other.error);
  const apart = Math.abs(one.value - other.value);
  return apart === 0 ? 0 : apart / allowed;
}
