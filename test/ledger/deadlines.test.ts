import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/ledger/deadlines.js';

/** Deadlines whose owner keeps one per id in a map. */
function owned() {
  const current = new Map<string, number>();
  const deadlines = new Deadlines((id, dueMs) => current.get(id) === dueMs);
  return {
    deadlines,
    current,
    set(id: string, dueMs: number) {
      current.set(id, dueMs);
      deadlines.add(id, dueMs);
    },
  };
}

describe('deadlines', () => {
  it('come in order of time, equal ones in order of id, however they were added', () => {
    const { deadlines, current, set } = owned();
    set('b', 10);
    set('c', 5);
    set('a', 10);
    const order: string[] = [];
    for (let first = deadlines.first(); first !== undefined; first = deadlines.first()) {
      order.push(first.id);
      current.delete(first.id);
    }
    expect(order).toEqual(['c', 'a', 'b']);
    expect(deadlines.size).toBe(0);
  });

  it('are due from their moment on', () => {
    const { deadlines, set } = owned();
    set('a', 10);
    expect(deadlines.due(9)).toBeUndefined();
    expect(deadlines.due(10)).toEqual({ id: 'a', dueMs: 10 });
  });

  it('that were moved or given up are not seen again', () => {
    const { deadlines, current, set } = owned();
    set('a', 10);
    set('b', 20);
    set('a', 30);
    expect(deadlines.first()).toEqual({ id: 'b', dueMs: 20 });
    current.delete('b');
    expect(deadlines.first()).toEqual({ id: 'a', dueMs: 30 });
  });

  it('that are stale behind one that stays do not pile up without bound', () => {
    const { deadlines, current, set } = owned();
    set('stays', 0);
    for (let i = 0; i < 100_000; i += 1) {
      set(`r${i}`, 1_000 + i);
      current.delete(`r${i}`);
    }
    expect(deadlines.size).toBeLessThanOrEqual(3);
    expect(deadlines.first()).toEqual({ id: 'stays', dueMs: 0 });
  });

  it('that are loaded and then given up go bit by bit, as others come', () => {
    const { deadlines, current, set } = owned();
    for (let i = 0; i < 1_000; i += 1) {
      current.set(`r${i}`, i);
      deadlines.load(`r${i}`, i);
    }
    expect(deadlines.size).toBe(1_000);
    current.clear();
    for (let i = 0; i < 500; i += 1) set(`s${i}`, 2_000 + i);
    expect(deadlines.size).toBeLessThanOrEqual(501);
    expect(deadlines.first()).toEqual({ id: 's0', dueMs: 2_000 });
  });

  it('agree with a sorted list, also when many are moved and given up', () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 3_000 }).map((n) => `r${n}`),
      dueMs: fc.nat({ max: 50 }),
      act: fc.constantFrom('set', 'set', 'set', 'give-up', 'take-first'),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2_500, maxLength: 4_000 }), (steps) => {
        const { deadlines, current, set } = owned();
        for (const { id, dueMs, act } of steps) {
          if (act === 'set') set(id, dueMs);
          else if (act === 'give-up') current.delete(id);
          else {
            const first = deadlines.first();
            if (first === undefined) expect(current.size).toBe(0);
            else {
              for (const [other, otherMs] of current) {
                if (otherMs < first.dueMs || (otherMs === first.dueMs && other < first.id)) {
                  throw new Error(`${other} is due before ${first.id}`);
                }
              }
              current.delete(first.id);
            }
          }
        }
      }),
      { numRuns: 10 },
    );
  });
});
