/**
 * What is due when: a binary heap in the total order (due, id), so that the first deadline is the same
 * whatever the order in which they came.
 *
 * A deadline is never taken out of the middle. It is stale once its owner says so, and is dropped when it
 * comes first, or with all others that are stale when they have become too many: no index has to be kept, and
 * memory stays within twice what is current.
 */

/** A deadline: `id` is due at `dueMs`. */
export interface Deadline {
  readonly id: string;
  readonly dueMs: number;
}

const COMPACT_SIZE_MIN = 1_024;

export class Deadlines {
  #heap: Deadline[] = [];
  #compactSize = COMPACT_SIZE_MIN;
  readonly #isCurrent: (deadline: Deadline) => boolean;

  /** `isCurrent`: whether its owner still means the deadline. */
  constructor(isCurrent: (deadline: Deadline) => boolean) {
    this.#isCurrent = isCurrent;
  }

  /** Deadlines kept, stale ones included. */
  get size(): number {
    return this.#heap.length;
  }

  add(id: string, dueMs: number): void {
    if (this.#heap.length >= this.#compactSize) this.#compact();
    this.#heap.push({ id, dueMs });
    this.#rise(this.#heap.length - 1);
  }

  /** The earliest current deadline, of equal ones that with the lowest id by code units. */
  first(): Deadline | undefined {
    return this.due(Number.MAX_SAFE_INTEGER);
  }

  /** The first, if it is due at `atMs`. It stays until its owner lets it go stale. */
  due(atMs: number): Deadline | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.dueMs > atMs) return undefined;
      if (this.#isCurrent(first)) return first;
      this.#shift();
    }
  }

  #shift(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #compact(): void {
    this.#heap = this.#heap.filter(this.#isCurrent);
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i -= 1) this.#sink(i);
    this.#compactSize = Math.max(COMPACT_SIZE_MIN, 2 * this.#heap.length);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const deadline = heap[from]!;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(deadline, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = deadline;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const deadline = heap[from]!;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
      if (!isBefore(heap[below]!, deadline)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = deadline;
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.dueMs !== b.dueMs ? a.dueMs < b.dueMs : a.id < b.id;
}
