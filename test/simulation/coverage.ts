/** What happened in the runs, so that nobody takes an empty run for a clean one. */

export type Coverage = Record<string, number>;

export function count(coverage: Coverage, name: string, by = 1): void {
  coverage[name] = (coverage[name] ?? 0) + by;
}

export function addTo(sum: Coverage, more: Coverage): void {
  for (const [name, number] of Object.entries(more)) count(sum, name, number);
}
