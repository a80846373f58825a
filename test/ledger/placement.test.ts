/** One test for each row of "How a stop is had" in docs/reservations.md, and for the order of the rows. */
import { describe, expect, it } from 'vitest';
import type { WantedSite, WantedStop } from '../../src/ledger/command.js';
import { SITE_POINTS_EXAMINED_MAX } from '../../src/ledger/limits.js';
import type { Memory } from '../../src/ledger/memory.js';
import { conflictOf, type Placing, place } from '../../src/ledger/placement.js';
import type { PointStatus } from '../../src/ledger/terms.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, START_MS, stop } from './log.js';
import { memoryOf, pointRow, reservationRow, stopRow, TERMS, waitRow } from './memories.js';

const LATER_MS = START_MS + 10 * HOUR_MS;

function decide(memory: Memory, wanted: readonly WantedStop[], more: Partial<Placing> = {}) {
  return place(memory, wanted, { holder: 'x', documented: false, atMs: START_MS, ...more });
}

/** The reason for each stop that cannot be had, by position. */
function reasons(memory: Memory, wanted: readonly WantedStop[], more: Partial<Placing> = {}) {
  const placed = decide(memory, wanted, more);
  return placed.kind === 'had' ? [] : placed.conflicts.map(({ stop, reason }) => `${stop} ${reason}`);
}

function had(memory: Memory, wanted: readonly WantedStop[], more: Partial<Placing> = {}): readonly string[] {
  const placed = decide(memory, wanted, more);
  return placed.kind === 'had' ? placed.stops.map(({ pointId }) => pointId) : [];
}

function site(more: Partial<WantedSite> = {}, minPowerWatts = 1): WantedSite {
  const where = { place: 'Salvador', connector: 'CCS2', minPowerWatts };
  return { pointId: '', site: where, company: '', startMs: LATER_MS, durationMs: HOUR_MS, ...more };
}

const later = (pointId = '1', more: Partial<ReturnType<typeof stop>> = {}) =>
  stop(pointId, { startMs: LATER_MS, ...more });

describe('a stop that can be had', () => {
  it('is PLANNED under the terms of the day', () => {
    const memory = memoryOf([pointRow('1')], {
      earlyMs: 1,
      lateMs: 2,
      bufferMs: 3,
      cancelBeforeMs: 4,
      reservationFeeCentavos: 5,
      lateCancelFeeCentavos: 6,
      noShowFeeCentavos: 7,
    });
    expect(decide(memory, [stop('1')])).toEqual({
      kind: 'had',
      stops: [
        stopRow({
          terms: {
            company: 'a',
            earlyMs: 1,
            lateMs: 2,
            bufferMs: 3,
            cancelBeforeMs: 4,
            reservationFeeCentavos: 5,
            lateCancelFeeCentavos: 6,
            noShowFeeCentavos: 7,
          },
        }),
      ],
    });
  });

  it('has the rules of a company that has set none, and no terms in version 1', () => {
    const ofB = pointRow('3', { company: 'b' });
    const withoutPolicy = decide(memoryOf([ofB]), [stop('3')]);
    expect(withoutPolicy).toMatchObject({ stops: [{ terms: { ...TERMS, company: 'b' } }] });
    const first = decide(memoryOf([ofB], {}, 1), [stop('3', { startMs: START_MS + 5_000 * DAY_MS })]);
    expect(first).toMatchObject({ stops: [{ terms: null }] });
  });

  it('writes nothing by being asked about', () => {
    const memory = memoryOf();
    decide(memory, [stop('1'), site(), stop('nowhere')]);
    expect(memory.journal.take()).toEqual([]);
  });
});

describe('a stop cannot be had', () => {
  it('1: at a point that is not registered or is leaving', () => {
    const memory = memoryOf([pointRow('1', { leaving: true })]);
    expect(reasons(memory, [stop('1'), stop('nowhere')])).toEqual(['0 UNKNOWN_POINT', '1 UNKNOWN_POINT']);
  });

  it('2: at a point of another company than the caller named', () => {
    const memory = memoryOf();
    expect(reasons(memory, [stop('1', { company: 'b' })])).toEqual(['0 WRONG_COMPANY']);
    for (const company of ['', 'a', '1']) expect(had(memory, [stop('1', { company })])).toEqual(['1']);
  });

  it.each<PointStatus>(['occupied', 'faulted', 'offline', 'maintenance'])(
    '3: while the point is %s, and from the expected end on it can',
    (status) => {
      const memory = memoryOf([pointRow('1', { status, statusUntilMs: LATER_MS })]);
      expect(reasons(memory, [later('1', { startMs: LATER_MS - 1 })])).toEqual(['0 POINT_NOT_AVAILABLE']);
      expect(had(memory, [later()])).toEqual(['1']);
    },
  );

  it('4: before ledger time', () => {
    const memory = memoryOf();
    expect(reasons(memory, [stop('1', { startMs: START_MS - 1 })])).toEqual(['0 WINDOW_PAST']);
    expect(had(memory, [stop('1', { startMs: START_MS })])).toEqual(['1']);
  });

  it('5: sooner, farther ahead, or for longer than its company says', () => {
    const memory = memoryOf([pointRow('1')], {
      minNoticeMs: HOUR_MS,
      horizonMs: DAY_MS,
      durationMaxMs: 2 * HOUR_MS,
    });
    const asked = (startMs: number, durationMs = HOUR_MS, more: Partial<Placing> = {}) =>
      reasons(memory, [stop('1', { startMs, durationMs })], more);
    expect(asked(START_MS + HOUR_MS - 1)).toEqual(['0 TOO_SOON']);
    expect(asked(START_MS + HOUR_MS)).toEqual([]);
    expect(asked(START_MS + DAY_MS)).toEqual([]);
    expect(asked(START_MS + DAY_MS + 1)).toEqual(['0 TOO_FAR']);
    expect(asked(LATER_MS, 2 * HOUR_MS)).toEqual([]);
    expect(asked(LATER_MS, 2 * HOUR_MS + 1)).toEqual(['0 TOO_LONG']);
  });

  it('5: and documented doors are not asked, nor is the notice where it is waived', () => {
    const memory = memoryOf([pointRow('1')], {
      minNoticeMs: HOUR_MS,
      horizonMs: 0,
      durationMaxMs: MINUTE_MS,
    });
    expect(reasons(memory, [stop('1')])).toEqual(['0 TOO_SOON']);
    expect(reasons(memory, [stop('1')], { waive: ['notice'] })).toEqual(['0 TOO_LONG']);
    expect(had(memory, [stop('1')], { documented: true })).toEqual(['1']);
  });

  it('6: out of hours or during maintenance, also through a documented door', () => {
    const memory = memoryOf();
    const closed = { pointId: '1', utcOffsetMinutes: 0, weekly: [{ startMinute: 0, endMinute: 1 }] };
    memory.schedules.put({ ...closed, maintenance: [] });
    const maintenance = [{ startMs: LATER_MS, endMs: LATER_MS + 1 }];
    memory.schedules.put({ pointId: '2', utcOffsetMinutes: 0, weekly: [], maintenance });
    for (const documented of [false, true]) {
      const asked = reasons(memory, [later('1'), later('2')], { documented });
      expect(asked).toEqual(['0 POINT_CLOSED', '1 POINT_CLOSED']);
    }
    expect(had(memory, [stop('2')])).toEqual(['2']);
  });

  it('7: with another of the request in its way, buffer included', () => {
    const memory = memoryOf(undefined, { bufferMs: MINUTE_MS });
    const twice = (startMs: number) => [later('1', { startMs }), stop('2'), later('1')];
    const touching = LATER_MS - HOUR_MS;
    expect(reasons(memory, twice(touching))).toEqual(['0 STOP_REPEATED', '2 STOP_REPEATED']);
    expect(reasons(memory, twice(touching - MINUTE_MS))).toEqual([]);
    expect(reasons(memory, twice(touching), { waive: ['repeated'] })).toEqual([]);
  });

  it('8: where it overlaps a booking, with the buffer of both', () => {
    const memory = memoryOf(undefined, { bufferMs: MINUTE_MS });
    const terms = { ...TERMS, bufferMs: 2 * MINUTE_MS };
    memory.putReservation(reservationRow('r7', [stopRow({ startMs: LATER_MS, terms })]));
    const asked = (startMs: number) => reasons(memory, [later('1', { startMs })]);
    expect(asked(LATER_MS - HOUR_MS - MINUTE_MS)).toEqual([]);
    expect(asked(LATER_MS - HOUR_MS - MINUTE_MS + 1)).toEqual(['0 POINT_TAKEN']);
    expect(asked(LATER_MS + HOUR_MS + 2 * MINUTE_MS - 1)).toEqual(['0 POINT_TAKEN']);
    expect(asked(LATER_MS + HOUR_MS + 2 * MINUTE_MS)).toEqual([]);
    expect(reasons(memory, [later()], { waive: ['taken'] })).toEqual([]);
  });

  it("8: but not where it overlaps what its own reservation gives up, and nobody else's", () => {
    const memory = memoryOf();
    const own = stopRow({ startMs: LATER_MS });
    memory.putReservation(reservationRow('r7', [own]));
    const next = stopRow({ startMs: LATER_MS + HOUR_MS });
    memory.putReservation(reservationRow('r8', [next], { madeIndex: 8 }));
    const moved = (byMs: number) =>
      reasons(memory, [later('1', { startMs: LATER_MS + byMs })], { givesUp: [own] });
    expect(moved(-MINUTE_MS)).toEqual([]);
    expect(moved(0)).toEqual([]);
    expect(moved(1)).toEqual(['0 POINT_TAKEN']);
    // What is displaced holds nothing: the booking that begins where it did is another's.
    const displaced = { ...next, state: 'DISPLACED' } as const;
    const there = [later('1', { startMs: next.startMs })];
    expect(reasons(memory, there, { givesUp: [displaced] })).toEqual(['0 POINT_TAKEN']);
  });

  it('8: where a vehicle was let in before its window', () => {
    const memory = memoryOf();
    const early = stopRow({ startMs: LATER_MS, state: 'ACTIVE', startedAtMs: LATER_MS - 10 * MINUTE_MS });
    memory.putReservation(reservationRow('r7', [early]));
    const asked = (startMs: number) => reasons(memory, [stop('1', { startMs, durationMs: 5 * MINUTE_MS })]);
    expect(asked(LATER_MS - 15 * MINUTE_MS)).toEqual([]);
    expect(asked(LATER_MS - 15 * MINUTE_MS + 1)).toEqual(['0 POINT_TAKEN']);
  });

  it('9: under an older ticket of another, buffer included', () => {
    const memory = memoryOf(undefined, { bufferMs: MINUTE_MS });
    const claimed = { pointId: '1', startMs: LATER_MS, endMs: LATER_MS + HOUR_MS };
    const ticket = { holder: 'y', ticket: 20, reservationId: 'r20', untilMs: START_MS + 2 * MINUTE_MS };
    memory.tickets.table.put({ ...ticket, stops: [claimed] });
    const asked = (more: Partial<Placing> = {}, startMs = LATER_MS) =>
      reasons(memory, [later('1', { startMs })], more);
    expect(asked()).toEqual(['0 POINT_PRIORITY']);
    expect(asked({}, LATER_MS - HOUR_MS - MINUTE_MS)).toEqual([]);
    expect(asked({}, LATER_MS - HOUR_MS - MINUTE_MS + 1)).toEqual(['0 POINT_PRIORITY']);
    expect(asked({ holder: 'y' })).toEqual([]);
    expect(asked({ waive: ['ticket'] })).toEqual([]);
    expect(asked({ atMs: START_MS + 2 * MINUTE_MS })).toEqual([]);
    memory.tickets.table.put({ ...ticket, holder: 'x', ticket: 19, stops: [] });
    expect(asked()).toEqual([]);
    memory.tickets.table.put({ ...ticket, holder: 'x', ticket: 21, stops: [] });
    expect(asked()).toEqual(['0 POINT_PRIORITY']);
  });

  it('9: where the waiting list has not been asked yet', () => {
    const memory = memoryOf();
    memory.waits.table.put(waitRow('w9'));
    memory.markFreed('1', LATER_MS, LATER_MS + HOUR_MS);
    expect(reasons(memory, [later()])).toEqual(['0 POINT_PRIORITY']);
    expect(reasons(memory, [later('1', { startMs: LATER_MS + HOUR_MS }), later('2')])).toEqual([]);
    expect(had(memory, [later()], { waive: ['freed'] })).toEqual(['1']);
  });

  it('and the first reason in the order of the rows is told', () => {
    const memory = memoryOf([pointRow('1', { status: 'faulted', statusUntilMs: LATER_MS })], {
      minNoticeMs: HOUR_MS,
    });
    memory.schedules.put({
      pointId: '1',
      utcOffsetMinutes: 0,
      weekly: [],
      maintenance: [{ startMs: START_MS - DAY_MS, endMs: START_MS + DAY_MS }],
    });
    memory.putReservation(reservationRow('r7', [stopRow({ startMs: START_MS - MINUTE_MS })]));
    const past = stop('1', { startMs: START_MS - 1, company: 'b' });
    const told: string[] = [];
    const tell = (wanted: readonly WantedStop[], more: Partial<Placing> = {}) => {
      told.push(reasons(memory, wanted, more)[0] ?? 'had');
    };
    tell([{ ...past, pointId: 'nowhere' }]);
    tell([past]);
    tell([{ ...past, company: '' }]);
    memory.points.put(pointRow('1'));
    tell([{ ...past, company: '' }]);
    tell([stop('1'), stop('1')]);
    tell([stop('1'), stop('1')], { documented: true });
    memory.schedules.delete('1');
    tell([stop('1'), stop('1')], { documented: true });
    tell([stop('1')], { documented: true });
    expect(told.map((each) => each.slice(2))).toEqual([
      'UNKNOWN_POINT',
      'WRONG_COMPANY',
      'POINT_NOT_AVAILABLE',
      'WINDOW_PAST',
      'TOO_SOON',
      'POINT_CLOSED',
      'STOP_REPEATED',
      'POINT_TAKEN',
    ]);
  });
});

describe('a site', () => {
  const three = () =>
    memoryOf([
      pointRow('1', { powerWatts: 150_000 }),
      pointRow('10', { powerWatts: 22_000 }),
      pointRow('2', { powerWatts: 22_000 }),
    ]);

  it('is given its weakest point that will do, then the next by id', () => {
    const memory = three();
    expect(had(memory, [site()])).toEqual(['2']);
    expect(had(memory, [site(), site(), site()])).toEqual(['2', '10', '1']);
    expect(had(memory, [site({}, 22_001)])).toEqual(['1']);
    expect(had(memory, [site({ company: '1' })])).toEqual(['2']);
    expect(reasons(memory, [site(), site(), site(), site()])).toEqual(['3 NO_POINT_FREE']);
  });

  it('passes over points for which a reason holds', () => {
    const memory = three();
    memory.points.put(pointRow('2', { powerWatts: 22_000, status: 'faulted', statusUntilMs: LATER_MS + 1 }));
    memory.putReservation(reservationRow('r7', [stopRow({ pointId: '10', startMs: LATER_MS })]));
    expect(had(memory, [site()])).toEqual(['1']);
    expect(reasons(memory, [site({ company: 'b' })])).toEqual(['0 NO_POINT_FREE']);
  });

  it('is given none that the request names, before it or after it', () => {
    const memory = three();
    expect(had(memory, [site(), later('2')])).toEqual(['10', '2']);
    expect(had(memory, [later('2'), site()])).toEqual(['2', '10']);
    expect(had(memory, [site(), later('2', { startMs: LATER_MS + HOUR_MS })])).toEqual(['2', '2']);
  });

  it('is unknown where no point of that place, connector and power is, or all are leaving', () => {
    const memory = three();
    expect(reasons(memory, [site({}, 150_001)])).toEqual(['0 UNKNOWN_SITE']);
    memory.points.put(pointRow('1', { powerWatts: 150_000, leaving: true }));
    expect(reasons(memory, [site({}, 22_001)])).toEqual(['0 UNKNOWN_SITE']);
    const placed = decide(memory, [site({}, 22_001)]);
    expect(placed).toMatchObject({ conflicts: [{ stop: 0, pointId: '', reason: 'UNKNOWN_SITE' }] });
  });

  it('in the past is told so, as no point of it could help', () => {
    expect(reasons(three(), [site({ startMs: START_MS - 1 })])).toEqual(['0 WINDOW_PAST']);
  });

  it('is looked for among a bounded number of points', () => {
    const points = Array.from({ length: SITE_POINTS_EXAMINED_MAX + 1 }, (_, n) => pointRow(`${n + 1}`));
    const memory = memoryOf(points);
    for (let n = 1; n < points.length; n += 1) {
      const taken = stopRow({ pointId: `${n}`, startMs: LATER_MS });
      memory.putReservation(reservationRow(`r${n}`, [taken], { madeIndex: n }));
    }
    expect(reasons(memory, [site()])).toEqual(['0 NO_POINT_FREE']);
    expect(had(memory, [later(`${points.length}`)])).toEqual([`${points.length}`]);
  });
});

describe('a stop under way that is to end later', () => {
  const active = stopRow({ state: 'ACTIVE', startMs: START_MS - HOUR_MS, endMs: LATER_MS });
  const asked = (memory: Memory) =>
    conflictOf(memory, active, [], { holder: 'x', documented: false, atMs: START_MS, waive: ['notice'] });

  it('may have begun in the past, at a point that its own car occupies', () => {
    expect(asked(memoryOf([pointRow('1', { status: 'occupied', statusUntilMs: LATER_MS })]))).toBeNull();
  });

  it('is asked for all else', () => {
    expect(asked(memoryOf([pointRow('1', { status: 'faulted', statusUntilMs: LATER_MS })]))).toBe(
      'POINT_NOT_AVAILABLE',
    );
    expect(asked(memoryOf([pointRow('1', { leaving: true })]))).toBe('UNKNOWN_POINT');
    expect(asked(memoryOf(undefined, { durationMaxMs: 2 * HOUR_MS }))).toBe('TOO_LONG');
  });
});
