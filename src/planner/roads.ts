/**
 * The roads that the registered routes tell of: from each of their points to the next, in both directions.
 *
 * Where routes differ about a road's length, the shorter one counts.
 */
import { MinHeap } from './min-heap.js';

/** A named sequence of points with the metres from each to the next: one fewer than points. */
export interface RoadsOf {
  readonly pointIds: readonly string[];
  readonly legMetres: readonly number[];
}

export class Roads {
  readonly #metres = new Map<string, Map<string, number>>();
  readonly #reach = new Map<string, ReadonlyMap<string, number>>();

  constructor(routes: Iterable<RoadsOf>) {
    for (const { pointIds, legMetres } of routes) {
      legMetres.forEach((metres, leg) => {
        this.#join(pointIds[leg]!, pointIds[leg + 1]!, metres);
        this.#join(pointIds[leg + 1]!, pointIds[leg]!, metres);
      });
    }
  }

  /** Metres of the shortest way from the point to every one that a road leads to, itself included (Dijkstra 1959). */
  from(pointId: string): ReadonlyMap<string, number> {
    const known = this.#reach.get(pointId);
    if (known !== undefined) return known;
    const settled = this.fromNearest([pointId]);
    this.#reach.set(pointId, settled);
    return settled;
  }

  /** Metres of the shortest way from the nearest of the points; as much work as from one. */
  fromNearest(pointIds: readonly string[]): ReadonlyMap<string, number> {
    const settled = new Map<string, number>();
    const open = new MinHeap<string>();
    for (const pointId of pointIds) open.push(0, pointId);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (settled.has(next.item)) continue;
      settled.set(next.item, next.cost);
      for (const [to, metres] of this.#metres.get(next.item) ?? []) {
        if (!settled.has(to)) open.push(next.cost + metres, to);
      }
    }
    return settled;
  }

  #join(from: string, to: string, metres: number): void {
    const neighbours = this.#metres.get(from) ?? new Map<string, number>();
    this.#metres.set(from, neighbours);
    neighbours.set(to, Math.min(metres, neighbours.get(to) ?? Number.POSITIVE_INFINITY));
  }
}
