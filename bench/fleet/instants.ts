/** The instants to come, the next one first: a binary heap of distinct numbers. */

export class Instants {
  readonly #heap: number[] = [];

  /** Infinity when there is none. */
  get first(): number {
    return this.#heap[0] ?? Number.POSITIVE_INFINITY;
  }

  add(instantMs: number): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] ?? Number.NEGATIVE_INFINITY;
      if (parent <= instantMs) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = instantMs;
  }

  /** Removes the first. */
  take(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const smaller = (heap[left + 1] ?? Number.POSITIVE_INFINITY) < (heap[left] ?? Number.POSITIVE_INFINITY);
      const child = smaller ? left + 1 : left;
      const below = heap[child];
      if (below === undefined || below >= last) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}
