import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineMs } from '../../src/ledger/lifecycle.js';
import { OVERSTAY_MS_MAX, PAGE_EXAMINED_MAX } from '../../src/ledger/limits.js';
import { OrderedIds } from '../../src/ledger/ordered-ids.js';
import { idOfOrdinal, ordinalOf, reservationId } from '../../src/ledger/reservation-id.js';
import { FIRST_RESERVATION_FIELDS, FIRST_STOP_FIELDS } from '../../src/ledger/rows/reservation-row.js';
import type { Reservation, Stop, StopTerms } from '../../src/ledger/state.js';

const TERMS: StopTerms = {
  company: 'a',
  earlyMs: 0,
  lateMs: 10,
  bufferMs: 5,
  cancelBeforeMs: 0,
  reservationFeeCentavos: 0,
  lateCancelFeeCentavos: 0,
  noShowFeeCentavos: 0,
};

function stop(more: Partial<Stop>): Stop {
  return {
    pointId: '1',
    startMs: 100,
    endMs: 200,
    state: 'PLANNED',
    ...FIRST_STOP_FIELDS,
    terms: TERMS,
    ...more,
  };
}

function due(stops: readonly Stop[], more: Partial<Reservation> = {}): number | null {
  return deadlineMs({
    id: 'r1',
    holder: 'x',
    state: 'CONFIRMED',
    documented: false,
    stops,
    madeAtMs: 1_000,
    madeIndex: 1,
    holdUntilMs: 0,
    end: null,
    ...FIRST_RESERVATION_FIELDS,
    changedIndex: 1,
    ...more,
  });
}

describe('time acts on a reservation', () => {
  it.each<[string, readonly Stop[], Partial<Reservation>, number | null]>([
    ['at the grace of its first planned stop', [stop({}), stop({ startMs: 50, endMs: 90 })], {}, 60],
    ['within the window, however long the grace', [stop({ endMs: 105 })], {}, 105],
    ['at the end of an active stop', [stop({ state: 'ACTIVE' })], {}, 200],
    [
      'long after it, once it overstays',
      [stop({ state: 'ACTIVE', overstaying: true })],
      {},
      200 + OVERSTAY_MS_MAX,
    ],
    [
      'when no substitute can come any more',
      [stop({ state: 'DISPLACED' }), stop({ startMs: 300, endMs: 400 })],
      {},
      200,
    ],
    [
      'not for what has settled',
      [stop({ state: 'DISPLACED', endedAtMs: 200 }), stop({ startMs: 300, endMs: 400 })],
      {},
      310,
    ],
    [
      'with the last window of a documented door',
      [stop({}), stop({ endMs: 300 })],
      { documented: true },
      300,
    ],
    [
      'with the last window of version 1',
      [stop({ terms: null }), stop({ terms: null, endMs: 300 })],
      {},
      300,
    ],
    ['when a short hold ends', [stop({})], { state: 'HELD', holdUntilMs: 120_999 }, 120_999],
    ['a minute before a long hold ends', [stop({})], { state: 'HELD', holdUntilMs: 121_000 }, 61_000],
    ['and at its end', [stop({})], { state: 'HELD', holdUntilMs: 121_000, holdWarned: true }, 121_000],
    [
      'only at the end of a hold of version 1',
      [stop({})],
      { state: 'HELD', holdUntilMs: 121_000, changedIndex: 0 },
      121_000,
    ],
    ['never, once it has ended', [stop({})], { end: { who: 'time', reason: '', atMs: 1 } }, null],
  ])('%s', (_, stops, more, expected) => {
    expect(due(stops, more)).toBe(expected);
  });
});

describe('ordinals', () => {
  it('are those of ids, in the order in which entries and their offers came', () => {
    expect(['r7', 'r7.1', 'r7.127', 'r8'].map(ordinalOf)).toEqual([896, 897, 1023, 1024]);
    for (const id of [reservationId(7), reservationId(7, 3)]) expect(idOfOrdinal(ordinalOf(id))).toBe(id);
  });
});

describe('ordered ids', () => {
  it('give every page as a plain sorted list would, in whatever order they come and go', () => {
    const orders: readonly ((count: number) => readonly number[])[] = [
      (count) => Array.from({ length: count }, (_, n) => n + 1),
      (count) => Array.from({ length: count }, (_, n) => count - n),
      // As the keys of rows are sorted: 1, 10, 100, ..., 11, 110, ..., 2.
      (count) =>
        Array.from({ length: count }, (_, n) => String(n + 1))
          .sort()
          .map(Number),
    ];
    const command = fc.oneof(
      fc.record({ add: fc.nat({ max: 6_000 }) }),
      fc.record({ removeFrom: fc.nat({ max: 5_000 }), count: fc.nat({ max: 900 }) }),
      fc.record({ after: fc.nat({ max: 6_000 }), limit: fc.integer({ min: 1, max: 700 }) }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...orders),
        fc.nat({ max: 4_000 }),
        fc.array(command, { maxLength: 30 }),
        (order, count, commands) => {
          const live = new Set(order(count));
          const ids = new OrderedIds();
          for (const id of live) ids.add(id);
          for (const each of commands) {
            if ('add' in each) {
              if (live.has(each.add)) continue;
              live.add(each.add);
              ids.add(each.add);
            } else if ('removeFrom' in each) {
              for (let id = each.removeFrom; id < each.removeFrom + each.count; id += 1) {
                if (live.delete(id)) ids.remove(id);
                else expect(() => ids.remove(id)).toThrow('assertion');
              }
            } else {
              const plain = [...live].filter((id) => id > each.after).sort((a, b) => a - b);
              const { items, after } = ids.page(each.after, each.limit, (id) => id);
              expect(items).toEqual(plain.slice(0, each.limit));
              expect(after).toBe(plain.length > each.limit ? items.at(-1) : null);
            }
            expect(ids.length).toBe(live.size);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('look at a bounded number for a page, and say where the next one begins', () => {
    const ids = new OrderedIds();
    const count = PAGE_EXAMINED_MAX + 10;
    for (let id = 1; id <= count; id += 1) ids.add(id);
    const last = (id: number) => (id === count ? id : null);
    const page = ids.page(0, 5, last);
    expect(page).toEqual({ items: [], after: PAGE_EXAMINED_MAX });
    expect(ids.page(page.after!, 5, last)).toEqual({ items: [count], after: null });
  });
});
