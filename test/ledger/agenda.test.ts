import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agenda, type DatedPrefix } from '../../src/ledger/agenda.js';

const PREFIXES = ['f:', 'n:', 'p:', 't:', 'v:', 'w:'] as const;

describe('the agenda', () => {
  it('tells what is due in the order (due, key), whatever came, moved and went before', () => {
    const step = fc.record({
      prefix: fc.constantFrom(...PREFIXES),
      id: fc.constantFrom('1', '10', '2', 'a'),
      dueMs: fc.option(fc.nat({ max: 6 }), { freq: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, loading) => {
        const rows = new Map<string, number>();
        const dueOf = (prefix: DatedPrefix) => (id: string) => rows.get(prefix + id);
        const agenda = new Agenda({
          'f:': dueOf('f:'),
          'n:': dueOf('n:'),
          'p:': dueOf('p:'),
          't:': dueOf('t:'),
          'v:': dueOf('v:'),
          'w:': dueOf('w:'),
        });
        for (const { prefix, id, dueMs } of steps) {
          const before = rows.get(prefix + id);
          if (loading && before !== undefined) continue;
          if (dueMs === null) rows.delete(prefix + id);
          else rows.set(prefix + id, dueMs);
          agenda.follow(prefix, id, before, dueMs, loading);
        }
        const expected = [...rows]
          .map(([id, dueMs]) => ({ id, dueMs }))
          .sort((a, b) => a.dueMs - b.dueMs || (a.id < b.id ? -1 : 1));
        for (const next of expected) {
          expect(agenda.due(next.dueMs - 1)).toBeUndefined();
          expect(agenda.first()).toEqual(next);
          rows.delete(next.id);
        }
        expect(agenda.first()).toBeUndefined();
      }),
    );
  });
});
