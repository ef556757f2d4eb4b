/** The events to come, the next one first: a binary heap, for fleets have a hundred thousand timers. */

import type { Event } from './world.ts';

export class EventQueue {
  readonly #heap: Event[] = [];

  get first(): Event | undefined {
    return this.#heap[0];
  }

  add(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  take(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = child === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = last;
  }
}

function isBefore(event: Event, other: Event): boolean {
  if (event.atMs !== other.atMs) return event.atMs < other.atMs;
  if (event.rank !== other.rank) return event.rank < other.rank;
  const dueMs = (event.dueMonoMs ?? 0) - (other.dueMonoMs ?? 0);
  return dueMs === 0 ? event.order < other.order : dueMs < 0;
}
