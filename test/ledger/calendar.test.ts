import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar } from '../../src/ledger/calendar.js';

describe('the calendar', () => {
  it('is free before anything is booked', () => {
    expect(new Calendar().isFree('1', 0, 100)).toBe(true);
  });

  it('lets windows touch, for they are half open', () => {
    const calendar = new Calendar();
    calendar.book('1', { startMs: 100, endMs: 200, reservationId: 'r1' });
    expect(calendar.isFree('1', 0, 100)).toBe(true);
    expect(calendar.isFree('1', 200, 300)).toBe(true);
    expect(calendar.isFree('1', 0, 101)).toBe(false);
    expect(calendar.isFree('1', 199, 300)).toBe(false);
    expect(calendar.isFree('1', 0, 300)).toBe(false);
    expect(calendar.isFree('1', 120, 130)).toBe(false);
    expect(calendar.isFree('2', 0, 300)).toBe(true);
  });

  it('finds the booking of a moment, its start included and its end not', () => {
    const calendar = new Calendar();
    calendar.book('1', { startMs: 100, endMs: 200, reservationId: 'r1' });
    calendar.book('1', { startMs: 200, endMs: 300, reservationId: 'r2' });
    expect([99, 100, 199, 200, 299, 300].map((atMs) => calendar.bookingAt('1', atMs)?.reservationId)).toEqual(
      [undefined, 'r1', 'r1', 'r2', 'r2', undefined],
    );
  });

  it('asserts that what is booked is free and what is freed is booked', () => {
    const calendar = new Calendar();
    calendar.book('1', { startMs: 100, endMs: 200, reservationId: 'r1' });
    expect(() => calendar.book('1', { startMs: 150, endMs: 250, reservationId: 'r2' })).toThrow(
      'r2 overlaps r1',
    );
    expect(() => calendar.book('1', { startMs: 300, endMs: 300, reservationId: 'r2' })).toThrow(
      'empty window',
    );
    expect(() => calendar.free('1', 100, 'r2')).toThrow('no window');
    expect(() => calendar.free('2', 100, 'r1')).toThrow('no window');
    calendar.free('1', 100, 'r1');
    expect(() => calendar.free('1', 100, 'r1')).toThrow('no window');
  });

  it('finds, books and frees among thousands of windows, in whatever order they come and go', () => {
    const count = 5_000;
    // 1,789 and 5,000 have no divisor in common: all numbers, each once.
    const shuffled = Array.from({ length: count }, (_, n) => (n * 1_789) % count);
    const calendar = new Calendar();
    const window = (n: number) => ({ startMs: 10 * n, endMs: 10 * n + 8, reservationId: `r${n + 1}` });
    for (const n of shuffled) calendar.book('1', window(n));
    const all = () => [...calendar.overlapping('1', 0, 10 * count)].map(({ startMs }) => startMs / 10);
    expect(all()).toEqual([...shuffled].sort((a, b) => a - b));
    for (const n of [0, 511, 512, 2_500, count - 1]) {
      expect(calendar.bookingAt('1', 10 * n + 7)).toEqual(window(n));
      expect(calendar.bookingAt('1', 10 * n + 8)).toBeUndefined();
      expect(calendar.isFree('1', 10 * n + 8, 10 * n + 10)).toBe(true);
      expect(calendar.isFree('1', 10 * n + 8, 10 * n + 11)).toBe(n === count - 1);
      expect(() => calendar.book('1', { ...window(n), startMs: 10 * n + 7 })).toThrow(`overlaps r${n + 1}`);
    }
    for (const n of shuffled)
      if (n % 100 !== 7) calendar.free('1', window(n).startMs, window(n).reservationId);
    expect(all()).toEqual(Array.from({ length: count / 100 }, (_, n) => 100 * n + 7));
    calendar.book('1', window(0));
    calendar.book('1', window(count));
    expect(calendar.bookingAt('1', 10 * count)).toEqual(window(count));
    for (const n of [0, count, ...all().slice(1)]) {
      calendar.free('1', window(n).startMs, window(n).reservationId);
    }
    expect(calendar.hasBookings('1')).toBe(false);
  });

  it('agrees with a plain list of windows, whatever is booked and freed', () => {
    const step = fc.record({
      book: fc.boolean(),
      point: fc.constantFrom('1', '2'),
      start: fc.nat({ max: 40 }),
      length: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const calendar = new Calendar();
        let list: { point: string; startMs: number; endMs: number; reservationId: string }[] = [];
        steps.forEach(({ book, point, start, length }, i) => {
          const end = start + length;
          const free = !list.some((w) => w.point === point && w.startMs < end && start < w.endMs);
          expect(calendar.isFree(point, start, end)).toBe(free);
          const at = list.find((w) => w.point === point && w.startMs <= start && start < w.endMs);
          expect(calendar.bookingAt(point, start)?.reservationId).toBe(at?.reservationId);
          if (book && free) {
            const booking = { startMs: start, endMs: end, reservationId: `r${i}` };
            calendar.book(point, booking);
            list.push({ point, ...booking });
          } else if (!book && at !== undefined) {
            calendar.free(point, at.startMs, at.reservationId);
            list = list.filter((w) => w !== at);
          }
        });
      }),
    );
  });
});
