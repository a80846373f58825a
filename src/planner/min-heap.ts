/** A binary heap: the item of the least cost comes out first, in O(log n). */

interface Ranked<T> {
  readonly cost: number;
  readonly item: T;
}

export class MinHeap<T> {
  readonly #ranked: Ranked<T>[] = [];

  get size(): number {
    return this.#ranked.length;
  }

  push(cost: number, item: T): void {
    const heap = this.#ranked;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (heap[parent]!.cost <= cost) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = { cost, item };
  }

  /** Takes out the item of the least cost; undefined when there is none. */
  pop(): Ranked<T> | undefined {
    const heap = this.#ranked;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.cost < heap[child]!.cost) child += 1;
      if (heap[child]!.cost >= last.cost) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
