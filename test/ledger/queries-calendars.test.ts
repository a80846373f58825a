import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/ledger/ledger.js';
import { CALENDAR_BOOKINGS_MAX, CALENDAR_MS_MAX, CALENDAR_POINTS_MAX } from '../../src/ledger/limits.js';
import { Memory } from '../../src/ledger/memory.js';
import { place } from '../../src/ledger/placement.js';
import type { PointCalendar } from '../../src/ledger/query.js';
import type { Window } from '../../src/ledger/terms.js';
import { baseLog, entriesOf, steps } from './arbitraries-2.js';
import { crowd, report } from './companies.js';
import { Coverage } from './coverage.js';
import { DAY_MS, HOUR_MS, type Log, MINUTE_MS, START_MS, stop } from './log.js';
import { cancel, given, reserved, tripLog } from './trips.js';

const DAY: Window = { startMs: START_MS, endMs: START_MS + DAY_MS };

function calendars(log: Log, pointIds: readonly string[], window = DAY): readonly PointCalendar[] {
  return log.ledger.query({ kind: 'calendars', pointIds, window }, log.atMs);
}

const hours = (from: number, to: number): Window => ({
  startMs: START_MS + from * HOUR_MS,
  endMs: START_MS + to * HOUR_MS,
});

describe('a calendar', () => {
  it('tells who has the point when, with the buffers, in order, as far as it touches the window', () => {
    const log = tripLog({ bufferMs: 30 * MINUTE_MS });
    const at = (hour: number) => stop('1', { startMs: START_MS + hour * HOUR_MS });
    const late = reserved(log, [at(5), stop('2')]);
    const early = reserved(log, [at(2)], { holdMs: MINUTE_MS });
    const gone = reserved(log, [at(8)]);
    log.apply(cancel(gone));
    expect(calendars(log, ['1'])[0]?.booked).toEqual([
      { ...hours(2, 3.5), reservationId: early, stop: 0 },
      { ...hours(5, 6.5), reservationId: late, stop: 0 },
    ]);
    // It may reach beyond the window on both sides; what only touches it does not count.
    expect(calendars(log, ['1'], hours(2.5, 5))[0]?.booked.map(({ reservationId }) => reservationId)).toEqual(
      [early],
    );
    expect(calendars(log, ['1'], hours(3.5, 5))[0]?.booked).toEqual([]);
    expect(calendars(log, ['1'], hours(3, 6))[0]?.booked).toHaveLength(2);
  });

  it('tells when the point is closed or being maintained, cut to the window and joined where they touch', () => {
    const log = given(tripLog(), {
      schedule: {
        pointId: '1',
        utcOffsetMinutes: 0,
        // The tests begin on a Thursday: open from 8 to 18 of it.
        weekly: [{ startMinute: 3 * 1_440 + 480, endMinute: 3 * 1_440 + 1_080 }],
        maintenance: [hours(12, 13), hours(17, 20), hours(30, 31)],
      },
    });
    expect(calendars(log, ['1'])[0]?.closed).toEqual([hours(0, 8), hours(12, 13), hours(17, 24)]);
    expect(calendars(log, ['1'], hours(9, 12))[0]?.closed).toEqual([]);
    expect(calendars(log, ['2'])[0]?.closed).toEqual([]);
  });

  it('tells while its status keeps it from being had, from now on, cut to the window', () => {
    const log = tripLog();
    log.atMs += HOUR_MS;
    log.apply(report('1', 'faulted', START_MS + 3 * HOUR_MS));
    const out = (window?: Window) => calendars(log, ['1'], window)[0]?.outOfService;
    expect(out()).toEqual(hours(1, 3));
    expect(out(hours(2, 9))).toEqual(hours(2, 3));
    expect(out(hours(3, 9))).toBeNull();
    expect(calendars(log, ['2'])[0]?.outOfService).toBeNull();
    const { point } = calendars(log, ['1'])[0]!;
    const forEver = given(log, { point: { ...point, statusUntilMs: 0 } });
    expect(calendars(forEver, ['1'])[0]?.outOfService).toEqual(hours(1, 24));
  });

  it('comes for each point in the order asked, but for those that are not registered', () => {
    const ids = calendars(tripLog(), ['3', 'nowhere', '1']).map(({ point }) => point.id);
    expect(ids).toEqual(['3', '1']);
  });

  it('is not made for longer, or for more points, than doors may ask', () => {
    const log = tripLog();
    const window = (lengthMs: number) => ({ startMs: START_MS, endMs: START_MS + lengthMs });
    expect(calendars(log, ['1'], window(CALENDAR_MS_MAX))).toHaveLength(1);
    for (const lengthMs of [CALENDAR_MS_MAX + 1, 0, -1, Number.NaN]) {
      expect(() => calendars(log, ['1'], window(lengthMs))).toThrow('assertion: calendars');
    }
    const many = Array.from({ length: CALENDAR_POINTS_MAX + 1 }, () => '1');
    expect(() => calendars(log, many)).toThrow('assertion: calendars');
  });

  it('says from where on it is cut when all of them tell more booked windows than an answer may', () => {
    const log = tripLog();
    crowd(log, '3', CALENDAR_BOOKINGS_MAX - 10);
    const [last] = crowd(log, '4', 20).slice(-1);
    const window = { startMs: START_MS, endMs: START_MS + CALENDAR_MS_MAX };
    const all = calendars(log, ['3', '4', '1'], window);
    expect(all.map(({ booked }) => booked.length)).toEqual([CALENDAR_BOOKINGS_MAX - 10, 10, 0]);
    expect(all.map(({ cutAtMs }) => cutAtMs)).toEqual([null, START_MS + 10 * MINUTE_MS, null]);
    const rest = calendars(log, ['4'], { ...window, startMs: all[1]!.cutAtMs! });
    expect(rest[0]?.booked.map(({ reservationId, stop: number }) => [reservationId, number])).toEqual(
      Array.from({ length: 10 }, (_, n) => [last, 10 + n]),
    );
  });

  it('has room for exactly what nobody else has, whatever happened before', () => {
    const coverage = new Coverage();
    coverage.check(
      fc.property(steps(60), fc.nat(23), (made, later) => {
        const { ledger: base } = baseLog();
        const ledger = Ledger.restore(base.rows(), base.meta());
        let atMs = START_MS;
        for (const entry of entriesOf(made)) {
          ledger.apply(entry, 1);
          ({ atMs } = entry);
        }
        const memory = new Memory(2);
        for (const row of ledger.rows()) memory.load(row);
        const startMs = atMs + later * 5 * MINUTE_MS;
        const wanted = { startMs, endMs: startMs + 15 * MINUTE_MS };
        const window = { startMs: startMs - HOUR_MS, endMs: startMs + 3 * HOUR_MS };
        const pointIds = ['1', '2', '3', '4', '5'];
        for (const calendar of ledger.query({ kind: 'calendars', pointIds, window }, atMs)) {
          const pointId = calendar.point.id;
          const asked = { pointId, company: '', startMs, durationMs: 15 * MINUTE_MS };
          const anybody = { holder: 'nobody', documented: true, atMs, waive: ['ticket', 'freed'] } as const;
          const placed = place(memory, [asked], anybody);
          const reason = placed.kind === 'had' ? 'had' : placed.conflicts[0]!.reason;
          expect([pointId, reason]).toEqual([pointId, reasonIn(calendar, wanted)]);
          coverage.saw(reason);
        }
      }),
      80,
      ['POINT_CLOSED', 'POINT_NOT_AVAILABLE', 'POINT_TAKEN', 'had'],
    );
  });
});

/** What somebody who sees the calendar expects of a wish for the window. */
function reasonIn({ point, booked, closed, outOfService }: PointCalendar, wanted: Window): string {
  const overlaps = (other: Window) => other.startMs < wanted.endMs && wanted.startMs < other.endMs;
  if (outOfService !== null && overlaps(outOfService)) return 'POINT_NOT_AVAILABLE';
  if (closed.some(overlaps)) return 'POINT_CLOSED';
  const bufferMs = point.company === 'empresa_a' ? 10 * MINUTE_MS : 0;
  const held = { startMs: wanted.startMs, endMs: wanted.endMs + bufferMs };
  return booked.some((each) => each.startMs < held.endMs && held.startMs < each.endMs)
    ? 'POINT_TAKEN'
    : 'had';
}
