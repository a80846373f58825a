import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WEEK_MINUTES } from '../../src/ledger/limits.js';
import { isOpenDuring } from '../../src/ledger/opening.js';
import type { Schedule } from '../../src/ledger/state.js';
import type { WeeklySpan } from '../../src/ledger/terms.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './log.js';

/** Monday, 2026-01-05T00:00:00Z. */
const MONDAY_MS = Date.UTC(2026, 0, 5);

function schedule(weekly: readonly WeeklySpan[], more: Partial<Schedule> = {}): Schedule {
  return { pointId: '1', utcOffsetMinutes: 0, weekly, maintenance: [], ...more };
}

const span = (startMinute: number, endMinute: number): WeeklySpan => ({ startMinute, endMinute });
const at = (day: number, hour: number, minute = 0) =>
  MONDAY_MS + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS;

describe('a point', () => {
  it('without a schedule, or with an empty week, is always open', () => {
    expect(isOpenDuring(undefined, 1, 2)).toBe(true);
    expect(isOpenDuring(schedule([]), MONDAY_MS, MONDAY_MS + 30 * DAY_MS)).toBe(true);
  });

  it('is open in its hours, from the first moment to the last', () => {
    const monday = schedule([span(8 * 60, 18 * 60)]);
    expect(isOpenDuring(monday, at(0, 8), at(0, 18))).toBe(true);
    expect(isOpenDuring(monday, at(0, 8) - 1, at(0, 9))).toBe(false);
    expect(isOpenDuring(monday, at(0, 17), at(0, 18) + 1)).toBe(false);
    expect(isOpenDuring(monday, at(1, 8), at(1, 9))).toBe(false);
    expect(isOpenDuring(monday, at(7, 8), at(7, 9))).toBe(true);
  });

  it('is not open from one span to the next unless they touch', () => {
    const withBreak = schedule([span(8 * 60, 12 * 60), span(13 * 60, 18 * 60)]);
    expect(isOpenDuring(withBreak, at(0, 11), at(0, 14))).toBe(false);
    const touching = schedule([span(8 * 60, 12 * 60), span(12 * 60, 18 * 60)]);
    expect(isOpenDuring(touching, at(0, 11), at(0, 14))).toBe(true);
  });

  it('is open from Sunday night to Monday morning where both say so, and for weeks when it never closes', () => {
    const weekend = schedule([span(0, 6 * 60), span(WEEK_MINUTES - 6 * 60, WEEK_MINUTES)]);
    expect(isOpenDuring(weekend, at(6, 22), at(7, 3))).toBe(true);
    expect(isOpenDuring(weekend, at(6, 22), at(7, 6) + 1)).toBe(false);
    const always = schedule([span(0, WEEK_MINUTES)]);
    expect(isOpenDuring(always, at(3, 0), at(33, 0))).toBe(true);
  });

  it('keeps local time: in Bahia its Monday begins three hours later than in UTC', () => {
    const bahia = schedule([span(0, 60)], { utcOffsetMinutes: -180 });
    expect(isOpenDuring(bahia, at(0, 3), at(0, 4))).toBe(true);
    expect(isOpenDuring(bahia, at(0, 0), at(0, 1))).toBe(false);
    const kiribati = schedule([span(0, 60)], { utcOffsetMinutes: 840 });
    expect(isOpenDuring(kiribati, at(-1, 10), at(-1, 11))).toBe(true);
  });

  it('is closed while it is being maintained, and not a moment longer', () => {
    const maintained = schedule([], { maintenance: [{ startMs: at(0, 10), endMs: at(0, 11) }] });
    expect(isOpenDuring(maintained, at(0, 9), at(0, 10))).toBe(true);
    expect(isOpenDuring(maintained, at(0, 9), at(0, 10) + 1)).toBe(false);
    expect(isOpenDuring(maintained, at(0, 11) - 1, at(0, 12))).toBe(false);
    expect(isOpenDuring(maintained, at(0, 11), at(0, 12))).toBe(true);
    expect(isOpenDuring(maintained, at(0, 9), at(0, 12))).toBe(false);
  });

  it('is open in a window exactly when it is in each of its minutes', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: WEEK_MINUTES }), { minLength: 2, maxLength: 8 });
    const spans = cuts.map((minutes) => {
      const sorted = minutes.sort((a, b) => a - b);
      const made: WeeklySpan[] = [];
      for (let n = 0; n + 1 < sorted.length; n += 2) made.push(span(sorted[n]!, sorted[n + 1]!));
      return made;
    });
    const window = fc.tuple(fc.integer({ min: -20_000, max: 40_000 }), fc.integer({ min: 1, max: 12_000 }));
    fc.assert(
      fc.property(spans, window, fc.integer({ min: -720, max: 840 }), (weekly, [start, lasts], offset) => {
        // Around 1970, where local time may be before the epoch.
        const minuteOf = (n: number) => {
          const minute = (n + offset + 3 * 1_440) % WEEK_MINUTES;
          return minute < 0 ? minute + WEEK_MINUTES : minute;
        };
        let plain = true;
        for (let n = start; n < start + lasts; n += 1) {
          const minute = minuteOf(n);
          if (!weekly.some((each) => each.startMinute <= minute && minute < each.endMinute)) plain = false;
        }
        const days = schedule(weekly, { utcOffsetMinutes: offset });
        expect(isOpenDuring(days, start * MINUTE_MS, (start + lasts) * MINUTE_MS)).toBe(plain);
      }),
      { numRuns: 200 },
    );
  });
});
