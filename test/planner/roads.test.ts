import { describe, expect, it } from 'vitest';
import { MinHeap } from '../../src/planner/min-heap.js';
import { Roads } from '../../src/planner/roads.js';

describe('roads', () => {
  it('lead both ways, by the shortest way over several routes', () => {
    const roads = new Roads([
      { pointIds: ['a', 'b', 'c'], legMetres: [10, 20] },
      { pointIds: ['c', 'a'], legMetres: [25] },
      { pointIds: ['b', 'a'], legMetres: [12] },
      { pointIds: ['x', 'y'], legMetres: [1] },
    ]);
    expect(Object.fromEntries(roads.from('c'))).toEqual({ c: 0, b: 20, a: 25 });
    expect(Object.fromEntries(roads.from('a'))).toEqual({ a: 0, b: 10, c: 25 });
    expect(Object.fromEntries(roads.from('nowhere'))).toEqual({ nowhere: 0 });
  });

  it('are as long from the nearest of several points', () => {
    const roads = new Roads([{ pointIds: ['a', 'b', 'c', 'd', 'e'], legMetres: [10, 20, 5, 1] }]);
    expect(Object.fromEntries(roads.fromNearest(['a', 'e']))).toEqual({ a: 0, b: 10, c: 6, d: 1, e: 0 });
    expect(roads.fromNearest([]).size).toBe(0);
  });
});

describe('a heap', () => {
  it('gives back what it was given, cheapest first', () => {
    const heap = new MinHeap<number>();
    const costs = Array.from({ length: 200 }, (_, at) => (at * 7_919) % 211);
    for (const cost of costs) heap.push(cost, cost);
    const out = costs.map(() => heap.pop()!.item);
    expect(out).toEqual(costs.toSorted((a, b) => a - b));
    expect(heap.pop()).toBeUndefined();
    expect(heap.size).toBe(0);
  });
});
