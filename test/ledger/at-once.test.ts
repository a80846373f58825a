import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar } from '../../src/ledger/calendar.js';
import { Gathered, Names } from '../../src/ledger/gathered.js';
import { OrderedIds } from '../../src/ledger/ordered-ids.js';
import { idOfOrdinal } from '../../src/ledger/reservation-id.js';

/** More records than are kept in one piece. */
const MANY = 40_000;

describe('what is gathered', () => {
  it('is handed out name by name, in the order in which it came', () => {
    const gathered = new Gathered(3);
    const expected = Array.from({ length: 8 }, (): number[] => []);
    for (let n = 0; n < MANY; n += 1) {
      const owner = (n * n) % 7;
      gathered.add(owner, n, 2 * n, -n);
      expected[owner]!.push(n, 2 * n, -n);
    }
    expect([...gathered.byOwner(8)].map((records) => [...records])).toEqual(expected);
  });

  it('of nothing is nothing for each name', () => {
    expect([...new Gathered(1).byOwner(2)].map((records) => [...records])).toEqual([[], []]);
    expect([...new Gathered(1).byOwner(0)]).toEqual([]);
  });

  it('belongs to names that are numbered as they come', () => {
    const names = new Names();
    expect(['b', 'a', 'b', ''].map((name) => names.numberOf(name))).toEqual([0, 1, 0, 2]);
    expect([names.size, names.at(1), names.known('b'), names.known('c')]).toEqual([3, 'a', 'b', undefined]);
  });
});

/** Windows of one point that do not overlap, some of them back to back; more than a piece of a calendar holds. */
const windows = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(2)), { maxLength: 1_200, size: 'max' })
  .map((spans) => {
    let atMs = 0;
    return spans.map(([lengthMs, gapMs], n) => {
      const startMs = atMs + gapMs;
      atMs = startMs + lengthMs;
      return { startMs, endMs: atMs, ordinal: (n + 1) * 128 };
    });
  });

const record = ({ startMs, endMs, ordinal }: { startMs: number; endMs: number; ordinal: number }) => [
  startMs,
  endMs,
  ordinal,
];

describe('all windows of a point', () => {
  it('booked at once, in any order, are what they are when they are booked one by one', () => {
    const shuffled = windows.chain((all) =>
      fc.shuffledSubarray(all, { minLength: all.length }).map((some) => ({ all, some })),
    );
    fc.assert(
      fc.property(shuffled, ({ all, some }) => {
        const atOnce = new Calendar();
        atOnce.bookAll('1', Float64Array.from(some.flatMap(record)));
        const oneByOne = new Calendar();
        for (const { ordinal, ...window } of some) {
          oneByOne.book('1', { ...window, reservationId: idOfOrdinal(ordinal) });
        }
        const everything = [...atOnce.overlapping('1', 0, Number.MAX_SAFE_INTEGER)];
        expect(everything).toEqual([...oneByOne.overlapping('1', 0, Number.MAX_SAFE_INTEGER)]);
        expect(everything).toHaveLength(all.length);
        expect(atOnce.hasBookings('1')).toBe(all.length > 0);
        for (const { startMs, ordinal } of all) atOnce.free('1', startMs, idOfOrdinal(ordinal));
        expect(atOnce.hasBookings('1')).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it.each<[string, readonly number[]]>([
    ['one begins before another ends', [0, 10, 128, 9, 20, 256]],
    ['two begin together', [5, 6, 128, 5, 9, 256]],
    ['one is in another', [0, 100, 128, 50, 60, 256]],
    ['one is empty', [5, 5, 128]],
    ['one ends before it begins', [7, 5, 128]],
  ])('are refused when %s', (_, records) => {
    const calendar = new Calendar();
    expect(() => calendar.bookAll('1', Float64Array.from(records))).toThrow('assertion: r');
    expect(calendar.hasBookings('1')).toBe(false);
  });
});

describe('numbers in order', () => {
  it('made into a list at once are what they are when they are added one by one, and go on as these do', () => {
    for (const count of [0, 1, 511, 512, 513, 2_000]) {
      const numbers = Array.from({ length: count }, (_, n) => 3 * n);
      const atOnce = OrderedIds.of(numbers);
      const oneByOne = new OrderedIds();
      for (const number of numbers) oneByOne.add(number);
      for (const ids of [atOnce, oneByOne]) {
        for (let n = 0; n < 3 * count; n += 7) if (n % 3 !== 0) ids.add(n);
        for (let n = 0; n < 3 * count; n += 6) ids.remove(n);
      }
      expect([...atOnce.above(-1)]).toEqual([...oneByOne.above(-1)]);
      expect(atOnce.length).toBe(oneByOne.length);
    }
  });

  it('may come in several runs at a time', () => {
    const ids = new OrderedIds();
    for (let n = 0; n < 3_000; n += 1) for (const run of [0, 10_000, 5_000]) ids.add(run + n);
    const expected = [0, 5_000, 10_000].flatMap((run) => Array.from({ length: 3_000 }, (_, n) => run + n));
    expect([...ids.above(-1)]).toEqual(expected);
    expect([...ids.above(5_998)].slice(0, 2)).toEqual([5_999, 6_000]);
  });
});
